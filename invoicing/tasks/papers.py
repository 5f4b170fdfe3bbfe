"""The background doors of receipts and statements: receipts that are due, statements to many customers."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from foundation.transactions import read_only
from invoicing.actions import papers
from invoicing.papers.queries import attempts_without_receipt
from tenants import jobs, outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.jobs import Work
from tenants.models import Organization
from tenants.sweeps import sweep_organizations

logger = logging.getLogger(__name__)

SWEEP_SIZE = 50
RECEIPTS_FOR = timedelta(days=3)  # what nobody could be sent a receipt of in this time is left alone
BATCH_SIZE = 25


@shared_task(name="invoicing.render_paper", soft_time_limit=120, time_limit=180)
def render_paper(organization_id: str, outbox_id: str) -> None:
    """Make the PDF of a paper that was made."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        try:
            with transaction.atomic():
                organization = tenants.get_open_organization(UUID(organization_id))
            papers.render_paper_file(organization, row.subject_id, actor=Actor.system())
        except Exception as error:
            logger.exception("Could not make the PDF of paper %s", row.subject_id)
            outbox.fail(row, f"{type(error).__name__}: {error}", may_retry=True)
        else:
            outbox.finish(row)


@shared_task(name="invoicing.sweep_receipts")
def sweep_receipts() -> int:
    """Send both sides the receipts of money that came online; returns how many."""
    return sweep_organizations("Sending receipts", _send_receipts)


def _send_receipts(organization: Organization) -> int:
    with read_only():
        waiting = attempts_without_receipt(organization, timezone.now() - RECEIPTS_FOR, SWEEP_SIZE)
    return sum(_send_receipt(organization, attempt.payment_id) for attempt in waiting if attempt.payment_id)


def _send_receipt(organization: Organization, payment_id: UUID) -> bool:
    try:
        papers.send_receipt_to_both(organization, payment_id, actor=Actor.system(), now=timezone.now())
    except Exception:
        logger.exception("Could not send the receipt of payment %s", payment_id)
        return False
    return True


@shared_task(name="invoicing.send_statements")
def send_statements(organization_id: str, outbox_id: str) -> None:
    """Send the statements of a job, each in a transaction of its own."""
    jobs.run(organization_id, outbox_id, _send_items)


def _send_items(work: Work) -> None:
    organization, actor = work.job.organization, jobs.actor_of(work.job)
    day = date.fromisoformat(work.job.parameters["day"])
    while items := jobs.next_items(work, BATCH_SIZE):
        results = []
        for item in items:
            assert item.subject_id is not None
            key = f"job:{work.job.pk.hex}"
            sent = papers.send_statement(
                organization, item.subject_id, day=day, key=key, actor=actor, now=timezone.now()
            )
            results.append(jobs.ItemResult(item, sent.state, sent.reason))
        jobs.mark(work, results)
        if not work.has_time:
            jobs.hand_back(work)
            return
    jobs.complete(work)
