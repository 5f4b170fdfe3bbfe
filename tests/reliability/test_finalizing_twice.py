"""The button pressed twice, by two people, or again after an answer that never came: one number, shown to everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from foundation.transactions import read_only
from invoicing import queries
from invoicing.models import Invoice, InvoiceStatus
from payments.models import Voucher
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.reliability import invariants
from tests.reliability.servers import OwnServer
from tests.reliability.test_finalizing_is_whole import FIRST_NUMBER, at_once
from tests.reliability.world import new_organization

BEFORE_MIDNIGHT = datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2026, 12, 31, 23, 0, 1, tzinfo=UTC)


def press(client: Client, organization: Organization, draft: Invoice) -> Any:
    """Send the form that finalizes."""
    return client.post(reverse("invoicing:finalize_invoice", args=[organization.slug, draft.pk]))


def said(answer: Any) -> str:
    """The messages that the next page will show."""
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def stored(organization: Organization, draft: Invoice) -> Invoice:
    with organization_context(organization.pk), read_only():
        return queries.get_invoice(organization, draft.pk)


def test_a_second_press_shows_what_the_first_one_did(server: OwnServer, client_of: Callable[[Any], Client]) -> None:
    organization = new_organization()
    draft = builders.make_draft(organization)
    client = client_of(builders.user_of(f"owner@{organization.slug}.example"))
    first, second = press(client, organization, draft), press(client, organization, draft)
    page = reverse("invoicing:show_invoice", args=[organization.slug, draft.pk])
    assert (first.status_code, first.headers["Location"]) == (302, page)
    assert (second.status_code, second.headers["Location"]) == (302, page)
    assert str(FIRST_NUMBER) in said(second)
    assert "Olga Owner" in said(second)
    assert stored(organization, draft).number == FIRST_NUMBER
    invariants.assert_numbers_without_gap(server, organization.pk, 1)


def test_two_presses_at_the_same_moment_give_one_number(server: OwnServer, client_of: Callable[[Any], Client]) -> None:
    organization = new_organization()
    accountant = builders.make_member(organization, "accountant")
    drafts = [builders.make_draft(organization) for _ in range(builders.scaled(20, 4))]
    clients = [client_of(builders.user_of(f"owner@{organization.slug}.example")), client_of(accountant)]
    for draft in drafts:
        answers = at_once(*(partial(press, client, organization, draft) for client in clients))
        assert [answer.status_code for answer in answers] == [302, 302]
        assert all(str(stored(organization, draft).number) in said(answer) for answer in answers)
    invariants.assert_numbers_without_gap(server, organization.pk, len(drafts))
    invariants.assert_ledger_balances(server, organization.pk)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Europe/Oslo", BEFORE_MIDNIGHT, date(2026, 12, 31)),
        ("Europe/Oslo", AFTER_MIDNIGHT, date(2027, 1, 1)),
        ("Atlantic/Reykjavik", AFTER_MIDNIGHT, date(2026, 12, 31)),
    ],
)
def test_the_year_ends_in_the_organization_s_own_zone(
    server: OwnServer, client_of: Callable[[Any], Client], zone: str, moment: datetime, day: date
) -> None:
    organization = new_organization()
    with builders.in_organization(organization):
        Organization.objects.filter(pk=organization.pk).update(time_zone=zone)
    draft = builders.make_draft(organization)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: moment)
        client = client_of(builders.user_of(f"owner@{organization.slug}.example"))
        assert press(client, organization, draft).status_code == 302
    invoice = stored(organization, draft)
    assert invoice.status == InvoiceStatus.FINALIZED
    assert invoice.voucher_id is not None
    assert (invoice.issue_date, invoice.accounting_date) == (day, day)
    with builders.in_organization(organization):
        voucher = Voucher.objects.of(organization).get(pk=invoice.voucher_id)
    assert (voucher.day, voucher.year) == (day, day.year)
