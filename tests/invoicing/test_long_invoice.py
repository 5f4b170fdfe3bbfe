"""An invoice of ten thousand lines: finalized within seconds, exact to the øre, and its page still answers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.test import Client

from foundation.errors import DomainError
from invoicing import queries
from invoicing.actions import checks, finalize
from invoicing.actions.documents import document_of
from invoicing.actions.draft_lines import LINES_MAX, TooManyLines
from invoicing.documents.ehf import core_xml
from invoicing.models import InvoiceLine
from tenants.context import organization_context
from tests import builders
from tests.invoicing.agreement import disagreements, voucher_sums

LINES = builders.scaled(10_000, 2_500)
FINALIZE_SECONDS_MAX = builders.scaled(5, 4)
PAGE_BYTES_MAX = 2_000_000


def many_lines(count: int) -> list[dict[str, Any]]:
    """Lines with fractions, discounts and two rates."""
    random = Random(builders.SEED)
    return [
        builders.line(
            f"Vare {place}",
            quantity=Decimal(random.randint(1, 9_999)) / 1_000,
            unit_price=Decimal(random.randint(1, 99_999)) / 100,
            discount_percent=random.choice([Decimal(0), Decimal("7.5")]),
            vat_treatment=random.choice(["standard", "food"]),
        )
        for place in range(1, count + 1)
    ]


@pytest.mark.django_db(transaction=True)
def test_a_very_long_invoice_is_finalized_in_seconds(client_of: Callable[[Any], Client]) -> None:
    organization = builders.make_organization("lang", "Lang Liste AS", owner_email="owner@lang.example")
    draft = builders.make_draft(organization, lines=many_lines(LINES))
    with organization_context(organization.pk):
        [check] = checks.check_drafts(organization, [draft.pk], today=builders.TODAY)
        assert [finding for finding in check.findings if finding["is_fatal"]] == []
        start = time.perf_counter()
        finalize.finalize_invoices(
            organization, [draft.pk], actor=builders.actor_of(organization), today=builders.TODAY
        )
        seconds = time.perf_counter() - start
    with builders.in_organization(organization):
        invoice = queries.get_invoice(organization, draft.pk)
        lines = queries.list_lines(invoice)
        sums = voucher_sums(organization.pk, [invoice])
    assert len(lines) == LINES
    assert disagreements(invoice, lines, xml=core_xml(document_of(invoice)), sums=sums) == []
    assert seconds / _waiting_for_each_core() < FINALIZE_SECONDS_MAX

    client = client_of(builders.user_of("owner@lang.example"))
    answer = client.get(f"/lang/invoices/{invoice.pk}/")
    assert answer.status_code == 200
    assert len(answer.content) < PAGE_BYTES_MAX


def _waiting_for_each_core() -> float:
    """How many processes want each core: on a busy machine everybody waits for the others."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_one_line_too_many_is_refused_before_anything_is_written(organization: Any) -> None:
    lines = [builders.line(quantity=Decimal(1))] * (LINES_MAX + 1)
    with pytest.raises(TooManyLines) as refusal:
        builders.make_draft(organization, lines=lines)
    assert isinstance(refusal.value, DomainError)
    assert refusal.value.field == "lines"
    with builders.in_organization(organization):
        assert InvoiceLine.objects.of(organization).count() == 0
