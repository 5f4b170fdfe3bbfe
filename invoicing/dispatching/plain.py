"""Plain values that go between those who decide, those who send and those who write down. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

COPIES_MAX = 9


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address on one channel; a copy is a Cc."""

    channel: str
    address: str
    name: str = ""
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """What an e-mail says and brings; empty words mean those of the organization's template."""

    subject: str = ""
    body: str = ""
    sender_id: str = ""  # empty: the organization's default
    own_name: str = ""  # a member's own address in the place of a sender, where the organization allows it
    own_address: str = ""
    reply_to: str = ""
    attach_pdf: bool = True
    attach_ehf: bool | None = None  # None: as the organization's settings say

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the act of sending."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Letter:
        """As it was kept; names that this release does not know are left out."""
        return cls(**{name: kept[name] for name in cls.__slots__ if name in kept})


@dataclass(frozen=True, slots=True)
class StandsOn:
    """A claim that a letter demands, as the letter says that it stands; when that has changed, nothing is sent."""

    receivable_id: UUID
    owed: Decimal  # everything that is open on the claim
    held: Decimal = Decimal(0)  # the part of it that the letter does not ask for
    credit: Decimal = Decimal(0)  # what of the customer's own money the letter sets off; counted over all its claims
    until: date | None = None  # the last day on which the letter may leave: later its deadline would be too short

    def to_json(self) -> dict[str, str]:
        """As it is kept with the act of sending."""
        kept = {
            "receivable": str(self.receivable_id),
            "owed": str(self.owed),
            "held": str(self.held),
            "credit": str(self.credit),
        }
        return kept if self.until is None else {**kept, "until": self.until.isoformat()}

    @classmethod
    def from_json(cls, kept: Mapping[str, str]) -> StandsOn:
        """As it was kept."""
        amounts = {name: Decimal(kept.get(name, "0")) for name in ("owed", "held", "credit")}
        until = date.fromisoformat(kept["until"]) if kept.get("until") else None
        return cls(UUID(kept["receivable"]), **amounts, until=until)


@dataclass(frozen=True, slots=True)
class Sending:
    """One act of sending: the recipients of its first channel, and the channels that come after it."""

    kind: str  # first, again, channel, test
    key: str
    recipients: tuple[Recipient, ...]
    chain: tuple[Recipient, ...] = ()
    letter: Letter = field(default_factory=Letter)
    chain_after_no: tuple[Recipient, ...] = ()  # comes next only once the network says that EHF is not received
    stands_on: tuple[StandsOn, ...] = ()  # the claims that the letter demands


@dataclass(frozen=True, slots=True)
class News:
    """Something that became known of a delivery."""

    state: str  # empty: nothing new, only to be noted
    source: str
    reason: str = ""  # the words of whoever said it
    reason_code: str = ""  # ours, with a sentence in every language
    key: str = ""  # the same news twice is one
    external_id: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parcel:
    """Everything that a worker needs to hand one delivery over, read before it begins."""

    organization_id: UUID
    delivery_id: UUID
    subject_kind: str
    subject_id: UUID
    channel: str
    recipient: str
    recipient_name: str
    is_copy: bool
    language: str
    message_id: str  # stable over all attempts
    attempt: int
    is_test: bool
    may_have_been_handed_over: bool  # an earlier attempt died after the step that cannot be taken back
    letter: Letter
    visible_to: tuple[str, ...]  # everybody whom the same e-mail names
    visible_cc: tuple[str, ...]
    link: str = ""  # the recipient's own address of the document's page
    stands_on: tuple[StandsOn, ...] = ()  # claims that are looked at once more at the last moment


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt at handing over."""

    state: str  # sent, delivered, failed, rejected, bounced, unknown; queued: tried again later
    reason: str = ""
    reason_code: str = ""
    source: str = "system"
    external_id: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the network said of one electronic address: yes, no or unknown."""

    answer: str
    document_types: tuple[str, ...] = ()
    provider: str = ""  # host of the server that holds the metadata
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """What is typed of an access point; an empty token leaves the one that is kept."""

    kind: str
    address: str = ""
    account: str = ""
    token: str = ""
    is_active: bool = True
