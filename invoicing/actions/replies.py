"""Taking a customer's reply to an e-mail: a task for the staff on the document that the e-mail brought."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from invoicing import queries
from invoicing.actions.deliveries import tell_delivery
from invoicing.actions.enquiries import news_of
from invoicing.dispatching.queries import settings_of
from invoicing.dispatching.replies import MailReply
from invoicing.dispatching.senders import own_addresses
from invoicing.models import Delivery, DispatchKind, Enquiry, EnquiryKind, ReceivedMessage
from tenants import audit, notices
from tenants.audit import Actor
from tenants.models import Organization

KIND = "reply"
REPLIES_PER_DELIVERY_MAX = 50


@transaction.atomic
def take_reply(organization: Organization, reply: MailReply, *, now: datetime) -> ReceivedMessage:
    """Keep that it came, tell its delivery that somebody has it, and make its words a task; the same twice is one."""
    delivery = _delivery_of(organization, reply)
    problem = reply.problem or _problem(organization, delivery, reply)
    message, is_new = ReceivedMessage.objects.of(organization).get_or_create(
        kind=KIND,
        external_id=reply.external_id,
        defaults={
            "organization": organization,
            "sha256": reply.sha256,
            "delivery": None if problem else delivery,
            "problem": problem,
            "received_at": now,
        },
    )
    if is_new and delivery is not None and not problem:
        tell_delivery(organization, delivery.pk, reply.news(), now=now)
        _make_enquiry(organization, delivery, reply, key=f"mail:{message.pk}", now=now)
    return message


def _delivery_of(organization: Organization, reply: MailReply) -> Delivery | None:
    rows = Delivery.objects.of(organization).select_related("dispatch").filter(channel="email", subject_kind="invoice")
    return rows.filter(pk=reply.delivery_id).first()


def _problem(organization: Organization, delivery: Delivery | None, reply: MailReply) -> str:
    """Why nothing comes of it, for whoever reads the list of what came in; empty where something does."""
    if delivery is None:
        return "It answers a mail that is not this company's."
    if delivery.dispatch.kind == DispatchKind.TEST:
        return "It answers a test."
    own = own_addresses(organization) | {settings_of(organization).copy_to, delivery.dispatch.letter.get("own_address")}
    if reply.sender_address.casefold() in {address.casefold() for address in own if address}:
        return "The company has written it itself."
    earlier = ReceivedMessage.objects.of(organization).filter(kind=KIND, delivery=delivery.pk)
    if earlier.count() >= REPLIES_PER_DELIVERY_MAX:
        return "More was answered to one mail than anybody can read."
    return ""


def _make_enquiry(
    organization: Organization, delivery: Delivery, reply: MailReply, *, key: str, now: datetime
) -> Enquiry:
    invoice = queries.get_invoice(organization, delivery.subject_id)
    enquiry = Enquiry.objects.create(
        organization=organization,
        invoice=invoice,
        kind=EnquiryKind.QUESTION,
        text=_text_of(organization, reply),
        sender_name=reply.sender_name,
        reply_to=reply.sender_address if _is_address(reply.sender_address) else "",
        key=key,
        said_at=now,
    )
    actor = Actor("customer", None, (reply.sender_name or invoice.customer.name)[:120])
    audit.record(actor, "enquiry.made", invoice, about=enquiry.kind)
    notices.tell(organization.pk, news_of(organization, invoice, enquiry))
    return enquiry


def _text_of(organization: Organization, reply: MailReply) -> str:
    if not reply.has_files:
        return reply.text
    with translation.override(organization.language):
        note = _("(The e-mail has files, which are not kept here. Look for it in your mailbox.)")
    return f"{reply.text[: 1998 - len(note)]}\n\n{note}".strip()


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
