"""A contract as it is typed: its terms, the customers' shares and the lines, row by row.

Each row has a key of its own and its fields are named `<key>-<field>`; hidden fields give the order of the rows. Rows
in which nothing is written are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.dates import WEEKDAYS as DAYS
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing_backlog.contract_terms import LINES_MAX, SHARES_MAX, ContractTerms, LineTerms, ShareTerms
from billing_backlog.forms.fields import CustomerField, amount_field, shortest, unit_choices, vat_field
from billing_backlog.models import BillingMethod, Contract, ContractCustomer, ContractLine, Frequency
from billing_backlog.queries.choosing import product_called
from billing_backlog.queries.contracts import WholeContract
from customers.models import Product
from foundation.countries import currency_choices
from foundation.errors import DomainError, Refusals
from foundation.forms import DayField, NumberField
from foundation.ids import uuid7
from foundation.text import PlainTextForm
from invoicing.layouts import Showing
from invoicing.models.layouts import GROUPING_CHOICES, SHOWING_CHOICES
from tenants.models import Organization

NOT_COLUMNS = frozenset({"version", "group_by", "shows"})  # of the form's head
KEY = re.compile(r"[a-z0-9]{1,40}", re.ASCII)
WEEKDAYS = tuple((number + 1, DAYS[number]) for number in range(7))  # Django's words, 1 is Monday


class ContractForm(PlainTextForm, forms.Form):
    """What holds for the whole contract."""

    use_required_attribute = False

    number = forms.CharField(label=gettext_lazy("Contract number"), max_length=20)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=160)
    starts_on = DayField(label=pgettext_lazy("day", "From"))
    ends_on = DayField(label=pgettext_lazy("day", "Through"), required=False)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=currency_choices)
    fixed_exchange_rate = NumberField(
        label=gettext_lazy("Fixed exchange rate"),
        required=False,
        max_digits=18,
        decimal_places=8,
        min_value=Decimal("0.00000001"),
        help_text=gettext_lazy("For its whole life. Empty: the rate of the day of each invoice."),
    )
    limit_amount = amount_field(gettext_lazy("Not to exceed, without VAT"))
    vat_treatment = vat_field()
    buyer_reference = forms.CharField(label=gettext_lazy("Their reference"), max_length=80, required=False)
    order_reference = forms.CharField(label=gettext_lazy("Order number"), max_length=80, required=False)
    note = forms.CharField(
        label=gettext_lazy("Message on the invoice"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    group_by = forms.ChoiceField(
        label=gettext_lazy("Group the lines by"),
        choices=[("", pgettext_lazy("layout", "As for the customer")), *GROUPING_CHOICES[1:]],
        required=False,
    )
    shows = forms.ChoiceField(label=gettext_lazy("Print"), choices=SHOWING_CHOICES, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def layout(self) -> dict[str, str]:
        """How the contract's drafts are laid out; empty where the customer's or the company's layout holds."""
        said = self.cleaned_data
        return {"group_by": said["group_by"], "shows": said["shows"] or Showing.LINES} if said["group_by"] else {}


class ShareForm(PlainTextForm, forms.Form):
    """One customer's share."""

    use_required_attribute = False

    percent = NumberField(
        label=gettext_lazy("Share, %"),
        required=False,
        max_digits=7,
        decimal_places=4,
        min_value=Decimal("0.0001"),
        max_value=100,
    )
    limit_amount = amount_field(gettext_lazy("Not to exceed, without VAT"))

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["customer"] = CustomerField(organization, required=False)
        self.order_fields(["customer"])

    @property
    def is_blank(self) -> bool:
        """Whether nobody is named."""
        return not str(self.data.get(f"{self.prefix}-customer", "")).strip()

    def terms(self) -> ShareTerms:
        """The share as the action takes it."""
        said = self.cleaned_data
        return ShareTerms(
            customer_id=said["customer"].pk,
            percent=said["percent"] or Decimal(0),
            limit_amount=said["limit_amount"],
            key=str(self.prefix),
        )


class LineForm(PlainTextForm, forms.Form):
    """One line: how the work under it is billed, and when."""

    use_required_attribute = False

    line_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=160, required=False)
    billing_method = forms.ChoiceField(label=gettext_lazy("Billed by"), choices=BillingMethod.choices)
    unit_code = forms.ChoiceField(label=gettext_lazy("Unit"), initial="HUR")
    unit_price = NumberField(
        label=gettext_lazy("Price"),
        required=False,
        max_digits=18,
        decimal_places=6,
        min_value=0,
        max_value=Decimal("999999999999"),
    )
    amount = amount_field(gettext_lazy("Agreed amount"))
    limit_amount = amount_field(gettext_lazy("Not to exceed, without VAT"))
    product = forms.CharField(label=gettext_lazy("Product number"), max_length=30, required=False)
    revenue_account = forms.ChoiceField(label=gettext_lazy("Revenue account"), required=False)
    vat_treatment = vat_field()
    frequency = forms.ChoiceField(label=gettext_lazy("Billed"), choices=Frequency.choices, required=False)
    weekday = forms.TypedChoiceField(label=gettext_lazy("Weekday"), choices=WEEKDAYS, coerce=int, required=False)
    month_day = forms.IntegerField(
        label=gettext_lazy("Day of the month"),
        min_value=1,
        max_value=31,
        required=False,
        help_text=gettext_lazy("31 is the last day of every month."),
    )
    runs_per_month = forms.IntegerField(
        label=gettext_lazy("Times a month"), min_value=1, max_value=4, required=False, initial=1
    )
    ended_on = DayField(label=gettext_lazy("Ended on"), required=False)
    remove = forms.BooleanField(label=gettext_lazy("Remove the line"), required=False)

    def __init__(
        self, *args: Any, organization: Organization, accounts: Sequence[tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.organization = organization
        units, account = self.fields["unit_code"], self.fields["revenue_account"]
        units.choices = unit_choices()  # type: ignore[attr-defined]  # both are choice fields
        account.choices = [("", gettext_lazy("As the product")), *accounts]  # type: ignore[attr-defined]

    @property
    def is_blank(self) -> bool:
        """Whether it is a new line without a name."""
        named = str(self.data.get(f"{self.prefix}-name", "")).strip()
        return not named and not self.data.get(f"{self.prefix}-line_id")

    def clean_name(self) -> str:
        """Every line has a name."""
        name = str(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(gettext_lazy("Write what the line is for."))
        return name

    def clean_product(self) -> Product | None:
        """The product of the number."""
        number = str(self.cleaned_data["product"])
        product = product_called(self.organization, number) if number else None
        if number and product is None:
            raise forms.ValidationError(gettext_lazy("No product in use has that number."))
        return product

    def clean(self) -> dict[str, Any]:
        """A schedule has its day."""
        said = super().clean() or self.cleaned_data
        if said.get("frequency") == Frequency.MONTHLY and not said.get("month_day"):
            self.add_error("month_day", gettext_lazy("Write on which day of the month it is billed."))
        return said

    def terms(self) -> LineTerms:
        """The line as the action takes it."""
        said = self.cleaned_data
        frequency = said["frequency"]
        is_monthly = frequency == Frequency.MONTHLY
        names = ("name", "billing_method", "unit_code", "unit_price", "amount", "limit_amount", "vat_treatment")
        values = {name: said[name] for name in names}
        values |= {
            "product_id": said["product"].pk if said["product"] else None,
            "revenue_account": said["revenue_account"],
            "frequency": frequency,
            "schedule_day": None if not frequency else said["month_day"] if is_monthly else said["weekday"] or 1,
            "runs_per_month": (said["runs_per_month"] or 1) if is_monthly else 1,
            "ended_on": said["ended_on"],
        }
        return LineTerms(line_id=said["line_id"], values=values, is_removed=bool(said["remove"]), key=str(self.prefix))


class ContractSheet:
    """The whole form: terms, shares and lines, as typed or as stored."""

    def __init__(
        self,
        organization: Organization,
        accounts: Sequence[tuple[str, str]],
        *,
        data: QueryDict | None = None,
        whole: WholeContract | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        self.organization, self.accounts, self.whole = organization, accounts, whole
        self.initial = initial or {}
        self.errors: list[str] = []
        if data is None:
            self._show_stored()
        else:
            self.head = ContractForm(data)
            self.shares = [self.share_form(key, data) for key in _keys(data, "share", SHARES_MAX)]
            self.lines = [self.line_form(key, data) for key in _keys(data, "line", LINES_MAX)]

    def share_form(self, key: str, data: QueryDict | None = None, **initial: Any) -> ShareForm:
        """The form of one share."""
        return ShareForm(data, prefix=key, initial=initial, organization=self.organization)

    def line_form(self, key: str, data: QueryDict | None = None, **initial: Any) -> LineForm:
        """The form of one line."""
        return LineForm(data, prefix=key, initial=initial, organization=self.organization, accounts=self.accounts)

    def _show_stored(self) -> None:
        if self.whole is None:
            self.head = ContractForm(initial=self.initial)
            self.shares = [self.share_form(new_key(), customer=self.initial.get("customer"), percent=Decimal(100))]
            self.lines = [self.line_form(new_key())]
            return
        self.head = ContractForm(initial=_stored_head(self.whole.contract))
        self.shares = [self.share_form(share.pk.hex, **_stored_share(share)) for share in self.whole.shares]
        self.lines = [self.line_form(line.pk.hex, **_stored_line(line)) for line in self.whole.lines]

    def add(self, kind: str) -> None:
        """One more empty row; what was typed stays."""
        if kind == "share" and len(self.shares) < SHARES_MAX:
            self.shares.append(self.share_form(new_key()))
        elif kind == "line" and len(self.lines) < LINES_MAX:
            self.lines.append(self.line_form(new_key()))

    @property
    def told(self) -> list[forms.Form]:
        """The parts that say something."""
        rows: list[ShareForm | LineForm] = [*self.shares, *self.lines]
        return [self.head, *(row for row in rows if not row.is_blank)]

    @property
    def status(self) -> int:
        """422 where something is refused."""
        return 422 if self.errors or any(form.is_bound and form.errors for form in self.told) else 200

    def is_valid(self) -> bool:
        """Whether every row can be read."""
        refused = [form for form in self.told if not form.is_valid()]  # every row tells what is wrong with it
        return not refused

    def terms(self) -> ContractTerms:
        """The contract as the actions take it."""
        said = self.head.cleaned_data
        values = {name: value for name, value in said.items() if name not in NOT_COLUMNS}
        values["layout"] = self.head.layout()
        return ContractTerms(
            values=values,
            shares=tuple(row.terms() for row in self.shares if not row.is_blank),
            lines=tuple(row.terms() for row in self.lines if not row.is_blank),
        )

    def show(self, refusal: DomainError) -> None:
        """Put what an action refused beside the fields that it names, the rest at the top."""
        every: list[ShareForm | LineForm] = [*self.shares, *self.lines]
        rows: dict[str, forms.Form] = {str(row.prefix): row for row in every}
        for part in refusal.refusals if isinstance(refusal, Refusals) else (refusal,):
            key, _dash, name = part.field.rpartition("-")
            form = rows.get(key, self.head)
            if name in form.fields:
                form.add_error(name, str(part))
            else:
                self.errors.append(str(part))

    @property
    def row_errors(self) -> list[tuple[str, str, str]]:
        """Every refused field: its id, its label, and why; for the list at the top of the page."""
        return [
            (str(field.id_for_label), str(field.label), " ".join(map(str, field.errors)))
            for form in self.told
            if form.is_bound
            for field in form
            if field.errors
        ]


def new_key() -> str:
    """A key that no other row has."""
    return f"n{uuid7().hex}"


def _keys(data: QueryDict, name: str, most: int) -> list[str]:
    found = [key for key in data.getlist(name) if KEY.fullmatch(key)]
    return list(dict.fromkeys(found))[:most]


def _stored_head(contract: Contract) -> dict[str, Any]:
    names = [name for name in ContractForm.base_fields if name not in NOT_COLUMNS]
    rate = shortest(contract.fixed_exchange_rate)
    stored = {name: getattr(contract, name) for name in names}
    layout = {name: contract.layout.get(name, "") for name in ("group_by", "shows")}
    return {**stored, **layout, "fixed_exchange_rate": rate, "version": contract.version}


def _stored_share(share: ContractCustomer) -> dict[str, Any]:
    return {"customer": share.customer, "percent": shortest(share.share_percent), "limit_amount": share.limit_amount}


def _stored_line(line: ContractLine) -> dict[str, Any]:
    names = ("name", "billing_method", "unit_code", "unit_price", "amount", "limit_amount", "revenue_account")
    more = ("vat_treatment", "frequency", "runs_per_month", "ended_on")
    is_monthly = line.frequency == Frequency.MONTHLY
    return {
        **{name: getattr(line, name) for name in (*names, *more)},
        "line_id": line.pk,
        "unit_price": shortest(line.unit_price, 2),
        "product": line.product.number if line.product else "",
        "month_day": line.schedule_day if is_monthly else None,
        "weekday": None if is_monthly else line.schedule_day,
    }


class EndForm(forms.Form):
    """The last day of a contract."""

    use_required_attribute = False

    last_day = DayField(label=gettext_lazy("Last day"))
