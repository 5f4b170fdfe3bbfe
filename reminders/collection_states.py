"""Which state of a collection case follows which, and what an agency may say of it. Pure."""

from __future__ import annotations

HANDED_OVER = "handed_over"
RECEIVED = "received"
ACTIVE = "active"
PART_PAID = "part_paid"
INSTALMENTS = "instalments"
PAID = "paid"
SETTLED = "settled"
WITHDRAWN = "withdrawn"
CLOSED_UNPAID = "closed_unpaid"

CLOSED = frozenset({SETTLED, WITHDRAWN, CLOSED_UNPAID})
_GOING = frozenset({ACTIVE, PART_PAID, INSTALMENTS, PAID, SETTLED, WITHDRAWN, CLOSED_UNPAID})
# A case is settled by our own books alone; what the agency was paid closes it when the money has come here.
FOLLOWS: dict[str, frozenset[str]] = {
    HANDED_OVER: _GOING | {RECEIVED},
    RECEIVED: _GOING,
    ACTIVE: _GOING - {ACTIVE},
    PART_PAID: _GOING,  # a further part
    INSTALMENTS: _GOING,
    PAID: frozenset({SETTLED, ACTIVE, PART_PAID, WITHDRAWN}),
    SETTLED: frozenset(),
    WITHDRAWN: frozenset(),
    CLOSED_UNPAID: frozenset(),
}
# What an agency can tell; that a case is settled it cannot know.
TOLD_BY_AGENCIES = (RECEIVED, ACTIVE, PART_PAID, INSTALMENTS, PAID, WITHDRAWN, CLOSED_UNPAID)


def may_follow(state: str, news: str) -> bool:
    """Whether the case may come into this state now."""
    return news in FOLLOWS[state]
