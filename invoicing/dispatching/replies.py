"""What somebody answers to one of our e-mails: whose it is, and the words without what they quote. Pure.

It is a reply where a person wrote it and it names exactly one of our mails, by the address that this mail alone comes
back to or by its Message-ID among those that are answered. What a program answers by itself is no reply.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from html.parser import HTMLParser
from uuid import UUID

from invoicing.dispatching import states
from invoicing.dispatching.plain import News
from invoicing.dispatching.returned_mail import (
    ADDRESS_HEADERS,
    BYTES_MAX,
    OUR_MESSAGE_ID,
    RETURN_ADDRESS,
    Returned,
    found_ids,
    on_one_line,
    parts_of,
    read_returned,
)

TEXT_MAX = 2000
HTML_MAX = 64 * 1024
LINES_MAX, LINE_MAX = 2000, 10_000
REPLIED = "replied"
SOURCE = "receiver"
AUTOMATIC_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Response", "List-Id", "List-Unsubscribe", "X-Loop")
AUTOMATIC_PRECEDENCE = frozenset({"bulk", "junk", "list", "auto_reply"})
MACHINES = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply)@", re.IGNORECASE)
# What mail programs put before the mail that is answered, in the languages of our readers.
INTRODUCTION = re.compile(
    r"^\s*(on|den|le|am|kl|på|mån|tir|ons|tor|fre|lør|søn)\b.{5,300}(wrote|skrev)\b.{0,80}:\s*$", re.I
)
BEFORE_OLD_MAIL = re.compile(
    r"^\s*(-{2,}\s*(original message|opprinnelig melding|oprindelig meddelelse|ursprungligt meddelande)\s*-{2,}"
    r"|_{10,}|(from|fra|från):\s.{3,200})\s*$",
    re.IGNORECASE,
)
# A secret address of a page, which stands in what is quoted: it is nobody's to read among the staff's tasks.
SECRET_ADDRESS = re.compile(r"(/i/)[A-Za-z0-9_-]{20,}")


@dataclass(frozen=True, slots=True)
class MailReply:
    """What a person has answered to one of our mails."""

    external_id: str
    sha256: str
    delivery_id: UUID
    text: str = ""
    sender_name: str = ""
    sender_address: str = ""
    has_files: bool = False
    problem: str = ""  # why nothing comes of it

    def news(self) -> News:
        """Who answers a mail has it."""
        return News(states.DELIVERED, SOURCE, "", REPLIED, self.external_id)


def read_message(content: bytes) -> MailReply | Returned:
    """What came back, as what it is: a person's reply, or what a mail server says."""
    return read_reply(content) or read_returned(content)


def read_reply(content: bytes) -> MailReply | None:
    """The reply of a person to one of our mails; None where it is none."""
    message = email.message_from_bytes(content[:BYTES_MAX], policy=email.policy.compat32)
    name, address = _sender(message)
    named = _answered(message)
    if len(named) != 1 or "@" not in address or _is_automatic(message, address):
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    return MailReply(
        external_id=on_one_line(str(message.get("Message-ID") or ""))[:200] or sha256,
        sha256=sha256,
        delivery_id=named.pop(),
        text=_own_words(_body(message)),
        sender_name=name[:120],
        sender_address=address[:254],
        has_files=any(part.get_filename() for part in parts_of(message)),
    )


def _answered(message: Message) -> set[UUID]:
    """Our mails that it answers: the one whose address it came to and the ones that it names, the nearest first."""
    came_to = found_ids(RETURN_ADDRESS, _values(message, ADDRESS_HEADERS))
    nearest = found_ids(OUR_MESSAGE_ID, _values(message, ("In-Reply-To",)))
    return came_to | (nearest or found_ids(OUR_MESSAGE_ID, _values(message, ("References",))))


def _values(message: Message, names: tuple[str, ...]) -> Iterator[str]:
    return (str(value)[:8000] for name in names for value in message.get_all(name, []))


def _is_automatic(message: Message, address: str) -> bool:
    """RFC 3834, and what older programs say instead."""
    said = str(message.get("Auto-Submitted") or "no").strip().casefold()
    precedence = str(message.get("Precedence") or "").strip().casefold()
    return (
        not said.startswith("no")
        or precedence in AUTOMATIC_PRECEDENCE
        or any(message.get(name) for name in AUTOMATIC_HEADERS)
        or str(message.get("Return-Path") or "").strip() == "<>"
        or message.get_content_type() == "multipart/report"
        or bool(MACHINES.match(address))
    )


def _sender(message: Message) -> tuple[str, str]:
    raw = str(message.get("From") or "")[:1000]
    name, address = parseaddr(on_one_line(raw))
    try:
        name = str(make_header(decode_header(name)))
    except (HeaderParseError, LookupError, ValueError):
        name = ""
    return on_one_line(name), on_one_line(address)


def _body(message: Message) -> str:
    """The words in the plainest form that there is."""
    forms = {part.get_content_type(): part for part in reversed(list(parts_of(message))) if not part.get_filename()}
    if "text/plain" in forms:
        return _decoded(forms["text/plain"])
    return _without_tags(_decoded(forms["text/html"])) if "text/html" in forms else ""


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def _own_words(text: str) -> str:
    """The writer's own lines, bounded: without the mail that is answered, its secrets, and signs that nobody sees."""
    kept: list[str] = []
    for whole in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:LINES_MAX]:
        line = whole[:LINE_MAX]
        if BEFORE_OLD_MAIL.match(line):
            break
        if line.lstrip().startswith(">") or INTRODUCTION.match(line):
            continue
        kept.append(line)
    shown = "\n".join("".join(sign if sign.isprintable() else " " for sign in line).strip() for line in kept)
    shown = re.sub(r"\n{3,}", "\n\n", SECRET_ADDRESS.sub(r"\1…", shown)).strip()
    return shown if len(shown) <= TEXT_MAX else f"{shown[: TEXT_MAX - 1]}…"


class _Words(HTMLParser):
    """The text of a page of HTML, a line for each block, without what is quoted and what is never shown."""

    HIDDEN = frozenset({"style", "script", "head", "title", "blockquote", "template"})
    BLOCKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "hr"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        """A block begins a line; what is hidden hides all that it holds."""
        self._hidden = 0 if tag == "body" else self._hidden + (tag in self.HIDDEN)  # many leave out the head's end
        if tag in self.BLOCKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """What was hidden ends."""
        self._hidden = max(0, self._hidden - (tag in self.HIDDEN))

    def handle_data(self, data: str) -> None:
        """Words, on one line as a browser shows them."""
        if not self._hidden:
            self.words.append(re.sub(r"\s+", " ", data))


def _without_tags(html: str) -> str:
    reader = _Words()
    reader.feed(html[:HTML_MAX])
    reader.close()
    return "".join(reader.words)
