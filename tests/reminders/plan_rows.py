"""A plan of the organization's own, for tests that try every address and every table."""

from __future__ import annotations

from typing import Any

from reminders.actions.plans import adopt_plan
from reminders.models import ReminderPlan
from tests.builders import actor_of, in_organization
from tests.reminders.dunning_rows import DUE, at


def own_plan(organization: Any, *, country: str = "NO", debtor: str = "consumer") -> ReminderPlan:
    """The lawful plan, adopted."""
    with in_organization(organization):
        return adopt_plan(
            organization,
            country=country,
            debtor=debtor,
            name=f"{country} {debtor}",
            actor=actor_of(organization),
            now=at(DUE),
        )


def plan_things(organization: Any) -> dict[str, Any]:
    """A plan and one of its steps."""
    plan = own_plan(organization)
    with in_organization(organization):
        level = plan.levels.order_by("position").first()
    assert level is not None
    return {"reminder_plan": plan.pk, "reminder_level": level.pk}
