"""Saying that visits are done, that they will not take place, and taking back what was said too early."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.billing_by_itself import bill_by_itself
from billing_backlog.actions.correcting import correct_items
from billing_backlog.actions.items import take_items
from billing_backlog.actions.ready import mark_not_ready, mark_ready
from billing_backlog.actions.withdrawing import withdraw_work
from billing_backlog.errors import ItemIsUnclear, StandsOnDocument, VisitIsOver
from billing_backlog.intake.plain import NewItem, Outcome, Source
from billing_backlog.models import BacklogItem, MadeBy, Visit
from billing_backlog.queries.standing import Standing, standing_of
from billing_backlog.queries.visits import items_of_visits, lock_visits
from billing_backlog.visiting import MORE, SYSTEM, work_of
from foundation import rows
from foundation.errors import DomainError
from foundation.templatetags.formatting import format_quantity, language_of_page
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

DONE = ("done_at", "done_by", "done_on", "quantity", "version")
CANCELLED = ("cancelled_at", "cancelled_by", "cancelled_reason", "version")


@dataclass(frozen=True, slots=True)
class Report:
    """That a visit is done: on which day, and how much it was where that is not what was planned."""

    visit_id: UUID
    done_on: date
    quantity: Decimal | None = None


@dataclass(slots=True)
class Completed:
    """What became of reports: visits that are done now, those that were done before, and the others with a reason."""

    done: list[Visit] = field(default_factory=list)
    known: list[Visit] = field(default_factory=list)
    refused: list[tuple[Visit, DomainError]] = field(default_factory=list)


@dataclass(slots=True)
class _Billing:
    """What the reports do to the backlog: work that is new, work that is said anew, work that stands."""

    new: list[tuple[UUID, NewItem]] = field(default_factory=list)
    corrected: list[tuple[UUID, NewItem]] = field(default_factory=list)


def complete_visits(
    organization: Organization, reports: Sequence[Report], *, actor: Actor, today: date, now: datetime
) -> Completed:
    """Say that visits are done: each becomes backlog, ready, and is billed by itself where that was decided (M-122).

    One that cannot be is named with its reason and keeps no other back; a visit told of twice is done once, and what
    was interrupted between being done and being billed is billed then.
    """
    completed = _complete(organization, reports, actor=actor, today=today, now=now)
    # Afterwards, in a transaction of its own: it takes drafts before items, and undoes no visit where it breaks off.
    with transaction.atomic():
        ids = _billable(organization, [*completed.done, *completed.known])
        if ids:
            bill_by_itself(organization, ids, made_by=MadeBy.WORK_DONE, actor=actor, today=today, now=now)
    return completed


@transaction.atomic
def _complete(
    organization: Organization, reports: Sequence[Report], *, actor: Actor, today: date, now: datetime
) -> Completed:
    told = {report.visit_id: report for report in reports}
    visits = lock_visits(organization, told)
    items = items_of_visits(organization, [visit.pk for visit in visits])
    standing = standing_of(organization, [item for each in items.values() for item in each])
    completed, billing = Completed(), _Billing()
    for visit in visits:
        report = told[visit.pk]
        if visit.is_done:
            completed.known.append(visit)
            continue
        try:
            _refuse_undoable(visit, report, today)
            _bill(visit, report, items.get(visit.pk, []), standing, billing, actor=actor)
        except DomainError as refusal:
            completed.refused.append((visit, refusal))
        else:
            completed.done.append(visit)
    refusals = _take(organization, billing, actor=actor, now=now)
    completed.refused += [(visit, refusals[visit.pk]) for visit in completed.done if visit.pk in refusals]
    completed.done = [visit for visit in completed.done if visit.pk not in refusals]
    _store(organization, completed.done, told, actor=actor, now=now)
    items = items_of_visits(organization, [visit.pk for visit in completed.done])
    mark_ready(organization, [item.pk for each in items.values() for item in each], actor=actor, now=now)
    return completed


@transaction.atomic
def cancel_visits(
    organization: Organization, visit_ids: Collection[UUID], *, reason: str, actor: Actor, today: date, now: datetime
) -> list[Visit]:
    """Say that visits will not take place: all or none; what was billed beforehand is withdrawn or credited (C8).

    A visit that is done is refused: it is credited. Twice is as good as once.
    """
    if not reason.strip():
        raise ItemIsUnclear(_("Write why it is cancelled."), field="reason")
    visits = lock_visits(organization, visit_ids)
    for visit in visits:
        if visit.is_done:
            raise VisitIsOver(_("%(visit)s is done. Credit its invoice instead of cancelling it.") % {"visit": visit})
    cancelled = [visit for visit in visits if not visit.is_cancelled]
    items = items_of_visits(organization, [visit.pk for visit in cancelled])
    open_items = [item.pk for each in items.values() for item in each if not item.is_cancelled]
    if open_items:
        withdraw_work(organization, open_items, reason=reason.strip(), actor=actor, today=today, now=now)
    for visit in cancelled:
        visit.cancelled_at, visit.cancelled_by, visit.cancelled_reason = now, actor.name, reason.strip()[:300]
        visit.version += 1
    rows.update(organization.pk, cancelled, CANCELLED)
    told = [(visit, {"reason": visit.cancelled_reason}) for visit in cancelled]
    audit.record_each(actor, "visit.cancelled", told, now=now)
    return visits


@transaction.atomic
def reopen_visit(organization: Organization, visit_id: UUID, *, actor: Actor, now: datetime) -> Visit:
    """Take back that a visit is done, as long as its work stands on no document; twice is as good as once."""
    [visit] = lock_visits(organization, [visit_id])
    if not visit.is_done:
        return visit
    items = items_of_visits(organization, [visit_id]).get(visit_id, [])
    standing = standing_of(organization, items)
    if any(standing[item.pk].on_draft or standing[item.pk].billed or standing[item.pk].written_off for item in items):
        raise StandsOnDocument(
            _("%(item)s stands on a document. Take it off the draft, or credit the invoice, first.") % {"item": visit}
        )
    mark_not_ready(organization, [item.pk for item in items if not item.is_cancelled], actor=actor, now=now)
    visit.done_at, visit.done_by, visit.done_on = None, "", None
    visit.version += 1
    rows.update(organization.pk, [visit], DONE)
    audit.record(actor, "visit.reopened", visit)
    return visit


def _refuse_undoable(visit: Visit, report: Report, today: date) -> None:
    if visit.is_cancelled:
        raise VisitIsOver(_("%(visit)s is cancelled. Plan a new visit.") % {"visit": visit})
    if report.done_on > today:
        raise ItemIsUnclear(_("A visit is done today or earlier. Check the day."), field="done_on")
    if report.quantity is not None and report.quantity <= 0:
        raise ItemIsUnclear(_("Give a quantity greater than zero."), field="quantity")


def _bill(
    visit: Visit,
    report: Report,
    items: Sequence[BacklogItem],
    standing: Mapping[UUID, Standing],
    billing: _Billing,
    *,
    actor: Actor,
) -> None:
    """What the report does to the backlog; work that a document bills already stays, and more of it is new work."""
    work = work_of(visit, day=report.done_on, quantity=report.quantity, approved_by=actor.name)
    if not items:
        billing.new.append((visit.pk, work))
        return
    if any(item.is_cancelled for item in items):
        raise VisitIsOver(
            _("The work of %(visit)s was cancelled in the backlog. Cancel the visit, and plan another.")
            % {"visit": visit}
        )
    if not any(
        standing[item.pk].billed or standing[item.pk].on_draft or standing[item.pk].written_off for item in items
    ):
        billing.corrected.append((visit.pk, work))
        return
    more = work.quantity - visit.quantity
    if more < 0:
        raise StandsOnDocument(
            _("%(quantity)s of %(visit)s is billed already. Mark it as done with that, and credit the rest.")
            % {"quantity": format_quantity(visit.quantity, language_of_page()), "visit": visit},
            field="quantity",
        )
    if more > 0:
        billing.new.append((visit.pk, replace(work, quantity=more, source=Source(SYSTEM, str(visit.pk), MORE))))


def _take(organization: Organization, billing: _Billing, *, actor: Actor, now: datetime) -> dict[UUID, DomainError]:
    """Put the work into the backlog; the refusals, by the visit that they are about."""
    answers = []
    if billing.new:
        keys = [key for key, _work in billing.new]
        taken = take_items(organization, [work for _key, work in billing.new], actor=actor, now=now)
        answers += list(zip(keys, taken, strict=True))
    if billing.corrected:
        keys = [key for key, _work in billing.corrected]
        taken = correct_items(organization, [work for _key, work in billing.corrected], actor=actor, now=now)
        answers += list(zip(keys, taken, strict=True))
    return {
        key: ItemIsUnclear(answer.sentence, field=answer.field)
        for key, answer in answers
        if answer.outcome is Outcome.REFUSED
    }


def _store(
    organization: Organization, visits: Sequence[Visit], told: Mapping[UUID, Report], *, actor: Actor, now: datetime
) -> None:
    facts = []
    for visit in visits:
        report = told[visit.pk]
        before = {"quantity": visit.quantity}
        visit.done_at, visit.done_by, visit.done_on = now, actor.name, report.done_on
        visit.quantity = visit.quantity if report.quantity is None else report.quantity
        visit.version += 1
        changes = audit.changes(before, {"quantity": visit.quantity})
        facts.append((visit, {"done_on": report.done_on.isoformat(), **({"changes": changes} if changes else {})}))
    rows.update(organization.pk, visits, DONE)
    audit.record_each(actor, "visit.done", facts, now=now)


def _billable(organization: Organization, visits: Sequence[Visit]) -> list[UUID]:
    """The work of these visits that is ready and has something left to bill."""
    found = items_of_visits(organization, [visit.pk for visit in visits])
    items = [item for each in found.values() for item in each if item.is_ready]
    standing = standing_of(organization, items)
    return [item.pk for item in items if standing[item.pk].unbilled]
