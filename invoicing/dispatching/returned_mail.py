"""What mail servers say later of a mail: delivery status notifications (RFC 3464), read and understood. Pure.

A notification is about one of our mails when it came to the address that this mail alone comes back to, or when it
carries our Message-ID. Whatever else lands in the mailbox changes nothing.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from uuid import UUID

from invoicing.dispatching import states
from invoicing.dispatching.plain import News

BYTES_MAX = 512 * 1024  # notifications are small; beyond this only the beginning is read
PARTS_MAX = 30
GROUPS_MAX = 50
ADDRESS_HEADERS = ("To", "Delivered-To", "X-Original-To", "X-Envelope-To")
RETURN_ADDRESS = re.compile(r"bounces\+([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.IGNORECASE)
OUR_MESSAGE_ID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.IGNORECASE)
ENVELOPE_ID = re.compile(r"^\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*$", re.IGNORECASE)
STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# RFC 3463: our word for what the second and third figure say.
CODES = {
    "1.1": "no_such_address",
    "1.2": "no_such_domain",
    "1.10": "no_such_domain",
    "2.1": "mailbox_closed",
    "2.2": "mailbox_full",
    "3.4": "mail_too_large",
    "7.1": "refused_by_policy",
    "4.7": "never_arrived",
}
SOURCE = "mailbox"


@dataclass(frozen=True, slots=True)
class Returned:
    """One message that came back."""

    external_id: str  # its own Message-ID, or the hash of its bytes
    sha256: str
    delivery_id: UUID | None = None
    action: str = ""  # failed, delayed, delivered, relayed, expanded
    status: str = ""  # 5.1.1
    recipient: str = ""
    words: str = ""
    problem: str = ""  # why nothing comes of it

    def news(self) -> News:
        """What it says of its delivery; without a state where it is only to be noted."""
        key = self.external_id
        if self.action == "failed":
            return News(states.BOUNCED, SOURCE, self._reason(), code_of(self.status, "returned"), key)
        if self.action == "delivered":
            return News(states.DELIVERED, SOURCE, self._reason(), "", key)
        code = "delayed" if self.action == "delayed" else ""
        return News("", SOURCE, self._reason(), code, key)

    def _reason(self) -> str:
        return " ".join(filter(None, (self.status, self.words)))[:500]


def code_of(status: str, default: str) -> str:
    """Our code for what an enhanced status code (RFC 3463) says, such as 5.1.1."""
    return CODES.get(status.partition(".")[2], default)


def read_returned(content: bytes) -> Returned:
    """The notification as far as it can be understood; what cannot carries the reason."""
    sha256 = hashlib.sha256(content).hexdigest()
    message = email.message_from_bytes(content[:BYTES_MAX], policy=email.policy.compat32)
    external_id = on_one_line(str(message.get("Message-ID") or ""))[:200] or sha256
    groups = list(_groups(message))
    if not _is_report(message) or not groups:
        return Returned(external_id, sha256, problem="It is no delivery status notification.")
    named = _named(message)
    if len(named) != 1:
        problem = "It names none of our mails." if not named else "It names more than one of our mails."
        return Returned(external_id, sha256, problem=problem)
    if len(groups) > 1:
        return Returned(external_id, sha256, problem="It speaks of more than one recipient.")
    [group] = groups
    action = on_one_line(str(group.get("Action") or "")).casefold()
    found = STATUS.search(str(group.get("Status") or ""))
    status = found.group(0) if found else ""
    told = Returned(
        external_id,
        sha256,
        named.pop(),
        action,
        status,
        _address(str(group.get("Original-Recipient") or group.get("Final-Recipient") or "")),
        on_one_line(str(group.get("Diagnostic-Code") or "").partition(";")[2])[:300],
    )
    return told if _is_sound(action, status) else Returned(external_id, sha256, problem="Its words do not fit.")


def _is_sound(action: str, status: str) -> bool:
    """Whether action and status say the same."""
    classes = {"failed": "45", "delayed": "4", "delivered": "2", "relayed": "2", "expanded": "2"}
    return action in classes and bool(status) and status[0] in classes[action]


def _is_report(message: Message) -> bool:
    report_type = str(message.get_param("report-type", "") or "").casefold()
    return message.get_content_type() == "multipart/report" and report_type == "delivery-status"


def parts_of(message: Message) -> Iterator[Message]:
    """The parts of a message in their order, up to a bound."""
    for count, part in enumerate(message.walk()):
        if count >= PARTS_MAX:
            return
        yield part


def _groups(message: Message) -> Iterator[Message]:
    """The group of fields of each recipient."""
    for part in parts_of(message):
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks[:GROUPS_MAX] if isinstance(blocks, list) else ():
            if isinstance(block, Message) and block.get("Action"):
                yield block


def _named(message: Message) -> set[UUID]:
    """Our mails that it names: by where it came to, by what it returns, by the id that we gave. They must agree."""
    told = found_ids(ENVELOPE_ID, _envelope_ids(message))
    came_to = found_ids(RETURN_ADDRESS, (str(value) for name in ADDRESS_HEADERS for value in message.get_all(name, [])))
    returned = found_ids(OUR_MESSAGE_ID, _returned_ids(message))
    return came_to | returned | told


def _returned_ids(message: Message) -> Iterator[str]:
    for part in parts_of(message):
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
            yield str(email.message_from_string(text).get("Message-ID") or "")
        elif kind == "message/rfc822":
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                yield str(inner[0].get("Message-ID") or "")


def found_ids(pattern: re.Pattern[str], texts: Iterable[str]) -> set[UUID]:
    """The ids of our mails that the texts name."""
    return {UUID(match) for text in texts for match in pattern.findall(text)}


def _envelope_ids(message: Message) -> Iterator[str]:
    """The ids that its senders gave to the mails that a notification speaks of (RFC 3464, 2.2.1)."""
    for part in parts_of(message):
        blocks = part.get_payload() if part.get_content_type() == "message/delivery-status" else None
        for block in blocks[:GROUPS_MAX] if isinstance(blocks, list) else ():
            if isinstance(block, Message):
                yield str(block.get("Original-Envelope-Id") or "")


def _address(field: str) -> str:
    return on_one_line(field.rpartition(";")[2])[:254]


def on_one_line(text: str) -> str:
    """The text on one line, without signs that nobody sees."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
