"""Visits that another system tells of are billed by themselves, once, unless somebody judged them (M-120, M-122)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from billing_backlog.actions.billing_told_visits import bill_told_visits
from billing_backlog.actions.items import take_items
from billing_backlog.actions.ready import mark_not_ready, mark_ready
from billing_backlog.intake.plain import NewItem, Source
from customers.models import Customer
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.billing_backlog.automation_rows import TODAY, decide, documents
from tests.builders import make_customer

pytestmark = pytest.mark.django_db
NOW = datetime.combine(TODAY, time(9), UTC)


def tell(organization: Organization, customer: Customer, order: str, **changes: object) -> tuple[object, ...]:
    """What a planner says of a visit that is done."""
    values = {"kind": "visit", "day": TODAY - timedelta(days=1), "quantity": 2, "unit_price": 400, **changes}
    new = NewItem(text="Renhold", customer_id=customer.pk, source=Source("plan", order, "1"), **values)  # type: ignore[arg-type]
    with organization_context(organization.pk):
        [taken] = take_items(organization, [new], actor=builders.actor_of(organization), now=NOW)
    return taken.item_ids


def test_m_122_a_planning_system_bills_by_itself_what_nobody_has_judged(
    organization: Organization, other_organization: Organization
) -> None:
    decide(organization)  # finalize and send
    decide(other_organization)
    billed, none = make_customer(organization, name="Bokført AS"), make_customer(organization, name="Ingen AS")
    decide(organization, none, posting="none")
    tell(organization, billed, "V-1")
    tell(organization, none, "V-2")
    tell(organization, billed, "V-3", kind="time")  # hours are judged by people
    tell(organization, billed, "V-4", day=TODAY + timedelta(days=1))  # not done yet
    judged = tell(organization, billed, "V-5")
    with organization_context(organization.pk):
        actor = builders.actor_of(organization)
        mark_ready(organization, judged, actor=actor, now=NOW)  # type: ignore[arg-type]
        mark_not_ready(organization, judged, actor=actor, now=NOW)  # type: ignore[arg-type]

    for _time in range(2):
        with organization_context(organization.pk):
            bill_told_visits(organization, today=TODAY, now=NOW)
        with organization_context(other_organization.pk):
            assert bill_told_visits(other_organization, today=TODAY, now=NOW) == 0

    [invoice] = documents(organization)
    assert (invoice.customer.name, invoice.net_amount, invoice.issue_date) == ("Bokført AS", Decimal(800), TODAY)
    late = NOW + timedelta(days=4)
    tell(organization, billed, "V-6")
    with organization_context(organization.pk):
        assert bill_told_visits(organization, today=late.date(), now=late) == 0  # old enough to be looked at by people
