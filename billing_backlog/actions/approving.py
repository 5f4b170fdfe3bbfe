"""Approving work, which makes it backlog, and returning it with a reason (M-024, M-043)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.items import take_items
from billing_backlog.errors import OwnWork, WorkIsNotWaiting, WorkIsUnclear
from billing_backlog.intake.composing import compose_items
from billing_backlog.intake.plain import NewItem, Outcome, Source
from billing_backlog.models import BacklogItem, WorkEntry
from billing_backlog.queries.intake import backlog_settings, surroundings_of
from billing_backlog.queries.items import items_of_entries
from billing_backlog.queries.work import Approver, deputised, lock_waiting
from billing_backlog.working import PriceOfWork, price_of
from foundation import rows
from foundation.errors import DomainError
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization
from tenants.notices import News, tell
from tenants.switches import is_open_to

APPROVED_MAX = 500  # each may become an item for each of its customers
REASON_MAX = 300
SYSTEM = "work"


@dataclass(frozen=True, slots=True)
class Approved:
    """What became of entries that somebody approved: done, or refused with the reason; one keeps no other back."""

    done: list[WorkEntry] = field(default_factory=list)
    refused: list[tuple[WorkEntry, DomainError]] = field(default_factory=list)


@transaction.atomic
def approve_work(
    organization: Organization, approver: Approver, entry_ids: Collection[UUID], *, actor: Actor, now: datetime
) -> Approved:
    """Approve what waits, and take what is to be billed into the backlog; what is approved already stays so.

    Set-based: as many statements for five hundred entries as for one. 404 for an entry of a project that the approver
    may not see.
    """
    if len(entry_ids) > APPROVED_MAX:
        raise WorkIsUnclear(_("Approve at most %(most)s entries at once.") % {"most": APPROVED_MAX})
    waiting = [entry for entry in lock_waiting(organization, approver, entry_ids) if not entry.is_approved]
    answer = Approved()
    _approve_each(organization, approver, waiting, answer, actor=actor, now=now)
    items = _items_of(organization, answer, now=now)
    rows.update(organization.pk, answer.done, ["approved_by", "approved_for", "approved_at", "version"])
    audit.record_each(actor, "work.approved", [(entry, _facts(entry)) for entry in answer.done], now=now)
    for taken in take_items(organization, items, actor=actor, now=now):
        if taken.outcome is Outcome.REFUSED:  # it was composed a moment ago, under the same locks
            raise WorkIsUnclear(taken.sentence, field=taken.field)
    return answer


def _approve_each(
    organization: Organization,
    approver: Approver,
    waiting: Sequence[WorkEntry],
    answer: Approved,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    own = backlog_settings(organization).own_approval_by
    may_approve_own = is_open_to(organization, own, actor)
    in_place_of = deputised(organization, approver.user, approver.today)
    for entry in waiting:
        refusal = _refusal(entry, approver, may_approve_own=may_approve_own)
        if refusal is not None:
            answer.refused.append((entry, refusal))
            continue
        manager = entry.project.manager
        entry.approved_by, entry.approved_at = approver.user, now
        entry.approved_for = manager if manager is not None and manager.pk in in_place_of else None
        entry.version += 1
        answer.done.append(entry)


def _refusal(entry: WorkEntry, approver: Approver, *, may_approve_own: bool) -> DomainError | None:
    if entry.submitted_at is None:
        return WorkIsNotWaiting(_("%(entry)s is not handed in for approval.") % {"entry": entry})
    if entry.performed_by_id == approver.user.pk and not may_approve_own:
        return OwnWork(_("%(entry)s is your own work. Somebody else approves it.") % {"entry": entry})
    return None


def _items_of(organization: Organization, answer: Approved, *, now: datetime) -> list[NewItem]:
    """What the entries add to the backlog; one that cannot become an item is moved to the refused, with the reason."""
    corrected = {entry.corrects_id for entry in answer.done if entry.corrects_id is not None}
    originals = items_of_entries(organization, corrected) if corrected else {}
    billable = {entry.pk: new_item(entry, originals) for entry in answer.done if entry.is_billable}
    around = surroundings_of(organization, list(billable.values()))
    refused: dict[UUID, DomainError] = {}
    for key, item in billable.items():
        try:
            compose_items(item, around, now=now, is_released=True)
        except DomainError as refusal:
            refused[key] = refusal
    answer.refused.extend((entry, refused[entry.pk]) for entry in answer.done if entry.pk in refused)
    answer.done[:] = [entry for entry in answer.done if entry.pk not in refused]
    return [item for key, item in billable.items() if key not in refused]


def new_item(entry: WorkEntry, originals: Mapping[UUID, BacklogItem]) -> NewItem:
    """What an approved entry tells the backlog: its price by the contract, the product or what was paid.

    A correction takes the price of what it corrects.
    """
    price, own_price = price_of(entry), entry.unit_price
    if price.rule_price is not None and entry.product is None:
        own_price = None  # what was paid, with the mark-up, is the rule
    original = originals.get(entry.corrects_id) if entry.corrects_id else None
    if original is not None:
        price = PriceOfWork(original.unit_price, original.price_rule, original.price_includes_vat)
        own_price = None
    return NewItem(
        kind=entry.kind,
        day=entry.day,
        quantity=entry.quantity,
        text=entry.text,
        unit_code=entry.unit_code,
        line_id=entry.line_id,
        project_id=None if entry.line_id else entry.project_id,
        customer_id=None if entry.line_id else entry.project.customer_id,
        product_id=entry.product_id,
        entry_id=entry.pk,
        internal_text=entry.internal_text,
        performed_by=str(entry.performed_by),
        unit_price=own_price,
        rule_price=price.rule_price,
        price_rule=price.rule,
        price_includes_vat=price.includes_vat,
        price_reason=entry.price_reason,
        source=Source(SYSTEM, str(entry.pk), "1"),
        approved_by=approver_words(entry),
    )


def approver_words(entry: WorkEntry) -> str:
    """Who approved, and in whose place."""
    if entry.approved_for is None:
        return str(entry.approved_by)
    return _("%(deputy)s for %(person)s") % {"deputy": entry.approved_by, "person": entry.approved_for}


@transaction.atomic
def return_work(
    organization: Organization,
    approver: Approver,
    entry_ids: Collection[UUID],
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> list[WorkEntry]:
    """Hand entries back to their makers with a reason, and tell them; what does not wait any more stays as it is."""
    if not reason.strip():
        raise WorkIsUnclear(_("Write why the work is returned; its maker reads it."), field="reason")
    if len(entry_ids) > APPROVED_MAX:
        raise WorkIsUnclear(_("Return at most %(most)s entries at once.") % {"most": APPROVED_MAX})
    locked = lock_waiting(organization, approver, entry_ids)
    returned = [entry for entry in locked if entry.submitted_at is not None and not entry.is_approved]
    for entry in returned:
        entry.submitted_at, entry.returned_reason = None, reason.strip()[:REASON_MAX]
        entry.version += 1
    rows.update(organization.pk, returned, ["submitted_at", "returned_reason", "version"])
    audit.record_each(
        actor, "work.returned", [(entry, {"reason": entry.returned_reason}) for entry in returned], now=now
    )
    tell(organization.pk, [_news(entry, actor) for entry in returned if entry.performed_by_id != actor.id])
    return returned


def _news(entry: WorkEntry, actor: Actor) -> News:
    facts = {"by": actor.name, "work": str(entry), "reason": entry.returned_reason}
    key = f"work:{entry.pk}:{entry.version}"
    return News(entry.performed_by_id, "work.returned", facts, f"work/{entry.pk}/", key)


def _facts(entry: WorkEntry) -> dict[str, str]:
    facts = {"by": str(entry.performed_by), "quantity": str(entry.quantity.normalize())}
    return facts | ({"for": str(entry.approved_for)} if entry.approved_for else {})
