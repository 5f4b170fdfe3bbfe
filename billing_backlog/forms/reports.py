"""What a report on work may be asked for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from billing_backlog.reports.tables import WORK_REPORTS
from foundation.forms import DayField
from foundation.spreadsheets import FileFormat

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)
LIMITS = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
KEY_LENGTH_MAX = 80


class PeriodForm(forms.Form):
    """The days in the address; what is missing or cannot be is this year until today."""

    use_required_attribute = False

    first = DayField(label=_("From"), required=False, validators=LIMITS)
    last = DayField(label=_("Through"), required=False, validators=LIMITS)

    def clean(self) -> dict[str, Any]:
        """A period ends on or after the day on which it begins."""
        super().clean()
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", ValidationError(_("The last day comes before the first one.")))
        return self.cleaned_data

    def period(self, today: date) -> tuple[date, date]:
        """The days that are meant."""
        self.is_valid()
        last = self.cleaned_data.get("last") or max(today, self.cleaned_data.get("first") or today)
        return self.cleaned_data.get("first") or last.replace(month=1, day=1), last


class WorkExportForm(forms.Form):
    """Which report, which kind of file, and the key under which it is begun once."""

    report = forms.ChoiceField(choices=[(name, name) for name in WORK_REPORTS])
    file_format = forms.ChoiceField(choices=[(each.value, each.value) for each in (FileFormat.XLSX, FileFormat.CSV)])
    key = forms.CharField(max_length=KEY_LENGTH_MAX)
