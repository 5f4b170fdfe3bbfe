"""The background doors of bookings and of the windows in which runs are prepared: the mails and notices they owe."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from billing_backlog.actions.window_news import tell_of_windows as tell
from billing_backlog.queries.bookings import bookings_by_id
from foundation.transactions import read_only
from invoicing.delivery.notes import Note, mail_note
from invoicing.dispatching import states
from tenants import outbox
from tenants import queries as tenants
from tenants.context import organization_context
from tenants.sweeps import sweep_organizations


@shared_task(name="billing_backlog.mail_cancelled_bookings")
def mail_cancelled_bookings(organization_id: str, outbox_id: str) -> None:
    """Tell one address which bookings do not take place; what the server may have taken is not sent again."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(row.organization_id)
            bookings = bookings_by_id(organization, [UUID(key) for key in row.payload["bookings"]])
        context = {"bookings": bookings, "reason": bookings[0].cancelled_reason, "count": len(bookings)}
        template, language = "billing_backlog/email/bookings_cancelled", row.payload["language"]
        outcome = mail_note(organization, Note(row.pk, row.payload["to"], template, context, language))
        if outcome.state in {states.QUEUED, states.FAILED, states.REJECTED, states.BOUNCED}:
            reason = f"{outcome.reason_code} {outcome.reason}".strip()
            outbox.fail(row, reason, may_retry=outcome.state == states.QUEUED)
        else:
            outbox.finish(row)


@shared_task(name="billing_backlog.tell_of_windows")
def tell_of_windows() -> int:
    """Tell case workers and leaders before the window of a billing run closes; how many are told or were told."""
    return sweep_organizations(
        "Telling of windows that close", lambda organization: tell(organization, now=timezone.now())
    )
