"""What the pages of plans ask: which plan holds for whom, for how many, and what was chosen instead."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from django.db.models import Count

from customers.models import Customer
from payments.models import ReceivableBalance
from reminders.models import PlanChoice
from reminders.policy.law import DebtorKind
from reminders.queries.plans import DEBTOR_OF, Plans
from tenants.models import Organization


def customers_by_law(organization: Organization) -> Counter[tuple[str, DebtorKind]]:
    """How many customers in use there are of each country and kind."""
    found = (
        Customer.objects.of(organization)
        .filter(archived_at=None, erased_at=None, kind__in=list(DEBTOR_OF))
        .order_by()
        .values_list("country", "kind")
        .annotate(count=Count("id"))
    )
    counted: Counter[tuple[str, DebtorKind]] = Counter()
    for country, kind, count in found:
        counted[country, DEBTOR_OF[kind]] += count
    return counted


def holds_for(organization: Organization, plans: Plans) -> Counter[UUID | tuple[str, DebtorKind]]:
    """How many customers each plan holds for: by its id, and the lawful ones by their country and kind."""
    held: Counter[UUID | tuple[str, DebtorKind]] = Counter()
    for (country, debtor), count in customers_by_law(organization).items():
        plan_id, _plan = plans.plan_for(None, country, debtor)
        held[plan_id or (country, debtor)] += count
    chosen = (
        PlanChoice.objects.of(organization)
        .filter(customer__archived_at=None, customer__erased_at=None, plan__archived_at=None, plan__isnull=False)
        .exclude(customer=None)
        .select_related("customer")
    )
    for choice in chosen.iterator(chunk_size=500):
        assert choice.customer is not None
        kind = DEBTOR_OF.get(choice.customer.kind)
        if kind is None or choice.plan_id is None:
            continue
        plan_id, _plan = plans.plan_for(None, choice.customer.country, kind)
        held[plan_id or (choice.customer.country, kind)] -= 1
        held[choice.plan_id] += 1
    return held


def countries_owing(organization: Organization) -> set[str]:
    """The countries of the customers who owe something."""
    found = (
        ReceivableBalance.objects.of(organization)
        .filter(currency_amount__gt=0)
        .order_by()
        .values_list("customer__country", flat=True)
        .distinct()
    )
    return set(found)
