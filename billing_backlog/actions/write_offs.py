"""Giving work up, taking that back, and cancelling what never happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from billing_backlog.errors import ItemIsUnclear, NothingLeft, StandsOnDocument
from billing_backlog.models import BacklogItem, WriteOff
from billing_backlog.queries.items import lock_items
from billing_backlog.queries.standing import standing_of
from foundation import rows
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

CANCELLED_REASON_MAX = 300


@transaction.atomic
def write_off_items(
    organization: Organization, quantities: Mapping[UUID, Decimal | None], *, reason: str, actor: Actor, now: datetime
) -> list[WriteOff]:
    """Give up a quantity of each item, or all that is unbilled of it; all or none, with a reason."""
    if not reason.strip():
        raise ItemIsUnclear(_("Write why it will not be billed."), field="reason")
    items = lock_items(organization, quantities)
    standing = standing_of(organization, items)
    written = []
    for item in items:
        left = standing[item.pk].unbilled
        asked = quantities[item.pk]
        quantity = left if asked is None else asked
        if not left or quantity * left <= 0 or abs(quantity) > abs(left):
            raise NothingLeft(
                _("Only %(left)s of %(item)s is unbilled.") % {"left": left.normalize(), "item": item},
                field="quantity",
            )
        written.append(
            WriteOff(organization=organization, item=item, quantity=quantity, reason=reason.strip(), made_by=actor.name)
        )
    rows.insert(organization.pk, written)
    audit.record_each(
        actor,
        "backlog.written_off",
        [(row.item, {"quantity": str(row.quantity), "reason": row.reason}) for row in written],
        now=now,
    )
    return written


@transaction.atomic
def take_back_write_off(
    organization: Organization, write_off_id: UUID, *, reason: str, actor: Actor, now: datetime
) -> WriteOff:
    """Return what was given up to the backlog by a row of the opposite sign; twice is as good as once."""
    found = WriteOff.objects.of(organization).select_related("item").filter(pk=write_off_id, reverses=None).first()
    if found is None:
        raise Http404
    lock_items(organization, [found.item_id])
    before = WriteOff.objects.of(organization).filter(reverses=found).first()
    if before is not None:
        return before
    back = WriteOff(
        organization=organization,
        item=found.item,
        quantity=-found.quantity,
        reason=reason.strip() or found.reason,
        reverses=found,
        made_by=actor.name,
    )
    rows.insert(organization.pk, [back])
    rows.update(organization.pk, [_reopened(found.item)], ["settled_at"])
    audit.record(actor, "backlog.write_off_taken_back", found.item, quantity=str(found.quantity))
    return back


def _reopened(item: BacklogItem) -> BacklogItem:
    item.settled_at = None
    return item


@transaction.atomic
def cancel_items(
    organization: Organization, item_ids: list[UUID], *, reason: str, actor: Actor, now: datetime
) -> list[BacklogItem]:
    """Say that the work never happened: it is never billed (M-158). All or none; twice is as good as once.

    What stands on a draft or was billed is refused: it is taken off there, or credited, first.
    """
    if not reason.strip():
        raise ItemIsUnclear(_("Write why it is cancelled."), field="reason")
    items = lock_items(organization, item_ids)
    standing = standing_of(organization, items)
    cancelled = [item for item in items if not item.is_cancelled]
    for item in cancelled:
        stands = standing[item.pk]
        if stands.on_draft or stands.billed:
            raise StandsOnDocument(
                _("%(item)s stands on a document. Take it off the draft, or credit the invoice, first.")
                % {"item": item}
            )
    store_cancelled(organization, cancelled, reason=reason.strip(), actor=actor, now=now)
    return items


def store_cancelled(
    organization: Organization, items: Sequence[BacklogItem], *, reason: str, actor: Actor, now: datetime
) -> None:
    """Write on locked items, of which no document stands any more, that they are never billed."""
    for item in items:
        item.cancelled_at, item.cancelled_reason = now, reason[:CANCELLED_REASON_MAX]
        item.ready_at, item.ready_by = None, ""
    rows.update(organization.pk, items, ["cancelled_at", "cancelled_reason", "ready_at", "ready_by"])
    audit.record_each(
        actor, "backlog.cancelled", [(item, {"reason": item.cancelled_reason}) for item in items], now=now
    )
