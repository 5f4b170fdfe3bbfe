"""What a customer says of a document, as a task for the staff; and what the staff answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from invoicing import queries
from invoicing.documents.facts import DocumentBody
from invoicing.models import Enquiry, EnquiryKind, Invoice, InvoiceLine
from invoicing.public import queries as pages
from invoicing.public.plain import Reply, Said
from payments import instalments
from payments import queries as ledger
from payments.holds import place_hold, release_hold
from payments.models import Hold, HoldKind
from tenants import audit, notices, outbox
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.models import Organization, Role

ENQUIRIES_PER_LINK_MAX = 50
MAIL_ANSWER = "invoicing.mail_answer"
ENQUIRIES_PATH = "enquiries/"


class TooManyEnquiries(DomainError):
    """More was said through one link than anybody can answer."""


class LineIsNotThere(DomainError):
    """The line that is meant does not stand on the document."""


class AlreadyAnswered(DomainError):
    """Somebody has answered in the meantime."""


class NothingToAnswer(DomainError):
    """An answer says something, or somebody says why none is sent."""


@transaction.atomic
def make_enquiry(organization: Organization, link_id: UUID, said: Said, *, key: str, now: datetime) -> Enquiry:
    """Keep what the customer says, hold back what is disputed at once, and tell who follows the document up.

    The same form sent twice is one enquiry.
    """
    link = pages.lock_link(organization, link_id)  # two presses of the same button come one after the other
    invoice = queries.get_invoice(organization, link.subject_id)
    key = f"{link.pk}:{key}"[:80]
    earlier = pages.enquiry_under_key(organization, invoice.pk, key)
    if earlier is not None:
        return earlier
    if len(pages.enquiries_of_link(organization, link.pk)) >= ENQUIRIES_PER_LINK_MAX:
        raise TooManyEnquiries(_("You have written many times here. Please call or e-mail the seller instead."))
    line = _line_of(organization, invoice, said.line_id)
    actor = Actor("customer", None, (said.sender_name or invoice.customer.name)[:120])
    enquiry = Enquiry.objects.create(
        organization=organization,
        invoice=invoice,
        link=link,
        line=line,
        kind=EnquiryKind(said.kind),
        text=said.text,
        sender_name=said.sender_name,
        reply_to=said.reply_to,
        value=said.value,
        wished_date=said.wished_date,
        wished_count=said.wished_count,
        hold=_hold(organization, invoice, said, line, actor=actor, now=now),
        key=key,
        said_at=now,
    )
    audit.record(actor, "enquiry.made", invoice, about=enquiry.kind)
    notices.tell(organization.pk, news_of(organization, invoice, enquiry))
    return enquiry


@transaction.atomic
def answer_enquiry(
    organization: Organization, enquiry_id: UUID, reply: Reply, *, actor: Actor, now: datetime
) -> Enquiry:
    """Answer, release what is held or grant a later day, and close the enquiry; once."""
    enquiry = pages.lock_enquiry(organization, enquiry_id)
    if not enquiry.is_open:
        raise AlreadyAnswered(_("%(name)s has answered this already.") % {"name": enquiry.answered_by})
    if not reply.text and enquiry.needs_answer:
        raise NothingToAnswer(_("Write an answer: the customer asked a question."), field="text")
    if reply.releases_hold and enquiry.hold_id:
        reason = reply.text or _("The enquiry is closed.")
        release_hold(organization, enquiry.hold_id, reason=reason, actor=actor, now=now)
    if reply.granted_until is not None:
        enquiry.hold = _grant(organization, enquiry, reply.granted_until, actor, now)
    if reply.granted_count is not None and reply.granted_from is not None:
        enquiry.hold = _agree(organization, enquiry, (reply.granted_count, reply.granted_from), actor, now)
    enquiry.answer, enquiry.answered_at, enquiry.answered_by = reply.text, now, actor.name
    enquiry.save(update_fields=["answer", "answered_at", "answered_by", "hold"])
    audit.record(actor, "enquiry.answered", enquiry.invoice, about=enquiry.kind)
    if reply.text and enquiry.reply_to:
        outbox.put_each(organization.pk, [outbox.Effect(MAIL_ANSWER, enquiry.pk, answer_key(enquiry), {})])
    return enquiry


def answer_key(enquiry: Enquiry) -> str:
    """Under what the e-mail with the answer is sent once."""
    return f"answer:{enquiry.pk}"


def _line_of(organization: Organization, invoice: Invoice, line_id: UUID | None) -> InvoiceLine | None:
    if line_id is None:
        return None
    line = next((line for line in queries.list_lines(invoice) if line.pk == line_id), None)
    if line is None:
        raise LineIsNotThere(_("Choose a line of this document, or the whole of it."), field="line")
    return line


def _hold(
    organization: Organization, invoice: Invoice, said: Said, line: InvoiceLine | None, *, actor: Actor, now: datetime
) -> Hold | None:
    """A dispute holds the claim, or the line's part of it, from the moment in which it is said."""
    if said.kind != EnquiryKind.DISPUTE or invoice.is_credit_note or invoice.receivable_id is None:
        return None
    if ledger.claim_of(organization.pk, invoice.receivable_id).owed <= 0:
        return None
    return place_hold(
        organization,
        invoice.receivable_id,
        kind=HoldKind.DISPUTE.value,
        reason=said.text or str(HoldKind.DISPUTE.label),
        amount=_gross_of(invoice, line),
        actor=actor,
        now=now,
    )


def _gross_of(invoice: Invoice, line: InvoiceLine | None) -> Decimal | None:
    """What a line asks for with its VAT, as the document was frozen; None for all of it, or for a line that is free."""
    if line is None or invoice.snapshot is None:
        return None
    lines = DocumentBody.from_json(invoice.snapshot).lines
    amount = next((frozen.net_amount + frozen.vat_amount for frozen in lines if frozen.id == str(line.pk)), None)
    return amount or None


def _grant(organization: Organization, enquiry: Enquiry, until: date, actor: Actor, now: datetime) -> Hold | None:
    if enquiry.invoice.receivable_id is None:
        return None
    return place_hold(
        organization,
        enquiry.invoice.receivable_id,
        kind=HoldKind.PROMISE.value,
        reason=enquiry.text or str(EnquiryKind.LATER_DATE.label),
        until=until,
        actor=actor,
        now=now,
    )


def _agree(
    organization: Organization, enquiry: Enquiry, plan: tuple[int, date], actor: Actor, now: datetime
) -> Hold | None:
    """The claim is paid in monthly parts of the same size from a day on, with what was added to it."""
    receivable_id = enquiry.invoice.receivable_id
    if receivable_id is None:
        return None
    count, first_day = plan
    total = instalments.total_of(organization.pk, receivable_id)
    try:
        parts = instalments.equal_instalments(total, count, first_day)
    except ValueError as error:
        raise instalments.PlanIsWrong(
            _("That is too little for so many instalments."), field="granted_count"
        ) from error
    reason = enquiry.text or str(EnquiryKind.IN_PARTS.label)
    return instalments.place_instalments(
        organization, receivable_id, instalments=parts, reason=reason, actor=actor, now=now
    )


def news_of(organization: Organization, invoice: Invoice, enquiry: Enquiry) -> Iterator[notices.News]:
    """The document's owner is told; where nobody follows it up, the owners of the organization are."""
    follow_up = queries.follow_up_of(organization, invoice.pk)
    owner_id = follow_up.owner_id if follow_up else None
    members = tenants.list_memberships(organization).filter(role=Role.OWNER)
    people = [owner_id] if owner_id else [member.user_id for member in members]
    facts = {"number": invoice.number, "customer": invoice.customer.name, "about": enquiry.kind}
    for person in people:
        yield notices.News(person, "enquiry.made", facts, f"{ENQUIRIES_PATH}{enquiry.pk}/", f"enquiry:{enquiry.pk}")
