"""Asking the ledger: one statement, all of its rows at once or as they come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection

CHUNK = 1_000


def fetch(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement; for answers whose number is bounded."""
    with connection.cursor() as cursor:
        cursor.execute(sql, dict(values))
        return list(cursor.fetchall())


def stream(sql: str, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement as the server hands them out, with little memory; in the transaction that is open."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, dict(values))
        while found := cursor.fetchmany(CHUNK):
            yield from found
