"""Reading through another login than the application's own: what proves and reports asks as the one who sees all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections, transaction

_alias: ContextVar[str | None] = ContextVar("reading_alias", default=None)


class ReadingRouter:
    """Sends every question to the login that is open for reading, if one is."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        """The alias that was opened here; None leaves Django's own choice."""
        return _alias.get()


@contextmanager
def routed_to(alias: str) -> Iterator[None]:
    """Ask every question inside through this login, in whatever transaction it has."""
    token = _alias.set(alias)
    try:
        yield
    finally:
        _alias.reset(token)


@contextmanager
def reading_through(alias: str) -> Iterator[None]:
    """Ask every question inside through this login, in one transaction that sees one moment and can write nothing."""
    with routed_to(alias), transaction.atomic(using=alias):
        with connections[alias].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
