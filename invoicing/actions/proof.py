"""Taking proof: a pack of one document at once, or of a period by a job."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from foundation import files
from foundation.errors import DomainError
from foundation.transactions import read_only
from invoicing import queries
from invoicing.models import Invoice
from invoicing.proof_pack.contents import folder_of
from invoicing.proof_pack.packing import Packing, Scope, documents_in
from invoicing.proof_pack.writing import PackWriter
from tenants import audit, jobs, sealing
from tenants.audit import Actor
from tenants.jobs import Work
from tenants.models import Job, Organization

TASK = "invoicing.take_proof"
DOCUMENTS_MAX = 250_000
DAYS_MAX = 366 * 12  # bokføringsloven § 13: no period is kept for longer
STATE = "state.json"
Clock = Callable[[], datetime]


class NothingToProve(DomainError):
    """There is no finalized document in the scope."""


class PeriodDoesNotHold(DomainError):
    """A period runs forward and is bounded."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A pack with its name and its fingerprint."""

    name: str
    content: bytes
    fingerprint: str


def take_proof(organization: Organization, invoice_id: UUID, *, actor: Actor, language: str, clock: Clock) -> Taken:
    """Pack one document with everything that proves it; its fingerprint goes into the audit trail.

    The history is sealed first, so that the pack holds all of it; the clock is read after that.
    """
    sealing.seal(organization.pk)
    scope = Scope(moment=clock(), taken_by=actor.name, language=language, invoice_id=invoice_id)
    with read_only():
        invoice = queries.get_invoice(organization, invoice_id)
        if invoice.is_draft:
            raise NothingToProve(_("A draft has no proof yet. Finalize it first."))
        with tempfile.TemporaryDirectory() as folder:
            path, fingerprint = pack(organization, scope, Path(folder))
            content = path.read_bytes()
    _record(actor, invoice, fingerprint, scope)
    name = f"proof-{organization.slug}-{folder_of(invoice).strip('/').rpartition('/')[2]}.zip"
    return Taken(name, content, fingerprint)


def pack(organization: Organization, scope: Scope, folder: Path) -> tuple[Path, str]:
    """Write a whole pack in the caller's transaction; where it lies and its fingerprint."""
    writer = PackWriter(folder)
    packing = Packing(organization, scope, writer)
    try:
        while not packing.is_done:
            packing.step()
        return writer.finish()
    finally:
        writer.close()


@transaction.atomic
def start_proof(
    organization: Organization,
    *,
    first_day: date,
    last_day: date,
    actor: Actor,
    language: str,
    now: datetime,
    key: str = "",
) -> Job:
    """Begin the job that packs every document with an invoice date in the period."""
    scope = Scope(moment=now, taken_by=actor.name, language=language, first_day=first_day, last_day=last_day)
    refuse_period(organization, scope)
    return jobs.start(organization, TASK, actor=actor, parameters=scope.to_json(), key=key)


def refuse_period(organization: Organization, scope: Scope) -> int:
    """Refuse a period that runs backwards, is empty or is too large; returns how many documents it holds."""
    assert scope.first_day is not None
    assert scope.last_day is not None
    if scope.last_day < scope.first_day:
        raise PeriodDoesNotHold(_("The last day lies before the first. Swap them."), field="last_day")
    if (scope.last_day - scope.first_day).days > DAYS_MAX:
        raise PeriodDoesNotHold(_("Choose a period of at most twelve years."), field="first_day")
    count = documents_in(organization, scope).count()
    if not count:
        raise NothingToProve(_("No document has an invoice date in this period. Choose another."), field="first_day")
    if count > DOCUMENTS_MAX:
        raise PeriodDoesNotHold(
            _("The period holds %(count)s documents, and a pack at most %(most)s. Choose a shorter one.")
            % {"count": count, "most": DOCUMENTS_MAX},
            field="last_day",
        )
    return count


def go_on(work: Work, *, clock: Clock) -> None:
    """Pack for one slice of time; what is written stays, and the next slice goes on there."""
    job = work.job
    folder = Path(settings.DATA_DIR) / "packs" / str(job.pk)
    state = _saved(folder) or _begun(job, clock)
    scope = Scope.from_json(state["scope"])
    writer = PackWriter(folder, state["writer"])
    packing = Packing(job.organization, scope, writer, state["packing"])
    is_wanted = True
    try:
        while is_wanted and not packing.is_done and work.has_time:
            with read_only():
                packing.step()
            is_wanted = jobs.tell_progress(work, done=packing.state["documents"], total=state["total"])
        if is_wanted and not packing.is_done:
            _save(folder, state | {"writer": writer.save(), "packing": packing.state})
            jobs.hand_back(work)
            return
        result = _keep(job, scope, writer) if is_wanted else {}
    finally:
        writer.close()
    shutil.rmtree(folder, ignore_errors=True)
    jobs.complete(work, result)


def _begun(job: Job, clock: Clock) -> dict[str, Any]:
    sealing.seal(job.organization_id)
    scope = Scope.from_json(job.parameters | {"moment": clock().isoformat()})
    with read_only():
        total = refuse_period(job.organization, scope)
    return {"scope": scope.to_json(), "writer": None, "packing": None, "total": total}


def _saved(folder: Path) -> dict[str, Any] | None:
    """How far an earlier slice has come; None on a machine that does not hold what it wrote."""
    try:
        state: dict[str, Any] = json.loads((folder / STATE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return state


def _save(folder: Path, state: dict[str, Any]) -> None:
    path = folder / f"{STATE}.new"
    with path.open("w", encoding="utf-8") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    path.replace(folder / STATE)


def _keep(job: Job, scope: Scope, writer: PackWriter) -> dict[str, Any]:
    path, fingerprint = writer.finish()
    size = path.stat().st_size
    sha256 = files.store_file(str(job.organization_id), path)
    _record(jobs.actor_of(job), job, fingerprint, scope)
    name = f"proof-{job.organization.slug}-{scope.first_day}-{scope.last_day}.zip"
    return {"sha256": sha256, "name": name, "size": size, "content_type": "application/zip"}


@transaction.atomic
def _record(actor: Actor, subject: Invoice | Job, fingerprint: str, scope: Scope) -> None:
    facts = {"fingerprint": fingerprint, "as_of": scope.moment.isoformat()}
    if scope.first_day:
        facts |= {"first_day": str(scope.first_day), "last_day": str(scope.last_day)}
    audit.record(actor, "proof.taken", subject, **facts)
