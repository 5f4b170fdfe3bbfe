"""What somebody decides about a connection, as forms hand it to actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTerms:
    """What somebody typed about a new connection."""

    system: str
    name: str
    mode: str
    options: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    knows_what_is_unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PushTerms:
    """From when on what is pushed, and when."""

    name: str
    start_day: date
    opening: str
    push_time: str
    push_hour: int
    attaches_files: bool
    sends_customers: bool
    applies_payments: bool
