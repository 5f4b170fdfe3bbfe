"""Which month of which connection is to be compared."""

from __future__ import annotations

from django import forms


class MonthForm(forms.Form):
    """A month of a connection; whoever says nothing means this month of the only connection."""

    connection = forms.UUIDField(required=False)
    month = forms.DateField(input_formats=["%Y-%m"], required=False)
