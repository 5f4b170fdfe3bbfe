"""Statements that try to write what a constraint refuses."""

from __future__ import annotations


def copy(table: str, changes: str = "", *, where: str = "true", times: int = 1) -> str:
    """Insert rows like one that stands there, under ids of their own."""
    return f"""INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(t) || jsonb_build_object(
               'id', fresh.id {"," if changes else ""} {changes}))).*
               FROM (SELECT * FROM {table} WHERE organization_id = %(organization)s AND {where} ORDER BY id LIMIT 1) t,
               (VALUES (1, %(fresh)s::uuid), (2, %(fresh_2)s::uuid)) AS fresh (place, id)
               WHERE fresh.place <= {times}"""


def change(table: str, assignment: str, *, where: str = "true") -> str:
    """Write over the rows that stand there."""
    return f"UPDATE {table} SET {assignment} WHERE organization_id = %(organization)s AND {where}"
