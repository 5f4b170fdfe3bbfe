"""What is different on a draft's lines from what their sources made of them, and how they were then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import DateField, DecimalField

from invoicing.drafting.content import LINE_FIELDS, UNTOLD, content_of
from invoicing.looking_back import worded
from invoicing.models import DraftVersion, Invoice, InvoiceLine
from invoicing.wording import field_of, word_for
from tenants.looking_back import Changed

# In which section a line stands is layout, not what the line says.
COMPARED = tuple(sorted(LINE_FIELDS - UNTOLD - {"section"}))
BY_HAND = "added"
LINES_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class EditedLine:
    """One line that says something else than when the draft was made, or stood there then and no longer."""

    line_id: UUID
    position: int
    description: str
    changes: list[Changed] = field(default_factory=list)

    @property
    def is_gone(self) -> bool:
        """Whether the line was taken out."""
        return not self.changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """Everything on a draft's lines that was changed since it was made."""

    lines: list[EditedLine]
    more: int = 0  # changed lines that are not named
    added: int = 0  # lines written by hand, which no source knows

    @property
    def is_known(self) -> bool:
        """Whether anything is different."""
        return bool(self.lines or self.added)


def comes_from_source(lines: Sequence[InvoiceLine]) -> bool:
    """Whether any line was made of something else than somebody's typing."""
    return any(line.source.get("kind") not in {None, BY_HAND} for line in lines)


def edited_lines(first: DraftVersion | None, invoice: Invoice, lines: Sequence[InvoiceLine]) -> Edited:
    """What is different from the draft's first version; nothing where that is not kept."""
    if first is None or first.version != 1:
        return Edited(lines=[])
    then = {line["id"]: line for line in first.content.get("lines", [])}
    now = content_of(invoice, lines)["lines"]
    found, added = [], 0
    for line, said in zip(lines, now, strict=True):
        was = then.pop(said["id"], None)
        if was is None:
            added += 1
        elif changes := _changes(was, said):
            found.append(EditedLine(line.pk, line.position, line.description, changes))
    found += [EditedLine(UUID(key), 0, str(was.get("description", ""))) for key, was in then.items()]
    return Edited(lines=found[:LINES_SHOWN_MAX], more=max(0, len(found) - LINES_SHOWN_MAX), added=added)


def _changes(was: Mapping[str, Any], said: Mapping[str, Any]) -> list[Changed]:
    return [
        Changed(word_for(InvoiceLine, name), _told(was, name), _told(said, name))
        for name in COMPARED
        if was.get(name) != said.get(name)
    ]


def _told(line: Mapping[str, Any], name: str) -> str:
    return worded(InvoiceLine, name, line[name]) if name in line else ""


def values_then(first: DraftVersion) -> dict[UUID, dict[str, Any]]:
    """The fields of each line as the draft's first version keeps them, by the line's id."""
    names = LINE_FIELDS - {"section"}
    return {
        UUID(line["id"]): {name: _value(name, line.get(name)) for name in names}
        for line in first.content.get("lines", [])
    }


def _value(name: str, kept: Any) -> Any:
    """A kept text as the value of its column; nothing is what the column says of nothing."""
    if name == "product_id":
        return UUID(kept) if kept else None
    column = field_of(InvoiceLine, name)
    if kept is None:
        return None if column.null else column.get_default() if isinstance(column.get_default(), dict) else ""
    if isinstance(column, DecimalField):
        return Decimal(kept)
    return date.fromisoformat(kept) if isinstance(column, DateField) else kept
