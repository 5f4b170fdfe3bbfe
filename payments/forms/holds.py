"""What is typed when a plan of instalments is agreed, and when a whole customer is held back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.forms import DayField, NumberField
from foundation.templatetags.formatting import format_for_input, language_of_page
from foundation.text import PlainTextForm
from payments.holds import REASON_LENGTH
from payments.instalments import INSTALMENTS_MAX, Parts
from payments.models import CustomerHoldKind

DAYS_AHEAD_MAX = 366
DAYS_TO_FIRST = 14
AMOUNT = NumberField(max_digits=18, decimal_places=2, min_value=Decimal("0.01"))


class ProposalForm(forms.Form):
    """Into how many parts, and when the first of them falls due."""

    count = forms.IntegerField(
        label=gettext_lazy("Instalments"),
        min_value=2,
        max_value=INSTALMENTS_MAX,
        widget=forms.NumberInput(attrs={"size": 4}),
    )
    first_day = DayField(label=gettext_lazy("First instalment due"))

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data or {"count": "3", "first_day": (today + timedelta(days=DAYS_TO_FIRST)).isoformat()})
        self._today = today

    def clean_first_day(self) -> date:
        """A day that is still to come."""
        day: date = self.cleaned_data["first_day"]
        if not self._today < day <= self._today + timedelta(days=DAYS_AHEAD_MAX):
            raise ValidationError(_("Choose a day within the coming year."))
        return day


class AgreementForm(PlainTextForm, forms.Form):
    """Why a claim is paid in parts."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        error_messages={"required": gettext_lazy("Say why nothing is asked for.")},
    )


@dataclass(slots=True)
class InstalmentRow:
    """One part as it is typed: its day, its amount, and what is wrong with it."""

    position: int
    typed_day: str
    typed_amount: str
    day: date | None = None
    amount: Decimal = Decimal(0)
    error: str = ""

    @property
    def day_name(self) -> str:
        """The name and id of the field of the day."""
        return f"day_{self.position}"

    @property
    def amount_name(self) -> str:
        """The name and id of the field of the amount."""
        return f"amount_{self.position}"


def proposed_rows(parts: Parts) -> list[InstalmentRow]:
    """The parts of a proposal, to be changed."""
    language = language_of_page()
    return [
        InstalmentRow(position, day.isoformat(), format_for_input(amount, language), day, amount)
        for position, (day, amount) in enumerate(parts, start=1)
    ]


def typed_rows(data: Mapping[str, str]) -> list[InstalmentRow]:
    """The parts as typed, as many as were sent; one that is left empty falls out."""
    rows = []
    for position in range(1, INSTALMENTS_MAX + 1):
        row = InstalmentRow(position, data.get(f"day_{position}", ""), data.get(f"amount_{position}", ""))
        if not row.typed_day and not row.typed_amount:
            continue
        try:
            row.day, row.amount = DayField().clean(row.typed_day), AMOUNT.clean(row.typed_amount)
        except ValidationError as error:
            row.error = " ".join(error.messages)
        rows.append(row)
    return rows


def parts_of(rows: Sequence[InstalmentRow]) -> list[tuple[date, Decimal]]:
    """The parts as the action takes them."""
    return [(row.day, row.amount) for row in rows if row.day is not None]


class CustomerHoldForm(PlainTextForm, forms.Form):
    """Why nothing is asked of a customer, and until when."""

    kind = forms.ChoiceField(label=gettext_lazy("Why it is held back"), choices=CustomerHoldKind.choices)
    until = DayField(
        label=gettext_lazy("Until"),
        required=False,
        help_text=gettext_lazy("The last day on which nothing is asked for. Empty: until somebody releases it."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say why nothing is asked for.")},
    )
