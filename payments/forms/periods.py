"""What is typed about closed periods and small differences."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy

from foundation.forms import DayField, NumberField
from foundation.text import PlainTextForm


class PeriodForm(PlainTextForm, forms.Form):
    """Through which day the books are closed; empty opens all of them."""

    locked_through = DayField(
        label=gettext_lazy("Closed through"),
        required=False,
        help_text=gettext_lazy("Nothing is posted on this day or before it. Empty: everything is open."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Needed when books that were closed are opened again."),
    )


class PaymentSettingsForm(forms.Form):
    """Up to which amount a rest is closed as a small difference."""

    small_difference_max = NumberField(
        label=gettext_lazy("Small difference"),
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=8,
        decimal_places=2,
        help_text=gettext_lazy(
            "A rest of this much or less may be closed when a payment is registered, and is booked as rounding. "
            "0 closes nothing."
        ),
    )
