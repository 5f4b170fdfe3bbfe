"""What is said when a voucher is repaired."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.forms import DayField

REASON_MAX = 300


class WhyForm(forms.Form):
    """A reason, for whoever reads the books later."""

    why = forms.CharField(label=_("Why"), max_length=REASON_MAX)


class DayForm(forms.Form):
    """The day of an open period."""

    day = DayField(label=_("Book on"))


class RemoteNumberForm(forms.Form):
    """What the voucher is called there."""

    number = forms.CharField(label=_("Its number there"), max_length=60)
