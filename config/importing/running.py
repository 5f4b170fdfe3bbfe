"""An import as a job: first a rehearsal that writes nothing, then the import, which does exactly what was rehearsed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from config.importing.columns import CUSTOMER_COLUMNS, PRODUCT_COLUMNS
from config.importing.customers import CustomerImport
from config.importing.planning import Existing, Kind, Outcome, Planned, Row, Rules, Seen, plan, rows_of
from config.importing.products import ProductImport
from customers.actions.importing import import_customers, import_products
from foundation import files
from foundation.errors import DomainError
from foundation.spreadsheet_reading import TableRead, read_table
from foundation.transactions import read_only
from tenants import audit, jobs
from tenants.audit import Actor
from tenants.jobs import ItemResult, Work
from tenants.models import Job, JobItem, JobState, Organization

REHEARSE = "config.rehearse_import"
IMPORT = "config.import_records"
BATCH_SIZE = 250
WRITERS = {"customers": import_customers, "products": import_products}


class NotRehearsed(DomainError):
    """Only what was rehearsed to its end is imported."""


class NotAsRehearsed(DomainError):
    """The file or the records are not what they were at the rehearsal."""


class RowsAreRefused(DomainError):
    """All or nothing was chosen, and a row is refused."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is imported: the stored file, which column fills what, and what to do with records that are there."""

    kind: str
    file: str  # its hash
    name: str
    mapping: Mapping[str, int]
    existing: Existing = Existing.UPDATE
    sheet: str = ""
    takes_good_rows: bool = False

    def to_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {
            "kind": self.kind,
            "file": self.file,
            "name": self.name,
            "mapping": dict(self.mapping),
            "existing": self.existing.value,
            "sheet": self.sheet,
            "takes_good_rows": self.takes_good_rows,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ImportRequest:
        """Read back from what `to_json` wrote."""
        return cls(
            kind=value["kind"],
            file=value["file"],
            name=value["name"],
            mapping=value["mapping"],
            existing=Existing(value["existing"]),
            sheet=value["sheet"],
            takes_good_rows=value["takes_good_rows"],
        )


def table_of(organization: Organization, asked: ImportRequest) -> TableRead:
    """The table in the stored file."""
    return read_table(files.load(str(organization.pk), asked.file), sheet=asked.sheet)


def kind_of(organization: Organization, name: str) -> Kind:
    """Customers or products, with the columns of this organization."""
    kind: Kind = CustomerImport(organization) if name == "customers" else ProductImport(organization)
    return kind


@transaction.atomic
def start_rehearsal(organization: Organization, asked: ImportRequest, *, actor: Actor, key: str) -> Job:
    """Begin the job that says of every row what an import would do; it writes nothing else."""
    table = table_of(organization, asked)
    rows = rows_of(table, asked.mapping)
    items = [
        (None, _("Row %(line)s: %(name)s") % {"line": row.line, "name": row.cells.get("name", "")}) for row in rows
    ]
    return jobs.start(organization, REHEARSE, actor=actor, parameters=asked.to_json(), items=items, key=key)


@transaction.atomic
def start_import(organization: Organization, rehearsal_id: UUID, *, takes_good_rows: bool, actor: Actor) -> Job:
    """Begin the import of what was rehearsed; the same rehearsal is imported once."""
    rehearsal = jobs.lock_job(organization.pk, rehearsal_id)
    if rehearsal.kind != REHEARSE or rehearsal.state != JobState.COMPLETE:
        raise NotRehearsed(_("Rehearse the import first, and wait until the rehearsal has come to its end."))
    if rehearsal.result["counts"].get(Outcome.REFUSE.value) and not takes_good_rows:
        raise RowsAreRefused(
            _("Some rows are refused. Mend the file and rehearse again, or choose to take the good rows.")
        )
    parameters = {
        **rehearsal.parameters,
        "takes_good_rows": takes_good_rows,
        "rehearsal": str(rehearsal.pk),
        "plan": rehearsal.result["plan"],
    }
    plan_told = json.loads(files.load(str(organization.pk), rehearsal.result["plan"]))
    items = [(None, row["label"]) for row in plan_told]
    return jobs.start(
        organization, IMPORT, actor=actor, parameters=parameters, items=items, key=f"import:{rehearsal.pk}"
    )


def rehearse(work: Work) -> None:
    """Plan every row and tell what would become of it; the plan is kept, so that the import can be held to it."""
    organization = work.job.organization
    told: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    for planned in _plans(work, organization):
        items = jobs.next_items(work, len(planned))
        if len(items) < len(planned):
            return  # stopped meanwhile
        jobs.mark(work, _results(items, planned))
        told += [{"label": row.label, "digest": row.digest, "outcome": row.outcome.value} for row in planned]
        counts.update(row.outcome.value for row in planned)
    kept = files.store(str(organization.pk), json.dumps(told, ensure_ascii=False).encode())
    jobs.complete(work, {"counts": dict(counts), "plan": kept})


def import_records(work: Work) -> None:
    """Write what was rehearsed: in one transaction, or the good rows batch by batch."""
    organization, actor = work.job.organization, jobs.actor_of(work.job)
    plan_told = json.loads(files.load(str(organization.pk), work.job.parameters["plan"]))
    try:
        if work.job.parameters["takes_good_rows"]:
            counts = _write_batches(work, plan_told, actor)
        else:
            with transaction.atomic():
                counts = _write_batches(work, plan_told, actor)
    except DomainError as refusal:
        jobs.fail(work, str(refusal))
        return
    jobs.complete(work, {"counts": dict(counts)})


def _write_batches(work: Work, plan_told: Sequence[Mapping[str, Any]], actor: Actor) -> Counter[str]:
    organization = work.job.organization
    counts: Counter[str] = Counter()
    place = 0
    done = work.job.done  # of an attempt that was killed between two batches
    write = WRITERS[work.job.parameters["kind"]]
    for planned in _plans(work, organization):
        here = plan_told[place : place + len(planned)]
        place += len(planned)
        if place <= done:
            counts.update(row["outcome"] for row in here)
            continue
        _refuse_other_plan(planned, here)
        with transaction.atomic():
            items = jobs.next_items(work, len(planned))
            incoming = [row.incoming for row in planned if row.incoming and row.outcome in WRITTEN]
            write(organization, incoming, actor=actor, now=timezone.now())
            jobs.mark(work, _results(items, planned))
        counts.update(row.outcome.value for row in planned)
    with transaction.atomic():
        facts = dict(sorted(counts.items()))
        audit.record(actor, "records.imported", work.job, what=work.job.parameters["kind"], **facts)
    return counts


WRITTEN = frozenset({Outcome.CREATE, Outcome.CHANGE})


def _results(items: Sequence[JobItem], planned: Sequence[Planned]) -> list[ItemResult]:
    return [ItemResult(item, _state(row), sentence(row)) for item, row in zip(items, planned, strict=True)]


def _plans(work: Work, organization: Organization) -> Iterator[list[Planned]]:
    """The plan of batch after batch; each is planned when it is asked for, after the batches before were written."""
    asked = ImportRequest.from_json(work.job.parameters)
    with read_only():
        table = table_of(organization, asked)
        rules = Rules(kind_of(organization, asked.kind), asked.existing, table.decimal_mark)
    rows = rows_of(table, asked.mapping)
    seen = Seen()
    for start in range(0, len(rows), BATCH_SIZE):
        batch = rows[start : start + BATCH_SIZE]
        yield _plan_batch(rules, batch, seen)


def _plan_batch(rules: Rules, batch: Sequence[Row], seen: Seen) -> list[Planned]:
    with transaction.atomic():
        return plan(rules, batch, seen)


def _refuse_other_plan(planned: Sequence[Planned], told: Sequence[Mapping[str, Any]]) -> None:
    for row, before in zip(planned, told, strict=True):
        if row.digest != before["digest"]:
            raise NotAsRehearsed(
                _("%(row)s would not become what was rehearsed: something was changed meanwhile. Rehearse once more.")
                % {"row": row.label}
            )


def _state(row: Planned) -> JobState:
    return JobState.FAILED if row.outcome is Outcome.REFUSE else JobState.COMPLETE


def word_of(name: str) -> str:
    """A field's name for people; an own property is called by its own."""
    columns = {column.name: column.label for column in (*CUSTOMER_COLUMNS, *PRODUCT_COLUMNS)}
    return str(columns.get(name.removesuffix("_id"), name))


def sentence(row: Planned) -> str:
    """What becomes of a row, in words."""
    if row.outcome is Outcome.REFUSE:
        return " ".join(row.problems)
    if row.outcome is Outcome.CHANGE and row.incoming is not None:
        changed = ", ".join(
            f"{word_of(name)}: {old or '–'} → {new or '–'}" for name, (old, new) in row.incoming.changes.items()
        )
        count = len(row.incoming.contacts)
        people = _("contacts to add: %(count)s") % {"count": count} if count else ""
        return _("Changed: %(what)s") % {"what": "; ".join(part for part in (changed, people) if part)}
    return {
        Outcome.CREATE: _("New"),
        Outcome.SAME: _("The same already"),
        Outcome.SKIP: _("Registered already, left as it is"),
    }[row.outcome]
