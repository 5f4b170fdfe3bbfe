"""Saving a week of hours: the whole grid at once, or nothing of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.work import submit_locked
from billing_backlog.errors import StaleRecord, WorkIsUnclear
from billing_backlog.models import WorkEntry, WorkKind
from billing_backlog.queries.work import hours_between, lock_worker
from billing_backlog.week import TypedCell, TypedRow, base_of, is_open
from billing_backlog.working import HOUR, is_billed_by_work, refuse_day, refuse_hours, refuse_long_day
from foundation import rows
from foundation.errors import DomainError, Refusals
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization, User

CHANGED = ["quantity", "internal_text", "version"]


@dataclass(slots=True)
class Saved:
    """What saving a week changed."""

    made: list[WorkEntry] = field(default_factory=list)
    changed: list[WorkEntry] = field(default_factory=list)
    removed: list[WorkEntry] = field(default_factory=list)
    submitted: list[WorkEntry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WeekOf:
    """Whose week, and which."""

    worker: User
    first: date
    last: date


@transaction.atomic
def save_week(
    organization: Organization,
    week: WeekOf,
    typed: Sequence[TypedRow],
    *,
    submits: bool = False,
    actor: Actor,
    now: datetime,
    today: date,
) -> Saved:
    """Make the person's open hours of the week what was typed, and submit them where that is wished: all or nothing.

    Raises StaleRecord when an hour was written over something else than stands there now, and names the cells. As many
    statements for forty cells as for one.
    """
    lock_worker(organization, week.worker)
    stored = hours_between(organization, week.worker, week.first, week.last)
    _refuse_stale(stored, typed)
    _refuse_impossible(stored, typed, today)
    saved = _difference(organization, week.worker, stored, typed, now)
    rows.insert(organization.pk, saved.made)
    rows.update(organization.pk, saved.changed, CHANGED)
    if saved.removed:
        WorkEntry.objects.of(organization).filter(pk__in=[entry.pk for entry in saved.removed]).delete()
    for verb, entries in (("entered", saved.made), ("changed", saved.changed), ("removed", saved.removed)):
        audit.record_each(actor, f"work.{verb}", [(entry, _facts(entry)) for entry in entries], now=now)
    if submits:
        gone = {entry.pk for entry in saved.removed}
        waiting = [entry for entry in [*stored, *saved.made] if is_open(entry) and entry.pk not in gone]
        saved.submitted = submit_locked(organization, waiting, actor=actor, now=now)
    return saved


def _refuse_stale(stored: Sequence[WorkEntry], typed: Sequence[TypedRow]) -> None:
    """Every hour is written over what its cell showed; what somebody else saved meanwhile is never lost."""
    standing = {(entry.project_id, entry.line_id, entry.text, entry.day): entry for entry in stored if is_open(entry)}
    refusals = []
    for row in typed:
        line_id = row.line.pk if row.line else None
        for cell in row.cells:
            now_there = standing.get((row.project.pk, line_id, row.text, cell.day))
            if base_of(now_there) == cell.base or (now_there is not None and _says(now_there, cell)):
                continue
            sentence = _("Somebody has saved these hours meanwhile. Look at both, and save again.")
            refusals.append(StaleRecord(sentence, field=cell.field))
    if refusals:
        raise Refusals(refusals)


def _says(entry: WorkEntry, cell: TypedCell) -> bool:
    return cell.hours == entry.quantity and cell.note == entry.internal_text


def _refuse_impossible(stored: Sequence[WorkEntry], typed: Sequence[TypedRow], today: date) -> None:
    """All that is wrong with the typed hours at once, cell by cell."""
    refusals: list[DomainError] = []
    of_day: defaultdict[date, Decimal] = defaultdict(Decimal)
    last_field: dict[date, str] = {}
    written_over = {cell.base.partition(":")[0] for row in typed for cell in row.cells if cell.base}
    for entry in stored:
        if str(entry.pk) not in written_over:
            of_day[entry.day] += entry.quantity
    for row in typed:
        for cell in row.cells:
            if cell.hours is None:
                continue
            of_day[cell.day] += cell.hours
            last_field[cell.day] = cell.field
            try:
                refuse_hours(cell.hours)
                refuse_day(cell.day, row.project, row.line, today=today)
            except WorkIsUnclear as refusal:
                refusals.append(WorkIsUnclear(str(refusal), field=cell.field))
    for day, name in last_field.items():
        try:
            refuse_long_day(day, of_day[day])
        except WorkIsUnclear as refusal:
            refusals.append(WorkIsUnclear(str(refusal), field=name))
    if refusals:
        raise Refusals(refusals)


def _difference(
    organization: Organization, worker: User, stored: Sequence[WorkEntry], typed: Sequence[TypedRow], now: datetime
) -> Saved:
    by_id = {str(entry.pk): entry for entry in stored if is_open(entry)}
    saved = Saved()
    for row in typed:
        for cell in row.cells:
            entry = by_id.get(cell.base.partition(":")[0])
            if cell.hours and entry is None:
                saved.made.append(_entry(organization, worker, row, cell, now))
            elif entry is not None and not cell.hours:
                saved.removed.append(entry)
            elif entry is not None and cell.hours is not None and not _says(entry, cell):
                entry.quantity, entry.internal_text = cell.hours, cell.note
                entry.version += 1
                saved.changed.append(entry)
    return saved


def _entry(organization: Organization, worker: User, row: TypedRow, cell: TypedCell, now: datetime) -> WorkEntry:
    return WorkEntry(
        organization=organization,
        project=row.project,
        line=row.line,
        kind=WorkKind.TIME,
        day=cell.day,
        performed_by=worker,
        quantity=cell.hours or Decimal(0),
        unit_code=HOUR,
        text=row.text,
        internal_text=cell.note,
        is_billable=is_billed_by_work(row.line),
        created_at=now,
    )


def _facts(entry: WorkEntry) -> dict[str, str]:
    return {"day": entry.day.isoformat(), "hours": str(entry.quantity.normalize())}
