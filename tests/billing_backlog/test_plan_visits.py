"""Visits are planned once or as a series, changed, moved and put on day sheets with customer numbers (M-120, M-134)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing_backlog.actions import visits
from billing_backlog.errors import ItemIsUnclear, PriceNeedsReason, StaleRecord, VisitIsOver
from billing_backlog.intake.plain import Outcome, Source
from billing_backlog.models import Visit
from billing_backlog.visiting import SERIES_MAX, Every, days_of
from foundation.errors import DomainError
from tenants.context import organization_context
from tenants.models import Organization
from tests.billing_backlog.visit_rows import NOW, TODAY, again, complete, plan, planned
from tests.builders import actor_of, in_organization, make_contract_line, make_customer, make_product

SignIn = Callable[[Any], Client]


@pytest.mark.parametrize(
    ("first", "every", "until", "expected"),
    [
        (date(2026, 11, 23), Every.ONCE, None, ["2026-11-23"]),
        (date(2026, 11, 23), Every.WEEK, date(2026, 12, 7), ["2026-11-23", "2026-11-30", "2026-12-07"]),
        (date(2026, 11, 23), Every.SECOND_WEEK, date(2026, 12, 20), ["2026-11-23", "2026-12-07"]),
        (date(2027, 12, 31), Every.MONTH, date(2028, 3, 31), ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"]),
        (date(2026, 11, 23), Every.WEEK, date(2026, 11, 23), ["2026-11-23"]),
    ],
)
def test_a_series_falls_on_its_days(first: date, every: Every, until: date | None, expected: list[str]) -> None:
    """Monthly on the 31st stays at the end of each month and comes back to the 31st."""
    assert [day.isoformat() for day in days_of(first, every, until)] == expected


@pytest.mark.django_db
def test_m_120_visits_are_planned_changed_and_moved(organization: Organization, owner: Any) -> None:
    line = make_contract_line(organization, billing_method="per_visit", unit_price=Decimal(900), unit_code="NAR")
    customer = line.contract.project.customer
    series = planned(
        organization, plan(customer, line_id=line.pk, unit_price=Decimal(900)), Every.WEEK, date(2026, 12, 14)
    )
    assert [visit.planned_on.day for visit in series] == [23, 30, 7, 14]
    visit = again(organization, series[0])
    assert visit.project_id == line.contract.project_id
    assert visit.unit_price is None
    told = visits.plan_of(visit)
    with organization_context(organization.pk):
        actor = actor_of(organization)
        changed = visits.change_visit(organization, visit.pk, told, version=visit.version, actor=actor, now=NOW)
        assert changed.version == visit.version  # nothing was changed
        away = visits.move_visits(
            organization, [each.pk for each in series[:2]], day=date(2026, 11, 25), actor=actor, now=NOW
        )
        assert {each.planned_on for each in away} == {date(2026, 11, 25)}
        with pytest.raises(StaleRecord):
            visits.change_visit(organization, visit.pk, told, version=visit.version, actor=actor, now=NOW)


@pytest.mark.django_db
def test_what_cannot_be_billed_is_refused_when_it_is_planned(organization: Organization) -> None:
    customer = make_customer(organization)
    fixed = make_contract_line(organization, billing_method="fixed_price", amount=Decimal(9000))
    product = make_product(organization)
    refusals: list[tuple[dict[str, Any], type[DomainError], str]] = [
        ({"customer_id": None}, ItemIsUnclear, "customer"),
        ({"unit_price": None}, ItemIsUnclear, "unit_price"),
        ({"product_id": product.pk}, PriceNeedsReason, "price_reason"),
        ({"line_id": fixed.pk}, ItemIsUnclear, "line"),
        ({"ends_at": time(7)}, ItemIsUnclear, "ends_at"),
        ({"starts_at": None}, ItemIsUnclear, "ends_at"),
        ({"quantity": Decimal(0)}, ItemIsUnclear, "quantity"),
        ({"text": ""}, ItemIsUnclear, "text"),
        ({"planned_on": date(2126, 1, 1)}, ItemIsUnclear, "planned_on"),
        ({"worker_id": customer.pk}, ItemIsUnclear, "worker"),
    ]
    for changes, error, field in refusals:
        with pytest.raises(error) as refused:
            planned(organization, plan(customer, **changes))
        assert refused.value.field == field, changes
    for until in (None, date(2026, 11, 22), date(2036, 11, 1)):
        with pytest.raises(ItemIsUnclear) as refused:
            planned(organization, plan(customer), Every.WEEK, until)
        assert refused.value.field == "until"
    assert len(list(days_of(TODAY, Every.WEEK, date(2036, 11, 1)))) > SERIES_MAX
    with in_organization(organization):
        assert not Visit.objects.exists()


@pytest.mark.django_db
def test_a_visit_told_of_twice_is_one_visit(organization: Organization) -> None:
    customer = make_customer(organization)
    told = plan(customer, source=Source("plan", "7", "1"))
    other = plan(customer, source=Source("plan", "7", "1"), note="Ring på")
    with organization_context(organization.pk):
        actor = actor_of(organization)
        answers = visits.plan_visits(organization, [told, told, other], actor=actor, now=NOW)
        repeated = visits.plan_visits(organization, [told, other], actor=actor, now=NOW)
    assert [answer.outcome for answer in answers] == [Outcome.NEW, Outcome.KNOWN, Outcome.DIFFERS]
    assert [answer.outcome for answer in repeated] == [Outcome.KNOWN, Outcome.DIFFERS]
    assert len({answer.visit.pk for answer in [*answers, *repeated] if answer.visit}) == 1


@pytest.mark.django_db
def test_the_pages_plan_and_show_visits(
    organization: Organization, *, owner: Any, project_manager: Any, auditor: Any, stranger: Any, client_of: SignIn
) -> None:
    """The list of a day and a week, the form, and who sees what; as many questions for thirty visits as for two."""
    customer = make_customer(organization, name="Vinduene AS")
    client, here = client_of(owner), [organization.slug]
    form = {
        "customer": "Vinduene", "text": "Vinduspuss", "quantity": "2", "unit_code": "NAR", "unit_price": "800",
        "planned_on": "2026-11-23", "starts_at": "08:00", "worker": str(owner.pk), "every": "weekly",
        "until": "2026-12-21",
    }  # fmt: skip
    answer = client.post(reverse("billing_backlog:plan_visit", args=here), {**form, "until": ""})
    assert answer.status_code == 422
    assert "until" in answer.context["form"].errors
    answer = client.post(reverse("billing_backlog:plan_visit", args=here), form)
    assert answer.status_code == 302, answer.content.decode()
    with in_organization(organization):
        visit = Visit.objects.order_by("planned_on")[0]
        assert Visit.objects.count() == 5
        assert visit.worker_name == str(owner)
    shown = reverse("billing_backlog:show_visit", args=[*here, visit.pk])
    edit = reverse("billing_backlog:change_visit", args=[*here, visit.pk])
    page = client.get(edit).content.decode()
    assert 'value="2026-11-23"' in page
    assert 'value="08:00"' in page
    changed = client.post(edit, {**form, "quantity": "3", "worker": "", "worker_name": "Vera", "version": "1"})
    assert changed.status_code == 302, changed.content.decode()
    assert again(organization, visit).quantity == 3
    assert "Vera" in client.get(shown).content.decode()
    move = {"id": str(visit.pk), "day": "2026-11-24", "query": "day=2026-11-24"}
    assert client.post(reverse("billing_backlog:move_visits", args=here), move).headers["Location"].endswith("-24")

    listed = reverse("billing_backlog:list_visits", args=here)
    assert "Vinduene AS" in client.get(listed, {"day": "2026-11-24"}).content.decode()
    assert "Vinduene AS" not in client.get(listed, {"day": "2026-11-23"}).content.decode()
    assert "Vinduene AS" not in client.get(listed, {"day": "2026-11-24", "state": "billed"}).content.decode()
    week = {"day": "2026-11-27", "span": "week", "q": str(customer.number)}
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert "Vinduene AS" in client.get(listed, week).content.decode()
    for number in range(30):
        planned(organization, plan(customer, date(2026, 11, 25), text=f"Vask {number}"))
    with CaptureQueriesContext(connection) as many:
        answer = client.get(listed, week)
    assert len(many) == len(few) < 30
    assert len(answer.content) < 100_000

    # A project manager sees the own visits and those of the own projects; an auditor reads; a stranger sees nothing.
    other = client_of(project_manager)
    assert other.get(shown).status_code == 404
    assert "Vinduene AS" not in other.get(listed, week).content.decode()
    unseen = other.post(reverse("billing_backlog:plan_visit", args=here), {**form, "worker": ""})
    assert unseen.status_code == 422
    assert client_of(auditor).get(shown).status_code == 200
    assert client_of(auditor).get(edit).status_code == 403
    assert client_of(stranger).get(shown).status_code == 404


@pytest.mark.django_db
def test_m_134_day_sheets_carry_customer_numbers_and_a_page_for_each_worker(
    organization: Organization, owner: Any, client_of: SignIn
) -> None:
    """The PDF is read back: each worker's own page, time, customer number, place, what and note (M-134)."""
    first = make_customer(organization, name="Vinduene AS")
    second = make_customer(organization, name="Trappen AS")
    planned(organization, plan(first, place=""))
    planned(organization, plan(second, text="Trappevask", starts_at=time(7), ends_at=None, worker_name="Åse Ås"))
    planned(organization, plan(second, text="Kjellervask", worker_name=""))
    planned(organization, plan(first, date(2026, 11, 24), text="I morgen"))
    client, here = client_of(owner), [organization.slug]
    page = client.get(reverse("billing_backlog:show_day_sheets", args=here), {"day": "2026-11-23"}).content.decode()
    assert str(first.number) in page
    assert "Kjellervask" in page
    assert "I morgen" not in page
    answer = client.get(reverse("billing_backlog:download_day_sheets", args=here), {"day": "2026-11-23"})
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in answer.headers["Content-Disposition"]
    texts = [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(answer.content)).pages]
    assert len(texts) == 3
    assert "Vera Vask" in texts[0]
    assert "Åse Ås" in texts[1]
    assert "Kjellervask" in texts[2]
    for words in (
        "08:00–09:30",
        "Vinduene AS",
        str(first.number),
        "Kaiveien 12",
        "Vinduspuss",
        "Nøkkel hos vaktmester",
    ):
        assert words in texts[0], texts[0]
    assert "Vinduene" not in texts[1]
    assert "Trappevask" in texts[1]
    assert str(second.number) in texts[1]


@pytest.mark.django_db
def test_the_database_keeps_visits_that_are_over(organization: Organization) -> None:
    customer = make_customer(organization)
    [visit] = planned(organization, plan(customer))
    complete(organization, visit)
    with organization_context(organization.pk), pytest.raises(VisitIsOver):
        visits.move_visits(organization, [visit.pk], day=TODAY, actor=actor_of(organization), now=NOW)
    for change in ("quantity = 5", "planned_on = '2026-12-01'", "source_order = 'x'"):
        with pytest.raises(DatabaseError), in_organization(organization), connection.cursor() as cursor:
            cursor.execute(f"UPDATE billing_backlog_visit SET {change} WHERE id = %s", [visit.pk])
    with pytest.raises(DatabaseError), in_organization(organization):
        Visit.objects.filter(pk=visit.pk).delete()
