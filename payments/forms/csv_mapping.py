"""Which column of a bank's CSV file is which, as a person chooses it from the file's own header."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from payments.bank_files.csv_file import CsvField, SignRule
from payments.bank_files.csv_file import CsvMapping as Columns
from tenants.models import BankAccount

LABELS: dict[CsvField, Any] = {
    CsvField.DAY: gettext_lazy("Booked on"),
    CsvField.VALUE_DAY: gettext_lazy("Value date"),
    CsvField.AMOUNT: gettext_lazy("Amount with its sign"),
    CsvField.AMOUNT_IN: gettext_lazy("Money in"),
    CsvField.AMOUNT_OUT: gettext_lazy("Money out"),
    CsvField.CURRENCY: gettext_lazy("Currency"),
    CsvField.ACCOUNT: gettext_lazy("Own account"),
    CsvField.REFERENCE: gettext_lazy("KID or other reference"),
    CsvField.TEXT: gettext_lazy("Message"),
    CsvField.PAYER_NAME: gettext_lazy("Payer"),
    CsvField.PAYER_ACCOUNT: gettext_lazy("Payer’s account"),
    CsvField.ARCHIVE_REFERENCE: gettext_lazy("The bank’s own reference"),
}
DATE_FORMATS = [
    ("%d.%m.%Y", "31.12.2026"),
    ("%Y-%m-%d", "2026-12-31"),
    ("%d/%m/%Y", "31/12/2026"),
    ("%d-%m-%Y", "31-12-2026"),
    ("%Y%m%d", "20261231"),
    ("%d.%m.%y", "31.12.26"),
    ("%Y/%m/%d", "2026/12/31"),
    ("%Y.%m.%d", "2026.12.31"),
]
NOWHERE = pgettext_lazy("column of a file", "not in the file")


class CsvMappingForm(forms.Form):
    """One choice per meaning, and how days and amounts are written."""

    account = forms.ChoiceField(label=gettext_lazy("Bank account"))
    date_format = forms.ChoiceField(label=gettext_lazy("Dates are written as"), choices=DATE_FORMATS)
    decimal_mark = forms.ChoiceField(
        label=gettext_lazy("Amounts are written as"), choices=[(",", "1 250,50"), (".", "1,250.50")]
    )

    def __init__(
        self,
        *args: Any,
        header: Sequence[str],
        accounts: Sequence[BankAccount],
        guessed: Columns | None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._accounts = {str(account.pk): account for account in accounts}
        self._guessed = guessed
        own: Any = self.fields["account"]
        own.choices = [(key, str(account)) for key, account in self._accounts.items()]
        choices = [("", NOWHERE), *((name, name) for name in dict.fromkeys(header) if name)]
        for meaning, label in LABELS.items():
            field = forms.ChoiceField(label=label, choices=choices, required=meaning == CsvField.DAY)
            field.initial = guessed.columns.get(meaning, "") if guessed else ""
            self.fields[f"column_{meaning.value}"] = field
        if guessed is not None:
            self.fields["date_format"].initial = guessed.date_format
            self.fields["decimal_mark"].initial = guessed.decimal_mark

    def clean(self) -> dict[str, Any]:
        """Amounts stand in one column with a sign, or in two."""
        data: dict[str, Any] = super().clean() or {}
        has_amount = bool(data.get("column_amount"))
        has_both = bool(data.get("column_amount_in") and data.get("column_amount_out"))
        if not has_amount and not has_both:
            self.add_error("column_amount", _("Choose the column of the amount, or one for money in and one for out."))
        return data

    @property
    def bank_account(self) -> BankAccount:
        """The account that was chosen."""
        return self._accounts[self.cleaned_data["account"]]

    def columns(self) -> Columns:
        """What was chosen, as the reader takes it."""
        data = self.cleaned_data
        chosen = {meaning: data[f"column_{meaning.value}"] for meaning in LABELS if data[f"column_{meaning.value}"]}
        sign_rule = SignRule.SIGNED if CsvField.AMOUNT in chosen else SignRule.IN_AND_OUT
        account = self.bank_account
        return Columns(
            columns=chosen,
            delimiter=self._guessed.delimiter if self._guessed else ";",
            encoding=self._guessed.encoding if self._guessed else "utf-8",
            decimal_mark=data["decimal_mark"],
            date_format=data["date_format"],
            sign_rule=sign_rule,
            header_line=self._guessed.header_line if self._guessed else 1,
            account=account.account_number or account.iban,
            currency=account.currency,
        )
