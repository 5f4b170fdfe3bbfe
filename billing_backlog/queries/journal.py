"""The accountant's journal: approved work that waits to be released, and what is released and not on a document."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from billing_backlog.models import BacklogItem, Project
from customers.models import Customer
from invoicing.models import InvoiceLine
from tenants.models import Organization

CHOICES_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSearch:
    """What of the journal is asked for; empty values ask for everything."""

    is_released: bool = False
    customer_id: UUID | None = None
    project_id: UUID | None = None
    kind: str = ""
    vat_treatment: str = ""
    first: date | None = None
    last: date | None = None
    words: str = ""


def list_journal(organization: Organization, search: JournalSearch) -> QuerySet[BacklogItem]:
    """The items that the search finds: those that wait, or those that are released and not on a document yet."""
    found = BacklogItem.objects.of(organization).filter(
        cancelled_at=None, settled_at=None, released_at__isnull=not search.is_released
    )
    if search.is_released:
        found = found.filter(~Exists(InvoiceLine.objects.of(organization).filter(source_id=OuterRef("pk"))))
    for name in ("customer_id", "project_id", "kind", "vat_treatment"):
        if getattr(search, name):
            found = found.filter(**{name: getattr(search, name)})
    if search.first:
        found = found.filter(day__gte=search.first)
    if search.last:
        found = found.filter(day__lte=search.last)
    for word in search.words.split():
        found = found.filter(Q(text__icontains=word) | Q(performed_by__icontains=word))
    return found.select_related("customer", "project", "contract")


def sums_of_journal(found: QuerySet[BacklogItem]) -> list[tuple[str, int, Decimal]]:
    """How many items and which amount there are in each currency."""
    sums = found.order_by().values_list("currency").annotate(count=Count("pk"), amount=Sum("amount"))
    return [(currency, count, amount) for currency, count, amount in sums.order_by("currency")]


def count_waiting(organization: Organization, most: int) -> int:
    """How many items wait for the accountant, counted no further than one more than is shown."""
    waiting = list_journal(organization, JournalSearch()).order_by().select_related(None)
    return len(waiting.values_list("pk")[: most + 1])


def customers_in_journal(organization: Organization) -> list[Customer]:
    """The customers of what stands in the journal, by name."""
    open_items = BacklogItem.objects.of(organization).filter(cancelled_at=None, settled_at=None)
    found = Customer.objects.of(organization).filter(pk__in=open_items.values("customer_id"))
    return list(found.order_by("name", "id")[:CHOICES_MAX])


def projects_in_journal(organization: Organization) -> list[Project]:
    """The projects of what stands in the journal, by number."""
    open_items = BacklogItem.objects.of(organization).filter(cancelled_at=None, settled_at=None)
    found = Project.objects.of(organization).filter(pk__in=open_items.values("project_id"))
    return list(found.order_by("number", "id")[:CHOICES_MAX])


def named_by_documents(organization: Organization, item_ids: Collection[UUID]) -> set[UUID]:
    """Which of these items stand on a draft or a document."""
    lines = InvoiceLine.objects.of(organization).filter(source_id__in=list(item_ids))
    return {key for key in lines.values_list("source_id", flat=True) if key is not None}
