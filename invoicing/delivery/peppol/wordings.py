"""What access points answer, read into outcomes: by the status of HTTP, and by the words for a document's state."""

from __future__ import annotations

from invoicing.delivery.peppol.door import REASON_MAX, Reply
from invoicing.dispatching import states
from invoicing.dispatching.plain import Outcome

ACCESS_REFUSED = "access_refused"
ACCESS_POINT_AWAY = "access_point_away"
ACCESS_POINT_BUSY = "access_point_busy"
REFUSED_BY_ACCESS_POINT = "refused_by_access_point"
NO_ANSWER = "no_answer"
ALTERED = "altered_on_the_way"
NOT_UNDERSTOOD = "answer_not_understood"

# The words for a document's state, ours and those of phoss AP (its code list of outbound statuses), and what each is
# here. An access point that still tries by itself has the document: it is sent, and nothing is handed over again.
STATES_TOLD: dict[str, tuple[str, str]] = {
    "pending": (states.SENT, "access_point_has_it"),
    "sending": (states.SENT, "access_point_has_it"),
    "failed": (states.SENT, "access_point_tries_again"),
    "sent": (states.DELIVERED, "at_receivers_access_point"),
    "delivered": (states.DELIVERED, "at_receivers_access_point"),
    "rejected": (states.REJECTED, REFUSED_BY_ACCESS_POINT),
    "permanently_failed": (states.FAILED, "access_point_gave_up"),
    "given_up": (states.FAILED, "access_point_gave_up"),
}
# What the receiver's access point said of the message, where ours has been told.
LEVELS_TOLD: dict[str, tuple[str, str]] = {
    "received_ap": (states.DELIVERED, "mls_ap"),
    "received_ab": (states.DELIVERED, "mls_ab"),
    "received_re": (states.REJECTED, "mls_re"),
}


def told_outcome(word: str, reason: str, *, level: str = "", external_id: str = "") -> Outcome:
    """The outcome for a word of the code lists; the receiver's access point has the last one."""
    state, code = LEVELS_TOLD.get(level) or STATES_TOLD[word]
    return Outcome(state, reason[:REASON_MAX], code, "access_point", external_id)


def refused_outcome(reply: Reply) -> Outcome | None:
    """What an answer other than success means for the attempt; None for success and for what only the id can tell."""
    if reply.status in {401, 403, 404, 405}:  # 404: sending is switched off there, or the address is wrong
        return Outcome(states.FAILED, f"{reply.status} {reply.words}", ACCESS_REFUSED, "access_point")
    if reply.status in {429, 503}:
        wait = reply.headers.get("retry-after", "")[:40]
        facts = {"retry_after": wait} if wait else {}
        return Outcome(states.QUEUED, reply.words, ACCESS_POINT_BUSY, "access_point", facts=facts)
    if reply.status in {400, 413, 415}:
        return Outcome(states.REJECTED, f"{reply.status} {reply.words}", REFUSED_BY_ACCESS_POINT, "access_point")
    return None
