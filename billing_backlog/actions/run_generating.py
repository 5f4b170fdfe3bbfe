"""Generating an approved run: batches of drafts, each customer once, whoever is killed in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.proformas import ITEMS_MAX, Making, make_proformas
from billing_backlog.actions.run_exporting import undo_export
from billing_backlog.actions.runs import refuse_moved
from billing_backlog.errors import RunIsNotReady, RunIsOver
from billing_backlog.models import BillingRun, MadeBy, Proforma, RunRow
from billing_backlog.queries import runs as queries
from billing_backlog.runs.basis import control_sheet
from billing_backlog.runs.manifest import write_manifest
from billing_backlog.runs.stored import stored_row
from foundation import files
from invoicing.actions.drafts import remove_draft
from invoicing.models import Invoice, InvoiceStatus
from tenants import audit, jobs
from tenants.audit import Actor
from tenants.models import Job, Organization

GENERATE = "billing_backlog.generate_run"
CUSTOMERS_AT_ONCE = 100


@transaction.atomic
def generate_batch(
    organization: Organization, run_id: UUID, *, actor: Actor, today: date, now: datetime
) -> list[Proforma]:
    """Draft the next customers of the run, at most a hundred; nothing when all have their draft.

    The run's row is locked, so that two who generate at once take turns; what was committed is never made again. Before
    each batch the basis is looked at anew: one altered row, and RunHasMoved stops the run.
    """
    run = queries.lock_run(organization, run_id)
    if run.undone_at is not None:
        raise RunIsOver(_("“%(name)s” was undone.") % {"name": run.name})
    if run.approved_at is None:
        raise RunIsNotReady(_("“%(name)s” is not approved.") % {"name": run.name})
    if run.target_id is not None:
        raise RunIsNotReady(_("The invoices of “%(name)s” are issued elsewhere.") % {"name": run.name})
    if run.generated_at is not None:
        return []
    done = queries.drafted_customers(organization, run)
    frozen = refuse_moved(organization, run, done=frozenset(done))
    batch = _next_batch(frozen, done)
    making = Making(made_by=MadeBy.RUN, cut_off=run.until, waits_for="", run_id=run.pk)
    made = (
        make_proformas(organization, [row.item_id for row in batch], making=making, actor=actor, today=today, now=now)
        if batch
        else []
    )
    if len(done | {row.customer_id for row in batch}) == len({row.customer_id for row in frozen}):
        _finish(organization, run, frozen, actor=actor, now=now)
    return made


@transaction.atomic
def start_generating(organization: Organization, run_id: UUID, *, actor: Actor) -> Job:
    """Begin the job that generates an approved run; twice is as good as once while it works."""
    run = queries.lock_run(organization, run_id)
    if run.approved_at is None or run.undone_at is not None:
        raise RunIsNotReady(_("“%(name)s” is not approved.") % {"name": run.name})
    before = jobs.job_under_key(organization, GENERATE, actor, f"run:{run.pk}")
    key = f"run:{run.pk}" if before is None or not before.is_finished else ""
    return jobs.start(organization, GENERATE, actor=actor, parameters={"run": str(run.pk)}, key=key)


def progress_of(organization: Organization, run_id: UUID) -> tuple[int, int]:
    """How many customers have their draft, of how many."""
    with transaction.atomic():
        run = queries.get_run(organization, run_id)
        return len(queries.drafted_customers(organization, run)), int(run.control.get("customers", 0))


def _next_batch(frozen: Sequence[RunRow], done: set[UUID]) -> list[RunRow]:
    """The rows of the next customers, whole customers only; at least one customer."""
    batch: list[RunRow] = []
    customers: dict[UUID, list[RunRow]] = {}
    for row in frozen:
        if row.customer_id not in done:
            customers.setdefault(row.customer_id, []).append(row)
    for place, rows in enumerate(customers.values()):
        if batch and (place >= CUSTOMERS_AT_ONCE or len(batch) + len(rows) > ITEMS_MAX):
            break
        batch += rows
    return batch


def _finish(
    organization: Organization, run: BillingRun, frozen: Sequence[RunRow], *, actor: Actor, now: datetime
) -> None:
    documents = queries.documents_of(organization, run)
    run.generated_at = now
    run.manifest_sha256 = files.store(str(organization.pk), manifest_of(run, frozen, documents))
    run.save(update_fields=["generated_at", "manifest_sha256"])
    audit.record(actor, "billing_run.generated", run, drafts=len(documents), manifest=run.manifest_sha256)


def manifest_of(run: BillingRun, frozen: Sequence[RunRow], documents: Sequence[Invoice]) -> bytes:
    """The manifest of the run with these documents."""
    listed = [stored_row(row.content) for row in frozen]
    facts = {
        "id": run.pk,
        "name": run.name,
        "scope": run.scope,
        "period_from": run.period_from,
        "until": run.until,
        "frozen_at": run.frozen_at,
        "frozen_by": run.frozen_by,
        "approved_at": run.approved_at,
        "approved_by": run.approved_by,
        "generated_at": run.generated_at,
    }
    told = [
        {
            "id": document.pk,
            "customer": document.customer.name,
            "customer_number": document.customer.number,
            "net": document.net_amount,
            "vat": document.vat_amount,
            "payable": document.payable_amount,
        }
        for document in documents
    ]
    return write_manifest(facts, listed, control_sheet(listed), told)


@transaction.atomic
def undo_run(organization: Organization, run_id: UUID, *, reason: str, actor: Actor, now: datetime) -> BillingRun:
    """Take a run back: its drafts or exported rows go, its work is unbilled again, and the run stays as undone.

    Refused as soon as one of its invoices is finalized, which is credited, or a file holds its rows.
    """
    if not reason.strip():
        raise RunIsNotReady(_("Write why the run is undone."), field="reason")
    run = queries.lock_run(organization, run_id)
    if run.undone_at is not None:
        return run
    documents = queries.documents_of(organization, run)
    finalized = [document for document in documents if document.status == InvoiceStatus.FINALIZED]
    if finalized:
        raise RunIsOver(
            _("%(count)s invoices of “%(name)s” are finalized, the first is %(number)s. Credit them instead.")
            % {"count": len(finalized), "name": run.name, "number": finalized[0].number}
        )
    for document in documents:
        remove_draft(organization, document.pk, actor=actor)
    undo_export(organization, run, now=now)
    run.undone_at, run.undone_by, run.undone_reason = now, actor.name, reason.strip()
    run.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    audit.record(actor, "billing_run.undone", run, reason=run.undone_reason, drafts=len(documents))
    return run
