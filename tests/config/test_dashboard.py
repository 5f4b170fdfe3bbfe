"""The start page's figures: owed by age and week, issued by month, and the days from delivery to invoice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from statistics import median_low
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.dashboard import figures
from foundation import charts
from invoicing.models import Invoice
from payments.models import ExchangeRate
from tenants.clock import local_today
from tenants.models import Membership, Organization
from tests import builders

SEED = 20261121
TODAY = builders.TODAY


def _issue(organization: Organization, day: date, **changes: Any) -> Invoice:
    draft = builders.make_draft(organization, **changes)
    [invoice] = builders.finalize_drafts(organization, [draft.pk], today=day)
    return invoice


def test_m_002_every_krone_that_is_owed_stands_in_one_age_and_one_week(organization: Organization) -> None:
    random = Random(SEED)
    print(f"seed {SEED}")
    invoices = []
    for _count in range(builders.scaled(60, 12)):
        day = TODAY - timedelta(days=random.randrange(160))
        price = Decimal(random.randrange(100, 9_000_000)) / 100
        invoices.append(
            _issue(
                organization,
                day,
                delivery_date=day,
                payment_terms_days=random.randrange(60),
                lines=[builders.line(unit_price=price)],
            )
        )
    with builders.in_organization(organization):
        days = figures.open_days(organization)
    ageing, expected = figures.ageing_of(days, TODAY), figures.expected_of(days, TODAY)

    owed = sum((invoice.payable_amount for invoice in invoices), Decimal(0))
    late = [invoice for invoice in invoices if invoice.due_date and invoice.due_date < TODAY]
    assert ageing.total == owed
    assert sum(bucket.count for bucket in ageing.buckets) == len(invoices)
    for (low, high), bucket in zip(figures.AGES, ageing.buckets, strict=True):
        wanted = [
            invoice.payable_amount
            for invoice in invoices
            if invoice.due_date
            and low <= max(0, (TODAY - invoice.due_date).days) <= (high if high is not None else 10_000)
        ]
        assert (bucket.amount, bucket.count) == (sum(wanted, Decimal(0)), len(wanted)), (low, high)
    assert expected.overdue.amount == sum((invoice.payable_amount for invoice in late), Decimal(0))
    in_weeks = sum((week.sums.amount for week in expected.weeks), expected.later.amount)
    assert in_weeks + expected.overdue.amount == owed


def test_a_credit_that_settled_nothing_is_shown_apart(organization: Organization) -> None:
    days = [figures.OpenDay(None, Decimal("-50.00"), 1), figures.OpenDay(TODAY, Decimal("80.00"), 1)]

    ageing = figures.ageing_of(days, TODAY)

    assert ageing.credit == figures.Sums(Decimal("-50.00"), 1)
    assert ageing.buckets[0] == figures.Sums(Decimal("80.00"), 1)
    assert ageing.total == Decimal("30.00")


def test_months_hold_what_was_issued_less_what_was_credited(organization: Organization) -> None:
    first = _issue(organization, date(2026, 10, 5), delivery_date=date(2026, 10, 5))
    second = _issue(organization, date(2026, 11, 2), delivery_date=date(2026, 10, 30))
    note = builders.make_credit_note_draft(organization, first)
    builders.finalize_drafts(organization, [note.pk], today=date(2026, 11, 3))
    builders.make_draft(organization)

    with builders.in_organization(organization):
        months = {month.first: month for month in figures.issued_months(organization, TODAY)}

    assert len(months) == figures.MONTHS_BACK
    assert months[date(2026, 10, 1)].net_amount == first.net_amount
    november = months[date(2026, 11, 1)]
    assert november.net_amount == second.net_amount - first.net_amount
    assert (november.invoices, november.credit_notes) == (1, 1)
    assert november.median_lag == 3


def test_another_currency_counts_as_it_was_posted(organization: Organization) -> None:
    with builders.in_organization(organization):
        ExchangeRate.objects.create(
            organization=organization, currency="EUR", day=date(2026, 11, 1), rate=Decimal("11.5"), source="Norges Bank"
        )
    customer = builders.make_customer(organization, name="Ausland GmbH", currency="EUR")
    draft = builders.make_draft(organization, customer, currency="EUR", delivery_date=date(2026, 11, 2))
    [invoice] = builders.finalize_drafts(organization, [draft.pk], today=date(2026, 11, 2))

    with builders.in_organization(organization):
        november = figures.issued_months(organization, TODAY)[-1]
        days = figures.open_days(organization)

    assert november.net_amount == invoice.net_amount * Decimal("11.5")
    assert sum(day.amount for day in days) == (invoice.payable_amount * Decimal("11.5")).quantize(Decimal("0.01"))


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11])
def test_half_and_nine_of_ten_are_counted_from_below(count: int) -> None:
    month = figures.Month(date(2026, 11, 1))
    lags = [Random(count).randrange(-5, 60) for _lag in range(count)]
    for lag in lags:
        month.lags[lag] += 1

    assert month.median_lag == median_low(lags)
    assert month.slow_lag == sorted(lags)[-(-count * 9 // 10) - 1]
    assert month.late == sum(lag > 31 for lag in lags)


def test_the_page_shows_each_picture_with_its_words_and_a_table(
    organization: Organization, owner: Any, client_of: Callable[..., Any]
) -> None:
    today = local_today(organization)
    invoice, _newer = (
        _issue(organization, today - timedelta(days=days), delivery_date=today - timedelta(days=days + 2))
        for days in (80, 40)
    )

    page = client_of(owner).get("/nordlys/").content.decode()

    svgs = re.findall(r'<svg class="chart[^>]*role="img" aria-label="([^"]+)"', page)
    assert len(svgs) == 4
    assert page.count("<table") >= 5
    assert "style=" not in page
    assert not re.findall(r" (?:x|y|d|width|height)=\"[^\"]*,", page)  # numbers of a picture know no language
    assert len(page.encode()) < 100_000
    assert invoice.customer.name in page


def test_the_count_of_questions_stays_the_same(
    organization: Organization, owner: Any, client_of: Callable[..., Any]
) -> None:
    client = client_of(owner)
    _issue(organization, date(2026, 9, 1), delivery_date=date(2026, 8, 30))
    builders.make_draft(organization)
    client.get("/nordlys/")
    with CaptureQueriesContext(connection) as few:
        client.get("/nordlys/")
    for _count in range(4):
        _issue(organization, date(2026, 9, 2), delivery_date=date(2026, 8, 30))
        builders.make_draft(organization)
    with CaptureQueriesContext(connection) as more:
        client.get("/nordlys/")

    asked = [query["sql"] for query in more.captured_queries if query["sql"].startswith(("SELECT", "    SELECT"))]
    assert len(more) == len(few)
    assert len(asked) < 30


@pytest.mark.parametrize("role", ["owner", "accountant", "project_manager", "case_worker", "auditor"])
def test_m_020_first_steps_are_those_of_the_role_and_tick_themselves(
    organization: Organization, client_of: Callable[..., Any], role: str
) -> None:
    with builders.in_organization(organization):
        membership = Membership.objects.select_related("user").filter(role=role).first()
    user = membership.user if membership else builders.make_member(organization, role)
    client = client_of(user)

    before = client.get("/nordlys/?steps").context["checklist"]
    assert before.steps
    for step in before.steps:
        assert client.get(step.url).status_code == 200, step.label
    _issue(organization, date(2026, 11, 2))
    after = client.get("/nordlys/?steps").context["checklist"]

    assert after.total == before.total
    if role in {"owner", "accountant"}:
        assert after.done > before.done


def test_a_checklist_that_is_put_away_is_found_again(
    organization: Organization, owner: Any, client_of: Callable[..., Any]
) -> None:
    client = client_of(owner)
    assert client.get("/nordlys/").context["checklist"] is not None

    answer = client.post("/nordlys/first-steps/hide/")

    assert answer["Location"] == "/nordlys/"
    assert client.get("/nordlys/").context["checklist"] is None
    assert client.get("/nordlys/?steps").context["checklist"] is not None


@pytest.mark.parametrize(
    ("most", "top"), [("0", "3"), ("1", "1.5"), ("7", "15"), ("605000", "1500000"), ("0.04", "0.06"), ("300", "300")]
)
def test_scales_end_at_round_numbers(most: str, top: str) -> None:
    assert charts.round_top(Decimal(most)) == Decimal(top)


def test_nothing_is_drawn_outside_the_picture() -> None:
    random = Random(SEED)
    for _count in range(200):
        values = [
            (str(place), Decimal(random.randrange(-500, 10**9)) / 100) for place in range(random.randrange(1, 14))
        ]
        chart = charts.columns(values, at_edges=bool(random.randrange(2)))
        for column in chart.columns:
            assert charts.TOP <= column.y <= charts.BOTTOM
            assert charts.LEFT <= column.x <= charts.RIGHT
        for bar in charts.bars(values):
            assert 0 <= bar.width <= charts.BAR_LENGTH_MAX
