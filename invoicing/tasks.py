"""The background doors of invoicing: ids in, fetch, call."""

from __future__ import annotations

import logging
from uuid import UUID

from celery import shared_task
from django.db import transaction

from invoicing import queries
from invoicing.actions.documents import render_documents as render
from invoicing.actions.series import check_every_series
from tenants import outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import OutboxRow, OutboxState

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
    found = 0
    for organization_id in tenants.all_organization_ids():
        with organization_context(organization_id), transaction.atomic():
            organization = tenants.get_open_organization(organization_id)
            for invoice_id in queries.invoices_without_files(organization, SWEEP_SIZE):
                found += _make_due(organization_id, invoice_id)
    return found


def _make_due(organization_id: UUID, invoice_id: UUID) -> int:
    rows = OutboxRow.objects.of(organization_id).filter(subject_id=invoice_id, kind="invoicing.render_documents")
    if rows.filter(state__in=[OutboxState.NEW, OutboxState.SENDING, OutboxState.FAILED]).exists():
        return 0
    key = f"invoice:{invoice_id}:documents:{rows.count()}"
    effect = outbox.Effect("invoicing.render_documents", invoice_id, key, {}, leaves_house=False)
    outbox.put_each(organization_id, [effect])
    return 1


@shared_task(name="invoicing.verify_everywhere", soft_time_limit=3300, time_limit=3600)
def verify_everywhere() -> int:
    """The nightly check of every number series; returns how many had a problem."""
    problems = 0
    for organization_id in tenants.all_organization_ids():
        with organization_context(organization_id):
            with transaction.atomic():
                organization = tenants.get_open_organization(organization_id)
            problems += sum(not check.is_whole for check in check_every_series(organization))
    return problems
