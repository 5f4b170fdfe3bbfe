"""Refusals that are expected, with a sentence fit for the user."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class DomainError(Exception):
    """A rule said no; the message says what, why and what now, and may name the field to mend."""

    def __init__(self, message: Any, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class Refusals(DomainError):
    """Several refusals at once, so that nobody has to find them one by one."""

    def __init__(self, refusals: Iterable[DomainError]) -> None:
        self.refusals = tuple(refusals)
        super().__init__(" ".join(str(refusal) for refusal in self.refusals))
