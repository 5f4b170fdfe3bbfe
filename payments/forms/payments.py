"""What is typed when somebody registers money by hand, looks for it, or says why it is taken off again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from foundation.countries import currency_choices
from foundation.forms import DayField, NumberField, read_number
from foundation.ids import uuid7
from foundation.templatetags.formatting import language_of_page
from foundation.text import SEARCH_LENGTH_MAX, PlainTextForm, search_words
from payments import chart
from payments.claim_queries import OpenClaim
from payments.models import Account, PaymentMethod, PaymentSource
from payments.payment_queries import PaymentSearch
from payments.terms import PaymentTerms
from tenants.models import Organization

MOST = Decimal(10_000_000_000)
EARLIEST = date(1990, 1, 1)
BY_HAND = [choice for choice in PaymentMethod.choices if choice[0] != PaymentMethod.DIRECT_DEBIT]
STATES = (
    ("", gettext_lazy("Any state")),
    ("unapplied", pgettext_lazy("payments", "Not used up")),
    ("applied", pgettext_lazy("payments", "Used")),
    ("refunded", pgettext_lazy("payments", "Paid back")),
    ("reversed", pgettext_lazy("payments", "Taken back")),
)


def amount_field(label: Any, **options: Any) -> NumberField:
    """An amount of money as it is typed: more than nothing, with two decimals at most."""
    return NumberField(
        label=label, min_value=Decimal("0.01"), max_value=MOST, max_digits=18, decimal_places=2, **options
    )


class PaymentSearchForm(PlainTextForm, forms.Form):
    """The search above the list of payments; whatever makes no sense narrows nothing."""

    q = forms.CharField(max_length=SEARCH_LENGTH_MAX, required=False)
    state = forms.ChoiceField(choices=STATES, required=False)
    method = forms.ChoiceField(
        label=gettext_lazy("Method"), choices=[("", gettext_lazy("Any method")), *PaymentMethod.choices], required=False
    )
    source = forms.ChoiceField(
        label=gettext_lazy("Told by"),
        choices=[("", gettext_lazy("Told by anybody")), *PaymentSource.choices],
        required=False,
    )
    first = DayField(label=gettext_lazy("From"), required=False)
    last = DayField(label=gettext_lazy("Through"), required=False)
    customer = forms.UUIDField(required=False)

    def search(self) -> PaymentSearch:
        """Which payments are asked for."""
        self.is_valid()
        said = self.cleaned_data
        words = search_words(self["q"].value() or "")  # as in every search box: what can be shown of it, cut
        return PaymentSearch(
            words=words,
            amount=amount_in(words),
            state=said.get("state") or "",
            method=said.get("method") or "",
            source=said.get("source") or "",
            first=said.get("first"),
            last=said.get("last"),
            customer_id=said.get("customer"),
        )

    def parameters(self) -> dict[str, str]:
        """What of the address stays in the links of the list."""
        return {name: self.data.get(name, "")[:100] for name in self.fields if self.data.get(name)}


def amount_in(words: str) -> Decimal | None:
    """The words as an amount, where they are one."""
    try:
        amount = read_number(words, language_of_page())
    except ValueError:
        return None
    return amount if abs(amount) < MOST and amount == amount.quantize(Decimal("0.01")) else None


class PaymentForm(PlainTextForm, forms.Form):
    """Money that came in, as somebody tells of it; the hidden key keeps a second click from counting twice."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    amount = amount_field(gettext_lazy("Amount received"))
    day = DayField(label=gettext_lazy("Received on"))
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=BY_HAND, initial=PaymentMethod.BANK)
    account = forms.ChoiceField(label=gettext_lazy("Where the money stands"))
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        max_length=140,
        required=False,
        help_text=gettext_lazy("KID, or what the bank told."),
    )
    payer_name = forms.CharField(label=gettext_lazy("Paid by"), max_length=140, required=False)
    note = forms.CharField(label=gettext_lazy("Note for us"), max_length=300, required=False)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    base_amount = amount_field(gettext_lazy("Credited by the bank"), required=False)
    fee = NumberField(
        label=gettext_lazy("Bank fee"), min_value=Decimal(0), max_digits=18, decimal_places=2, required=False
    )
    settles = amount_field(gettext_lazy("Settles of the invoice"), required=False)
    closes_small_difference = forms.BooleanField(required=False)

    def __init__(
        self,
        *args: Any,
        organization: Organization,
        today: date,
        accounts: list[Account],
        small_difference_max: Decimal,
        claim: OpenClaim | None = None,
        currency: str = "",
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._claim, self._today = claim, today
        self.base_currency = organization.base_currency
        self.fields["day"].initial = today
        self._offer_accounts(accounts)
        self.fields["currency"].choices = currency_choices()  # type: ignore[attr-defined]
        self.fields["currency"].initial = claim.claim.currency if claim else currency or organization.base_currency
        self.fields["base_amount"].label = _("Credited by the bank, in %(currency)s") % {"currency": self.base_currency}
        self.fields["base_amount"].help_text = _("Empty: by the exchange rate of the day.")
        self.fields["fee"].help_text = _("What the bank kept of the amount. Booked as a bank fee.")
        if claim is None:
            del self.fields["settles"]
        else:
            self._fill_in(claim)
        if small_difference_max:
            box = self.fields["closes_small_difference"]
            box.label = _("Close a rest of %(most)s or less as a small difference") % {
                "most": f"{small_difference_max:f}"
            }
            box.initial = True
        else:
            del self.fields["closes_small_difference"]

    def _offer_accounts(self, accounts: list[Account]) -> None:
        field = self.fields["account"]
        field.choices = [(str(account.pk), str(account)) for account in accounts]  # type: ignore[attr-defined]
        field.initial = next((str(account.pk) for account in accounts if account.purpose == chart.BANK), None)

    def _fill_in(self, wanted: OpenClaim) -> None:
        if wanted.open > 0:
            self.fields["amount"].initial = wanted.open
        self.fields["reference"].initial = wanted.claim.kid
        self.fields["payer_name"].initial = wanted.claim.customer.name[:140]
        self.fields["settles"].label = _("Settles of %(number)s, in %(currency)s") % {
            "number": wanted.claim,
            "currency": wanted.claim.currency,
        }
        self.fields["settles"].help_text = _("Only where the payment is in another currency than the invoice.")

    def clean_day(self) -> date:
        """A day that has come."""
        return day_that_has_come(self.cleaned_data["day"], self._today)

    def clean(self) -> dict[str, Any]:
        """A payment in another currency than the invoice says what it settles."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        crosses = self._claim is not None and said.get("currency") not in {None, self._claim.claim.currency}
        if crosses and not said.get("settles") and "settles" not in self.errors:
            self.add_error("settles", _("Write how much of the invoice this payment settles."))
        return said

    @property
    def crosses(self) -> bool:
        """Whether the payment is in another currency than the invoice it pays."""
        return self._claim is not None and self.cleaned_data["currency"] != self._claim.claim.currency

    def terms(self, *, customer_id: UUID | None, **more: Any) -> PaymentTerms:
        """The payment as the action takes it."""
        said = self.cleaned_data
        is_base = said["currency"] == self.base_currency
        return PaymentTerms(
            key=f"manual:{said['key']}",
            day=said["day"],
            currency=said["currency"],
            amount=said["amount"],
            method=said["method"],
            source=PaymentSource.MANUAL,
            account_id=UUID(said["account"]),
            customer_id=customer_id,
            base_amount=None if is_base else said["base_amount"],
            fee=said["fee"] or Decimal(0),
            reference=said["reference"].replace(" ", "")
            if said["reference"].replace(" ", "").isdigit()
            else said["reference"],
            payer_name=said["payer_name"],
            note=said["note"],
            closes_small_difference=said.get("closes_small_difference", False),
            **more,
        )


class UndoForm(PlainTextForm, forms.Form):
    """Why something is undone, and on which day it is booked."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        error_messages={"required": gettext_lazy("Say why. The reason stands in the history for good.")},
    )
    day = DayField(label=gettext_lazy("Booked on"))

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self._today = today
        self.fields["day"].initial = today

    def clean_day(self) -> date:
        """A day that has come."""
        return day_that_has_come(self.cleaned_data["day"], self._today)


class DescribeForm(PlainTextForm, forms.Form):
    """Whose a payment is, and a note."""

    customer = forms.UUIDField(required=False, widget=forms.HiddenInput)
    note = forms.CharField(label=gettext_lazy("Note for us"), max_length=300, required=False)


class UseForm(PlainTextForm, forms.Form):
    """How much of what is here is used on a claim."""

    payment = forms.UUIDField(required=False)
    credit = forms.UUIDField(required=False)
    amount = amount_field(gettext_lazy("Amount"), required=False)
    paid = amount_field(gettext_lazy("Amount"), required=False)

    def clean(self) -> dict[str, Any]:
        """Something is used: a payment or a credit note."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not said.get("payment") and not said.get("credit"):
            self.add_error(None, _("Choose the payment or the credit note that is used."))
        return said


def day_that_has_come(day: date, today: date) -> date:
    """The day; refused while it is still to come, or where it lies before anybody here kept books."""
    if not EARLIEST <= day <= today:
        raise forms.ValidationError(_("Choose today or an earlier day, from 1990 on."))
    return day
