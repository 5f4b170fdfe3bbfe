"""What a report may be asked for: days, a customer, an account, an age, a code."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from foundation.forms import DayField
from foundation.spreadsheets import FileFormat
from foundation.text import PlainTextForm
from payments.models import PaymentMethod
from payments.reports.asked import Asked, this_year
from payments.reports.posted import NO_CODE
from payments.reports.tables import TABLES
from payments.reports.vat_codes import STANDARD_CODES
from payments.reports.words import AGE_LABELS, SIDE_LABELS

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)
FORMATS = (FileFormat.XLSX, FileFormat.CSV)
KEY_LENGTH_MAX = 80


def _day_field(label: Any, *, required: bool = False) -> DayField:
    limits = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    return DayField(label=label, required=required, validators=limits)


class ReportForm(forms.Form):
    """The question in an address; what is missing or cannot be is answered as of today and for this year."""

    use_required_attribute = False

    day = _day_field(_("As of"))
    first = _day_field(_("From"))
    last = _day_field(_("Through"))
    customer = forms.UUIDField(required=False, widget=forms.HiddenInput)
    account = forms.UUIDField(required=False, widget=forms.HiddenInput)
    age = forms.ChoiceField(label=_("Age"), required=False, choices=[("", _("All ages")), *AGE_LABELS.items()])
    currency = forms.RegexField(r"^[A-Z]{3}$", label=_("Currency"), required=False, widget=forms.HiddenInput)
    vat_code = forms.ChoiceField(
        label=_("VAT code"),
        required=False,
        choices=[("", ""), (NO_CODE, ""), *((code, code) for code in STANDARD_CODES)],
        widget=forms.HiddenInput,
    )
    side = forms.ChoiceField(required=False, choices=[("", ""), *SIDE_LABELS.items()], widget=forms.HiddenInput)
    method = forms.ChoiceField(
        label=_("Method"), required=False, choices=[("", _("All methods")), *PaymentMethod.choices]
    )

    def clean(self) -> dict[str, Any]:
        """A period ends on or after the day on which it begins."""
        super().clean()
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", ValidationError(_("The last day comes before the first one.")))
        return self.cleaned_data

    def asked(self, today: date) -> Asked:
        """The question; days that cannot be are those of this year."""
        self.is_valid()
        said, usual = self.cleaned_data, this_year(today)
        last = said.get("last") or max(usual.last, said.get("first") or usual.last)
        first = said.get("first") or last.replace(month=1, day=1)
        return Asked(
            day=said.get("day") or usual.day,
            first=first,
            last=last,
            customer_id=said.get("customer"),
            account_id=said.get("account"),
            age=said.get("age", ""),
            currency=said.get("currency", ""),
            vat_code=said.get("vat_code", ""),
            side=said.get("side", ""),
            method=said.get("method", ""),
        )

    def parameters(self) -> dict[str, str]:
        """What was asked for, as it stands in an address."""
        self.is_valid()
        return {
            name: value.isoformat() if isinstance(value, date) else str(value)
            for name, value in self.cleaned_data.items()
            if value
        }


def initial_of(asked: Asked) -> dict[str, Any]:
    """The question as the fields of a fresh form show it."""
    return {
        "day": asked.day,
        "first": asked.first,
        "last": asked.last,
        "customer": asked.customer_id,
        "account": asked.account_id,
        "age": asked.age,
        "currency": asked.currency,
        "vat_code": asked.vat_code,
        "side": asked.side,
        "method": asked.method,
    }


class ExportForm(PlainTextForm, forms.Form):
    """Which report becomes which kind of file."""

    report = forms.ChoiceField(choices=[(name, name) for name in TABLES])
    file_format = forms.ChoiceField(choices=[(each.value, each.value) for each in FORMATS])
    key = forms.CharField(max_length=KEY_LENGTH_MAX)


class SaftForm(forms.Form):
    """The days of a SAF-T file."""

    use_required_attribute = False

    first = _day_field(_("From"), required=True)
    last = _day_field(_("Through"), required=True)
    key = forms.CharField(max_length=KEY_LENGTH_MAX, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """A period ends on or after the day on which it begins."""
        super().clean()
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", ValidationError(_("The last day comes before the first one.")))
        return self.cleaned_data
