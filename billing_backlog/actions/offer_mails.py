"""The e-mails that bring quotes and orders to customers: in the customer's language, and what became of each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from billing_backlog.actions.offer_papers import paper_in, render_offer
from billing_backlog.models import OfferMail
from billing_backlog.queries import quotes as queries
from foundation import files
from invoicing.actions.links import make_link_of
from invoicing.delivery.letter_bytes import MailFile
from invoicing.delivery.notes import Note
from tenants.audit import Actor
from tenants.models import Organization


def address_of(token: str) -> str:
    """The whole address of the quote's page behind the link with this token."""
    return settings.BASE_URL.rstrip("/") + reverse("public_quotes:enter", args=[token])


def note_of(organization: Organization, mail: OfferMail, *, note_id: UUID, now: datetime) -> Note:
    """The e-mail with the PDF and a new link; the PDF is made here where no worker has made it yet."""
    subject = mail.order or mail.version
    assert subject is not None
    paper = paper_in(subject)
    made = render_offer(organization, subject.pk, actor=Actor.system())
    content = files.load(str(organization.pk), made.sha256)
    token = make_link_of(
        organization, queries.LINK_KIND, mail.quote_id, recipient=mail.recipient, actor=Actor.system(), now=now
    )
    context = {"paper": paper, "quote": mail.quote, "message": mail.message, "link": address_of(token)}
    template = "billing_backlog/email/order" if mail.order else "billing_backlog/email/quote"
    name = f"{paper.kind}-{paper.number}.pdf".replace("_", "-")
    attached = (MailFile(name, "application/pdf", content),)
    return Note(note_id, mail.recipient, template, context, paper.body.language, files=attached)


@transaction.atomic
def note_outcome(organization: Organization, mail_id: UUID, *, reason: str, now: datetime) -> None:
    """Write down that an e-mail was handed over, or why it was not."""
    told = {"failed_reason": reason[:300]} if reason else {"sent_at": now, "failed_reason": ""}
    OfferMail.objects.of(organization).filter(pk=mail_id, sent_at=None).update(**told)
