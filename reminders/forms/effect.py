"""What may be asked about the effect of reminders: over how many days, and with which plan instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.spreadsheets import FileFormat
from reminders.queries.effect import SPANS
from reminders.queries.trying import Candidate

FORMATS = (FileFormat.XLSX, FileFormat.CSV)
KEY_LENGTH_MAX = 80
REPORTS = ("effect", "simulation")


class SpanForm(forms.Form):
    """How far back somebody looks; what cannot be is the shortest."""

    use_required_attribute = False

    days = forms.TypedChoiceField(
        label=_("Period"),
        choices=[(SPANS[0], _("Last 90 days")), (SPANS[1], _("Last 12 months"))],
        coerce=int,
        required=False,
        empty_value=str(SPANS[0]),
    )

    def span(self) -> int:
        """The days that are meant."""
        return int(self.cleaned_data["days"]) if self.is_valid() else SPANS[0]


class TryForm(forms.Form):
    """Which plan is tried on the claims of the last year."""

    use_required_attribute = False

    def __init__(self, *args: Any, candidates: Sequence[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"] = forms.ChoiceField(label=_("Plan"), choices=[(each.key, each.name) for each in candidates])


class EffectExportForm(forms.Form):
    """Which table, which kind of file, and the key under which it is begun once."""

    report = forms.ChoiceField(choices=[(name, name) for name in REPORTS])
    file_format = forms.ChoiceField(choices=[(each.value, each.value) for each in FORMATS])
    plan = forms.CharField(max_length=KEY_LENGTH_MAX, required=False)
    key = forms.CharField(max_length=KEY_LENGTH_MAX)
