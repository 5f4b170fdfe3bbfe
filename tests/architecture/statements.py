"""Reading captured SQL: which statements touch an owned table without naming the organization in so many words.

This is a reader of what Django and our own hand-written SQL send, not of all SQL: it knows where tables are named,
which alias stands for which, and which organization_id is compared with what.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from uuid import UUID

TOKEN = re.compile(r"""'(?:[^']|'')*'|"[^"]+"|[A-Za-z_][\w$]*|\d[\d.]*|::|<=|>=|<>|!=|\S""")
ID = r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"
LITERAL = re.compile(f"'({ID})'")
QUERY_BEGINS = frozenset({"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "VALUES"})
FROM_ENDS = frozenset({"WHERE", "GROUP", "ORDER", "LIMIT", "HAVING", "RETURNING", "SET", "UNION", "FOR", "WINDOW"})
NO_ALIAS = FROM_ENDS | {
    "ON",
    "INNER",
    "LEFT",
    "RIGHT",
    "JOIN",
    "CROSS",
    "FULL",
    "USING",
    "AS",
    "VALUES",
    "DEFAULT",
    "SELECT",
}
VOLATILE = re.compile(
    r"\b(set_config|clock_timestamp|statement_timestamp|gen_random_uuid|random|nextval|timeofday)\s*\(", re.IGNORECASE
)
COLUMN = "organization_id"


@dataclass(slots=True)
class Scope:
    """One SELECT, UPDATE, INSERT or DELETE with the tables that it names, by alias."""

    outer: Scope | None
    tables: dict[str, str] = field(default_factory=dict)
    is_in_from: bool = False
    depth: int = 0


@dataclass(slots=True)
class Reading:
    """What a statement says of organizations."""

    named: list[tuple[Scope, str]] = field(default_factory=list)
    literals: set[tuple[int, str]] = field(default_factory=set)
    equal: list[tuple[tuple[int, str], tuple[int, str]]] = field(default_factory=list)
    inserted: list[str] = field(default_factory=list)


def complaints(sql: str, owned: Collection[str]) -> list[str]:
    """Every owned table that the statement names without comparing its organization_id with a literal."""
    found = [f"calls {match[1]}()" for match in VOLATILE.finditer(_without_strings(sql))]
    tokens = [token.strip('"') if token[0] == '"' else token for token in TOKEN.findall(sql)]
    reading = _read(tokens)
    known = _spread(reading)
    for scope, alias in reading.named:
        table = scope.tables[alias]
        if table in owned and (id(scope), alias) not in known:
            found.append(f"{table} AS {alias} is not compared with a literal organization")
    found += [complaint for table in reading.inserted if table in owned for complaint in _insert_complaints(sql, table)]
    return found


def organizations_in(sql: str) -> set[UUID]:
    """Every organization that the statement compares an organization_id with."""
    return {UUID(found) for found in re.findall(rf'{COLUMN}"?\)?\s*=\s*\(?{LITERAL.pattern}', sql)}


def _without_strings(sql: str) -> str:
    return re.sub(r"'(?:[^']|'')*'", "''", sql)


def _insert_complaints(sql: str, table: str) -> Iterator[str]:
    columns = re.search(rf'INSERT INTO "?{table}"?\s*\(([^)]*)\)', sql)
    if columns is None or COLUMN not in columns[1]:
        yield f"{table}: the INSERT names no {COLUMN}"
    if not re.search(ID, sql):
        yield f"{table}: the INSERT holds no literal organization"
    conflict = re.search(r"ON CONFLICT\s*\(([^)]*)\)", sql)
    if conflict is not None and not conflict[1].strip().strip('"').startswith(COLUMN):
        yield f"{table}: ON CONFLICT ({conflict[1]}) does not begin with {COLUMN}"


def _read(tokens: list[str]) -> Reading:
    reading = Reading()
    scope = Scope(outer=None)
    opened: list[Scope] = []  # the scope that stood before each parenthesis
    for place, token in enumerate(tokens):
        word = token.upper()
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        if token == "(":
            opened.append(scope)
            if following.upper() in QUERY_BEGINS:
                scope = Scope(outer=scope, depth=len(opened))
        elif token == ")":
            scope = opened.pop()
        elif word in FROM_ENDS and len(opened) == scope.depth:
            scope.is_in_from = False
        if _names_a_table(tokens, place, scope, len(opened)):
            _take_table(tokens, place + 1, scope, reading)
        if token == COLUMN:
            _take_comparison(tokens, place, scope, reading)
    return reading


def _names_a_table(tokens: list[str], place: int, scope: Scope, depth: int) -> bool:
    word = tokens[place].upper()
    before = tokens[place - 1].upper() if place else ""
    if depth != scope.depth:  # inside the brackets of a function: EXTRACT(year FROM day)
        return False
    if word == "FROM" and before != "DISTINCT":
        scope.is_in_from = True
        return True
    if word == "JOIN" or (word == "INTO" and before == "INSERT") or (word == "USING" and scope.is_in_from):
        return True
    if word == "UPDATE":
        return before not in {"FOR", "KEY", "DO"}
    return word == "," and scope.is_in_from


def _take_table(tokens: list[str], place: int, scope: Scope, reading: Reading) -> None:
    while tokens[place].upper() in {"ONLY", "LATERAL"}:
        place += 1
    if place + 1 < len(tokens) and tokens[place + 1] == ".":
        place += 2
    table = tokens[place]
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    is_insert = tokens[place - 1].upper() == "INTO"
    if is_insert:
        reading.inserted.append(table)
    if table == "(" or (following == "(" and not is_insert):
        return
    alias = table
    if following.upper() == "AS":
        alias = tokens[place + 2]
    elif re.fullmatch(r"\w+", following) and following.upper() not in NO_ALIAS:
        alias = following
    scope.tables[alias] = table
    if not is_insert:
        reading.named.append((scope, alias))


def _take_comparison(tokens: list[str], place: int, scope: Scope, reading: Reading) -> None:
    left = tokens[place - 2] if place >= 2 and tokens[place - 1] == "." else None
    after = place + 1
    while after < len(tokens) and tokens[after] == ")":
        after += 1
    if after >= len(tokens) or tokens[after] != "=":
        return
    after += 1
    while after < len(tokens) and tokens[after] == "(":
        after += 1
    here = _key(left, scope)
    if here is None or after >= len(tokens):
        return
    if LITERAL.fullmatch(tokens[after]):
        reading.literals.add(here)
    elif after + 2 < len(tokens) and tokens[after + 2] == COLUMN:
        there = _key(tokens[after], scope)
        if there is not None:
            reading.equal.append((here, there))


def _key(alias: str | None, scope: Scope) -> tuple[int, str] | None:
    """The table that an alias stands for, seen from inside; without one, the only table of the scope."""
    if alias is None:
        return (id(scope), next(iter(scope.tables))) if len(scope.tables) == 1 else None
    seen: Scope | None = scope
    while seen is not None:
        if alias in seen.tables:
            return (id(seen), alias)
        seen = seen.outer
    return None


def _spread(reading: Reading) -> set[tuple[int, str]]:
    """Every table whose organization is a literal, by itself or by equality with another's."""
    known = set(reading.literals)
    for _round in reading.equal:
        for left, right in reading.equal:
            if left in known or right in known:
                known |= {left, right}
    return known
