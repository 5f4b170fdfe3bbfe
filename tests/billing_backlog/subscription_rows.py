"""Subscriptions as people start them, for the tests of this room and for those that open every address."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing_backlog.actions import subscriptions as actions
from billing_backlog.actions.charging import charge_subscription
from billing_backlog.models import BacklogItem, Subscription
from customers.models import Customer
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.builders import TODAY, actor_of, in_organization, make_customer

CREATED = date(2026, 1, 20)


def now_of(day: date) -> datetime:
    """Some moment of the day."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def subscribe(organization: Organization, customer: Customer | None = None, **changes: Any) -> Subscription:
    """Hosting at 499.00 a month from 31 January, charged in advance."""
    customer = customer or make_customer(organization)
    values = {
        "customer_id": customer.pk, "name": "Drift", "text": "Drift og vakt", "unit_code": "NAR", "product_id": None,
        "project_id": None, "vat_treatment": "", "revenue_account": "", "currency": "NOK", "every": 1,
        "time_unit": "month", "timing": "advance", "starts_on": date(2026, 1, 31),
        "quantity": Decimal(1), "unit_price": Decimal("499.00"), **changes,
    }  # fmt: skip
    values.setdefault("periods_from", values["starts_on"])
    with organization_context(organization.pk):
        return actions.start_subscription(
            organization, values=values, actor=actor_of(organization), today=CREATED, now=now_of(CREATED)
        )


def subscription_things(organization: Organization) -> dict[str, UUID]:
    """A subscription that has charged this month on a draft, and one that is paused."""
    actor = actor_of(organization)
    running = subscribe(organization, make_customer(organization, name="Sjøvik AS"), starts_on=date(2026, 11, 1))
    resting = subscribe(
        organization, make_customer(organization, name="Bergtun AS"), name="Vakt", starts_on=date(2027, 1, 1)
    )
    with organization_context(organization.pk):
        charge_subscription(organization, running.pk, actor=actor, today=TODAY, now=now_of(TODAY))
        pause = {"first_day": date(2027, 2, 1), "last_day": None, "reason": "Ombygging"}
        actions.pause_subscription(organization, resting.pk, values=pause, actor=actor, today=TODAY, now=now_of(TODAY))
    with in_organization(organization):
        items = list(BacklogItem.objects.filter(source_order=str(running.pk)))
    [proforma] = builders.make_proformas_of(organization, items)
    return {
        "subscription": running.pk,
        "paused_subscription": resting.pk,
        "subscription_draft": proforma.invoice_id,
    }
