"""One act on many items: at once up to a thousand, as a job beyond; each answer says what could not be done and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.change_items import Change, change_items
from billing_backlog.actions.ready import Marked, mark_not_ready, mark_ready
from billing_backlog.actions.write_offs import cancel_items, write_off_items
from billing_backlog.acts import Act, Verb
from billing_backlog.errors import ItemIsUnclear, NothingLeft, StandsOnDocument
from billing_backlog.models import BacklogItem
from billing_backlog.queries.items import items_by_id, lock_items
from billing_backlog.queries.standing import standing_of
from tenants import jobs
from tenants.audit import Actor
from tenants.models import Job, Organization

JOB = "billing_backlog.act_on_items"
AT_ONCE_MAX = 1_000
BATCH = 500


def act_on_items(
    organization: Organization, item_ids: Collection[UUID], act: Act, *, actor: Actor, now: datetime
) -> Marked:
    """Do it to at most a thousand items; one that refuses keeps no other back."""
    if len(item_ids) > AT_ONCE_MAX:
        raise ValueError(f"At most {AT_ONCE_MAX} items at once, not {len(item_ids)}.")
    if act.verb == Verb.READY:
        return mark_ready(organization, item_ids, actor=actor, now=now)
    if act.verb == Verb.NOT_READY:
        return mark_not_ready(organization, item_ids, actor=actor, now=now)
    if act.verb == Verb.WRITE_OFF:
        return _write_off(organization, item_ids, act.reason, actor=actor, now=now)
    if act.verb == Verb.CANCEL:
        return _cancel(organization, item_ids, act.reason, actor=actor, now=now)
    change = Change(reason=act.reason, unit_price=act.unit_price, charge_kind=act.charge_kind, line_id=act.line_id)
    return change_items(organization, item_ids, change, actor=actor, now=now)


@transaction.atomic
def _write_off(
    organization: Organization, item_ids: Collection[UUID], reason: str, *, actor: Actor, now: datetime
) -> Marked:
    items = lock_items(organization, item_ids)
    standing = standing_of(organization, items)
    marked = Marked([item for item in items if standing[item.pk].unbilled and not item.is_cancelled], [])
    for item in items:
        if item not in marked.done:
            marked.refused.append((item, NothingLeft(_("Nothing is left to bill of %(item)s.") % {"item": item})))
    write_off_items(organization, {item.pk: None for item in marked.done}, reason=reason, actor=actor, now=now)
    return marked


@transaction.atomic
def _cancel(
    organization: Organization, item_ids: Collection[UUID], reason: str, *, actor: Actor, now: datetime
) -> Marked:
    items = lock_items(organization, item_ids)
    standing = standing_of(organization, items)
    marked = Marked([], [])
    for item in items:
        stands = standing[item.pk]
        if stands.on_draft or stands.billed:
            words = _("%(item)s stands on a document. Take it off the draft, or credit the invoice, first.")
            marked.refused.append((item, StandsOnDocument(words % {"item": item})))
        else:
            marked.done.append(item)
    cancel_items(organization, [item.pk for item in marked.done], reason=reason, actor=actor, now=now)
    return marked


@transaction.atomic
def start_acting(organization: Organization, item_ids: Sequence[UUID], act: Act, *, actor: Actor, key: str = "") -> Job:
    """Begin the job that does it to more items than one answer can wait for; under one key once."""
    if act.verb not in (Verb.READY, Verb.NOT_READY) and not act.reason.strip():
        raise ItemIsUnclear(_("Write why; the reason stays with each line."), field="reason")
    items = items_by_id(organization, item_ids)
    named = [(item_id, label_of(items[item_id])) for item_id in item_ids if item_id in items]
    return jobs.start(organization, JOB, actor=actor, parameters=act.to_json(), items=named, key=key)


def label_of(item: BacklogItem) -> str:
    """The item in one line of a list."""
    return f"{item} · {item.customer.name}"[:160]
