"""Visits are done or cancelled, and billed as was decided: once, and taken back where they are cancelled (M-122)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse

from billing_backlog.actions import visits
from billing_backlog.actions.visits_done import cancel_visits, reopen_visit
from billing_backlog.errors import ItemIsUnclear, StandsOnDocument, VisitIsOver
from billing_backlog.models import BacklogItem, Visit
from billing_backlog.queries.visits import items_of_visits
from invoicing.models import Invoice
from tenants.context import organization_context
from tenants.models import Organization
from tests.billing_backlog.automation_rows import decide, documents, night
from tests.billing_backlog.visit_rows import NOW, TODAY, again, complete, plan, planned
from tests.builders import actor_of, in_organization, make_contract_line, make_customer, make_organization, user_of

SignIn = Callable[[Any], Client]
EVENING = datetime(2026, 11, 22, 19, tzinfo=UTC)  # the night before the visits of the 23rd


def items_of(organization: Organization, visit: Visit) -> list[BacklogItem]:
    """The work of the visit."""
    with in_organization(organization):
        return items_of_visits(organization, [visit.pk]).get(visit.pk, [])


def cancel(organization: Organization, *chosen: Visit, reason: str = "Kunden er bortreist") -> list[Visit]:
    """Say that the visits will not take place."""
    with organization_context(organization.pk):
        return cancel_visits(
            organization,
            [visit.pk for visit in chosen],
            reason=reason,
            actor=actor_of(organization),
            today=TODAY,
            now=NOW,
        )


@pytest.mark.django_db
def test_m_122_a_visit_that_is_done_becomes_ready_work_once(organization: Organization) -> None:
    """Each customer of the contract has an item; twice is as good as once; the reported quantity is billed (M-122)."""
    other = make_customer(organization, name="Halvparten AS")
    whole = make_customer(organization)
    line = make_contract_line(
        organization, None, shares={whole: "50", other: "50"}, billing_method="per_visit", unit_price=Decimal(900)
    )
    [visit] = planned(organization, plan(whole, line_id=line.pk, unit_price=None))
    assert not items_of(organization, visit)
    told = complete(organization, visit, day=date(2026, 11, 22), quantity=Decimal(2))
    assert [each.pk for each in told.done] == [visit.pk]
    twice = complete(organization, visit, quantity=Decimal(7))
    assert [each.pk for each in twice.known] == [visit.pk]
    assert not twice.done
    items = items_of(organization, visit)
    assert [(item.quantity, item.day.day, item.is_ready) for item in items] == [(Decimal(1), 22, True)] * 2
    assert {item.approved_by for item in items} == {actor_of(organization).name}
    assert again(organization, visit).quantity == 2
    assert again(organization, visit).done_on == date(2026, 11, 22)
    assert documents(organization) == []  # nothing is made by itself until it is decided (M-125)


@pytest.mark.django_db
def test_m_122_a_done_visit_is_billed_by_itself_and_one_that_cannot_keeps_no_other_back(
    organization: Organization,
) -> None:
    decide(organization, sends=False)
    customer = make_customer(organization)
    good, late, gone = (planned(organization, plan(customer, text=text))[0] for text in ("A", "B", "C"))
    cancel(organization, gone)
    told = complete(organization, good, gone)
    assert [visit.pk for visit in told.done] == [good.pk]
    assert [type(refusal) for _visit, refusal in told.refused] == [VisitIsOver]
    assert [type(refusal) for _v, refusal in complete(organization, late, day=date(2026, 11, 24)).refused] == [
        ItemIsUnclear
    ]
    complete(organization, good)
    [document] = documents(organization)
    assert document.number
    assert document.payable_amount == Decimal("1000.00")
    with pytest.raises(VisitIsOver):
        cancel(organization, good)  # done work is credited
    with organization_context(organization.pk), pytest.raises(StandsOnDocument):
        reopen_visit(organization, good.pk, actor=actor_of(organization), now=NOW)
    undo = "UPDATE billing_backlog_visit SET done_at = NULL, done_on = NULL WHERE id = %s"
    with pytest.raises(DatabaseError), in_organization(organization), connection.cursor() as cursor:
        cursor.execute(undo, [good.pk])


@pytest.mark.django_db
def test_m_129_what_was_billed_the_night_before_is_kept_corrected_or_taken_back(organization: Organization) -> None:
    """The item of the night before stays the visit's only work; more of it is new work; cancelled, it is taken back."""
    decide(organization, timing="night_before", sends=False)
    kept, more, less, gone = (
        planned(organization, plan(make_customer(organization, name=f"{name} AS"), quantity=Decimal(2)))[0]
        for name in ("Som planlagt", "Mer", "Mindre", "Avlyst")
    )
    night(organization, EVENING)
    before = {visit.pk: items_of(organization, visit) for visit in (kept, more, less, gone)}
    assert [len(items) for items in before.values()] == [1, 1, 1, 1]
    assert len(documents(organization)) == 4
    with organization_context(organization.pk), pytest.raises(StandsOnDocument):
        visits.move_visits(organization, [kept.pk], day=date(2026, 11, 25), actor=actor_of(organization), now=NOW)
    sick = replace(visits.plan_of(again(organization, kept)), worker_name="Viggo Vikar", note="")
    with organization_context(organization.pk):  # somebody else may go there all the same
        visits.change_visit(organization, kept.pk, sick, version=1, actor=actor_of(organization), now=NOW)

    assert complete(organization, kept).done
    assert complete(organization, more, quantity=Decimal(3)).done
    [(_visit, refusal)] = complete(organization, less, quantity=Decimal(1)).refused
    assert isinstance(refusal, StandsOnDocument)
    assert refusal.field == "quantity"
    assert [item.pk for item in items_of(organization, kept)] == [item.pk for item in before[kept.pk]]
    assert [item.quantity for item in items_of(organization, more)] == [Decimal(2), Decimal(1)]

    cancel(organization, gone)
    cancel(organization, gone)  # twice is as good as once
    assert again(organization, gone).cancelled_reason == "Kunden er bortreist"
    [item] = items_of(organization, gone)
    assert item.is_cancelled
    with in_organization(organization):
        assert not Invoice.objects.filter(customer_id=gone.customer_id, status="draft").exists()


@pytest.mark.django_db
def test_what_was_told_too_early_is_taken_back_and_told_again(organization: Organization) -> None:
    [visit] = planned(organization, plan(make_customer(organization)))
    complete(organization, visit)
    with organization_context(organization.pk):
        reopen_visit(organization, visit.pk, actor=actor_of(organization), now=NOW)
        reopen_visit(organization, visit.pk, actor=actor_of(organization), now=NOW)
    assert again(organization, visit).is_planned
    assert not items_of(organization, visit)[0].is_ready
    assert complete(organization, visit, day=date(2026, 11, 20), quantity=Decimal(3)).done
    [item] = items_of(organization, visit)
    assert (item.quantity, item.day, item.is_ready) == (Decimal(3), date(2026, 11, 20), True)


@pytest.mark.django_db
def test_people_mark_visits_as_done_and_cancel_them_with_a_reason(
    organization: Organization, *, owner: Any, project_manager: Any, auditor: Any, stranger: Any, client_of: SignIn
) -> None:
    """From the list and from the visit's own page, which shows the chain to the document; others may not."""
    customer = make_customer(organization)
    mine, other, third = (
        planned(organization, plan(customer, date(2026, 11, 20), text=text, worker_id=worker))[0]
        for text, worker in (("Mitt", project_manager.pk), ("Annet", None), ("Tredje", None))
    )
    here = [organization.slug]
    many = reverse("billing_backlog:complete_visits", args=here)
    for user, visit, status in ((auditor, other, 403), (stranger, other, 404), (project_manager, other, 404)):
        assert client_of(user).post(many, {"id": str(visit.pk)}).status_code == status
    assert client_of(project_manager).post(many, {"only": str(mine.pk)}).status_code == 302
    assert again(organization, mine).done_by == str(project_manager)
    client = client_of(owner)
    one = [organization.slug, other.pk]
    shown, done = (reverse(f"billing_backlog:{name}_visit", args=one) for name in ("show", "complete"))
    assert client.post(done, {"done_on": "2126-01-01", "quantity": "1"}).status_code == 422
    assert client.post(done, {"done_on": "2026-11-20", "quantity": "2,5"}).status_code == 302
    page = client.get(shown).content.decode()
    assert reverse("billing_backlog:show_item", args=[organization.slug, items_of(organization, other)[0].pk]) in page
    assert client.post(reverse("billing_backlog:reopen_visit", args=one)).status_code == 302
    assert again(organization, other).is_planned

    cancelling = reverse("billing_backlog:cancel_visit", args=[organization.slug, third.pk])
    assert client.post(cancelling, {"reason": " "}).status_code == 422
    assert client.post(cancelling, {"reason": "Syk"}).status_code == 302
    assert (
        "Syk" in client.get(reverse("billing_backlog:show_visit", args=[organization.slug, third.pk])).content.decode()
    )


@pytest.mark.django_db(transaction=True)
def test_m_127_a_visit_marked_as_done_in_the_browser_is_billed_once_it_is_stored(client_of: SignIn) -> None:
    """Billing comes after the visit is stored, in a transaction that sees the organization (M-127)."""
    organization = make_organization("rent", "Rent AS", owner_email="owner@rent.example")
    decide(organization, sends=False)
    [visit] = planned(organization, plan(make_customer(organization), date(2026, 11, 20)))
    done = reverse("billing_backlog:complete_visits", args=[organization.slug])
    assert client_of(user_of("owner@rent.example")).post(done, {"id": str(visit.pk)}).status_code == 302
    [document] = documents(organization)
    assert document.number
