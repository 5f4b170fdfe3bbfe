"""Visits for tests that walk through every page."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing_backlog.actions import visits
from billing_backlog.actions.visits_done import Completed, Report, complete_visits
from billing_backlog.models import Visit
from billing_backlog.visiting import Every, VisitPlan
from customers.models import Customer
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.builders import actor_of, in_organization

TODAY = date(2026, 11, 23)  # a Monday
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def plan(customer: Customer, day: date = TODAY, **changes: Any) -> VisitPlan:
    """Window cleaning at 800.00 on that day."""
    fields = {
        "text": "Vinduspuss", "unit_price": Decimal(800), "unit_code": "NAR", "worker_name": "Vera Vask",
        "starts_at": time(8), "ends_at": time(9, 30), "place": "Bakgården 2", "note": "Nøkkel hos vaktmester",
    }  # fmt: skip
    return VisitPlan(**{"planned_on": day, "customer_id": customer.pk, **fields, **changes})


def planned(
    organization: Organization, told: VisitPlan, every: Every = Every.ONCE, until: date | None = None
) -> list[Visit]:
    """The visits of a plan; a refusal is raised."""
    with organization_context(organization.pk):
        return visits.plan_series(organization, told, every=every, until=until, actor=actor_of(organization), now=NOW)


def complete(organization: Organization, *visits_done: Visit, day: date = TODAY, **changes: Any) -> Completed:
    """Say that the visits are done."""
    reports = [Report(visit.pk, day, **changes) for visit in visits_done]
    with organization_context(organization.pk):
        return complete_visits(organization, reports, actor=actor_of(organization), today=TODAY, now=NOW)


def again(organization: Organization, visit: Visit) -> Visit:
    """The visit as it is stored now."""
    with in_organization(organization):
        return Visit.objects.get(pk=visit.pk)


def visit_things(organization: Organization) -> dict[str, UUID]:
    """The ids of a planned visit and of one that is done."""
    customer = builders.make_customer(organization, name="Vinduene AS")
    [waiting] = planned(organization, plan(customer))
    [done] = planned(organization, plan(customer, text="Trappevask"))
    complete(organization, done)
    return {"visit": waiting.pk, "done_visit": done.pk}
