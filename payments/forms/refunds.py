"""What is typed when money goes back to a payer."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.forms import DayField
from foundation.ids import uuid7
from foundation.text import PlainTextForm
from payments.forms.payments import amount_field, day_that_has_come
from payments.models import Account, Payment, PaymentSource, RefundChannel


class RefundForm(PlainTextForm, forms.Form):
    """How much is paid back, how, to whom and why; never more than the unused rest."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    amount = amount_field(gettext_lazy("Amount to pay back"))
    channel = forms.ChoiceField(label=gettext_lazy("How it goes back"), widget=forms.RadioSelect)
    payee_name = forms.CharField(label=gettext_lazy("Paid to"), max_length=140, required=False)
    payee_account = forms.CharField(label=gettext_lazy("Their account"), max_length=40, required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        error_messages={"required": gettext_lazy("Say why the money is paid back.")},
    )
    day = DayField(label=gettext_lazy("Paid out on"))

    def __init__(self, *args: Any, payment: Payment, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self._today = today
        is_online = payment.source == PaymentSource.ONLINE
        channels = [RefundChannel.BY_HAND, RefundChannel.BANK_FILE]
        offered = [RefundChannel.PROVIDER, *channels] if is_online else channels
        self.fields["channel"].choices = [(one.value, one.label) for one in offered]  # type: ignore[attr-defined]
        self.fields["channel"].initial = offered[0].value
        self.fields["amount"].initial = payment.unapplied
        self.fields["payee_name"].initial = payment.payer
        self.fields["payee_account"].initial = payment.payer_account
        self.fields["payee_account"].help_text = _("Needed for a payment file to the bank: account number or IBAN.")
        self.fields["day"].initial = today
        self.fields["day"].help_text = _("Counts where it is paid out by hand; else it is booked when it has left.")

    def clean_day(self) -> date:
        """A day that has come."""
        return day_that_has_come(self.cleaned_data["day"], self._today)

    def clean(self) -> dict[str, Any]:
        """A file to the bank needs an account to pay to, and a name."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("channel") == RefundChannel.BANK_FILE:
            if not said.get("payee_account"):
                self.add_error("payee_account", _("Write the account that the bank is to pay to."))
            if not said.get("payee_name"):
                self.add_error("payee_name", _("Write whom the bank is to pay."))
        return said

    def told(self) -> dict[str, Any]:
        """What is to be paid back, under the key that keeps a second click from paying twice."""
        said = self.cleaned_data
        wanted = {name: said[name] for name in ("amount", "channel", "reason", "payee_name")}
        return {**wanted, "key": f"manual:{said['key']}", "payee_account": said["payee_account"].replace(" ", "")}


class SettleRefundForm(forms.Form):
    """On which day a refund left, and from which account."""

    day = DayField(label=gettext_lazy("Paid out on"))
    account = forms.TypedChoiceField(label=gettext_lazy("From the account"))

    def __init__(self, *args: Any, accounts: list[Account], standing: UUID, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self._today = today
        self.fields["day"].initial = today
        self.fields["account"].choices = [(str(one.pk), str(one)) for one in accounts]  # type: ignore[attr-defined]
        self.fields["account"].initial = str(standing)

    def clean_day(self) -> date:
        """A day that has come."""
        return day_that_has_come(self.cleaned_data["day"], self._today)


class EndRefundForm(PlainTextForm, forms.Form):
    """Why a refund did not leave."""

    problem = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        error_messages={"required": gettext_lazy("Say why it is stopped.")},
    )
