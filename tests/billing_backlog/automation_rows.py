"""What tests of billing by itself build on: decisions, visits, and what became of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing_backlog.actions import billing_beforehand, billing_by_itself, visits, withdrawing
from billing_backlog.models import BacklogItem, BillingAutomation, MadeBy, Visit
from billing_backlog.visiting import VisitPlan
from customers.models import Customer
from invoicing.models import Invoice
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization
from tests.builders import actor_of, in_organization, make_customer, take_work, work

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
COMPANY = {"posting": "finalize", "timing": "done", "sends": True, "period": "month"}


def decide(organization: Organization, customer: Customer | None = None, **decided: Any) -> BillingAutomation:
    """What the company, or one customer, has decided."""
    fields = decided if customer is not None else COMPANY | decided
    with in_organization(organization):
        row, _new = BillingAutomation.objects.update_or_create(
            organization=organization, customer=customer, defaults=fields
        )
    return row


def done_work(organization: Organization, customer: Customer, **changes: Any) -> BacklogItem:
    """A window cleaning of 800.00 that is done."""
    fields = {"kind": "visit", "quantity": Decimal(1), "unit_code": "NAR", "unit_price": Decimal(800), "day": TODAY}
    told = work(customer_id=customer.pk, **{"text": "Vinduspuss", **fields, **changes})
    [item] = take_work(organization, told)
    return item


def bill(organization: Organization, *items: BacklogItem, today: date = TODAY, **changes: Any) -> None:
    """Bill these items by themselves."""
    told: dict[str, Any] = {"made_by": MadeBy.WORK_DONE, "actor": actor_of(organization), "today": today, "now": NOW}
    with organization_context(organization.pk):
        billing_by_itself.bill_by_itself(organization, [item.pk for item in items], **told | changes)


def withdraw(organization: Organization, *items: BacklogItem, today: date = TODAY, reason: str = "Avlyst") -> None:
    """Take back what was billed of these items."""
    with organization_context(organization.pk):
        withdrawing.withdraw_work(
            organization,
            [item.pk for item in items],
            reason=reason,
            actor=actor_of(organization),
            today=today,
            now=NOW,
        )


def plan_visit(organization: Organization, customer: Customer, day: date, **changes: Any) -> Visit:
    """A visit to the customer on that day."""
    fields = {"text": "Vinduspuss", "unit_price": Decimal(800), "unit_code": "NAR", "worker_name": "Vera Vask"}
    plan = VisitPlan(planned_on=day, customer_id=customer.pk, **{**fields, **changes})
    with organization_context(organization.pk):
        [answer] = visits.plan_visits(organization, [plan], actor=actor_of(organization), now=NOW)
    assert answer.visit is not None, answer.refusal
    return answer.visit


def night(organization: Organization, moment: datetime) -> int:
    """One round of the hourly job at that moment."""
    with organization_context(organization.pk):
        return billing_beforehand.bill_beforehand(organization, now=moment)


def automation_things(organization: Organization) -> None:
    """What the company has decided, a customer with a way of its own, and what is brought along to it today."""
    decide(organization, posting="none")
    customer = make_customer(organization, name="Kafeen på Moloen AS")
    decide(organization, customer, posting="finalize", timing="night_before", sends=False)
    day = local_today(organization)
    plan_visit(organization, customer, day)
    with organization_context(organization.pk):
        billing_beforehand.bill_day(organization, day, today=day - timedelta(days=1), now=datetime.now(UTC))


def documents(organization: Organization) -> list[Invoice]:
    """Every document, in the order in which they were made."""
    with in_organization(organization):
        return list(Invoice.objects.select_related("customer").order_by("created_at", "id"))
