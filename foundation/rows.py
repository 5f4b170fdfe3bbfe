"""Few statements over many rows, prepared once per connection: for paths where every millisecond counts.

The ORM writes each statement anew; here its text is worked out once per model and the server keeps its plan. Every
statement goes through Django's own cursor, so that it is counted, logged and wrapped like any other.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from json.encoder import encode_basestring_ascii
from operator import attrgetter, itemgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models
from django.db.models.base import ModelState
from django.db.models.query_utils import DeferredAttribute

from foundation.ids import id_text

_M = TypeVar("_M", bound=models.Model)


def fetch_all(sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a prepared statement as tuples."""
    with _cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def execute(sql: str, params: Sequence[Any] = ()) -> int:
    """Run a prepared statement; returns how many rows it touched."""
    with _cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def load(model: type[_M], tail: str, params: Sequence[Any] = (), *, without: tuple[str, ...] = ()) -> list[_M]:
    """Instances by a prepared statement: the tail is what follows FROM and the table's name.

    Whole, but for columns that are left out for their size and fetched where somebody asks after all.
    """
    select, names, json_places = _select_of(model, without)
    make = _instance_of if _is_plain(model) else _instance_by_django
    instances = []
    for row in fetch_all(f"{select} {tail}", params):
        values = list(row)
        for place in json_places:
            text = values[place]
            if text is not None:
                empty = _EMPTY_JSON.get(text)
                values[place] = json.loads(text) if empty is None else empty()
        instances.append(make(model, names, values))
    return instances


def insert(organization_id: UUID, instances: Iterable[_M]) -> list[_M]:
    """Write new rows of one owned model with one statement that names the organization; returns them."""
    rows = list(instances)
    if rows:
        statement, line, values_of = _insert_of(type(rows[0]))
        execute(statement, [organization_id, _written(line, map(values_of, rows))])
        for row in rows:
            row._state.adding = False
            row._state.db = "default"
    return rows


def update(organization_id: UUID, instances: Iterable[_M], names: Sequence[str]) -> int:
    """Write these fields of stored rows of one owned model with one statement; returns how many rows it touched."""
    rows = list(instances)
    if not rows:
        return 0
    statement, line, values_of = _update_of(type(rows[0]), tuple(names))
    return execute(statement, [_written(line, map(values_of, rows)), organization_id])


def to_json(value: Any) -> str:
    """A parameter for a statement that reads its rows from JSON: ids, amounts and dates as the server reads them."""
    return _WRITER.encode(value)


def reader(*names: str) -> Callable[[models.Model], tuple[Any, ...]]:
    """What reads these fields of an instance in one step; a field that was not loaded is fetched, as elsewhere."""
    stored: Callable[[dict[str, Any]], tuple[Any, ...]] = itemgetter(*names)
    fetched: Callable[[models.Model], tuple[Any, ...]] = attrgetter(*names)

    def values_of(instance: models.Model) -> tuple[Any, ...]:
        try:
            return stored(instance.__dict__)
        except KeyError:
            return fetched(instance)

    return values_of


def fresh(model: type[_M], **values: Any) -> _M:
    """A new row, not stored yet: as `model(**values)` by the names of the columns, several times as fast."""
    if not _is_plain(model):
        return model(**values)
    defaults = _defaults_of(model)
    for name, default in defaults:
        if name not in values:
            values[name] = default()
    if len(values) != len(defaults):
        raise TypeError(f"{model.__name__} has no columns {sorted(values.keys() - dict(defaults).keys())}.")
    instance = model.__new__(model)
    instance.__dict__.update(values)
    instance._state = ModelState()
    return instance


# Most JSON columns of most rows are empty.
_EMPTY_JSON: dict[str, type[dict[str, Any]] | type[list[Any]]] = {"{}": dict, "[]": list}


def _write(value: Any) -> str:
    """How values that are no JSON go into a statement; the server reads them by the type of their column."""
    return id_text(value) if type(value) is UUID else str(value)


_WRITER = json.JSONEncoder(separators=(",", ":"), default=_write)


def _quote(value: Any) -> str:
    return f'"{value}"'


# What most columns hold, spelled as the writer spells it; it is asked for everything else.
_SPELLINGS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring_ascii,
    UUID: lambda value: f'"{id_text(value)}"',
    Decimal: _quote,
    date: _quote,
    datetime: _quote,
    int: str,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _value: "null",
    dict: lambda value: _spell_object(value) if value else "{}",
    list: lambda value: "[" + ",".join([_spell(each) for each in value]) + "]",
}


def _spell(value: Any) -> str:
    return _SPELLINGS.get(type(value), _spell_other)(value)


def _spell_object(value: dict[Any, Any]) -> str:
    if not all(isinstance(name, str) for name in value):
        return _WRITER.encode(value)
    return "{" + ",".join([f"{_spell(name)}:{_spell(each)}" for name, each in value.items()]) + "}"


def _spell_other(value: Any) -> str:
    """Choices are text; what else there is the writer knows, or refuses."""
    return encode_basestring_ascii(value) if isinstance(value, str) else _WRITER.encode(value)


def _line_of(columns: Sequence[str]) -> str:
    """One object of JSON with a place for the value of each column."""
    return "{" + ",".join(f"{encode_basestring_ascii(column)}:%s" for column in columns) + "}"


def _written(line: str, rows_of_values: Iterable[tuple[Any, ...]]) -> str:
    """The rows as JSON: as `to_json` writes them, in half the time."""
    spelling_of, other = _SPELLINGS.get, _spell_other
    lines = (line % tuple([spelling_of(type(value), other)(value) for value in values]) for values in rows_of_values)
    return f"[{','.join(lines)}]"


def _instance_by_django(model: type[_M], names: list[str], values: list[Any]) -> _M:
    return model.from_db("default", names, values)


def _instance_of(model: type[_M], names: list[str], values: list[Any]) -> _M:
    """What `from_db` makes of a whole row, without asking each field how it is set: several times as fast."""
    instance = model.__new__(model)
    instance.__dict__.update(zip(names, values, strict=True))
    state = instance._state = ModelState()
    state.adding, state.db = False, "default"
    return instance


@cache
def _defaults_of(model: type[models.Model]) -> tuple[tuple[str, Callable[[], Any]], ...]:
    return tuple((field.attname, field.get_default) for field in model._meta.concrete_fields)


@cache
def _is_plain(model: type[models.Model]) -> bool:
    """Whether making an instance only stores its values: nothing of the model's own listens or takes part."""
    told = (models.signals.pre_init, models.signals.post_init)
    return (
        model.__init__ is models.Model.__init__
        and model.from_db.__func__ is models.Model.from_db.__func__  # type: ignore[attr-defined]
        and all(
            isinstance(inspect.getattr_static(model, field.attname), DeferredAttribute)
            for field in model._meta.concrete_fields
        )
        and not any(signal.has_listeners(model) for signal in told)
    )


def _cursor() -> Any:
    wrapper: Any = connection
    return wrapper.prepared_cursor()


@cache
def _select_of(model: type[models.Model], without: tuple[str, ...]) -> tuple[str, list[str], tuple[int, ...]]:
    fields = [field for field in model._meta.concrete_fields if field.attname not in without]
    table = model._meta.db_table
    columns = ", ".join(f'"{table}"."{field.column}"' for field in fields)
    json_places = tuple(place for place, field in enumerate(fields) if isinstance(field, models.JSONField))
    statement = f'SELECT {columns} FROM "{table}"'  # noqa: S608 - our own names
    return statement, [field.attname for field in fields], json_places


@cache
def _insert_of(model: type[models.Model]) -> tuple[str, str, Callable[[models.Model], tuple[Any, ...]]]:
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
    return statement, _line_of(names), reader(*names)


@cache
def _update_of(
    model: type[models.Model], names: tuple[str, ...]
) -> tuple[str, str, Callable[[models.Model], tuple[Any, ...]]]:
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
    return statement, _line_of(("id", *columns)), reader("id", *columns)


def _base_type(field: models.Field[Any, Any]) -> str:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return str(field.db_type(connection))
