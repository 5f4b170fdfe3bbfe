"""The background doors of quotes and orders: their PDFs, and the e-mails that bring them to customers."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from billing_backlog.actions import offer_mails
from billing_backlog.actions.offer_papers import render_offer
from billing_backlog.queries import quotes as queries
from foundation.transactions import read_only
from invoicing.delivery.notes import mail_note
from invoicing.dispatching import states
from tenants import outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.context import organization_context

logger = logging.getLogger(__name__)

NOT_HANDED_OVER = {states.QUEUED, states.FAILED, states.REJECTED, states.BOUNCED}


@shared_task(name="billing_backlog.render_offer", soft_time_limit=120, time_limit=180)
def make_pdf(organization_id: str, outbox_id: str) -> None:
    """Make the PDF of what a customer was shown, or of an order."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        try:
            with read_only():
                organization = tenants.get_open_organization(row.organization_id)
            render_offer(organization, row.subject_id, actor=Actor.system())
        except Exception as error:
            logger.exception("Could not make the PDF of offer %s", row.subject_id)
            outbox.fail(row, f"{type(error).__name__}: {error}", may_retry=True)
        else:
            outbox.finish(row)


@shared_task(name="billing_backlog.mail_offer", soft_time_limit=120, time_limit=180)
def mail_offer(organization_id: str, outbox_id: str) -> None:
    """Mail a quote or an order with its PDF and a link of its own; the secret of the link is made here."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(row.organization_id)
            mail = queries.get_mail(organization, row.subject_id)
        if mail.sent_at is not None:
            outbox.finish(row)
            return
        note = offer_mails.note_of(organization, mail, note_id=row.pk, now=timezone.now())
        outcome = mail_note(organization, note)
        reason = f"{outcome.reason_code} {outcome.reason}".strip()
        is_sent = outcome.state not in NOT_HANDED_OVER
        offer_mails.note_outcome(organization, mail.pk, reason="" if is_sent else reason, now=timezone.now())
        _close(row, reason, is_sent=is_sent, may_retry=outcome.state == states.QUEUED)


def _close(row: Any, reason: str, *, is_sent: bool, may_retry: bool) -> None:
    if is_sent:
        outbox.finish(row)
    else:
        outbox.fail(row, reason, may_retry=may_retry)
