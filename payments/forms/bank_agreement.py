"""The bank's papers for one account, and the refunds that a payment file pays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from foundation.forms import DayField, NumberField
from foundation.text import PlainTextForm
from payments.bank_files.pain001 import PainVersion
from payments.models import Account, BankAgreement
from payments.reference import KID_LENGTH_MAX, KID_LENGTH_MIN
from tenants.models import BankAccount

SOURCES = [
    ("", pgettext_lazy("source of payments", "The first file that is imported says it")),
    ("ocr", "OCR giro"),
    ("camt.054", "camt.054"),
    ("camt.053", "camt.053"),
    ("bgmax", "BGMAX"),
    ("csv", "CSV"),
]
ALGORITHMS = [("MOD10", "MOD10"), ("MOD11", "MOD11")]
FURTHER_KIDS = (1, 2)


class BankAgreementForm(PlainTextForm, forms.Form):
    """Where the account's money stands, which kind of file tells of it, and what the bank agreed to."""

    account = forms.ChoiceField(
        label=gettext_lazy("Account in the books"),
        help_text=gettext_lazy("Where payments to this bank account are booked."),
    )
    source_format = forms.ChoiceField(
        label=gettext_lazy("Payments come from"),
        choices=SOURCES,
        required=False,
        help_text=gettext_lazy("One kind of file per account: two that tell of the same money would count it twice."),
    )
    kid_length_1 = forms.IntegerField(
        label=gettext_lazy("Second KID, digits"), min_value=KID_LENGTH_MIN, max_value=KID_LENGTH_MAX, required=False
    )
    kid_algorithm_1 = forms.ChoiceField(
        label=gettext_lazy("Second KID, check digit"), choices=ALGORITHMS, required=False
    )
    kid_length_2 = forms.IntegerField(
        label=gettext_lazy("Third KID, digits"), min_value=KID_LENGTH_MIN, max_value=KID_LENGTH_MAX, required=False
    )
    kid_algorithm_2 = forms.ChoiceField(
        label=gettext_lazy("Third KID, check digit"), choices=ALGORITHMS, required=False
    )
    direct_debit_number = forms.RegexField(
        r"^[0-9]{9}$",
        label=gettext_lazy("AvtaleGiro agreement"),
        required=False,
        error_messages={"invalid": gettext_lazy("The agreement has nine digits.")},
    )
    customer_unit = forms.RegexField(
        r"^[0-9]{8}$",
        label=gettext_lazy("Customer unit at the bank"),
        required=False,
        help_text=gettext_lazy("The sender of files of AvtaleGiro, eight digits."),
        error_messages={"invalid": gettext_lazy("A customer unit has eight digits.")},
    )
    creditor_number = forms.RegexField(
        r"^8[0-9]{7}$",
        label=gettext_lazy("FIK creditor number"),
        required=False,
        error_messages={"invalid": gettext_lazy("A creditor number has eight digits and begins with 8.")},
    )

    def __init__(
        self,
        *args: Any,
        bank_account: BankAccount,
        agreement: BankAgreement | None,
        accounts: Sequence[Account],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._accounts = {str(account.pk): account for account in accounts}
        self._own_length = bank_account.kid_length
        chosen: Any = self.fields["account"]
        chosen.choices = [(key, str(account)) for key, account in self._accounts.items()]
        if agreement is not None:
            for name in ("source_format", "direct_debit_number", "customer_unit", "creditor_number"):
                self.fields[name].initial = getattr(agreement, name)
            chosen.initial = str(agreement.account_id)
            for place, (length, algorithm) in zip(FURTHER_KIDS, agreement.further_kids, strict=False):
                self.fields[f"kid_length_{place}"].initial = length
                self.fields[f"kid_algorithm_{place}"].initial = algorithm

    def clean(self) -> dict[str, Any]:
        """Each KID of an account has another length: that is how the bank tells them apart."""
        data: dict[str, Any] = super().clean() or {}
        lengths = [self._own_length, *(data.get(f"kid_length_{place}") for place in FURTHER_KIDS)]
        told = [length for length in lengths if length]
        if len(set(told)) != len(told):
            raise ValidationError(_("Each KID of the account has another length. Write different numbers of digits."))
        return data

    def values(self) -> dict[str, Any]:
        """What was written, by the names that the action takes it under."""
        data = self.cleaned_data
        return {
            "account": self._accounts[data["account"]],
            "source_format": data["source_format"],
            "creditor_number": data["creditor_number"],
            "direct_debit_number": data["direct_debit_number"],
            "customer_unit": data["customer_unit"],
            "further_kids": [
                (data[f"kid_length_{place}"], data[f"kid_algorithm_{place}"])
                for place in FURTHER_KIDS
                if data[f"kid_length_{place}"]
            ],
        }


class RefundFileForm(forms.Form):
    """From which account refunds are paid, when, and the total that stood on the page."""

    bank_account = forms.ChoiceField(label=gettext_lazy("Pay from"))
    pay_on = DayField(label=gettext_lazy("Pay on"))
    version = forms.ChoiceField(
        label=gettext_lazy("Version of the file"),
        choices=[(PainVersion.V09.value, "pain.001.001.09"), (PainVersion.V03.value, "pain.001.001.03")],
    )
    total = NumberField(max_digits=18, decimal_places=2, widget=forms.HiddenInput)

    def __init__(self, *args: Any, accounts: Sequence[BankAccount], today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self._accounts = {str(account.pk): account for account in accounts}
        chosen: Any = self.fields["bank_account"]
        chosen.choices = [(key, str(account)) for key, account in self._accounts.items()]
        self.fields["pay_on"].initial = today

    @property
    def account(self) -> BankAccount:
        """The account that was chosen."""
        return self._accounts[self.cleaned_data["bank_account"]]
