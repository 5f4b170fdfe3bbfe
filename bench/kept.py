"""Databases that are filled once and kept for the next run, by their name and the schema they were made for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from psycopg import sql

from tests import databases


@contextmanager
def kept_database(name: str, fill: Callable[[Any], None]) -> Iterator[None]:
    """Point all logins at the database of this name, filling it first when it is not there."""
    full_name = f"{name}_{databases.schema_version()}"
    with databases.superuser() as server:
        is_there = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [full_name]).fetchone()
    if not is_there:
        _make(full_name, fill)
    databases.use_database(full_name)
    try:
        yield
    finally:
        for opened in connections.all():
            opened.close()


def _make(name: str, fill: Callable[[Any], None]) -> None:
    unfinished = f"{name}_unfinished"
    databases.make_copy(databases.make_template(), unfinished)
    with databases.superuser(unfinished) as database:
        database.execute("SET session_replication_role = replica")  # past the guards: these rows are of nobody
        with database.cursor() as cursor:
            fill(cursor)
            cursor.execute("VACUUM ANALYZE")
    with databases.superuser() as server:
        server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (unfinished, name))))
