"""Which state of a delivery follows which, how long each may last, and what leads out of it. Pure.

No state is without an exit: while something happens by itself it has a time limit, and where nothing does, a person
is shown what to do. Evidence of arrival always wins over an earlier fear; a fear never wins over evidence, except the
buyer's own refusal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

QUEUED = "queued"
SENDING = "sending"
SENT = "sent"
DELIVERED = "delivered"
OPENED = "opened"
REJECTED = "rejected"
BOUNCED = "bounced"
FAILED = "failed"
UNKNOWN = "unknown"
GIVEN_UP = "given_up"

ARRIVED = frozenset({DELIVERED, OPENED})
HANDED_OVER = frozenset({SENT, DELIVERED, OPENED})
UNDER_WAY = frozenset({QUEUED, SENDING})
LOST = frozenset({REJECTED, BOUNCED, FAILED})  # nothing more happens by itself on this channel

FOLLOWS: dict[str, frozenset[str]] = {
    QUEUED: frozenset({SENDING, SENT, FAILED, GIVEN_UP, UNKNOWN}),
    SENDING: frozenset({QUEUED, SENT, DELIVERED, OPENED, REJECTED, BOUNCED, FAILED, UNKNOWN, GIVEN_UP}),
    SENT: frozenset({DELIVERED, OPENED, REJECTED, BOUNCED, UNKNOWN, GIVEN_UP}),
    DELIVERED: frozenset({OPENED, REJECTED, BOUNCED}),
    OPENED: frozenset({REJECTED}),
    UNKNOWN: frozenset({SENT, DELIVERED, OPENED, REJECTED, BOUNCED, FAILED, GIVEN_UP}),
    REJECTED: frozenset({DELIVERED, OPENED, GIVEN_UP}),
    BOUNCED: frozenset({DELIVERED, OPENED, GIVEN_UP}),
    FAILED: frozenset({SENT, DELIVERED, OPENED, GIVEN_UP}),
    GIVEN_UP: frozenset({SENT, DELIVERED, OPENED, REJECTED, BOUNCED}),
}

CLAIM_CHANGED = "claim_changed"  # given up at the last moment: the letter demands what is no longer owed like that
BUYER_REFUSED = "buyer_refused"  # the reason code of a rejection that the buyer said, not the road
SENDING_LASTS = timedelta(minutes=30)  # longer than every time-out and lease of a worker together


def may_follow(state: str, news: str) -> bool:
    """Whether the news changes the state; news that does not is only noted."""
    return news in FOLLOWS[state]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How many hours each channel has, from being queued until somebody must look."""

    email_hours: int = 24
    ehf_hours: int = 48
    paper_hours: int = 72

    def of(self, channel: str) -> timedelta:
        """The time that a channel has."""
        hours = {"ehf": self.ehf_hours, "paper": self.paper_hours}.get(channel, self.email_hours)
        return timedelta(hours=hours)


def due_at(state: str, channel: str, since: datetime, deadlines: Deadlines) -> datetime | None:
    """When the time of a state is up; None where nothing is waited for any more.

    An e-mail that a server has taken is done: silence is its answer. An EHF is answered for by its access point.
    """
    if state == QUEUED:
        return since + deadlines.of(channel)
    if state == SENDING:
        return since + SENDING_LASTS
    if state == SENT and channel == "ehf":
        return since + deadlines.of(channel)
    return None


def after_time_limit(state: str) -> str:
    """What a delivery is once the time of its state is up: what may have left us is never said to have failed."""
    return FAILED if state == QUEUED else UNKNOWN


class Standing(StrEnum):
    """How the deliveries of one document stand together."""

    NONE = ""  # nobody has sent it
    UNDER_WAY = "under_way"
    HANDED_OVER = "handed_over"
    ARRIVED = "arrived"
    NOBODY = "nobody"  # it was sent and nobody has it
    REFUSED = "refused"  # the buyer has sent it back


@dataclass(frozen=True, slots=True)
class Told:
    """What counts of one delivery: its state and whether it is only a copy."""

    state: str
    is_copy: bool = False
    is_by_receiver: bool = False  # a rejection that the buyer said, not the road


def standing_of(deliveries: Iterable[Told]) -> Standing:
    """Somebody has it, or it is on its way, or nobody has it; copies count only where they are all there is."""
    told = list(deliveries)
    counted = [one for one in told if not one.is_copy] or told
    states = {one.state for one in counted}
    if any(one.state == REJECTED and one.is_by_receiver for one in counted):
        return Standing.REFUSED
    if states & ARRIVED:
        return Standing.ARRIVED
    if SENT in states:
        return Standing.HANDED_OVER
    if states & UNDER_WAY:
        return Standing.UNDER_WAY
    return Standing.NOBODY if states else Standing.NONE
