"""Reading what somebody has ticked in a list."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

TICKED_MAX = 10_000


def ids_in(typed: Iterable[str]) -> list[UUID]:
    """The ids among what was sent, each once; what is none is passed over."""
    found: dict[UUID, None] = {}
    for text in typed:
        try:
            found[UUID(text)] = None
        except ValueError:
            continue
        if len(found) == TICKED_MAX:
            break
    return list(found)


def id_in(typed: str) -> UUID | None:
    """The id that was sent, if it is one."""
    return next(iter(ids_in([typed])), None)
