"""The lines of a draft as typed: read, cleaned and refused field by field, for one line or a thousand.

Each row of the form has a key of its own and all its fields are named `<key>-<field>`; the hidden fields `line` give
the order of the rows. What was typed is kept beside what was understood, so that nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.units import UNITS
from customers.vat import VatCategory, rule_of
from foundation.forms import DayField, NumberField
from foundation.ids import uuid7, uuid_of
from foundation.templatetags.formatting import format_for_input, language_of_page
from foundation.text import UnprintableText, clean_line, clean_text
from invoicing.drafting.choices import DraftChoices
from invoicing.forms.limits import NUMBER_ERRORS, PRICE_MAX, QUANTITY_MAX, day_field
from invoicing.models import ChargeKind, InvoiceLine
from invoicing.wording import word_for

LINES_READ_MAX = 10_000
KEY = re.compile(r"[A-Za-z0-9]{1,40}", re.ASCII)
NEW_KEY = re.compile(r"n[0-9a-f]{32}", re.ASCII)  # made here, and by nobody else
NO_LINE = UUID(int=0)
SECTION_LENGTH = 120

TEXT_LENGTHS = {
    "product_number": 30,
    "description": 500,
    "detail": 1000,
    "internal_text": 500,
    "vat_reason": 200,
    "project": 40,
    "department": 40,
}
LABELS = {
    "product_number": gettext_lazy("Product number"),
    "project": gettext_lazy("Project"),
    "department": gettext_lazy("Department"),
    "section": gettext_lazy("Section"),
}
NUMBERS: dict[str, NumberField] = {
    "quantity": NumberField(
        max_digits=18, decimal_places=6, min_value=-QUANTITY_MAX, max_value=QUANTITY_MAX, error_messages=NUMBER_ERRORS
    ),
    "unit_price": NumberField(
        max_digits=18, decimal_places=6, min_value=0, max_value=PRICE_MAX, error_messages=NUMBER_ERRORS
    ),
    "discount_percent": NumberField(
        max_digits=7, decimal_places=4, min_value=0, max_value=100, required=False, error_messages=NUMBER_ERRORS
    ),
    "discount_amount": NumberField(
        max_digits=16, decimal_places=2, min_value=0, max_value=PRICE_MAX, required=False, error_messages=NUMBER_ERRORS
    ),
}
DAYS: dict[str, DayField] = {name: day_field() for name in ("delivery_date", "period_from", "period_to")}
CHOSEN = ("unit_code", "charge_kind", "vat_treatment", "revenue_account")
TYPED = (*TEXT_LENGTHS, *NUMBERS, *DAYS, *CHOSEN)
# A row in which none of these is filled in says nothing and is left out.
TELLING = ("product_number", "description", "detail", "internal_text", "unit_price")
DIMENSIONS = ("project", "department")
FOLDED = (
    "internal_text", "discount_amount", "charge_kind", "vat_reason", "delivery_date", "period_from", "period_to",
    "revenue_account", "project", "department",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class LineEntry:
    """One row of the form: what was typed, what was understood, and what was refused."""

    key: str
    line_id: UUID | None = None
    new_id: UUID | None = None  # what a row that is not stored yet will be called
    typed: dict[str, str] = field(default_factory=dict)
    cleaned: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    source: Mapping[str, Any] = field(default_factory=dict)  # where the line comes from
    section: str = ""
    is_heading: bool = False  # the row is the heading of a section, its name typed under "section"
    is_continued: bool = False  # of a section that began on an earlier page of lines
    is_open: bool = False  # the folded fields stand in the form
    is_chosen: bool = False  # ticked, to be changed with others
    presumed: Mapping[str, str] = field(default_factory=dict)  # what the folded fields say when they are not sent
    note: str = ""  # what was looked up for the row, such as a product number that nobody has
    place: int | None = None  # among the document's lines, from 0, once its sums are known
    amount: Decimal | None = None  # as the amount column shows it; of a heading, what its section comes to
    how: Sequence[Any] = ()  # the steps in which its amount is made, where they are shown
    value: Decimal | None = None  # what a line that is not charged would have cost

    @property
    def is_blank(self) -> bool:
        """Whether the row is no line: it says nothing, or is a heading."""
        return self.is_heading or not any(self.typed.get(name, "").strip() for name in TELLING)

    @property
    def is_charged(self) -> bool:
        """Whether the row's amount is summed."""
        return self.typed.get("charge_kind", "") in {"", ChargeKind.CHARGEABLE.value}

    def is_locked(self, name: str) -> bool:
        """Whether what the line comes from has decided the field."""
        return name in self.locked or (name in DIMENSIONS and "dimensions" in self.locked)

    @property
    def locked_because(self) -> str:
        """Which fields cannot be changed here, and what has decided them; empty when all can."""
        names = [label_of(name) for name in TYPED if self.is_locked(name)]
        source = self.source.get("label") or _("What the line comes from")
        told = _("%(source)s decides: %(fields)s. Change it there.") % {"source": source, "fields": ", ".join(names)}
        return told if names else ""

    @property
    def added_on(self) -> date | None:
        """The day on which somebody added the line by hand."""
        return date.fromisoformat(self.source["on"]) if self.source.get("on") else None

    @property
    def shows_folded(self) -> bool:
        """Whether the folded fields are seen: opened, or one of them is refused."""
        return self.is_open or any(name in self.errors for name in FOLDED)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What the form must hold of the folded fields while they are not seen."""
        told = ((name, self.typed.get(name, "")) for name in FOLDED)
        return [(name, value) for name, value in told if value != self.presumed.get(name, "")]

    def content(self) -> dict[str, Any]:
        """What an action stores of the row; fields that its source has decided are left out."""
        content = {name: value for name, value in self.cleaned.items() if name not in self.locked}
        return {"id": self.line_id, "new_id": self.new_id, "section": self.section, **content}


def new_key() -> str:
    """A key that no other row has."""
    return f"n{uuid7().hex}"


def line_id_of(draft_id: UUID, key: str) -> UUID:
    """The id of the line that a new row becomes: the same however often the row is sent, and nobody can choose it."""
    hashed = salted_hmac("id of a line", f"{draft_id}:{key}", algorithm="sha256").digest()
    return uuid_of(draft_id.bytes[:6], hashed)


def blank_entry(choices: DraftChoices, *, treatment: str = "") -> LineEntry:
    """A row in which only what is usual is filled in."""
    folded = folded_defaults(choices)
    typed = {"quantity": "1", "unit_code": "NAR", "vat_treatment": treatment or choices.first_treatment, **folded}
    return LineEntry(key=new_key(), typed=typed, presumed=folded)


def folded_defaults(choices: DraftChoices) -> dict[str, str]:
    """What the folded fields of a new row say."""
    return {"charge_kind": ChargeKind.CHARGEABLE.value, "revenue_account": choices.first_account}


def heading_entry(section: str = "", *, is_continued: bool = False) -> LineEntry:
    """The heading under which the lines of a section stand; an empty one ends a section."""
    return LineEntry(key=new_key(), typed={"section": section}, is_heading=True, is_continued=is_continued)


def entries_of(lines: Iterable[InvoiceLine], *, section_before: str = "") -> list[LineEntry]:
    """The rows of stored lines, each section under its heading."""
    entries: list[LineEntry] = []
    section = ""
    for line in lines:
        if line.section != section:
            entries.append(heading_entry(line.section, is_continued=not entries and line.section == section_before))
            section = line.section
        entries.append(stored_entry(line))
    return entries


def stored_entry(line: InvoiceLine) -> LineEntry:
    """The row of a stored line."""
    typed = typed_line(line)
    return LineEntry(
        key=line.pk.hex,
        line_id=line.pk,
        typed=typed,
        presumed=typed,
        locked=frozenset(line.locked_fields),
        source=line.source,
        section=line.section,
    )


def typed_line(line: InvoiceLine) -> dict[str, str]:
    """A stored line as somebody would type it in the language of the page."""
    language = language_of_page()
    typed = {name: str(getattr(line, name)) for name in (*TEXT_LENGTHS, *CHOSEN) if hasattr(line, name)}
    typed |= {name: str(line.dimensions.get(name, "")) for name in DIMENSIONS}
    typed |= {name: typed_number(name, getattr(line, name), language) for name in NUMBERS}
    for name in DAYS:
        value = getattr(line, name)
        typed[name] = value.isoformat() if value else ""
    return typed


def typed_number(name: str, value: Decimal, language: str) -> str:
    """A number of a line as somebody would type it: prices with two decimals, a discount of nothing left empty."""
    if name.startswith("discount") and not value:
        return ""
    return format_for_input(shortened(value, decimals_min=2 if name == "unit_price" else 0), language)


def shortened(value: Decimal, *, decimals_min: int = 0) -> Decimal:
    """The number without zeros at its end that nobody typed."""
    short = value.normalize()
    exponent = short.as_tuple().exponent
    assert isinstance(exponent, int)
    return short.quantize(Decimal(1).scaleb(-max(decimals_min, -exponent, 0)))


def read_lines(
    data: QueryDict, stored: Mapping[UUID, InvoiceLine], choices: DraftChoices, *, draft_id: UUID | None = None
) -> list[LineEntry]:
    """The rows in the order in which they were sent; ids that are not lines of this draft count as new rows."""
    entries: list[LineEntry] = []
    free = dict(stored)  # each line is taken by one row
    section = ""
    defaults = folded_defaults(choices)
    ticked = set(data.getlist("chosen"))
    for key in list(dict.fromkeys(data.getlist("line")))[: LINES_READ_MAX + 1]:
        if not KEY.fullmatch(key):
            continue
        if f"{key}-section" in data:
            entry = _read_heading(data, key)
            section = entry.section
        else:
            entry = _read_row(data, key, free, defaults, draft_id)
            entry.section = section
            entry.is_chosen = key in ticked
        entries.append(entry)
    for entry in entries:
        if not entry.is_blank:
            clean_entry(entry, choices)
    _refuse_mixed_categories(entries)
    return entries


def _read_heading(data: QueryDict, key: str) -> LineEntry:
    entry = LineEntry(key=key, typed={"section": data.get(f"{key}-section", "")}, is_heading=True)
    entry.is_continued = bool(data.get(f"{key}-continued"))
    try:
        entry.section = _text(entry.typed["section"], SECTION_LENGTH, is_long=False)
    except ValidationError as error:
        entry.errors["section"] = f"{label_of('section')}: {' '.join(error.messages)}"
    return entry


def _read_row(
    data: QueryDict, key: str, free: dict[UUID, InvoiceLine], defaults: Mapping[str, str], draft_id: UUID | None
) -> LineEntry:
    """One row; a folded field that was not sent says what is stored."""
    line = free.pop(_uuid(data.get(f"{key}-id", "")), None)
    new_id = line_id_of(draft_id, key) if draft_id and NEW_KEY.fullmatch(key) else None
    if line is None and new_id is not None:
        line = free.pop(new_id, None)  # stored by an earlier sending of this very row
    if line is None:
        presumed: Mapping[str, str] = defaults
        entry = LineEntry(key=key, new_id=new_id, presumed=defaults)
    else:
        presumed = typed_line(line)
        entry = LineEntry(
            key=key, line_id=line.pk, new_id=new_id, presumed=presumed, locked=frozenset(line.locked_fields)
        )
        entry.source = line.source
    for name in TYPED:
        # A line that comes from elsewhere shows its source in place of its product number.
        is_kept = name in FOLDED or name == "product_number"
        entry.typed[name] = data.get(f"{key}-{name}", presumed.get(name, "") if is_kept else "")
    entry.typed |= {name: presumed[name] for name in TYPED if entry.is_locked(name)}
    entry.is_open = f"{key}-open" in data
    return entry


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return NO_LINE


def clean_entry(entry: LineEntry, choices: DraftChoices) -> None:
    """Understand or refuse each field of the row, and what the fields say together."""
    entry.cleaned, entry.errors = {}, {}
    for name, length_max in TEXT_LENGTHS.items():
        _keep(entry, name, lambda raw, most=length_max, is_long=name == "detail": _text(raw, most, is_long=is_long))
    for name, number in NUMBERS.items():
        _keep(entry, name, number.clean)
    for name, day in DAYS.items():
        _keep(entry, name, day.clean)
    _keep(entry, "unit_code", lambda raw: _one_of(raw or "NAR", UNITS))
    _keep(entry, "charge_kind", lambda raw: _one_of(raw or ChargeKind.CHARGEABLE.value, ChargeKind.values))
    _keep(entry, "vat_treatment", lambda raw: _one_of(raw, dict(choices.treatments)))
    _keep(entry, "revenue_account", lambda raw: _account(raw.strip() or choices.first_account, choices))
    cleaned = entry.cleaned
    for name in ("discount_percent", "discount_amount"):
        if name in cleaned:
            cleaned[name] = cleaned[name] or Decimal(0)
    cleaned["dimensions"] = {name: cleaned.pop(name) for name in DIMENSIONS if cleaned.get(name)}
    for name in DIMENSIONS:
        cleaned.pop(name, None)
    _refuse_together(entry)


def _keep(entry: LineEntry, name: str, clean: Any) -> None:
    try:
        entry.cleaned[name] = clean(entry.typed.get(name, ""))
    except ValidationError as error:
        entry.errors[name] = f"{label_of(name)}: {' '.join(error.messages)}"


def label_of(name: str) -> str:
    """What the field is called on the screen."""
    return str(LABELS.get(name) or word_for(InvoiceLine, name))


def _text(raw: str, length_max: int, *, is_long: bool) -> str:
    try:
        text = clean_text(raw) if is_long else clean_line(raw)
    except UnprintableText as refusal:
        raise ValidationError(
            _("There is a character that cannot be shown (%(character)s). Remove it.") % {"character": refusal}
        ) from refusal
    if len(text) > length_max:
        raise ValidationError(
            _("The text has %(length)s characters, and at most %(most)s fit. Shorten it.")
            % {"length": len(text), "most": length_max}
        )
    return text


def _one_of(raw: str, allowed: Iterable[str]) -> str:
    if raw not in allowed:
        raise ValidationError(_("Choose one of the list."))
    return raw


def _account(raw: str, choices: DraftChoices) -> str:
    if raw not in choices.accounts:
        raise ValidationError(_("There is no revenue account with that number. Choose one of the chart."))
    return raw


def _refuse_together(entry: LineEntry) -> None:
    cleaned, errors = entry.cleaned, entry.errors
    if not errors and not cleaned["description"]:
        errors["description"] = _("Description: say what was delivered.")
    start, end = cleaned.get("period_from"), cleaned.get("period_to")
    if "period_from" in cleaned and "period_to" in cleaned:
        if bool(start) != bool(end):
            errors["period_to" if start else "period_from"] = _(
                "A period needs its first and its last day. Fill in both."
            )
        elif start and end and end < start:
            errors["period_to"] = _("The period ends before it begins. Change one of the days.")
        elif start and cleaned.get("delivery_date"):
            errors["delivery_date"] = _("Delivery is a day or a period. Empty one of them.")
    treatment = cleaned.get("vat_treatment")
    if treatment and cleaned.get("vat_reason") and not rule_of(treatment).needs_reason:
        # EN 16931, BR-S-10 and BR-Z-10: no reason where VAT is charged or zero-rated.
        errors["vat_reason"] = _("Only a line without VAT has a reason. Empty it, or choose another VAT.")


def _refuse_mixed_categories(entries: Iterable[LineEntry]) -> None:
    """EN 16931, BR-O-11 to BR-O-14: a line outside VAT stands with no line of another category."""
    told = [entry for entry in entries if entry.cleaned.get("vat_treatment")]
    categories = {rule_of(entry.cleaned["vat_treatment"]).category for entry in told}
    if VatCategory.OUTSIDE not in categories or len(categories) == 1:
        return
    for entry in told:
        if rule_of(entry.cleaned["vat_treatment"]).category == VatCategory.OUTSIDE:
            entry.errors["vat_treatment"] = _(
                "VAT: a line outside VAT cannot stand with lines inside it. Choose exempt, or make two invoices."
            )
