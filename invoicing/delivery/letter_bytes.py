"""An e-mail as bytes: headers that nobody can break out of, two forms of the text, and the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.utils.encoding import punycode

UNSAFE = frozenset("\r\n\x00")
NAME_LENGTH_MAX = 160


class HeaderIsUnsafe(ValueError):
    """A line break in a subject or an address would begin a header of the writer's own."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name that is shown with it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file of an e-mail."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Everything that one e-mail says."""

    message_id: str  # whole, with its angle brackets
    moment: datetime
    sender: Mailbox
    to: Sequence[Mailbox]
    cc: Sequence[Mailbox] = ()
    reply_to: str = ""
    subject: str
    text: str
    html: str
    files: Sequence[MailFile] = ()


def mail_bytes(mail: Mail) -> bytes:
    """The e-mail as a mail server takes it, with CR LF at every line's end."""
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(mail.sender)
    message["To"] = [_address(one) for one in mail.to]
    if mail.cc:
        message["Cc"] = [_address(one) for one in mail.cc]
    if mail.reply_to:
        message["Reply-To"] = _address(Mailbox(mail.reply_to))
    message["Subject"] = _safe(mail.subject)
    message["Date"] = format_datetime(mail.moment)
    message["Message-ID"] = _safe(mail.message_id)
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for file in mail.files:
        maintype, _slash, subtype = file.content_type.partition("/")
        message.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=_safe(file.name))
    return message.as_bytes()


def envelope_address(address: str) -> str:
    """The address as mail servers speak it: a domain of other letters in its ASCII form."""
    local, at, domain = _safe(address).rpartition("@")
    if not at or not local.isascii():
        raise HeaderIsUnsafe(address)
    return f"{local}@{punycode(domain)}"


def _address(mailbox: Mailbox) -> Address:
    name = _safe(mailbox.name)[:NAME_LENGTH_MAX]
    local, _at, domain = envelope_address(mailbox.address).rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def _safe(text: str) -> str:
    if UNSAFE & set(text):
        raise HeaderIsUnsafe(text[:80])
    return text
