"""What may be written of a subscription, and of what changes it from a day on."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from billing_backlog.forms.fields import CustomerField, amount_field, shortest, unit_choices, vat_field
from billing_backlog.models import Project, Subscription, TimeUnitChoice, TimingChoice
from billing_backlog.queries.choosing import account_choices, product_called
from billing_backlog.subscriptions import Pause, Price, Terms, TimeUnit, Timing
from customers.models import Product
from foundation.countries import currency_choices
from foundation.forms import DayField, NumberField
from foundation.text import PlainTextForm
from tenants.models import Organization

EVERY_MAX = 36
NOT_COUNTED = {"customer", "name", "text", "reason"}  # says nothing of what is charged when
AT_PERIOD_END, ON_A_DAY = "period", "day"
# What a subscription is charged by: it stays once something was charged.
TERMS = ("customer", "currency", "every", "time_unit", "timing", "starts_on", "periods_from")


def quantity_field(**options: Any) -> NumberField:
    """How many are paid for in each period."""
    limits = {"max_digits": 18, "decimal_places": 6, "min_value": Decimal("0.01"), "max_value": 999_999_999}
    return NumberField(label=gettext_lazy("Quantity"), **{**limits, **options})


class SubscriptionForm(PlainTextForm, forms.Form):
    """Who pays how much for what, how often and from when."""

    use_required_attribute = False

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    text = forms.CharField(label=gettext_lazy("Text on the invoice"), max_length=300)
    quantity = quantity_field(initial=Decimal(1))
    unit_price = amount_field(gettext_lazy("Price of a period, without VAT"), required=True, min_value=Decimal(0))
    unit_code = forms.ChoiceField(label=gettext_lazy("Unit"), choices=unit_choices, initial="NAR")
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=currency_choices)
    every = forms.IntegerField(label=gettext_lazy("Every"), min_value=1, max_value=EVERY_MAX, initial=1)
    time_unit = forms.ChoiceField(
        label=gettext_lazy("Weeks or months"), choices=TimeUnitChoice.choices, initial="month"
    )
    timing = forms.ChoiceField(label=gettext_lazy("Charged"), choices=TimingChoice.choices, initial="advance")
    starts_on = DayField(label=gettext_lazy("Starts on"))
    periods_from = DayField(
        label=gettext_lazy("Periods are counted from"),
        required=False,
        help_text=gettext_lazy("An earlier day makes the first period a part of one. Empty: from the start."),
    )
    product = forms.CharField(label=gettext_lazy("Product number"), max_length=40, required=False)
    project = forms.ChoiceField(label=gettext_lazy("Project"), required=False)
    revenue_account = forms.ChoiceField(label=gettext_lazy("Revenue account"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        organization: Organization,
        projects: Sequence[Project],
        subscription: Subscription | None = None,
        has_charged: bool = False,
        **options: Any,
    ) -> None:
        self.organization, self.subscription = organization, subscription
        if subscription is not None:
            options["initial"] = {**_stored(subscription), **options.get("initial", {})}
        super().__init__(*args, **options)
        self.fields["customer"] = CustomerField(organization)
        self.fields["vat_treatment"] = vat_field()
        chosen: Any = self.fields["project"]
        named = {str(project.pk): str(project) for project in projects}
        if subscription is not None and subscription.project is not None:
            named.setdefault(str(subscription.project_id), str(subscription.project))
        chosen.choices = [("", pgettext("project", "None")), *named.items()]
        accounts: Any = self.fields["revenue_account"]
        accounts.choices = [("", _("As the product")), *account_choices(organization)]
        if subscription is not None:
            del self.fields["quantity"], self.fields["unit_price"]  # changed from a day on, on a page of their own
        for name in TERMS if has_charged else ():
            self.fields[name].disabled = True

    def clean_product(self) -> Product | None:
        """The product of the number."""
        typed = self.cleaned_data["product"]
        found = product_called(self.organization, typed) if typed else None
        if typed and found is None:
            raise forms.ValidationError(_("No product in use has that number."))
        return found

    def values(self) -> dict[str, Any]:
        """What the action writes."""
        said = dict(self.cleaned_data)
        product, project, customer = said.pop("product"), said.pop("project"), said.pop("customer")
        said.pop("version", None)
        return {
            **said,
            "customer_id": customer.pk,
            "product_id": product.pk if product else None,
            "project_id": project or None,
            "periods_from": said["periods_from"] or said["starts_on"],
        }

    def terms(self) -> Terms:
        """What would be charged by what is typed."""
        said = self.cleaned_data
        return Terms(
            starts_on=said["starts_on"],
            periods_from=said["periods_from"] or said["starts_on"],
            every=said["every"],
            unit=TimeUnit(said["time_unit"]),
            timing=Timing(said["timing"]),
            prices=(Price(said["starts_on"], said["unit_price"], said["quantity"]),),
        )


def can_preview(form: forms.Form) -> bool:
    """Whether enough is typed to look ahead: without what changes no amount."""
    missing = [field for name, field in form.fields.items() if name in NOT_COUNTED and field.required]
    for field in missing:
        field.required = False
    is_enough = form.is_valid()
    for field in missing:
        field.required = True
    return is_enough


def _stored(subscription: Subscription) -> dict[str, Any]:
    names = ("name", "text", "unit_code", "currency", "every", "time_unit", "timing", "starts_on", "customer",
             "vat_treatment", "revenue_account", "version")  # fmt: skip
    counted = subscription.periods_from if subscription.periods_from != subscription.starts_on else None
    return {
        **{name: getattr(subscription, name) for name in names},
        "periods_from": counted,
        "product": subscription.product.number if subscription.product else "",
        "project": str(subscription.project_id or ""),
    }


class PriceForm(PlainTextForm, forms.Form):
    """Another price or quantity from a day on."""

    use_required_attribute = False

    valid_from = DayField(label=pgettext_lazy("day", "From"))
    unit_price = amount_field(gettext_lazy("Price of a period, without VAT"), required=True, min_value=Decimal(0))
    quantity = quantity_field()
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)

    def price(self) -> Price:
        """The price as the rules take it."""
        said = self.cleaned_data
        return Price(said["valid_from"], said["unit_price"], said["quantity"])


class PauseForm(PlainTextForm, forms.Form):
    """Days on which nothing is charged."""

    use_required_attribute = False

    first_day = DayField(label=pgettext_lazy("day", "From"))
    last_day = DayField(
        label=pgettext_lazy("day", "Through"),
        required=False,
        help_text=gettext_lazy("Empty: until somebody resumes it."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def clean(self) -> dict[str, Any]:
        """A pause runs forward."""
        said = super().clean() or {}
        first, last = said.get("first_day"), said.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day comes before the first one."))
        return said

    def pause(self) -> Pause:
        """The pause as the rules take it."""
        return Pause(self.cleaned_data["first_day"], self.cleaned_data["last_day"])


class ResumeForm(PlainTextForm, forms.Form):
    """The first day that is charged again."""

    use_required_attribute = False

    from_day = DayField(label=gettext_lazy("Charged again from"))


class StopForm(PlainTextForm, forms.Form):
    """The last day that is charged."""

    use_required_attribute = False

    when = forms.ChoiceField(
        label=gettext_lazy("Stop"),
        choices=[
            (AT_PERIOD_END, gettext_lazy("When the running period ends")),
            (ON_A_DAY, gettext_lazy("On a day: the last period is charged by its days")),
        ],
        widget=forms.RadioSelect,
        initial=AT_PERIOD_END,
    )
    last_day = DayField(label=gettext_lazy("Last day"), required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def clean(self) -> dict[str, Any]:
        """A day is named where one is asked for."""
        said = super().clean() or {}
        if said.get("when") == ON_A_DAY and not said.get("last_day") and "last_day" not in self.errors:
            self.add_error("last_day", _("Choose the last day that is charged."))
        if said.get("when") == AT_PERIOD_END:
            said["last_day"] = None
        return said


def price_initial(price: Price) -> dict[str, Any]:
    """The price in force, for the form that changes it."""
    return {"unit_price": shortest(price.unit_price, 2), "quantity": shortest(price.quantity)}
