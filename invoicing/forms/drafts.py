"""The head of a draft as typed: dates, references, delivery, currency, discount, texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.countries import country_choices, currency_choices
from foundation.forms import NumberField
from foundation.text import PlainTextForm
from invoicing.forms.limits import NUMBER_ERRORS, PRICE_MAX, day_field
from invoicing.forms.lines import LineEntry, entries_of, heading_entry, stored_entry
from invoicing.forms.windows import Window
from invoicing.models import Invoice
from invoicing.wording import field_of

DUE_DAYS_MAX = 365
DAY_NAMES = ("issue_date", "due_date", "accounting_date", "delivery_date", "period_from", "period_to")


def _word(name: str) -> Any:
    return field_of(Invoice, name).verbose_name


def _line(name: str) -> forms.CharField:
    return forms.CharField(label=_word(name), required=False, max_length=field_of(Invoice, name).max_length)


def _text(name: str, rows: int) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=_word(name), required=False, max_length=5000, widget=widget)


class DraftForm(PlainTextForm, forms.Form):
    """What stands on a draft once; lines stand beside it."""

    issue_date = day_field(label=_word("issue_date"))
    due_date = day_field(label=_word("due_date"))
    payment_terms_days = forms.IntegerField(label=_word("payment_terms_days"), min_value=0, max_value=DUE_DAYS_MAX)
    delivery_date = day_field(label=_word("delivery_date"))
    period_from = day_field(label=_word("period_from"))
    period_to = day_field(label=_word("period_to"))
    accounting_date = day_field(label=_word("accounting_date"))
    buyer_reference = _line("buyer_reference")
    our_reference = _line("our_reference")
    order_reference = _line("order_reference")
    contract_reference = _line("contract_reference")
    project_reference = _line("project_reference")
    delivery_name = _line("delivery_name")
    delivery_street = _line("delivery_street")
    delivery_postal_code = _line("delivery_postal_code")
    delivery_city = _line("delivery_city")
    delivery_country = forms.ChoiceField(label=_word("delivery_country"), required=False)
    currency = forms.ChoiceField(label=_word("currency"))
    fixed_exchange_rate = NumberField(
        label=gettext_lazy("Agreed exchange rate"),
        required=False,
        min_value=Decimal("0.00000001"),
        max_value=PRICE_MAX,
        max_digits=18,
        decimal_places=8,
        error_messages=NUMBER_ERRORS,
    )
    language = forms.ChoiceField(label=_word("language"), choices=settings.DOCUMENT_LANGUAGES)
    prices_include_vat = forms.BooleanField(label=_word("prices_include_vat"), required=False)
    discount_percent = NumberField(
        label=_word("discount_percent"),
        required=False,
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
        error_messages=NUMBER_ERRORS,
    )
    discount_amount = NumberField(
        label=_word("discount_amount"),
        required=False,
        min_value=0,
        max_value=PRICE_MAX,
        max_digits=16,
        decimal_places=2,
        error_messages=NUMBER_ERRORS,
    )
    discount_reason = _line("discount_reason")
    note = _text("note", 3)
    internal_note = _text("internal_note", 2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country, currency = self.fields["delivery_country"], self.fields["currency"]
        assert isinstance(country, forms.ChoiceField)
        assert isinstance(currency, forms.ChoiceField)
        country.choices = [("", ""), *country_choices()]
        currency.choices = currency_choices()

    def clean(self) -> dict[str, Any]:
        """Refuse what the fields say against each other, at the field that is easiest to mend."""
        cleaned = super().clean() or {}
        start, end = cleaned.get("period_from"), cleaned.get("period_to")
        if bool(start) != bool(end) and not self.errors.keys() & {"period_from", "period_to"}:
            self.add_error("period_to" if start else "period_from", _("A period needs its first and its last day."))
        elif start and end and end < start:
            self.add_error("period_to", _("The period ends before it begins. Change one of the days."))
        elif start and cleaned.get("delivery_date"):
            self.add_error("delivery_date", _("Delivery is a day or a period. Empty one of them."))
        issued, due = cleaned.get("issue_date"), cleaned.get("due_date")
        if issued and due and due < issued:
            self.add_error("due_date", _("The due date lies before the invoice date. Choose a later day."))
        if cleaned.get("discount_percent") and cleaned.get("discount_amount"):
            self.add_error("discount_amount", _("A discount is a percentage or an amount. Empty one of them."))
        for name in ("discount_percent", "discount_amount"):
            if name in cleaned:
                cleaned[name] = cleaned[name] or Decimal(0)
        return cleaned

    def header(self, stored: Invoice | None = None) -> dict[str, Any]:
        """What an action stores; a new invoice date drops a due date that was typed for the old one."""
        header = dict(self.cleaned_data)
        due = header["due_date"]
        is_left_over = stored is not None and stored.has_own_due_date and due == stored.due_date
        if stored is not None and is_left_over and header["issue_date"] != stored.issue_date:
            header["due_date"] = due = None
        return header | {"has_own_due_date": due is not None}


def initial_of(invoice: Invoice) -> dict[str, Any]:
    """The fields of a stored draft; a due date that is only counted is left to be counted."""
    initial = {name: getattr(invoice, name) for name in DraftForm.base_fields}
    if not invoice.has_own_due_date:
        initial["due_date"] = None
    for name in ("discount_percent", "discount_amount", "fixed_exchange_rate"):
        initial[name] = _without_zeros(initial[name])
    return initial


def _without_zeros(value: Decimal | None) -> Decimal | None:
    return Decimal(format(value.normalize(), "f")) if value else None


@dataclass(slots=True)
class TypedDraft:
    """The whole of a draft as typed: its head and its lines."""

    form: DraftForm
    entries: list[LineEntry] = field(default_factory=list)
    window: Window = field(default_factory=Window)

    @property
    def told(self) -> list[LineEntry]:
        """The rows that say something."""
        return [entry for entry in self.entries if not entry.is_blank]

    @property
    def refused(self) -> list[tuple[str, str]]:
        """What must be mended in the lines: the id of the field and the sentence."""
        return [
            (f"{entry.key}-{name}", f"{position}. {sentence}")
            for position, entry in self._numbered()
            for name, sentence in entry.errors.items()
        ]

    def is_valid(self) -> bool:
        """Whether everything was understood."""
        return self.form.is_valid() and not any(entry.errors for entry in self.entries)

    def contents(self) -> list[dict[str, Any]]:
        """What an action stores of the lines; those that the form does not show stay as they are."""
        return [
            *({"id": line.pk} for line in self.window.before),
            *(entry.content() for entry in self.told),
            *({"id": line.pk} for line in self.window.after),
        ]

    def _numbered(self) -> list[tuple[int, LineEntry]]:
        """The rows with the number of their line; a heading has that of the line below it."""
        position, numbered = len(self.window.before) + 1, []
        for entry in self.entries:
            numbered.append((position, entry))
            position += not entry.is_heading
        return numbered


def reach_over(typed: TypedDraft, wish: str) -> bool:
    """Take the neighbour on the next page of lines into the form, when a row at its edge is to be moved past it.

    Says whether it did; nothing is stored, and the move itself is a rework like any other.
    """
    verb, _mark, key = wish.partition(":")
    step = {"up": -1, "down": 1}.get(verb)
    at = next((index for index, entry in enumerate(typed.entries) if entry.key == key), None)
    if step is None or at is None:
        return False
    if step < 0 and typed.window.before and all(entry.is_continued for entry in typed.entries[:at]):
        _take_in_before(typed)
    elif step > 0 and typed.window.after and at == len(typed.entries) - 1:
        _take_in_after(typed)
    else:
        return False
    return True


def _take_in_before(typed: TypedDraft) -> None:
    typed.window = typed.window.wider(-1)
    neighbour = typed.window.shown[0]
    taken = entries_of([neighbour], section_before=typed.window.section_before)
    rest = typed.entries[1:] if typed.entries[0].is_continued else typed.entries
    if rest[0].section != neighbour.section and not rest[0].is_heading:
        taken.append(heading_entry(rest[0].section))
    typed.entries = [*taken, *rest]


def _take_in_after(typed: TypedDraft) -> None:
    typed.window = typed.window.wider(1)
    neighbour = typed.window.shown[-1]
    if neighbour.section != typed.entries[-1].section:
        typed.entries.append(heading_entry(neighbour.section))
    typed.entries.append(stored_entry(neighbour))


def rework(entries: Iterable[LineEntry], wish: str, blank: LineEntry) -> list[LineEntry]:
    """The rows as a button without script asks: "add", "section:key", "remove:key", "up:key"."""
    verb, _mark, key = wish.partition(":")
    if verb == "more":
        return [turned(entry) if entry.key == key else entry for entry in entries]
    rows = [entry for entry in entries if not (verb == "remove" and entry.key == key)]
    if verb == "add":
        return [*rows, blank]
    if verb == "section" and not key:
        return [*rows, heading_entry(), blank]
    at = next((index for index, entry in enumerate(rows) if entry.key == key), None)
    if verb == "section" and at is not None:
        return [*rows[:at], heading_entry(), *rows[at:]]
    to = None if at is None else at + {"up": -1, "down": 1}.get(verb, 0)
    if at is not None and to is not None and 0 <= to < len(rows):
        rows.insert(to, rows.pop(at))
    return rows


def turned(entry: LineEntry) -> LineEntry:
    """The row with its folded fields shown, or hidden again."""
    entry.is_open = not entry.is_open
    return entry
