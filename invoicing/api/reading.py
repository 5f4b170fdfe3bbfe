"""What a program has sent as the draft's form would hold it, so that one set of rules reads both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from customers.models import Customer, CustomerKind
from foundation.api.fields import invalid
from foundation.templatetags.formatting import format_for_input, language_of_page
from invoicing.api.schemas import HeaderFields, LineFields
from invoicing.drafting.choices import DraftChoices, draft_choices
from invoicing.drafting.surroundings import surroundings
from invoicing.forms.drafts import DraftForm, TypedDraft, initial_of
from invoicing.forms.lines import LineEntry, clean_entry, read_lines, typed_line
from invoicing.forms.products import take_products
from invoicing.models import Invoice, InvoiceLine, TextPlace
from invoicing.texts import texts_at
from tenants.models import Organization

SENT_NAMES = frozenset(LineFields.model_fields) - {"id", "section"}


@dataclass(slots=True, kw_only=True)
class DraftRead:
    """A draft as it was sent, read by the rules of the form."""

    customer: Customer
    typed: TypedDraft
    invoice: Invoice | None = None

    def header(self) -> dict[str, Any]:
        """What an action stores of the head."""
        return self.typed.form.header(self.invoice)

    def refuse_invalid(self) -> None:
        """Raise what does not fit, field by field."""
        form = self.typed.form
        errors = [(field, str(message)) for field, messages in form.errors.items() for message in messages]
        rows = [entry for entry in self.typed.entries if not entry.is_heading]
        for place, entry in enumerate(rows):
            if entry.is_blank:
                errors.append((f"lines.{place}.description", _("Description: say what was delivered.")))
            errors += [(f"lines.{place}.{name}", sentence) for name, sentence in entry.errors.items()]
        if errors:
            raise invalid(errors)


def read_new_draft(
    organization: Organization, customer: Customer, header: HeaderFields, lines: Sequence[LineFields], *, today: date
) -> DraftRead:
    """A new draft for the customer, with the customer's terms where nothing else is sent."""
    terms = customer.payment_terms_days
    usual = {
        "payment_terms_days": organization.payment_terms_days if terms is None else terms,
        "currency": customer.currency,
        "language": customer.language,
        "buyer_reference": customer.buyer_reference,
        "prices_include_vat": customer.kind == CustomerKind.CONSUMER,
        "note": texts_at(organization, TextPlace.INVOICE_NOTE).get(customer.language, ""),
    }
    typed = _read(customer, {**usual, **_said(header)}, lines, (), today)
    return DraftRead(customer=customer, typed=typed)


def read_changed_draft(
    stored: tuple[Invoice, list[InvoiceLine]],
    header: HeaderFields,
    lines: Sequence[LineFields] | None,
    *,
    today: date,
) -> DraftRead:
    """A stored draft with what is sent in the place of what stands there."""
    invoice, standing = stored
    emptied = {name: None for name in header.model_fields_set if getattr(header, name) is None}
    data = {**initial_of(invoice), **{name: emptied[name] for name in emptied if name in DraftForm.base_fields}}
    kept = [LineFields(id=line.pk, section=line.section) for line in standing] if lines is None else lines
    typed = _read(invoice.customer, {**data, **_said(header)}, kept, standing, today)
    return DraftRead(customer=invoice.customer, typed=typed, invoice=invoice)


def _said(header: HeaderFields) -> dict[str, Any]:
    said = header.model_dump(include=set(HeaderFields.model_fields))
    return {name: value for name, value in said.items() if value is not None}


def _read(
    customer: Customer,
    header: dict[str, Any],
    lines: Sequence[LineFields],
    standing: Sequence[InvoiceLine],
    today: date,
) -> TypedDraft:
    organization = customer.organization
    currencies = sorted({customer.currency, str(header["currency"])})
    around = surroundings(organization, currencies=currencies, today=today, with_footers=False)
    choices = draft_choices(organization, around)
    stored = {line.pk: line for line in standing}
    _refuse_unknown_lines(lines, stored)
    entries = read_lines(_as_form(lines, stored, customer, choices), stored, choices)
    typed = TypedDraft(DraftForm(header), entries)
    typed.form.is_valid()
    take_products(organization, typed, choices, standing)
    _say_again(typed, lines, choices)
    return typed


def _refuse_unknown_lines(lines: Sequence[LineFields], stored: dict[UUID, InvoiceLine]) -> None:
    seen: set[UUID] = set()
    for place, line in enumerate(lines):
        if line.id is not None and (line.id not in stored or line.id in seen):
            raise invalid([(f"lines.{place}.id", _("This line does not stand on the draft, or is sent twice."))])
        seen |= {line.id} if line.id else set()


def _as_form(
    lines: Sequence[LineFields], stored: dict[UUID, InvoiceLine], customer: Customer, choices: DraftChoices
) -> QueryDict:
    data = QueryDict(mutable=True)
    section = ""
    for place, line in enumerate(lines):
        if line.section != section:
            section = line.section
            data.appendlist("line", f"s{place}")
            data[f"s{place}-section"] = section
        key = f"l{place}"
        data.appendlist("line", key)
        for name, value in _typed_line(line, stored, customer, choices).items():
            data[f"{key}-{name}"] = value
        if line.id is not None:
            data[f"{key}-id"] = str(line.id)
    return data


def _typed_line(
    line: LineFields, stored: dict[UUID, InvoiceLine], customer: Customer, choices: DraftChoices
) -> dict[str, str]:
    """The line as somebody would type it in the language of the call."""
    usual = {"quantity": "1", "unit_code": "NAR", "vat_treatment": customer.vat_treatment or choices.first_treatment}
    typed = usual if line.id is None else typed_line(stored[line.id])
    return {**typed, **_typed_values(line)}


def _typed_values(line: LineFields) -> dict[str, str]:
    language = language_of_page()
    values = line.model_dump(include=line.model_fields_set & SENT_NAMES)
    return {name: _typed(value, language) for name, value in values.items()}


def _typed(value: Any, language: str) -> str:
    if isinstance(value, Decimal):
        return format_for_input(value, language)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _say_again(typed: TypedDraft, lines: Sequence[LineFields], choices: DraftChoices) -> None:
    """A product fills the whole of a row; what was sent beside its number stands all the same."""
    rows: list[LineEntry] = [entry for entry in typed.entries if not entry.is_heading]
    for entry, line in zip(rows, lines, strict=True):
        said = _typed_values(line)
        if all(entry.typed.get(name, "") == value or entry.is_locked(name) for name, value in said.items()):
            continue
        product: dict[str, Any] = {
            name: entry.cleaned[name] for name in ("product_id", "gtin") if name in entry.cleaned
        }
        entry.typed |= {name: value for name, value in said.items() if not entry.is_locked(name)}
        clean_entry(entry, choices)
        entry.cleaned |= product
