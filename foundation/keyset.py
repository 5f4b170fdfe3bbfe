"""Pages of a list by the key of their first and last row: as quick on the last page as on the first.

The cursor is text of our own making (one value per key, the last of them the id); one that somebody made up is ignored.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

PAGE_SIZE = 50
CURSOR_LENGTH_MAX = 1000

_M = TypeVar("_M", bound=Model)


@dataclass(frozen=True, slots=True)
class Key:
    """One column of the order: its name, its direction, and how its value is read back from a cursor."""

    name: str
    read: Callable[[str], Any]
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[_M]):
    """The rows of one page, and the cursors of its neighbours where there are any."""

    rows: list[_M]
    before: str
    after: str

    def pagination(self, parameters: Mapping[str, str], target: str = "") -> dict[str, str]:
        """What _pagination.html shows; parameters are those of the search and stay in the links."""
        kept = {name: value for name, value in parameters.items() if value}
        return {
            "summary": "",
            "previous_url": "?" + urlencode({**kept, "before": self.before}) if self.before else "",
            "next_url": "?" + urlencode({**kept, "after": self.after}) if self.after else "",
            "target": target,
        }


def page_of(rows: QuerySet[_M], keys: Sequence[Key], query: QueryDict, size: int = PAGE_SIZE) -> Page[_M]:
    """The page that the query asks for by `after` or `before`; the first one otherwise."""
    after, before = query.get("after", ""), query.get("before", "")
    start = _read_cursor(keys, before or after)
    is_backwards = bool(before) and start is not None
    ordered = rows.order_by(*_order(keys, is_backwards=is_backwards))
    if start is not None:
        ordered = ordered.filter(_beyond(keys, start, is_backwards=is_backwards))
    found = list(ordered[: size + 1])
    has_more, shown = len(found) > size, found[:size]
    if is_backwards:
        shown.reverse()
    has_before = has_more if is_backwards else start is not None
    has_after = has_more if not is_backwards else True
    return Page(
        rows=shown,
        before=_cursor(keys, shown[0]) if shown and has_before else "",
        after=_cursor(keys, shown[-1]) if shown and has_after else "",
    )


def is_cursor(keys: Sequence[Key], cursor: str) -> bool:
    """Whether the text is a cursor of a list in this order."""
    return _read_cursor(keys, cursor) is not None


def _order(keys: Sequence[Key], *, is_backwards: bool) -> list[str]:
    return [("-" if key.is_descending != is_backwards else "") + key.name for key in keys]


def _beyond(keys: Sequence[Key], start: Sequence[Any], *, is_backwards: bool) -> Q:
    """Rows after the start in the order: greater in the first key, or equal there and greater in the next."""
    condition = Q()
    for index, key in enumerate(keys):
        comparison = "lt" if key.is_descending != is_backwards else "gt"
        equal = {keys[earlier].name: start[earlier] for earlier in range(index)}
        condition |= Q(**equal, **{f"{key.name}__{comparison}": start[index]})
    first = "lte" if keys[0].is_descending != is_backwards else "gte"
    return Q(**{f"{keys[0].name}__{first}": start[0]}) & condition


def _cursor(keys: Sequence[Key], row: Model) -> str:
    values = [_written(getattr(row, key.name)) for key in keys]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _written(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _read_cursor(keys: Sequence[Key], cursor: str) -> list[Any] | None:
    if not cursor or len(cursor) > CURSOR_LENGTH_MAX:
        return None
    try:
        texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(texts, list) or len(texts) != len(keys) or "\x00" in "".join(texts):
            return None
        return [key.read(text) for key, text in zip(keys, texts, strict=True)]
    except (ValueError, TypeError, binascii.Error, ValidationError):
        return None
