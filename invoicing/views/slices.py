"""Pages of lists that are bounded and sorted in memory: so many rows at a time, by the number of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.utils.translation import gettext as _

T = TypeVar("T")


def slice_of(rows: Sequence[T], size: int, asked: Mapping[str, str]) -> tuple[list[T], dict[str, Any] | None]:
    """The rows of the page that is asked for (?page=2), and the way to its neighbours; None where there are none."""
    last = max(1, -(-len(rows) // size))
    typed = asked.get("page", "1")
    page = min(max(int(typed), 1), last) if typed.isascii() and typed.isdigit() and len(typed) <= 4 else 1
    start = (page - 1) * size
    shown = list(rows[start : start + size])
    if last == 1:
        return shown, None
    summary = _("%(first)s–%(last)s of %(all)s") % {"first": start + 1, "last": start + len(shown), "all": len(rows)}
    return shown, {
        "summary": summary,
        "previous_url": f"?page={page - 1}" if page > 1 else "",
        "next_url": f"?page={page + 1}" if page < last else "",
        "target": "",
    }
