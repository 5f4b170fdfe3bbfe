"""What may be typed, or stand in a file, about exchange rates."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.countries import CURRENCIES, currency_choices
from foundation.forms import DayField, NumberField
from foundation.text import PlainTextForm
from payments.models import Account, ExchangeRate
from tenants.models import Organization

FILE_BYTES_MAX = 1_000_000
FILE_ROWS_MAX = 5_000
REFUSED_ROWS_SHOWN = 10
COLUMNS = ("date", "currency", "rate", "source")
EARLIEST = date(1990, 1, 1)


class AccountForm(PlainTextForm, forms.Form):
    """An account of the chart; its number is typed once and then stays."""

    number = forms.CharField(
        label=gettext_lazy("Account number"),
        max_length=10,
        validators=[RegexValidator(r"^[1-9][0-9]{3,9}$", gettext_lazy("Write 4 to 10 digits, such as 3010."))],
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False)

    def __init__(self, *args: Any, account: Account | None = None, **options: Any) -> None:
        if account is not None:
            options["initial"] = {"name": account.name, "is_active": account.is_active}
        super().__init__(*args, **options)
        del self.fields["is_active" if account is None else "number"]


class ExchangeRateForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """One rate: units of the books' currency for one unit of another."""

    day = DayField(label=gettext_lazy("Date"))
    rate = NumberField(
        label=gettext_lazy("Rate"),
        min_value=Decimal("0.00000001"),
        max_value=Decimal(1_000_000),
        max_digits=18,
        decimal_places=8,
    )

    class Meta:
        model = ExchangeRate
        fields = ["currency", "day", "rate", "source"]

    def __init__(self, *args: Any, organization: Organization, today: date, **options: Any) -> None:
        self._today = today
        super().__init__(*args, **options)
        own = organization.base_currency
        choices = [choice for choice in currency_choices() if choice[0] != own]
        self.fields["currency"] = forms.ChoiceField(label=_("Currency"), choices=choices, initial="EUR")
        self.fields["rate"].help_text = _("%(own)s for one unit of the currency.") % {"own": own}
        self.fields["source"].help_text = _("Where the rate was read, such as Norges Bank.")
        self.fields["day"].initial = today
        self.order_fields(["currency", "day", "rate", "source"])

    def clean_day(self) -> date:
        """A day that has come, of the time that currencies here have a rate."""
        day: date = self.cleaned_data["day"]
        if not EARLIEST <= day <= self._today:
            raise ValidationError(_("Choose a day from 1990 to today: a rate is known once the day has come."))
        return day

    def rate_of(self, organization: Organization) -> ExchangeRate:
        """The rate as a row that the action writes."""
        return ExchangeRate(organization=organization, **{name: self.cleaned_data[name] for name in self.Meta.fields})


class ExchangeRateFileForm(forms.Form):
    """A CSV file with the columns date;currency;rate;source; nothing of it is taken unless all of it can be."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("Columns date;currency;rate;source, dates as 2026-11-20, at most 5,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def __init__(self, *args: Any, organization: Organization, today: date, **options: Any) -> None:
        self._organization, self._today = organization, today
        super().__init__(*args, **options)

    def clean_file(self) -> list[ExchangeRate]:
        """The rates of the file, each row checked as if it had been typed."""
        content = self.cleaned_data["file"].read(FILE_BYTES_MAX + 1)
        if len(content) > FILE_BYTES_MAX:
            raise ValidationError(_("The file is larger than 1 MB. Split it."))
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(_("The file is not text in UTF-8. Save it as CSV UTF-8.")) from error
        rates, refusals = self._read_rows(text)
        if refusals:
            raise ValidationError(refusals[:REFUSED_ROWS_SHOWN])
        if not rates:
            raise ValidationError(
                _("The file holds no rates. Its first row names the columns: date;currency;rate;source.")
            )
        return rates

    def _read_rows(self, text: str) -> tuple[list[ExchangeRate], list[str]]:
        try:
            rows = list(csv.reader(io.StringIO(text), delimiter=";", strict=True))
        except csv.Error as error:
            return [], [_("The file cannot be read as CSV: %(reason)s.") % {"reason": error}]
        if not rows or tuple(cell.strip().lower() for cell in rows[0]) != COLUMNS:
            return [], [_("The first row must name the columns: date;currency;rate;source.")]
        if len(rows) > FILE_ROWS_MAX + 1:
            return [], [_("The file has more than %(most)s rows. Split it.") % {"most": FILE_ROWS_MAX}]
        rates: list[ExchangeRate] = []
        refusals: list[str] = []
        for number, row in enumerate(rows[1:], start=2):
            if not any(cell.strip() for cell in row):
                continue
            rate, refusal = self._read_row(row)
            if rate is not None:
                rates.append(rate)
            else:
                refusals.append(_("Row %(number)s: %(refusal)s") % {"number": number, "refusal": refusal})
        return rates, refusals

    def _read_row(self, row: list[str]) -> tuple[ExchangeRate | None, str]:
        if len(row) != len(COLUMNS):
            return None, _("a row has four columns.")
        day, currency, rate, source = (cell.strip() for cell in row)
        if currency.upper() not in CURRENCIES:
            return None, _("%(currency)s is not a currency that documents are written in.") % {
                "currency": currency[:10]
            }
        form = ExchangeRateForm(
            {"day": day, "currency": currency.upper(), "rate": rate, "source": source},
            organization=self._organization,
            today=self._today,
        )
        if form.is_valid():
            return form.rate_of(self._organization), ""
        name, errors = next(iter(form.errors.items()))
        return None, f"{form[name].label if name in form.fields else name}: {errors[0]}"
