"""Which dates a document may carry, and what the regulation says of late and early invoices: at each term's edge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from foundation.dates import is_working_day
from invoicing.actions import checks, dates
from invoicing.dating import LawfulDate, dating_warnings, lawful_dates
from invoicing.documents.facts import Address, Delivery, DocumentBody
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.builders import line, make_draft, reload_invoice
from tests.invoicing import document_builders
from tests.invoicing.draft_forms import address, text_of

OCTOBER_END = date(2026, 10, 31)


@pytest.mark.parametrize(
    ("today", "delivered", "offered"),
    [
        (date(2026, 11, 1), [OCTOBER_END], OCTOBER_END),  # a Sunday, before the first working day
        (date(2026, 11, 2), [OCTOBER_END], OCTOBER_END),
        (date(2026, 11, 18), [date(2026, 10, 3)], OCTOBER_END),  # the fifteenth working day, Saturdays counted
        (date(2026, 11, 19), [date(2026, 10, 3)], None),  # the sixteenth
        (date(2026, 11, 2), [date(2026, 11, 1)], None),  # delivered this month
        (date(2026, 11, 2), [date(2026, 10, 1), date(2026, 11, 1)], None),  # one of two
        (date(2026, 10, 31), [date(2026, 10, 1)], None),  # the last day of its own month
        (date(2027, 1, 4), [date(2026, 12, 31)], date(2026, 12, 31)),  # over the turn of the year
        (date(2028, 3, 1), [date(2028, 2, 29)], date(2028, 2, 29)),  # a leap day
        (date(2026, 3, 3), [date(2026, 2, 1)], date(2026, 2, 28)),
        (date(2026, 5, 20), [date(2026, 4, 30)], date(2026, 4, 30)),  # 1, 14 and 17 May are holidays
    ],
)
def test_the_end_of_last_month_is_offered_while_it_is_lawful(
    today: date, delivered: list[date], offered: date | None
) -> None:
    first, *others = lawful_dates(today, delivered, "NO")
    assert first == LawfulDate(today, today)
    assert [choice.day for choice in others] == ([] if offered is None else [offered])
    for choice in others:
        later = choice.until + timedelta(days=1)
        assert today <= choice.until
        assert choice.day not in {each.day for each in lawful_dates(later, delivered, "NO")}
        days = [choice.until.replace(day=number) for number in range(1, choice.until.day + 1)]
        assert sum(is_working_day(day, "NO") for day in days) == 15


def body_of(*lines: dict[str, Any], country: str = "NO", **delivery: Any) -> DocumentBody:
    """An invoice with lines of these dates."""
    body = document_builders.sample_body(lines=document_builders.sample_lines({}))
    return replace(
        body,
        delivery=Delivery(**delivery),
        seller=replace(body.seller, address=replace(body.seller.address, country=country)),
        lines=tuple(
            replace(body.lines[0], **({"delivery_day": None, "period_from": None, "period_to": None} | dict(each)))
            for each in (lines or ({},))
        ),
    )


def day(month: int, number: int, year: int = 2026) -> date:
    return date(year, month, number)


def running(first: date, last: date, **more: Any) -> dict[str, Any]:
    return {"period_from": first, "period_to": last, **more}


@pytest.mark.parametrize(
    ("lines", "in_time", "rule"),
    [
        # One delivery: a month (§ 5-2-2), to the same day of the next month or its last.
        ([{"delivery_day": day(10, 21)}], day(11, 21), "§ 5-2-2"),
        ([{"delivery_day": day(1, 31)}], day(2, 28), "§ 5-2-2"),
        # Several of one month on one invoice: fifteen working days of the next month (§ 5-2-3).
        ([{"delivery_day": day(10, 1)}, {"delivery_day": day(10, 14)}], day(11, 18), "§ 5-2-3"),
        # A month is longer than that for the last days of a month.
        ([{"delivery_day": day(10, 30)}, {"delivery_day": day(10, 31)}], day(11, 30), "§ 5-2-2"),
        # Running services: a month after the VAT term of two months (§ 5-2-4).
        ([running(day(9, 1), day(9, 30))], day(11, 30), "§ 5-2-4"),
        ([running(day(10, 1), day(10, 31))], day(11, 30), "§ 5-2-4"),
        ([running(day(7, 1), day(9, 30))], day(9, 30), "§ 5-2-4"),  # the first part decides
        # Metered: a year (§ 5-2-5); hours are not metered.
        ([running(day(1, 1, 2025), day(12, 31, 2025), unit_code="KWH")], day(1, 31), "§ 5-2-5"),
        ([running(day(1, 1, 2024), day(12, 31, 2025), unit_code="MTQ")], day(1, 31, 2025), "§ 5-2-5"),
        ([running(day(1, 1), day(2, 28), unit_code="HUR")], day(3, 31), "§ 5-2-4"),
    ],
)
def test_what_is_late_is_said_from_the_day_after_its_term_on(
    lines: list[dict[str, Any]], in_time: date, rule: str
) -> None:
    body = body_of(*lines)
    assert [item.rule for item in dating_warnings(body, in_time) if item.rule != "§ 5-2-6"] == []
    late = dating_warnings(body, in_time + timedelta(days=1))
    assert rule in {item.rule for item in late}
    assert all(item.sentence and item.field.startswith("lines.") for item in late)


@pytest.mark.parametrize(
    ("lines", "delivery", "says"),
    [
        ([{}], {"day": day(11, 21)}, ""),
        ([{}], {"day": day(11, 22)}, "delivery_date"),
        ([{}], {"period_from": day(11, 1), "period_to": day(11, 30)}, "period_to"),
        ([running(day(1, 1, 2027), day(11, 21, 2027))], {}, "lines"),
        ([running(day(1, 1, 2027), day(11, 22, 2027))], {}, "lines"),
    ],
)
def test_what_is_invoiced_ahead_is_said_with_what_may_be(
    lines: list[dict[str, Any]], delivery: dict[str, Any], says: str
) -> None:
    found = [item for item in dating_warnings(body_of(*lines, **delivery), builders.TODAY) if item.rule == "§ 5-2-6"]
    assert [item.field.partition(".")[0] for item in found] == ([says] if says else [])


def test_more_than_a_year_ahead_is_said_otherwise_than_a_year() -> None:
    [within] = dating_warnings(body_of(running(day(12, 1), day(11, 21, 2027))), builders.TODAY)
    [beyond] = dating_warnings(body_of(running(day(12, 1), day(11, 22, 2027))), builders.TODAY)
    assert within.rule == beyond.rule == "§ 5-2-6"
    assert within.sentence != beyond.sentence


def test_other_countries_and_credit_notes_have_no_norwegian_terms() -> None:
    late = body_of({"delivery_day": day(1, 1)})
    assert dating_warnings(late, builders.TODAY)
    assert dating_warnings(body_of({"delivery_day": day(1, 1)}, country="DK"), builders.TODAY) == []
    assert dating_warnings(replace(late, kind="credit_note"), builders.TODAY) == []
    assert isinstance(late.seller.address, Address)


def test_a_late_invoice_is_warned_of_and_finalized_all_the_same(organization: Organization) -> None:
    draft = make_draft(organization, lines=[line()], delivery_date=date(2026, 9, 1))
    with organization_context(organization.pk):
        [check] = checks.check_drafts(organization, [draft.pk], today=builders.TODAY)
    [warning] = [finding for finding in check.findings if finding["rule"] == "§ 5-2-2"]
    assert warning["is_fatal"] is False
    assert builders.finalize_drafts(organization, [draft.pk])[0].number == 10001


def test_the_confirmation_offers_the_lawful_dates_and_takes_one(
    organization: Organization, owner: Any, client_of: Callable[[Any], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    today = date(2026, 11, 3)
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 11, 3, 12, tzinfo=UTC))
    draft = make_draft(organization, today=today, delivery_date=date(2026, 10, 20))
    client, path = client_of(owner), address("finalize_invoice", organization, draft)
    assert 'value="2026-10-31"' in text_of(client.get(path))
    data = {"version": "1", "issue_date": "2026-10-31"}
    assert client.post(address("date_draft", organization, draft), data).headers["Location"] == path
    stored = reload_invoice(organization, draft)
    assert (stored.issue_date, stored.version) == (OCTOBER_END, 2)
    client.post(address("date_draft", organization, draft), {"version": "2", "issue_date": "2026-10-30"})
    client.post(address("date_draft", organization, draft), {"version": "1", "issue_date": "2026-11-03"})
    assert reload_invoice(organization, draft).issue_date == OCTOBER_END
    client.post(path)
    finalized = reload_invoice(organization, draft)
    assert (finalized.issue_date, finalized.due_date) == (OCTOBER_END, date(2026, 11, 14))


def test_taking_todays_date_leaves_the_draft_undated_until_it_is_finalized(organization: Organization) -> None:
    draft = make_draft(organization, today=date(2026, 11, 3), issue_date=OCTOBER_END, delivery_date=OCTOBER_END)
    with organization_context(organization.pk):
        facts: dict[str, Any] = {"actor": builders.actor_of(organization), "today": date(2026, 11, 3)}
        facts["now"] = datetime(2026, 11, 3, 12, tzinfo=UTC)
        dates.date_draft(organization, draft.pk, version=1, issue_date=date(2026, 11, 3), **facts)
        with pytest.raises(dates.DateIsNotLawful):
            dates.date_draft(organization, draft.pk, version=2, issue_date=date(2026, 11, 2), **facts)
    assert reload_invoice(organization, draft).issue_date is None


@pytest.mark.parametrize("zone", ["Europe/Oslo", "Pacific/Auckland", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_today_is_the_organizations_own_day_at_every_hour_around_midnight_and_clock_changes(
    organization: Organization, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization.time_zone = zone
    turns = [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)]
    for turn in turns:
        for hour in range(-26, 52):
            moment = turn + timedelta(hours=hour)
            monkeypatch.setattr("django.utils.timezone.now", lambda moment=moment: moment)
            today = local_today(organization)
            assert today == moment.astimezone(ZoneInfo(zone)).date()
            [first, *others] = lawful_dates(today, [], "NO")
            assert first.day == today
            assert all(choice.day == today.replace(day=1) - timedelta(days=1) for choice in others)


def test_a_stranger_gets_404_and_an_auditor_403(
    organization: Organization, stranger: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    path = address("date_draft", organization, make_draft(organization, discount_amount=Decimal(0)))
    assert client_of(stranger).post(path, {}).status_code == 404
    assert client_of(auditor).post(path, {}).status_code == 403
