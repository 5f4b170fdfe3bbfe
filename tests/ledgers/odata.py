"""As much of OData 4 as the systems of the tests are asked in: filters of comparisons, order, pages."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from tests.ledgers.system import LedgerRequest, Refused

COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
LITERAL = r"'(?:[^']|'')*'|[^\s')]+"
TERM = re.compile(rf"\s*(?:startswith\((\w+),({LITERAL})\)|(\w+) (eq|ne|gt|ge|lt|le) ({LITERAL}))\s*( and |$)")


def filtered(text: str, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows that a filter lets through; what it does not understand is refused."""
    place = 0
    kept = list(rows)
    while place < len(text):
        term = TERM.match(text, place)
        if term is None:
            raise Refused(400, {"error": {"code": "BadRequest_InvalidFilter", "message": text}})
        start_name, start, name, compared, wanted, _ = term.groups()
        if start_name:
            kept = [row for row in kept if str(row.get(start_name, "")).startswith(value_of(start))]
        else:
            kept = [row for row in kept if name in row and COMPARED[compared](*_alike(row[name], value_of(wanted)))]
        place = term.end()
    return kept


def value_of(literal: str) -> Any:
    """What a literal stands for."""
    if literal.startswith("'"):
        return literal[1:-1].replace("''", "'")
    if literal in ("true", "false"):
        return literal == "true"
    return literal


def _alike(held: Any, asked: Any) -> tuple[Any, Any]:
    if isinstance(held, bool) or isinstance(asked, bool):
        return held, asked
    if isinstance(held, int | Decimal):
        return Decimal(held), Decimal(asked)
    return str(held), str(asked)


def page(request: LedgerRequest, address: str, rows: Sequence[Mapping[str, Any]], size: int) -> dict[str, Any]:
    """The answer to a question for rows: a page of them, and where the next one is."""
    kept = filtered(request.asked("$filter"), rows)
    order, _, way = request.asked("$orderby").partition(" ")
    if order:
        kept.sort(key=lambda row: row[order], reverse=way == "desc")
    skipped = int(request.asked("$skip", "0"))
    body: dict[str, Any] = {"value": kept[skipped : skipped + size]}
    if skipped + size < len(kept):
        asked = {name: values[0] for name, values in request.query.items()} | {"$skip": str(skipped + size)}
        body["@odata.nextLink"] = f"{address}?{urlencode(asked)}"
    return body
