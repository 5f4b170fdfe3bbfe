"""A rehearsal as plain JSON values, for machines and for the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from billing_backlog.runs.basis import BasisRow, ControlSheet
from billing_backlog.runs.differences import Difference


class LeftOut(Protocol):
    """A row that the run leaves out, and why."""

    @property
    def row(self) -> BasisRow: ...

    @property
    def obstacle(self) -> str: ...


class Rehearsed(Protocol):
    """What a rehearsal has found."""

    @property
    def sheet(self) -> ControlSheet: ...

    @property
    def obstacles(self) -> Sequence[LeftOut]: ...

    @property
    def differences(self) -> Iterable[Difference]: ...


def rehearsal_to_json(rehearsal: Rehearsed) -> dict[str, Any]:
    """Control sheet, differences and what is left out; amounts as texts."""
    return {
        "control": rehearsal.sheet.to_json(),
        "differences": [
            {
                "key": each.key,
                "kind": each.kind.value,
                "customer": each.customer,
                "before": str(each.before),
                "now": str(each.now),
                "lines_before": each.count_before,
                "lines_now": each.count_now,
                "note": each.note,
            }
            for each in rehearsal.differences
        ],
        "left_out": [
            {
                "item": str(each.row.item_id),
                "customer": each.row.customer,
                "text": each.row.text,
                "amount": str(each.row.amount),
                "why": each.obstacle,
            }
            for each in rehearsal.obstacles
        ],
    }
