"""The background doors of billing runs: generating one, writing its finance file, and handing that over."""

from __future__ import annotations

from smtplib import SMTPException
from uuid import UUID

from celery import shared_task
from django.utils import timezone, translation

from billing_backlog.actions.run_exporting import export_run
from billing_backlog.actions.run_files import generate_files
from billing_backlog.actions.run_generating import generate_batch, progress_of
from billing_backlog.actions.run_transfers import outcome_of, settle_transfer
from billing_backlog.handing import hand_over
from billing_backlog.models import TransferOutcome
from billing_backlog.queries.run_files import get_file
from billing_backlog.queries.runs import get_run
from foundation import files
from foundation.mail import send_message
from foundation.transactions import read_only
from foundation.transfer import TransferRefused
from tenants import jobs, outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.jobs import Work


@shared_task(name="billing_backlog.generate_run")
def generate_run(organization_id: str, outbox_id: str) -> None:
    """Make the drafts of an approved run, batch by batch, or export it for the system that invoices it."""
    jobs.run(organization_id, outbox_id, _generate)


def _generate(work: Work) -> None:
    organization, run_id = work.job.organization, UUID(work.job.parameters["run"])
    actor = jobs.actor_of(work.job)
    with read_only():
        run = get_run(organization, run_id)
    if run.target_id is not None:
        export_run(organization, run_id, actor=actor, today=local_today(organization), now=timezone.now())
        jobs.complete(work)
        return
    while generate_batch(organization, run_id, actor=actor, today=local_today(organization), now=timezone.now()):
        done, total = progress_of(organization, run_id)
        if not jobs.tell_progress(work, done=done, total=total):
            return
        if not work.has_time:
            jobs.hand_back(work)
            return
    jobs.complete(work)


@shared_task(name="billing_backlog.generate_file", soft_time_limit=600, time_limit=660)
def generate_file(organization_id: str, outbox_id: str) -> None:
    """Write prepared runs into one finance file."""
    jobs.run(organization_id, outbox_id, _generate_file)


def _generate_file(work: Work) -> None:
    organization, told = work.job.organization, work.job.parameters
    made = generate_files(
        organization,
        UUID(told["target"]),
        [UUID(key) for key in told["runs"]],
        actor=jobs.actor_of(work.job),
        today=local_today(organization),
        now=timezone.now(),
    )
    jobs.complete(work, {"files": [str(file.pk) for file in made]})


@shared_task(name="billing_backlog.transfer_file", soft_time_limit=200, time_limit=220)
def transfer_file(organization_id: str, outbox_id: str) -> None:
    """One attempt at handing a finance file over; what may succeed later by itself is tried again."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
            file = get_file(organization, row.subject_id)
        actor = Actor(row.payload["actor_kind"], _id_of(row.payload["actor_id"]), row.payload["actor_name"])
        if file.transferred_at is not None or file.undone_at is not None:
            outbox.finish(row)
            return
        outcome, reason, may_retry = str(TransferOutcome.FAILED), "", False
        with translation.override(organization.language):
            try:
                outcome = outcome_of(hand_over(file.target, file.name, files.load(organization_id, file.sha256)))
            except TransferRefused as refusal:
                reason, may_retry = str(refusal), refusal.may_retry
            settle_transfer(organization, file.pk, outcome, reason=reason, actor=actor, now=timezone.now())
        if reason:
            outbox.fail(row, reason, may_retry=may_retry)
        else:
            outbox.finish(row)


def _id_of(text: str) -> UUID | None:
    return UUID(text) if text else None


@shared_task(name="billing_backlog.tell_receiver")
def tell_receiver(organization_id: str, outbox_id: str) -> None:
    """Tell the receiving person by mail that a file has come, and what its receipt has to repeat (M-149)."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(UUID(organization_id))
            file = get_file(organization, row.subject_id)
        context = {
            "file": file,
            "organization": organization,
            "target": file.target,
            "seller": organization.name,
        }
        try:
            to = file.target.receiver_email
            send_message("billing_backlog/file_sent", to, context, organization.language, key=str(row.pk))
        except (SMTPException, OSError) as error:
            outbox.fail(row, f"{type(error).__name__}: {error}", may_retry=True)
        else:
            outbox.finish(row)
