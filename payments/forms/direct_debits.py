"""The total that somebody has looked at before a file of AvtaleGiro is made."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from foundation.forms import NumberField


class DirectDebitFileForm(forms.Form):
    """What the claims came to on the page."""

    total = NumberField(label=gettext_lazy("Total"), max_digits=18, decimal_places=2, widget=forms.HiddenInput)
