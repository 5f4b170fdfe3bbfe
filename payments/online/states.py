"""The life of an attempt to pay: what follows what, how long each state may last, and when the provider is asked.

`captured` follows every state: money that has come is never turned away, however late the provider tells of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

CREATED, PENDING, PROCESSING, AUTHORIZED = "created", "pending", "processing", "authorized"
CAPTURED, FAILED, CANCELLED, EXPIRED, UNKNOWN = "captured", "failed", "cancelled", "expired", "unknown"

OPEN = frozenset({CREATED, PENDING, PROCESSING, AUTHORIZED, UNKNOWN})
ENDED = frozenset({CAPTURED, FAILED, CANCELLED, EXPIRED})
# The customer has done their part, or may have: nobody may take the invoice away from under it.
PROMISED = frozenset({PROCESSING, AUTHORIZED, UNKNOWN})

PAGE_LIVES = timedelta(minutes=60)  # how long a customer may stay on the provider's page
# How long a provider may still be at work on what it has not answered: nobody says that nothing came of it before.
SILENCE_MIN = timedelta(minutes=5)
# How long a state may last before the attempt moves on by itself, and where to.
LIMITS: dict[str, tuple[timedelta, str]] = {
    CREATED: (timedelta(minutes=15), EXPIRED),
    PENDING: (PAGE_LIVES + timedelta(hours=2), UNKNOWN),
    PROCESSING: (timedelta(days=14), UNKNOWN),
    AUTHORIZED: (timedelta(days=7), UNKNOWN),
    UNKNOWN: (timedelta(days=30), FAILED),
}
PAUSES = (
    timedelta(seconds=20),
    timedelta(minutes=1),
    timedelta(minutes=3),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
PAUSE_MAX = timedelta(hours=12)

NEXT: dict[str, frozenset[str]] = {
    CREATED: frozenset({PENDING, PROCESSING, AUTHORIZED, CAPTURED, FAILED, CANCELLED, EXPIRED, UNKNOWN}),
    PENDING: frozenset({PROCESSING, AUTHORIZED, CAPTURED, FAILED, CANCELLED, EXPIRED, UNKNOWN}),
    PROCESSING: frozenset({AUTHORIZED, CAPTURED, FAILED, CANCELLED, UNKNOWN}),
    AUTHORIZED: frozenset({CAPTURED, FAILED, CANCELLED, EXPIRED, UNKNOWN}),
    UNKNOWN: frozenset({PENDING, PROCESSING, AUTHORIZED, CAPTURED, FAILED, CANCELLED, EXPIRED}),
    CAPTURED: frozenset(),
    FAILED: frozenset({PROCESSING, AUTHORIZED, CAPTURED}),
    CANCELLED: frozenset({PROCESSING, AUTHORIZED, CAPTURED}),
    EXPIRED: frozenset({PROCESSING, AUTHORIZED, CAPTURED}),
}


def may_follow(state: str, wanted: str) -> bool:
    """Whether an attempt in one state may come into the other."""
    return wanted in NEXT[state]


def overdue_state(state: str, since: datetime, now: datetime) -> str:
    """Where an attempt moves by itself because its state has lasted too long; empty while it may last."""
    if state not in LIMITS:
        return ""
    limit, after = LIMITS[state]
    return after if now >= since + limit else ""


def next_look(looks: int, now: datetime) -> datetime:
    """When the provider is asked again after so many looks: soon at first, and less and less often."""
    return now + (PAUSES[looks] if looks < len(PAUSES) else PAUSE_MAX)
