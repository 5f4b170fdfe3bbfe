"""Marking work ready for billing, and taking the mark back: what the next invoices hold (M-026, M-028)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.errors import CannotBeReady, LimitIsExceeded, NothingLeft
from billing_backlog.identifiers import lacks_identifier
from billing_backlog.models import BacklogItem
from billing_backlog.queries.items import lock_items
from billing_backlog.queries.standing import Standing, standing_of
from foundation import rows
from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Marked:
    """What a bulk act did: the items that took the mark, and the others with the reason."""

    done: list[BacklogItem]
    refused: list[tuple[BacklogItem, DomainError]]


@transaction.atomic
def mark_ready(organization: Organization, item_ids: Collection[UUID], *, actor: Actor, now: datetime) -> Marked:
    """Mark these items ready for billing; one that cannot be is named with its reason and keeps no other back."""
    items = lock_items(organization, item_ids)
    standing = standing_of(organization, items)
    marked = Marked([], [])
    for item in items:
        try:
            refuse_unbillable(item, standing[item.pk])
        except CannotBeReady as refusal:
            marked.refused.append((item, refusal))
            continue
        if item.ready_at is None:
            item.ready_at, item.ready_by = now, actor.name
            marked.done.append(item)
    rows.update(organization.pk, marked.done, ["ready_at", "ready_by"])
    audit.record_each(actor, "backlog.marked_ready", [(item, {}) for item in marked.done], now=now)
    return marked


@transaction.atomic
def mark_not_ready(organization: Organization, item_ids: Collection[UUID], *, actor: Actor, now: datetime) -> Marked:
    """Take the mark back; what stands on a draft stays there, and is taken off on the draft."""
    items = lock_items(organization, item_ids)
    standing = standing_of(organization, items)
    marked = Marked([], [])
    for item in items:
        if standing[item.pk].on_draft:
            marked.refused.append(
                (item, NothingLeft(_("%(item)s stands on a draft. Take it off there.") % {"item": item}))
            )
        elif item.ready_at is not None:
            item.ready_at, item.ready_by = None, ""
            marked.done.append(item)
    rows.update(organization.pk, marked.done, ["ready_at", "ready_by"])
    audit.record_each(actor, "backlog.marked_not_ready", [(item, {}) for item in marked.done], now=now)
    return marked


def refuse_unbillable(item: BacklogItem, standing: Standing) -> None:
    """Refuse what cannot be billed as it stands, with the reason and the way out."""
    words = {"item": item, "customer": item.customer.name}
    if item.is_cancelled:
        raise CannotBeReady(_("%(item)s is cancelled and is never billed.") % words)
    if item.released_at is None:
        raise CannotBeReady(_("%(item)s waits for the accountant, who releases it in the journal.") % words)
    if item.is_over_limit:
        raise LimitIsExceeded(
            _("%(item)s would exceed what was agreed. Ask for a new limit, or check the limits again.") % words
        )
    if lacks_identifier(item.customer):
        raise CannotBeReady(_("%(customer)s has no number to be billed by. Fill it in on the customer.") % words)
    if not standing.unbilled:
        raise NothingLeft(_("Nothing is left to bill of %(item)s.") % words)
