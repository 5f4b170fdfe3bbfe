"""Items of an organization, fetched and locked."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.http import Http404

from billing_backlog.models import BacklogItem
from tenants.models import Organization

WITH = ("customer", "project__manager", "contract", "line", "facility")


def get_item(organization: Organization, item_id: UUID) -> BacklogItem:
    """One item with what it belongs to, or 404."""
    found = BacklogItem.objects.of(organization).select_related(*WITH).filter(pk=item_id).first()
    if found is None:
        raise Http404
    return found


def items_by_id(organization: Organization, item_ids: Collection[UUID]) -> dict[UUID, BacklogItem]:
    """These items with what they belong to; ids that are not here are left out."""
    found = BacklogItem.objects.of(organization).select_related(*WITH).filter(pk__in=list(item_ids))
    return {item.pk: item for item in found}


def lock_items(organization: Organization, item_ids: Collection[UUID]) -> list[BacklogItem]:
    """These items, locked in the order of their ids; 404 when one is not here."""
    found = list(
        BacklogItem.objects.of(organization)
        .select_related(*WITH)
        .filter(pk__in=list(item_ids))
        .order_by("id")
        .select_for_update(of=("self",), no_key=True)
    )
    if len(found) != len(set(item_ids)):
        raise Http404
    return found


def items_of_entries(organization: Organization, entry_ids: Collection[UUID]) -> dict[UUID, BacklogItem]:
    """The first customer's item of each of these entries."""
    found = BacklogItem.objects.of(organization).filter(entry_id__in=list(entry_ids)).order_by("-share_number", "id")
    return {item.entry_id: item for item in found if item.entry_id is not None}
