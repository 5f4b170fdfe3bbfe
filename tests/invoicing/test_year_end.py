"""Dates at the seams: midnight on New Year's Eve in the organization's own zone, summer time, new VAT rates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.errors import DomainError
from invoicing.drafting.composition import PeriodCrossesRateChange
from invoicing.models import Invoice
from payments.models import Voucher, VoucherSeries
from tenants.clock import local_today
from tenants.models import Organization
from tests import builders
from tests.builders import in_organization

SetClock = Callable[[datetime], None]
NEW_YEARS_EVE = date(2026, 12, 31)
NEW_YEARS_DAY = date(2027, 1, 1)
LAST_SECOND = datetime(2026, 12, 31, 23, 59, 59, tzinfo=ZoneInfo("Europe/Oslo"))
FIRST_SECOND = datetime(2027, 1, 1, 0, 0, 1, tzinfo=ZoneInfo("Europe/Oslo"))


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Let the doors read another clock; the database keeps its own."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment.astimezone(UTC))

    return set_to


def voucher_of(organization: Organization, invoice: Invoice) -> Voucher:
    with in_organization(organization):
        return Voucher.objects.get(source_id=invoice.pk, kind__in=["sale", "credit"])


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("Europe/Oslo", datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), NEW_YEARS_EVE),
        ("Europe/Oslo", datetime(2026, 12, 31, 23, 0, 1, tzinfo=UTC), NEW_YEARS_DAY),
        ("UTC", datetime(2026, 12, 31, 23, 0, 1, tzinfo=UTC), NEW_YEARS_EVE),
        ("America/New_York", datetime(2027, 1, 1, 4, 59, 59, tzinfo=UTC), NEW_YEARS_EVE),
        ("America/New_York", datetime(2027, 1, 1, 5, 0, 1, tzinfo=UTC), NEW_YEARS_DAY),
        ("Pacific/Auckland", datetime(2026, 12, 31, 10, 59, 59, tzinfo=UTC), NEW_YEARS_EVE),
        ("Pacific/Auckland", datetime(2026, 12, 31, 11, 0, 1, tzinfo=UTC), NEW_YEARS_DAY),
        # Summer time begins on 29 March and ends on 25 October: days of 23 and 25 hours.
        ("Europe/Oslo", datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), date(2026, 3, 28)),
        ("Europe/Oslo", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), date(2026, 3, 29)),
        ("Europe/Oslo", datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), date(2026, 3, 29)),
        ("Europe/Oslo", datetime(2026, 3, 29, 22, 0, 1, tzinfo=UTC), date(2026, 3, 30)),
        ("Europe/Oslo", datetime(2026, 10, 24, 21, 59, 59, tzinfo=UTC), date(2026, 10, 24)),
        ("Europe/Oslo", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25)),
        ("Europe/Oslo", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 25)),
        ("Europe/Oslo", datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), date(2026, 10, 25)),
        ("Europe/Oslo", datetime(2026, 10, 25, 23, 0, 1, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_today_is_the_date_where_the_organization_is(
    set_clock: SetClock, zone: str, moment: datetime, expected: date
) -> None:
    set_clock(moment)

    assert local_today(Organization(time_zone=zone)) == expected


def test_numbers_dates_and_voucher_years_agree_around_midnight(organization: Any) -> None:
    customer = builders.make_customer(organization)
    old = [builders.make_finalized_invoice(organization, customer, today=NEW_YEARS_EVE) for _ in range(2)]
    new = [builders.make_finalized_invoice(organization, customer, today=NEW_YEARS_DAY) for _ in range(2)]

    numbers = [invoice.number for invoice in [*old, *new]]
    assert numbers == list(range(numbers[0] or 0, (numbers[0] or 0) + 4))
    assert [invoice.issue_date for invoice in [*old, *new]] == [NEW_YEARS_EVE] * 2 + [NEW_YEARS_DAY] * 2
    labels = [voucher_of(organization, invoice).label for invoice in [*old, *new]]
    assert labels == ["2026-00001", "2026-00002", "2027-00001", "2027-00002"]
    for invoice in [*old, *new]:
        assert voucher_of(organization, invoice).day == invoice.issue_date == invoice.accounting_date
        assert invoice.due_date == (invoice.issue_date or NEW_YEARS_DAY) + timedelta(days=14)


def test_a_number_series_goes_on_while_the_voucher_series_begins_anew(organization: Any) -> None:
    builders.make_finalized_invoice(organization, today=NEW_YEARS_EVE)
    builders.make_finalized_invoice(organization, today=NEW_YEARS_DAY)

    with in_organization(organization):
        assert list(VoucherSeries.objects.order_by("year").values_list("year", "last_number")) == [(2026, 1), (2027, 1)]
        heads = set(VoucherSeries.objects.values_list("head_hash", flat=True))
        assert len(heads) == 2


@pytest.mark.parametrize(
    "seam",
    [
        ("Europe/Oslo", LAST_SECOND, NEW_YEARS_EVE),
        ("Europe/Oslo", FIRST_SECOND, NEW_YEARS_DAY),
        ("America/New_York", FIRST_SECOND, NEW_YEARS_EVE),
        ("Pacific/Auckland", LAST_SECOND, NEW_YEARS_DAY),
    ],
)
def test_the_screen_dates_a_document_in_the_organizations_zone(
    organization: Any,
    owner: Any,
    client_of: Callable[[Any], Client],
    set_clock: SetClock,
    seam: tuple[str, datetime, date],
) -> None:
    zone, moment, expected = seam
    with in_organization(organization):
        Organization.objects.filter(pk=organization.pk).update(time_zone=zone)
    draft = builders.make_draft(organization, today=date(2026, 12, 30))
    set_clock(moment)

    answer = client_of(owner).post(reverse("invoicing:finalize_invoice", args=[organization.slug, draft.pk]))

    assert answer.status_code in {200, 204, 302}
    invoice = builders.reload_invoice(organization, draft)
    assert (invoice.status, invoice.issue_date, invoice.accounting_date) == ("finalized", expected, expected)
    assert voucher_of(organization, invoice).year == expected.year


def test_a_draft_checked_before_midnight_is_checked_again_after_it(
    organization: Any, owner: Any, client_of: Callable[[Any], Client], set_clock: SetClock
) -> None:
    draft = builders.make_draft(organization, today=NEW_YEARS_EVE)
    url = reverse("invoicing:finalize_invoice", args=[organization.slug, draft.pk])
    set_clock(LAST_SECOND)
    browser = client_of(owner)
    assert browser.get(url).status_code == 200
    set_clock(FIRST_SECOND)
    browser.post(url)

    invoice = builders.reload_invoice(organization, draft)
    assert (invoice.status, invoice.issue_date) == ("finalized", NEW_YEARS_DAY)


def test_a_credit_note_of_the_new_year_settles_an_invoice_of_the_old(organization: Any) -> None:
    invoice = builders.make_finalized_invoice(organization, today=NEW_YEARS_EVE)
    note = builders.make_credit_note_draft(organization, invoice)
    [credited] = builders.finalize_drafts(organization, [note.pk], today=NEW_YEARS_DAY)

    assert credited.number == (invoice.number or 0) + 1
    assert voucher_of(organization, invoice).year == 2026
    assert voucher_of(organization, credited).year == 2027
    with in_organization(organization):
        settlement = Voucher.objects.get(kind="settlement")
    assert (settlement.year, settlement.day) == (2027, NEW_YEARS_DAY)


def rate_of(organization: Organization, treatment: str, day: date, **content: Any) -> Decimal:
    line = builders.line(vat_treatment=treatment, **content)
    draft = builders.make_draft(organization, lines=[line], delivery_date=day)
    return builders.lines_of(organization, draft)[0].vat_rate_percent


@pytest.mark.parametrize(
    ("country", "treatment", "day", "percent"),
    [
        ("NO", "water", date(2025, 6, 30), "25"),
        ("NO", "water", date(2025, 7, 1), "15"),
        ("NO", "standard", date(2025, 7, 1), "25"),
        ("SE", "food", date(2026, 3, 31), "12"),
        ("SE", "food", date(2026, 4, 1), "6"),
        ("SE", "food", date(2027, 12, 31), "6"),
    ],
)
def test_the_day_of_delivery_decides_the_vat_rate(
    db: None, country: str, treatment: str, day: date, percent: str
) -> None:
    seller = builders.make_organization("grense", "Grensehandel AS", owner_email="o@grense.example", country=country)

    assert rate_of(seller, treatment, day) == Decimal(percent)


def test_a_lines_own_delivery_goes_before_the_documents(organization: Any) -> None:
    rate = rate_of(organization, "water", date(2025, 7, 1), delivery_date=date(2025, 6, 30))

    assert rate == Decimal(25)


def test_lines_on_both_sides_of_a_change_stand_on_one_document_with_two_rates(organization: Any) -> None:
    lines = [
        builders.line("Vann i juni", vat_treatment="water", delivery_date=date(2025, 6, 30)),
        builders.line("Vann i juli", vat_treatment="water", delivery_date=date(2025, 7, 31)),
    ]
    invoice = builders.make_finalized_invoice(organization, lines=lines, today=date(2025, 8, 1))

    rows = {row["vat_rate_percent"]: row["vat_amount"] for row in (invoice.snapshot or {})["vat"]}
    assert {Decimal(rate): Decimal(amount) for rate, amount in rows.items()} == {
        Decimal(25): Decimal("625.00"),
        Decimal(15): Decimal("375.00"),
    }
    assert invoice.vat_amount == Decimal("1000.00")


def test_a_period_across_a_change_is_refused_until_it_is_split(organization: Any) -> None:
    june, july = date(2025, 6, 15), date(2025, 7, 14)

    with pytest.raises(PeriodCrossesRateChange) as refused:
        rate_of(organization, "water", july, period_from=june, period_to=july)
    with pytest.raises(PeriodCrossesRateChange):
        builders.make_draft(
            organization,
            lines=[builders.line(vat_treatment="water")],
            delivery_date=None,
            period_from=june,
            period_to=july,
        )

    assert refused.value.field == "period_to"
    assert rate_of(organization, "standard", july, period_from=june, period_to=july) == Decimal(25)
    assert rate_of(organization, "water", july, period_from=date(2025, 7, 1), period_to=july) == Decimal(15)


def test_no_figure_is_guessed_where_none_holds(organization: Any) -> None:
    with pytest.raises(DomainError) as refused:
        rate_of(organization, "low", date(2019, 1, 1))

    assert refused.value.field == "vat_treatment"


def test_a_finalized_document_keeps_the_rate_it_was_finalized_with(organization: Any) -> None:
    line = builders.line(vat_treatment="water", delivery_date=date(2025, 6, 30))
    invoice = builders.make_finalized_invoice(organization, lines=[line], today=date(2025, 6, 30))
    note = builders.make_credit_note_draft(organization, invoice)
    [credited] = builders.finalize_drafts(organization, [note.pk], today=date(2025, 7, 2))

    assert credited.vat_amount == invoice.vat_amount == Decimal("625.00")
    assert builders.lines_of(organization, credited)[0].vat_rate_percent == Decimal(25)
