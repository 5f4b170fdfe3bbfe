"""An import of work as a job: a rehearsal that leaves nothing, then the taking, which does what was rehearsed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing_backlog.file_words import sentence_with_place
from billing_backlog.importing.planning import Rules
from billing_backlog.importing.reading import ImportRequest, format_of, read_file, refuse_unreadable
from billing_backlog.importing.taking import Entry, Result, Sums, batches_of, entries_of, rehearse_batch, take_batch
from billing_backlog.intake.plain import Outcome
from billing_backlog.source_files.rows import Reading
from foundation import files
from foundation.errors import DomainError
from foundation.transactions import read_only
from tenants import audit, jobs
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.jobs import ItemResult, Work
from tenants.models import Job, JobItem, JobState, Organization

REHEARSE = "billing_backlog.rehearse_import"
TAKE = "billing_backlog.take_import"
GOOD = frozenset({Outcome.NEW, Outcome.KNOWN})
WARNINGS_MAX = 50


class NotRehearsed(DomainError):
    """Only what was rehearsed to its end is taken."""


class NothingIsNew(DomainError):
    """Every row was taken before, or is refused."""


class NotAsRehearsed(DomainError):
    """A row would become something else than at the rehearsal."""


def reading_of(organization: Organization, asked: ImportRequest) -> tuple[Reading, bytes]:
    """The stored file read, and its bytes."""
    content = files.load(str(organization.pk), asked.file)
    return read_file(organization, content, asked, today=local_today(organization)), content


@transaction.atomic
def start_rehearsal(organization: Organization, asked: ImportRequest, *, actor: Actor, key: str) -> Job:
    """Begin the job that says of every row what would become of it; a file that cannot be taken is refused here."""
    reading, _content = reading_of(organization, asked)
    refuse_unreadable(reading)
    items = [(None, _label(entry)) for entry in entries_of(reading)]
    return jobs.start(organization, REHEARSE, actor=actor, parameters=asked.to_json(), items=items, key=key)


def _label(entry: Entry) -> str:
    return _("Row %(line)s: %(name)s") % {"line": entry.line, "name": entry.order}


@transaction.atomic
def start_taking(organization: Organization, rehearsal_id: UUID, *, actor: Actor) -> Job:
    """Begin to take what was rehearsed; the same rehearsal is taken once."""
    rehearsal = jobs.lock_job(organization.pk, rehearsal_id)
    if rehearsal.kind != REHEARSE or rehearsal.state != JobState.COMPLETE or "plan" not in rehearsal.result:
        raise NotRehearsed(_("Rehearse the import first, and wait until the rehearsal has come to its end."))
    if not rehearsal.result["counts"].get(Outcome.NEW.value):
        raise NothingIsNew(_("No row of the file is new: there is nothing to take."))
    told = json.loads(files.load(str(organization.pk), rehearsal.result["plan"]))
    parameters = {**rehearsal.parameters, "rehearsal": str(rehearsal.pk), "plan": rehearsal.result["plan"]}
    items = [(None, row["label"]) for row in told]
    return jobs.start(organization, TAKE, actor=actor, parameters=parameters, items=items, key=f"take:{rehearsal.pk}")


def rehearse(work: Work) -> None:
    """Say of every row what would become of it, and keep the plan, so that the taking can be held to it."""
    organization, rules, entries, reading = _prepared(work)
    sums, told, place = Sums(), [], 0
    for batch in batches_of(entries):
        results = rehearse_batch(organization, rules, batch, actor=jobs.actor_of(work.job), now=timezone.now())
        place += len(batch)
        if place > work.job.done and not _marked(work, results):
            return  # stopped meanwhile
        for result in results:
            sums.add(result)
            told.append({"label": _label(result.entry), "digest": result.digest})
    kept = files.store(str(organization.pk), json.dumps(told, ensure_ascii=False).encode())
    warnings = [sentence_with_place(fault) for fault in reading.warnings[:WARNINGS_MAX]]
    jobs.complete(
        work,
        {**sums.to_json(), "plan": kept, "warnings": warnings, "warnings_count": len(reading.warnings)},
    )


def take(work: Work) -> None:
    """Take the good rows batch by batch; whatever is killed goes on where it was."""
    organization, rules, entries, _reading = _prepared(work)
    told = json.loads(files.load(str(organization.pk), work.job.parameters["plan"]))
    actor, sums, place = jobs.actor_of(work.job), Sums(), 0
    for batch in batches_of(entries):
        here, place = told[place : place + len(batch)], place + len(batch)
        if place <= work.job.done:
            continue
        with transaction.atomic():
            results = take_batch(organization, rules, batch, actor=actor, now=timezone.now())
            _refuse_other_plan(results, here)
            if not _marked(work, results):
                transaction.set_rollback(True)
                return
        for result in results:
            sums.add(result)
    with transaction.atomic():
        _record(work.job, rules.asked, sums, actor)
    jobs.complete(work, sums.to_json())


def _prepared(work: Work) -> tuple[Organization, Rules, list[Entry], Reading]:
    organization = work.job.organization
    asked = ImportRequest.from_json(work.job.parameters)
    with read_only():
        reading, content = reading_of(organization, asked)
    refuse_unreadable(reading)
    rules = Rules(asked, format_of(content), jobs.actor_of(work.job).name)
    return organization, rules, entries_of(reading), reading


def _marked(work: Work, results: Sequence[Result]) -> bool:
    """Write down what became of the rows; False where the job was stopped."""
    items = jobs.next_items(work, len(results))
    if len(items) < len(results):
        return False
    jobs.mark(work, [_item_result(item, result) for item, result in zip(items, results, strict=True)])
    return True


def _item_result(item: JobItem, result: Result) -> ItemResult:
    return ItemResult(item, _state(result), result.reason)


def _state(result: Result) -> JobState:
    return JobState.COMPLETE if result.outcome in GOOD else JobState.FAILED


def _record(job: Job, asked: ImportRequest, sums: Sums, actor: Actor) -> None:
    counts = dict(sorted(sums.outcomes.items()))
    audit.record(actor, "backlog.imported", job, file=asked.name, source=asked.system, **counts)


def _refuse_other_plan(results: Sequence[Result], told: Sequence[Mapping[str, Any]]) -> None:
    for result, before in zip(results, told, strict=True):
        if result.outcome is Outcome.NEW and result.digest != before["digest"]:
            raise NotAsRehearsed(
                _("%(row)s would not become what was rehearsed: something was changed meanwhile. Rehearse once more.")
                % {"row": before["label"]}
            )


def import_at_once(
    organization: Organization, content: bytes, asked: ImportRequest, *, actor: Actor, is_rehearsal: bool
) -> tuple[Reading, list[Result], Sums]:
    """Read a file and take it batch by batch, or only rehearse it, without a job: for commands."""
    with read_only():
        reading = read_file(organization, content, asked, today=local_today(organization))
    refuse_unreadable(reading)
    rules = Rules(asked, format_of(content), asked.system)
    run = rehearse_batch if is_rehearsal else take_batch
    found: list[Result] = []
    sums = Sums()
    for batch in batches_of(entries_of(reading)):
        for result in run(organization, rules, batch, actor=actor, now=timezone.now()):
            sums.add(result)
            found.append(replace(result, items=()))
    if not is_rehearsal:
        _keep(organization, replace(asked, file=files.store(str(organization.pk), content)), found, sums, actor)
    return reading, found, sums


@transaction.atomic
def _keep(organization: Organization, asked: ImportRequest, found: Sequence[Result], sums: Sums, actor: Actor) -> None:
    """Keep what was done at once as a job that has ended, where it can be found again."""
    items = [
        JobItem(label=_label(result.entry)[:160], state=_state(result), reason=result.reason[: jobs.REASON_LENGTH_MAX])
        for result in found
    ]
    job = jobs.keep_finished(organization, TAKE, actor=actor, parameters=asked.to_json(), items=items)
    _record(job, asked, sums, actor)
