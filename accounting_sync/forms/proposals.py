"""What is said about a payment that was found in an accounting system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy

from payments import chart
from payments.models import Account


class AccountForm(forms.Form):
    """Where the money stands that is registered: the bank, unless somebody says otherwise."""

    use_required_attribute = False

    account = forms.ChoiceField(label=gettext_lazy("Where the money stands"))

    def __init__(self, data: Any = None, *, accounts: Sequence[Account]) -> None:
        super().__init__(data)
        account: Any = self.fields["account"]
        account.choices = [(str(each.pk), str(each)) for each in accounts]
        account.initial = next((str(each.pk) for each in accounts if each.purpose == chart.BANK), None)
        self.is_choice = len(accounts) > 1

    def account_id(self) -> UUID:
        """The account that was chosen."""
        return UUID(self.cleaned_data["account"])


class SamePaymentForm(forms.Form):
    """The payment of ours that it is."""

    payment = forms.UUIDField()
