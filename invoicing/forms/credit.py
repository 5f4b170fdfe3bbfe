"""A credit note as typed: how much of each invoiced line, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from foundation.forms import NumberField
from foundation.templatetags.formatting import format_for_input, format_quantity, language_of_page
from foundation.text import PlainTextForm
from invoicing.forms.limits import NUMBER_ERRORS, QUANTITY_MAX
from invoicing.forms.lines import shortened
from invoicing.models import Invoice, InvoiceLine
from invoicing.wording import field_of

QUANTITY = NumberField(
    max_digits=18,
    decimal_places=6,
    min_value=-QUANTITY_MAX,
    max_value=QUANTITY_MAX,
    required=False,
    error_messages=NUMBER_ERRORS,
)


class CreditReasonForm(PlainTextForm, forms.Form):
    """Why it is credited: printed on the credit note."""

    credit_reason = forms.CharField(
        label=field_of(Invoice, "credit_reason").verbose_name,
        max_length=300,
    )


@dataclass(slots=True, kw_only=True)
class CreditRow:
    """One line of the invoice: what was invoiced, what is left, how much is to be credited."""

    line: InvoiceLine
    left: Decimal
    typed: str
    quantity: Decimal = Decimal(0)
    error: str = ""

    @property
    def name(self) -> str:
        """The name and id of the row's field."""
        return f"quantity_{self.line.pk}"

    @property
    def credited(self) -> Decimal:
        """How much finalized credit notes have taken back."""
        return self.line.quantity - self.left


def rows_of(
    lines: Sequence[InvoiceLine], left: Mapping[UUID, Decimal], chosen: Mapping[UUID, Decimal]
) -> list[CreditRow]:
    """The rows with the given quantities filled in."""
    return [
        CreditRow(
            line=line,
            left=left[line.pk],
            typed=_typed(chosen.get(line.pk, Decimal(0))),
            quantity=chosen.get(line.pk, Decimal(0)),
        )
        for line in lines
    ]


def read_rows(lines: Sequence[InvoiceLine], left: Mapping[UUID, Decimal], data: QueryDict) -> list[CreditRow]:
    """The rows as typed; refuses more than is left, or the other sign, at the field."""
    rows = []
    for line in lines:
        row = CreditRow(line=line, left=left[line.pk], typed=data.get(f"quantity_{line.pk}", ""))
        try:
            row.quantity = QUANTITY.clean(row.typed) or Decimal(0)
        except ValidationError as error:
            row.error = " ".join(error.messages)
        if row.quantity and (row.quantity * row.left <= 0 or abs(row.quantity) > abs(row.left)):
            rest = format_quantity(shortened(row.left), language_of_page())
            row.error = _("Only %(rest)s is left of this line. Lower the quantity.") % {"rest": rest}
        rows.append(row)
    return rows


def quantities_of(rows: Sequence[CreditRow]) -> dict[UUID, Decimal]:
    """The chosen quantities by line."""
    return {row.line.pk: row.quantity for row in rows if row.quantity}


def _typed(quantity: Decimal) -> str:
    return format_for_input(shortened(quantity), language_of_page()) if quantity else ""
