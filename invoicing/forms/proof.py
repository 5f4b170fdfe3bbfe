"""The period that is to be proven."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.forms import DayField


class PeriodForm(forms.Form):
    """Two days, both included; the key makes of two submissions one job."""

    first_day = DayField(label=_("From"), help_text=_("The first invoice date of the period."))
    last_day = DayField(label=_("To"), help_text=_("The last invoice date of the period."))
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
