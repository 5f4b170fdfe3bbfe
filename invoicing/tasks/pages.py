"""The background doors of the customer's page: new links and answers by e-mail."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import links
from invoicing.actions.papers import send_statement
from invoicing.delivery.notes import Note, mail_note
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import states
from invoicing.models import Enquiry, Invoice, PublicLink
from invoicing.papers.queries import WITH_PAGE, get_paper_with_page
from invoicing.public import queries as pages
from tenants import outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization, OutboxRow


@shared_task(name="invoicing.mail_link")
def mail_link(organization_id: str, outbox_id: str) -> None:
    """Mail a new link in the place of one that ended, to the address that we know; its secret is made here."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(row.organization_id)
            link = pages.get_link(organization, row.subject_id)
        if link.subject_kind in WITH_PAGE:
            _mail_new_statement(organization, row, link)
            return
        with read_only():
            invoice = queries.get_invoice(organization, link.subject_id)
            to = links.known_address(link, invoice)
        if not to or link.is_revoked:
            outbox.finish(row)
            return
        address = links.renew_link(organization, link.pk, recipient=to, now=timezone.now())
        _mail(organization, row, to, "new_link", invoice=invoice, link=address)


def _mail_new_statement(organization: Organization, row: OutboxRow, link: PublicLink) -> None:
    """A link to an account is renewed by the statement of today, which has a link of its own."""
    if not link.is_revoked:
        with read_only():
            customer = get_paper_with_page(organization, link.subject_id).customer
        to = link.recipient if "@" in link.recipient else customer.email
        day = local_today(organization)
        outcome = send_statement(
            organization, customer.pk, day=day, to=to, key=row.key, actor=Actor.system(), now=timezone.now()
        )
        if outcome.reason:
            outbox.fail(row, outcome.reason, may_retry=False)
            return
    outbox.finish(row)


@shared_task(name="invoicing.mail_answer")
def mail_answer(organization_id: str, outbox_id: str) -> None:
    """Mail the answer to what a customer said, with a link to the document."""
    with organization_context(UUID(organization_id)):
        row = outbox.begin(UUID(organization_id), UUID(outbox_id))
        if row is None:
            return
        with read_only():
            organization = tenants.get_open_organization(row.organization_id)
            enquiry = pages.get_enquiry(organization, row.subject_id)
            is_known = not enquiry.came_by_mail or sendings.is_recipient(
                organization, enquiry.invoice_id, enquiry.reply_to
            )
        # Whoever wrote on the page holds a link already; an e-mail's sender alone opens nobody the document.
        address = _link_for(organization, enquiry) if is_known else ""
        _mail(organization, row, enquiry.reply_to, "answer", invoice=enquiry.invoice, enquiry=enquiry, link=address)


def _link_for(organization: Organization, enquiry: Enquiry) -> str:
    to, now = enquiry.reply_to, timezone.now()
    return links.make_link(organization, enquiry.invoice_id, recipient=to, actor=Actor.system(), now=now)


def _mail(organization: Organization, row: OutboxRow, to: str, template: str, **context: Any) -> None:
    """Hand it over; what the server may have taken is not sent again."""
    invoice: Invoice = context["invoice"]
    outcome = mail_note(organization, Note(row.pk, to, f"invoicing/email/{template}", context, invoice.language))
    if outcome.state in {states.QUEUED, states.FAILED, states.REJECTED, states.BOUNCED}:
        outbox.fail(row, f"{outcome.reason_code} {outcome.reason}".strip(), may_retry=outcome.state == states.QUEUED)
    else:
        outbox.finish(row)
