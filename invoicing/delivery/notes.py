"""Short e-mails that are no sending of a document, from the company's own address and through its own server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone, translation

from foundation.transactions import read_only
from invoicing.delivery.folder import put_down
from invoicing.delivery.letter_bytes import HeaderIsUnsafe, Mail, Mailbox, MailFile, envelope_address, mail_bytes
from invoicing.delivery.mail import FOLDER, our_name
from invoicing.delivery.smtp import Envelope, hand_to_server
from invoicing.dispatching import states
from invoicing.dispatching.plain import Letter, Outcome
from invoicing.dispatching.senders import from_of, server_of
from tenants.models import Organization

FORMS = ("subject.txt", "txt", "html")


@dataclass(frozen=True, slots=True)
class Note:
    """One note: its id, which is that of its Message-ID too, to whom, and the template in the reader's language."""

    id: UUID
    to: str
    template: str
    context: Mapping[str, Any]
    language: str
    files: tuple[MailFile, ...] = ()


def mail_note(organization: Organization, note: Note) -> Outcome:
    """Hand the note to the mail server, or keep it as a file where there is none."""
    with read_only():
        server, sender = server_of(organization), from_of(organization, Letter())
    words = {**note.context, "seller": organization.name, "language": note.language}
    with translation.override(note.language):
        subject, text, html = (render_to_string(f"{note.template}.{form}", words) for form in FORMS)
    mail = Mail(
        message_id=f"<{note.id}@{our_name()}>",
        moment=timezone.localtime(),
        sender=Mailbox(sender.address, sender.name),
        to=[Mailbox(note.to)],
        reply_to=sender.reply_to,
        subject=subject.strip(),
        text=text,
        html=html,
        files=note.files,
    )
    try:
        if server is None:
            put_down(FOLDER, str(organization.pk), f"{note.id}.eml", mail_bytes(mail))
            return Outcome(states.SENT, reason_code="caught")
        envelope = Envelope(envelope_address(sender.address), envelope_address(note.to), [partial(mail_bytes, mail)])
        return hand_to_server(server, envelope, _nothing_to_mark, our_name=our_name())
    except HeaderIsUnsafe as error:
        return Outcome(states.FAILED, reason=str(error), reason_code="unsafe_address")


def _nothing_to_mark() -> None:
    """A note has no delivery: the same note twice is told by its Message-ID."""
