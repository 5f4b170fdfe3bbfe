"""What happens by itself when work is done: for which customer what is decided."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from billing_backlog.automation import DEFAULT, Automation, settle
from billing_backlog.models import BillingAutomation
from tenants.models import Organization

SHOWN_MAX = 500  # customers with their own way, on one page


def automation_of(organization: Organization, customer_ids: Collection[UUID]) -> dict[UUID, Automation]:
    """What holds for each of these customers, in one statement."""
    wanted = set(customer_ids)
    rows = {row.customer_id: row for row in _for(organization, wanted)}
    company = settle(rows[None].decided, DEFAULT) if None in rows else DEFAULT
    return {key: settle(rows[key].decided if key in rows else None, company) for key in wanted}


def company_row(organization: Organization) -> BillingAutomation:
    """The company's own row, or what it is where nothing was decided."""
    stored = BillingAutomation.objects.of(organization).filter(customer=None).first()
    return stored or BillingAutomation(
        organization=organization,
        posting=DEFAULT.posting,
        timing=DEFAULT.timing,
        sends=DEFAULT.sends,
        period=DEFAULT.period,
    )


def own_rows(organization: Organization) -> list[BillingAutomation]:
    """The rows of customers with their own way, by name."""
    found = BillingAutomation.objects.of(organization).filter(customer__isnull=False).select_related("customer")
    return list(found.order_by("customer__name", "id")[:SHOWN_MAX])


def own_row(organization: Organization, customer_id: UUID) -> BillingAutomation | None:
    """A customer's own row, if it has one."""
    found = BillingAutomation.objects.of(organization).filter(customer_id=customer_id)
    return found.select_related("customer").first()


def get_own_row(organization: Organization, customer_id: UUID) -> BillingAutomation:
    """A customer's own row, or 404."""
    row = own_row(organization, customer_id)
    if row is None:
        raise Http404
    return row


def _for(organization: Organization, customer_ids: Collection[UUID]) -> QuerySet[BillingAutomation]:
    rows = BillingAutomation.objects.of(organization)
    return rows.filter(customer_id__in=customer_ids) | rows.filter(customer=None)
