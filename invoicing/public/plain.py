"""Plain values of what customers type and what the staff answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Said:
    """What a customer typed."""

    kind: str
    text: str = ""
    sender_name: str = ""
    reply_to: str = ""
    value: str = ""  # the reference or the recipient that it should be
    wished_date: date | None = None
    wished_count: int | None = None  # of instalments
    line_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the staff answers, and what becomes of the claim."""

    text: str = ""
    releases_hold: bool = False
    granted_until: date | None = None
    granted_count: int | None = None  # of instalments, of which the first falls due on `granted_from`
    granted_from: date | None = None
