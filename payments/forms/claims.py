"""What is typed when a claim is given up, held back or asked for again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.forms import DayField, NumberField
from foundation.text import PlainTextForm
from payments.claim_queries import OpenClaim
from payments.forms.payments import amount_field, day_that_has_come
from payments.holds import REASON_LENGTH
from payments.models import HoldKind


class LossForm(PlainTextForm, forms.Form):
    """Why a claim is lost, how much of it, and whether the law lets its VAT come back."""

    amount = amount_field(gettext_lazy("Amount given up"))
    ground = forms.ChoiceField(
        label=gettext_lazy("Why it is lost"),
        widget=forms.RadioSelect,
    )
    takes_vat_back = forms.BooleanField(label=gettext_lazy("Take the output VAT back in proportion"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("In your own words"),
        max_length=300,
        error_messages={"required": gettext_lazy("Say why the claim is given up. The auditor will ask.")},
    )
    day = DayField(label=gettext_lazy("Booked on"))

    def __init__(
        self, *args: Any, wanted: OpenClaim, grounds: Sequence[tuple[str, Any]], today: date, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._today = today
        self.fields["ground"].choices = list(grounds)  # type: ignore[attr-defined]
        self.fields["ground"].initial = grounds[-1][0]
        self.fields["amount"].initial = wanted.open if wanted.open > 0 else None
        self.fields["day"].initial = today
        self.fields["takes_vat_back"].help_text = _(
            "VAT act § 4-7 with regulation § 4-7-1: the claim must be lost by one of the first three grounds. The "
            "paper that shows it (reminders, report of the enforcement, notice of the estate) must be kept."
        )

    def clean_day(self) -> date:
        """A day that has come."""
        return day_that_has_come(self.cleaned_data["day"], self._today)


class HoldForm(PlainTextForm, forms.Form):
    """Why a claim is not pressed, how much of it, and until when."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Why it is held back"),
        # A plan of instalments has a page of its own, where its parts are agreed.
        choices=[choice for choice in HoldKind.choices if choice[0] not in {HoldKind.REJECTED, HoldKind.INSTALMENTS}],
        initial=HoldKind.DISPUTE,
    )
    amount = NumberField(
        label=gettext_lazy("Only this amount"),
        min_value=Decimal("0.01"),
        max_digits=18,
        decimal_places=2,
        required=False,
        help_text=gettext_lazy("Empty: the whole claim. For one line, its amount with VAT."),
    )
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

    def clean(self) -> dict[str, Any]:
        """A promise has a day."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("kind") == HoldKind.PROMISE and not said.get("until") and "until" not in self.errors:
            self.add_error("until", _("Write the day by which payment was promised."))
        return said


class ReleaseForm(PlainTextForm, forms.Form):
    """Why a claim is asked for again."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        error_messages={"required": gettext_lazy("Say why the claim is asked for again.")},
    )


class WaiveForm(PlainTextForm, forms.Form):
    """Why a fee or interest is not asked for any more."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        error_messages={"required": gettext_lazy("Say why this is not asked for any more.")},
    )
