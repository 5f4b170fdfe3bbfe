"""The end of a month: what must be equal is equal, what is missing is told, and income of later months is counted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from config.month_end import deferred_income, month_end
from invoicing.models import Invoice
from tests import builders, databases

LAST = date(2026, 11, 30)
MONTH = (date(2026, 11, 1), LAST)


def _yearly(organization: Any, **changes: Any) -> Invoice:
    """Twelve months in advance, from November: 365 days of 10 each, without VAT."""
    line = builders.line(
        "Abonnement",
        quantity=Decimal(1),
        unit_price=Decimal("3650.00"),
        period_from=date(2026, 11, 1),
        period_to=date(2027, 10, 31),
    )
    return builders.make_finalized_invoice(organization, lines=[line], **changes)


def test_income_of_later_months_is_the_share_of_the_days(organization: Any) -> None:
    invoice = _yearly(organization)
    builders.make_finalized_invoice(organization)
    with builders.in_organization(organization):
        found = deferred_income(organization, LAST)
        assert [(row.number, row.amount) for row in found.documents] == [(invoice.number, Decimal("3350.00"))]
        assert (found.amount, found.count) == (Decimal("3350.00"), 1)
        assert deferred_income(organization, date(2027, 10, 30)).amount == Decimal("10.00")
        assert deferred_income(organization, date(2027, 10, 31)).count == 0
        assert deferred_income(organization, date(2026, 10, 31)).count == 0, "it was not invoiced yet"


def test_a_credit_note_takes_its_income_back_and_a_discount_is_no_income(organization: Any) -> None:
    invoice = _yearly(organization, discount_percent=Decimal(10))
    with builders.in_organization(organization):
        assert deferred_income(organization, LAST).amount == Decimal("3015.00")
    note = builders.make_credit_note_draft(organization, invoice)
    builders.finalize_drafts(organization, [note.pk])
    with builders.in_organization(organization):
        found = deferred_income(organization, LAST)
        assert (found.amount, found.count) == (Decimal("0.00"), 2)


def test_the_page_shows_what_is_equal_and_closes_a_month_that_is_over(
    organization: Any, accountant: Any, auditor: Any, client_of: Any
) -> None:
    october = date(2026, 10, 20)
    builders.make_finalized_invoice(organization, today=october)
    desk = client_of(accountant)
    page = desk.get("/nordlys/reports/month-end/?month=2026-10")
    month = page.context["month"]
    assert month.problems == 0
    assert month.control.receivables.posted == month.control.receivables.counted == Decimal("3125.00")
    assert month.vat.due == Decimal("625.00")
    assert (month.drafts, month.is_closed) == (0, False)
    close = "/nordlys/settings/closed-periods/close/"
    assert f'action="{close}"' in page.content.decode()
    assert f'action="{close}"' not in client_of(auditor).get("/nordlys/reports/month-end/").content.decode()
    assert desk.post(close, {"locked_through": "2026-10-31", "reason": ""}).status_code == 302
    closed = client_of(auditor).get("/nordlys/reports/month-end/?month=2026-10")
    assert closed.context["month"].is_closed
    for wrong in ("2026-13", "x", "0001-01", "9999-12", ""):
        assert client_of(auditor).get(f"/nordlys/reports/month-end/?month={wrong}").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_number_that_is_gone_is_told(organization: Any) -> None:
    first = builders.make_finalized_invoice(organization)
    builders.make_finalized_invoice(organization)
    with databases.superuser(str(connection.settings_dict["NAME"])) as database:
        database.execute("SET session_replication_role = replica")
        database.execute("DELETE FROM invoicing_invoice WHERE id = %s", [first.pk])
        database.execute("DELETE FROM payments_voucher WHERE id = %s", [first.voucher_id])
    with builders.in_organization(organization):
        found = month_end(organization, MONTH, now=timezone.now())
    assert [each.missing for each in found.series] == [1]
    assert found.control.vouchers is not None
    assert found.control.vouchers.missing == 1
    assert found.problems >= 2
