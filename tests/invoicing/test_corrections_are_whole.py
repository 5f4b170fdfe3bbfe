"""Correct-and-reissue and voiding leave nothing when anything fails in the middle: every statement is made to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection

from invoicing.actions import checks, correct, void
from invoicing.models import Correction, Invoice
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.builders import line, make_correction, make_finalized_invoice
from tests.committed_world import fingerprint

pytestmark = pytest.mark.django_db(transaction=True)


class Statements:
    """Counts what is sent to the database, and has it refuse the statement with a given number."""

    def __init__(self, broken: int = 0) -> None:
        self.sent = 0
        self.broken = broken

    def __call__(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        self.sent += 1
        if self.sent == self.broken:
            return execute("SELECT 1/0", None, False, context)
        return execute(sql, params, many, context)


@contextmanager
def sent_statements(broken: int = 0) -> Iterator[Statements]:
    """The statements of the block; the broken one fails as a constraint or a lost connection would."""
    statements = Statements(broken)
    with connection.execute_wrapper(statements):
        yield statements


def assert_whole(organization: Organization, act: Callable[[], Any]) -> None:
    """Whichever statement of the act fails, the act says so and nothing of it stays; at last it is done.

    Scaled down, every third statement is made to fail, another third on each day of the seed.
    """
    before = fingerprint(organization_id=organization.pk)
    stride = builders.scaled(1, 3)
    step = 1 - stride + builders.SEED % stride
    while True:
        step += stride
        with sent_statements(step) as statements, organization_context(organization.pk):
            try:
                act()
            except DatabaseError:
                assert statements.sent >= step
            else:
                assert statements.sent < step  # every statement has failed once; this time none did
                break
        changed = fingerprint(organization_id=organization.pk)
        assert changed == before, f"statement {step} left something behind"
    assert step > 10
    assert fingerprint(organization_id=organization.pk) != before


@pytest.fixture
def invoice(organization: Organization) -> Invoice:
    """An issued invoice of two lines."""
    return make_finalized_invoice(organization, lines=[line("A"), line("B")])


def test_a_failure_while_a_correction_begins_leaves_nothing(organization: Organization, invoice: Invoice) -> None:
    assert_whole(organization, lambda: make_correction(organization, invoice))
    with builders.in_organization(organization):
        assert Correction.objects.of(organization).count() == 1
        assert Invoice.objects.of(organization).count() == 3


def test_a_failure_while_both_are_finalized_leaves_both_drafts(organization: Organization, invoice: Invoice) -> None:
    correction = make_correction(organization, invoice)
    halves = [correction.credit_note_id, correction.replacement_id]
    with organization_context(organization.pk):
        checks.check_drafts(organization, halves, today=builders.TODAY)
    actor = builders.actor_of(organization)
    assert_whole(
        organization,
        lambda: correct.finalize_correction(organization, correction.pk, actor=actor, today=builders.TODAY),
    )
    numbers = [builders.reload_invoice(organization, half).number for half in _halves(correction)]
    assert numbers == [10002, 10003]


def test_a_failure_while_a_correction_is_abandoned_leaves_it_whole(
    organization: Organization, invoice: Invoice
) -> None:
    correction = make_correction(organization, invoice)
    actor = builders.actor_of(organization)
    assert_whole(organization, lambda: correct.abandon_correction(organization, correction.pk, actor=actor))
    with builders.in_organization(organization):
        assert Invoice.objects.of(organization).count() == 1


def test_a_failure_while_an_invoice_is_voided_leaves_it_standing(organization: Organization, invoice: Invoice) -> None:
    actor = builders.actor_of(organization)
    assert_whole(
        organization,
        lambda: void.void_invoice(organization, invoice.pk, reason="Feil", actor=actor, today=builders.TODAY),
    )


def _halves(correction: Correction) -> list[Invoice]:
    return [correction.credit_note, correction.replacement]
