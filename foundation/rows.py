"""Few statements over many rows, prepared once per connection: for paths where every millisecond counts.

The ORM writes each statement anew; here its text is worked out once per model and the server keeps its plan. Every
statement goes through Django's own cursor, so that it is counted, logged and wrapped like any other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models

_M = TypeVar("_M", bound=models.Model)


def fetch_all(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a prepared statement as tuples."""
    with _cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def execute(sql: str, params: Sequence[Any] = ()) -> int:
    """Run a prepared statement; returns how many rows it touched."""
    with _cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def load(model: type[_M], tail: str, params: Sequence[Any] = ()) -> list[_M]:
    """Whole instances by a prepared statement: the tail is what follows FROM and the table's name."""
    select, names, json_places = _select_of(model)
    instances = []
    for row in fetch_all(f"{select} {tail}", params):
        values = list(row)
        for place in json_places:
            if values[place] is not None:
                values[place] = json.loads(values[place])
        instances.append(model.from_db("default", names, values))
    return instances


def insert(organization_id: UUID, instances: Iterable[_M]) -> list[_M]:
    """Write new rows of one owned model with one statement that names the organization; returns them."""
    rows = list(instances)
    if rows:
        statement, names = _insert_of(type(rows[0]))
        fresh = [{name: getattr(row, name) for name in names} for row in rows]
        execute(statement, [organization_id, json.dumps(fresh, default=str)])
        for row in rows:
            row._state.adding = False
            row._state.db = "default"
    return rows


def update(organization_id: UUID, instances: Iterable[_M], names: Sequence[str]) -> int:
    """Write these fields of stored rows of one owned model with one statement; returns how many rows it touched."""
    rows = list(instances)
    if not rows:
        return 0
    statement, columns = _update_of(type(rows[0]), tuple(names))
    changed = [{"id": row.pk, **{column: getattr(row, column) for column in columns}} for row in rows]
    return execute(statement, [json.dumps(changed, default=str), organization_id])


def _cursor() -> Any:
    wrapper: Any = connection
    return wrapper.prepared_cursor()


@cache
def _select_of(model: type[models.Model]) -> tuple[str, list[str], tuple[int, ...]]:
    fields = model._meta.concrete_fields
    table = model._meta.db_table
    columns = ", ".join(f'"{table}"."{field.column}"' for field in fields)
    json_places = tuple(place for place, field in enumerate(fields) if isinstance(field, models.JSONField))
    statement = f'SELECT {columns} FROM "{table}"'  # noqa: S608 - our own names
    return statement, [field.attname for field in fields], json_places


@cache
def _insert_of(model: type[models.Model]) -> tuple[str, tuple[str, ...]]:
    """INSERT … SELECT over one JSON parameter, with the organization as a literal of its own."""
    fields = [field for field in model._meta.concrete_fields if field.column != "organization_id"]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    types = ", ".join(f'"{field.column}" {_base_type(field)}' for field in fields)
    statement = (
        f'INSERT INTO "{model._meta.db_table}" (organization_id, {columns}) '  # noqa: S608 - our own names
        f"SELECT %s::uuid, {columns} FROM jsonb_to_recordset(%s::jsonb) AS fresh ({types})"
    )
    names = tuple(field.attname for field in fields)
    if names != tuple(field.column for field in fields):
        raise TypeError(f"{model.__name__} has columns that are not called as its fields.")
    return statement, names


@cache
def _update_of(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """UPDATE … FROM one JSON parameter, each row found by the organization and its id."""
    by_name = {field.name: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    columns = tuple(str(field.column) for field in fields)
    table = model._meta.db_table
    settings = ", ".join(f'"{column}" = fresh."{column}"' for column in columns)
    types = ", ".join(f'"{field.column}" {_base_type(field)}' for field in fields)
    statement = (
        f'UPDATE "{table}" SET {settings} '  # noqa: S608 - our own names
        f"FROM jsonb_to_recordset(%s::jsonb) AS fresh (id uuid, {types}) "
        f'WHERE "{table}".organization_id = %s::uuid AND "{table}".id = fresh.id'
    )
    return statement, columns


def _base_type(field: models.Field[Any, Any]) -> str:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return str(field.db_type(connection))
