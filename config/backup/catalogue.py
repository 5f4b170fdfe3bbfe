"""What a database holds, asked of its own catalogue: tables, columns, their order, triggers, migrations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import psycopg

Session = psycopg.Connection[Any]

# Written by `migrate` itself, which the restore runs.
MADE_BY_MIGRATING = frozenset({"django_migrations"})


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the columns that are stored in it, in their order."""

    name: str
    columns: tuple[str, ...]


def list_tables(session: Session) -> list[Table]:
    """Every table of ours, those that others refer to first."""
    columns: dict[str, list[str]] = {}
    for table, column in session.execute(
        """SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
             AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
           ORDER BY c.relname, a.attnum"""
    ):
        columns.setdefault(table, []).append(column)
    needed: dict[str, set[str]] = {name: set() for name in columns}
    for table, other in session.execute(
        """SELECT here.relname, there.relname FROM pg_constraint k
           JOIN pg_class here ON here.oid = k.conrelid JOIN pg_class there ON there.oid = k.confrelid
           WHERE k.contype = 'f' AND here.relnamespace = 'public'::regnamespace AND here.oid <> there.oid"""
    ):
        needed[table].add(other)
    order = TopologicalSorter(needed).static_order()
    return [Table(name, tuple(columns[name])) for name in order if name not in MADE_BY_MIGRATING]


def applied_migrations(session: Session) -> list[list[str]]:
    """The migrations that the database has, by app and name."""
    rows: Sequence[tuple[str, str]] = session.execute(
        "SELECT app, name FROM django_migrations ORDER BY app, name"
    ).fetchall()
    return [list(row) for row in rows]


def own_triggers(session: Session, table: str) -> dict[str, str]:
    """The triggers of ours on a table with how each fires: O ordinarily, A always, D never, R in replicas."""
    rows = session.execute(
        """SELECT tgname, tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
           WHERE c.relnamespace = 'public'::regnamespace AND c.relname = %s AND NOT t.tgisinternal""",
        [table],
    ).fetchall()
    return dict(rows)


def forced_tables(session: Session) -> set[str]:
    """The tables whose row security binds their owner too."""
    rows = session.execute(
        """SELECT relname FROM pg_class
           WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relforcerowsecurity"""
    ).fetchall()
    return {name for (name,) in rows}


def counters(session: Session, table: Table) -> list[tuple[str, str]]:
    """The columns of a table that a sequence numbers, each with its sequence."""
    found = []
    for column in table.columns:
        [(sequence,)] = session.execute(
            "SELECT pg_get_serial_sequence(quote_ident(%s), %s)", [table.name, column]
        ).fetchall()
        if sequence:
            found.append((column, sequence))
    return found
