"""The background doors of documents: their files, jobs over many, proofs, nightly checks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from invoicing import queries
from invoicing.actions import many, proof
from invoicing.actions.documents import render_documents as render
from invoicing.actions.export import write_export
from invoicing.actions.finalize import BATCH_SIZE
from invoicing.actions.series import check_every_series
from invoicing.actions.spells import close_idle_spells as close_spells
from invoicing.changes import Changes
from tenants import jobs, outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.jobs import Work
from tenants.models import Organization, OutboxRow, OutboxState
from tenants.sweeps import sweep_organizations

logger = logging.getLogger(__name__)

SWEEP_SIZE = 50


@shared_task(name="invoicing.render_documents", soft_time_limit=120, time_limit=180)
def render_documents(organization_id: str, outbox_id: str) -> None:
    """Make the PDF and EHF of one finalized document."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        try:
            with transaction.atomic():
                organization = tenants.get_open_organization(UUID(organization_id))
            render(organization, row.subject_id, actor=Actor.system())
        except Exception as error:
            logger.exception("Could not make the documents of %s", row.subject_id)
            outbox.fail(row, f"{type(error).__name__}: {error}", may_retry=True)
        else:
            outbox.finish(row)


@shared_task(name="invoicing.sweep_missing_documents")
def sweep_missing_documents() -> int:
    """Make due again the documents whose making no message reached; returns how many."""
    return sweep_organizations("Looking for missing documents", _sweep_missing)


@transaction.atomic
def _sweep_missing(organization: Organization) -> int:
    missing = queries.invoices_without_files(organization, SWEEP_SIZE)
    return sum(_make_due(organization.pk, invoice_id) for invoice_id in missing)


def _make_due(organization_id: UUID, invoice_id: UUID) -> int:
    rows = OutboxRow.objects.of(organization_id).filter(subject_id=invoice_id, kind="invoicing.render_documents")
    if rows.filter(state__in=[OutboxState.NEW, OutboxState.SENDING, OutboxState.FAILED]).exists():
        return 0
    key = f"invoice:{invoice_id}:documents:{rows.count()}"
    effect = outbox.Effect("invoicing.render_documents", invoice_id, key, {}, leaves_house=False)
    outbox.put_each(organization_id, [effect])
    return 1


@shared_task(name="invoicing.finalize_many")
def finalize_many(organization_id: str, outbox_id: str) -> None:
    """Finalize the drafts of a job, fifty in a transaction; the next slice of time goes on where this one ends."""
    jobs.run(organization_id, outbox_id, _finalize_items)


def _finalize_items(work: Work) -> None:
    organization, actor = work.job.organization, jobs.actor_of(work.job)

    sends = bool(work.job.parameters.get("sends"))

    def finalize(draft_ids: list[UUID]) -> dict[UUID, many.Outcome]:
        today = local_today(organization)
        return many.finalize_batch(organization, draft_ids, actor=actor, today=today, sends=sends)

    _work_through(work, finalize)


@shared_task(name="invoicing.change_many")
def change_many(organization_id: str, outbox_id: str) -> None:
    """Change the documents of a job, fifty in a transaction."""
    jobs.run(organization_id, outbox_id, _change_items)


def _change_items(work: Work) -> None:
    organization, actor = work.job.organization, jobs.actor_of(work.job)
    changes = Changes.from_json(work.job.parameters)
    _work_through(work, lambda ids: many.change_batch(organization, ids, changes, actor=actor))


@shared_task(name="invoicing.export_invoices", soft_time_limit=3300, time_limit=3600)
def export_invoices(organization_id: str, outbox_id: str) -> None:
    """Write the file of an export; it is whole or begun anew, so that its slice of time is as long as it takes."""
    jobs.run(organization_id, outbox_id, _export)


def _export(work: Work) -> None:
    result = write_export(work, today=local_today(work.job.organization))
    jobs.complete(work, result)


def _work_through(work: Work, do_batch: Callable[[list[UUID]], dict[UUID, many.Outcome]]) -> None:
    """Batch after batch while there is time; what is left is handed back."""
    while items := jobs.next_items(work, BATCH_SIZE):
        outcomes = do_batch([item.subject_id for item in items if item.subject_id is not None])
        told = [(item, outcomes[item.subject_id]) for item in items if item.subject_id is not None]
        jobs.mark(work, [jobs.ItemResult(item, outcome.state, outcome.reason) for item, outcome in told])
        if not work.has_time:
            jobs.hand_back(work)
            return
    jobs.complete(work)


@shared_task(name="invoicing.take_proof")
def take_proof(organization_id: str, outbox_id: str) -> None:
    """Pack the documents of a period for one slice of time."""
    jobs.run(organization_id, outbox_id, _pack_period)


def _pack_period(work: Work) -> None:
    proof.go_on(work, clock=timezone.now)


@shared_task(name="invoicing.verify_everywhere", soft_time_limit=3300, time_limit=3600)
def verify_everywhere() -> int:
    """The nightly check of every number series; returns how many had a problem."""
    return sweep_organizations(
        "Checking the number series",
        lambda organization: sum(not check.is_whole for check in check_every_series(organization)),
    )


@shared_task(name="invoicing.close_idle_spells")
def close_idle_spells() -> int:
    """Write the audit lines of editing spells in which nothing is typed any more; returns how many."""
    return sweep_organizations(
        "Closing idle editing spells", lambda organization: close_spells(organization, now=timezone.now())
    )
