"""Where two versions of a draft differ: what somebody else has stored and what was typed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from foundation.templatetags.formatting import format_day, format_for_input, language_of_page
from invoicing.forms.drafts import DraftForm, TypedDraft, initial_of
from invoicing.forms.lines import NUMBERS, TYPED, LineEntry, entries_of, label_of, shortened, typed_number
from invoicing.models import Invoice, InvoiceLine


@dataclass(frozen=True, slots=True)
class Difference:
    """One field with both of its values, and the id of the field on the page."""

    label: str
    anchor: str
    stored: str
    typed: str


def differences(invoice: Invoice, lines: Sequence[InvoiceLine], typed: TypedDraft) -> list[Difference]:
    """Every field that says something else, the head first, then line by line."""
    return [*_head(invoice, typed.form), *_lines(entries_of(lines), typed.told)]


def _head(invoice: Invoice, form: DraftForm) -> Iterator[Difference]:
    stored = initial_of(invoice)
    for name, field in form.fields.items():
        kept = _shown(stored[name])
        new = _shown(form.cleaned_data[name]) if name in form.cleaned_data else str(form[name].value() or "")
        if kept != new:
            yield Difference(str(field.label), form[name].id_for_label, kept, new)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return format_for_input(shortened(value), language_of_page()) if value else ""
    if isinstance(value, date):
        return format_day(value, language_of_page())
    return "" if value is None else str(value)


def _lines(stored: Sequence[LineEntry], typed: Sequence[LineEntry]) -> Iterator[Difference]:
    stored = [entry for entry in stored if not entry.is_heading]
    kept = {entry.line_id: entry for entry in stored}
    positions = {entry.line_id: position for position, entry in enumerate(stored, start=1)}
    for position, entry in enumerate(typed, start=1):
        other = kept.pop(entry.line_id, None)
        if other is None:
            label = _("Line %(position)s") % {"position": position}
            yield Difference(label, f"{entry.key}-description", _("not there"), entry.typed["description"])
            continue
        for name in (*TYPED, "section"):
            before, now = _said(other, name), _said(entry, name)
            if before != now:
                label = _("Line %(position)s, %(field)s") % {"position": position, "field": label_of(name).lower()}
                yield Difference(label, f"{entry.key}-{name}", before, now)
    for entry in kept.values():
        label = _("Line %(position)s") % {"position": positions[entry.line_id]}
        yield Difference(label, "lines", entry.typed["description"], _("not there"))


def _said(entry: LineEntry, name: str) -> str:
    if name == "section":
        return entry.section
    if name in NUMBERS and name in entry.cleaned:
        return typed_number(name, entry.cleaned[name], language_of_page())  # 1250,50 and 1 250,5 say the same
    return entry.typed.get(name, "").strip()
