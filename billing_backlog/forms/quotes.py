"""A quote as it is typed, row by row, and what is answered to one, by the customer and by staff."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from billing_backlog.forms.contracts import KEY, new_key
from billing_backlog.forms.fields import CustomerField, shortest, unit_choices
from billing_backlog.models import BillingMethod, Quote, QuoteLine
from billing_backlog.queries.choosing import product_called
from billing_backlog.quote_terms import LINES_MAX, QuoteTerms
from customers.models import VAT_TREATMENT_CHOICES, Product
from foundation.countries import currency_choices
from foundation.errors import DomainError, Refusals
from foundation.forms import DayField, NumberField
from foundation.text import PlainTextForm
from tenants.models import Organization, User

PRICE_MAX = Decimal("999999999999")
FIRST_ROWS = 3
HEAD = (
    "contact_name", "contact_email", "title", "text", "currency", "prices_include_vat", "valid_until", "delivery_date",
    "buyer_reference",
)  # fmt: skip
LINE = ("description", "detail", "quantity", "unit_code", "unit_price", "discount_percent", "vat_treatment")


class QuoteForm(PlainTextForm, forms.Form):
    """What holds for the whole quote."""

    use_required_attribute = False

    title = forms.CharField(label=gettext_lazy("What is offered"), max_length=160)
    contact_name = forms.CharField(label=gettext_lazy("Contact person"), max_length=120, required=False)
    contact_email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254, required=False)
    valid_until = DayField(label=gettext_lazy("Valid through"))
    delivery_date = DayField(label=gettext_lazy("Delivery date"), required=False)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=currency_choices)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    prices_include_vat = forms.BooleanField(label=gettext_lazy("Prices include VAT"), required=False)
    responsible = forms.ChoiceField(label=gettext_lazy("Our contact"), required=False)
    project = forms.ChoiceField(label=gettext_lazy("Project"), required=False)
    buyer_reference = forms.CharField(label=gettext_lazy("Their reference"), max_length=80, required=False)
    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        organization: Organization,
        people: Sequence[User],
        projects: Sequence[tuple[str, str]],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.fields["customer"] = CustomerField(organization)
        choices: dict[str, list[tuple[str, Any]]] = {
            "language": [("", gettext_lazy("As the customer")), *settings.DOCUMENT_LANGUAGES],
            "responsible": [("", gettext_lazy("Nobody")), *((str(user.pk), str(user)) for user in people)],
            "project": [("", gettext_lazy("No project")), *projects],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]  # all three are choice fields

    def values(self) -> dict[str, Any]:
        """The columns of a quote, as the action takes them."""
        said = self.cleaned_data
        return {name: said[name] for name in HEAD} | {
            "customer_id": said["customer"].pk,
            "language": said["language"] or said["customer"].language,
            "responsible_id": UUID(said["responsible"]) if said["responsible"] else None,
            "project_id": UUID(said["project"]) if said["project"] else None,
        }


class QuoteLineForm(PlainTextForm, forms.Form):
    """One line of a quote."""

    use_required_attribute = False

    product_number = forms.CharField(label=gettext_lazy("Product number"), max_length=30, required=False)
    description = forms.CharField(label=gettext_lazy("Description"), max_length=500, required=False)
    detail = forms.CharField(label=gettext_lazy("Second text"), max_length=1000, required=False)
    quantity = NumberField(
        label=gettext_lazy("Quantity"), max_digits=18, decimal_places=6, min_value=Decimal("0.000001"),
        max_value=PRICE_MAX, initial=1,
    )  # fmt: skip
    unit_code = forms.ChoiceField(label=gettext_lazy("Unit"), initial="NAR")
    unit_price = NumberField(
        label=gettext_lazy("Price"), max_digits=18, decimal_places=6, min_value=0, max_value=PRICE_MAX
    )
    discount_percent = NumberField(
        label=gettext_lazy("Discount, %"), required=False, max_digits=7, decimal_places=4, min_value=0, max_value=100
    )
    vat_treatment = forms.ChoiceField(label=gettext_lazy("VAT"), choices=VAT_TREATMENT_CHOICES)

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        self.organization = organization
        self.fields["unit_code"].choices = unit_choices()  # type: ignore[attr-defined]  # a choice field
        self.found: Product | None = None

    @property
    def is_blank(self) -> bool:
        """Whether neither words, a product nor a price are written."""
        return not any(
            str(self.data.get(f"{self.prefix}-{name}", "")).strip()
            for name in ("description", "product_number", "unit_price")
        )

    def clean_product_number(self) -> Product | None:
        """The product of the number."""
        number = str(self.cleaned_data["product_number"])
        self.found = product_called(self.organization, number) if number else None
        if number and self.found is None:
            raise forms.ValidationError(gettext_lazy("No product in use has that number."))
        return self.found

    def clean_description(self) -> str:
        """Words of its own, or those of the product."""
        words = str(self.cleaned_data["description"]) or (self.found.name if self.found else "")
        if not words:
            raise forms.ValidationError(gettext_lazy("Write what the line is for."))
        return words

    def values(self) -> dict[str, Any]:
        """The columns of a line, as the action takes them."""
        said = self.cleaned_data
        product = said["product_number"]
        told = {name: said[name] for name in LINE} | {"product_id": product.pk if product else None}
        return {**told, "discount_percent": said["discount_percent"] or Decimal(0)}


class QuoteSheet:
    """The whole form: head and lines, as typed or as stored."""

    def __init__(
        self,
        organization: Organization,
        options: dict[str, Any],
        *,
        data: QueryDict | None = None,
        quote: Quote | None = None,
        lines: Sequence[QuoteLine] = (),
        initial: dict[str, Any] | None = None,
        treatment: str = "standard",
    ) -> None:
        self.organization, self.treatment = organization, treatment
        self.errors: list[str] = []
        if data is not None:
            self.head = QuoteForm(data, organization=organization, **options)
            found = dict.fromkeys(key for key in data.getlist("line") if KEY.fullmatch(key))
            self.lines = [self.line_form(key, data) for key in list(found)[:LINES_MAX]]
            return
        stored = stored_head(quote) if quote else {}
        self.head = QuoteForm(initial={**(initial or {}), **stored}, organization=organization, **options)
        self.lines = [self.line_form(line.pk.hex, None, **stored_line(line)) for line in lines]
        if not lines:
            self.lines = [self.line_form(new_key()) for _row in range(FIRST_ROWS)]

    def line_form(self, key: str, data: QueryDict | None = None, **initial: Any) -> QuoteLineForm:
        """The form of one line."""
        first = {"vat_treatment": self.treatment, **initial}
        return QuoteLineForm(data, prefix=key, initial=first, organization=self.organization)

    def add(self) -> None:
        """One more empty row; what was typed stays."""
        if len(self.lines) < LINES_MAX:
            self.lines.append(self.line_form(new_key()))

    @property
    def told(self) -> list[QuoteLineForm]:
        """The rows that say something."""
        return [row for row in self.lines if not row.is_blank]

    @property
    def status(self) -> int:
        """422 where something is refused."""
        refused = [form for form in (self.head, *self.told) if form.is_bound and form.errors]
        return 422 if self.errors or refused else 200

    def is_valid(self) -> bool:
        """Whether the head and every row can be read."""
        refused = [form for form in (self.head, *self.told) if not form.is_valid()]  # every row tells what is wrong
        return not refused

    def terms(self) -> QuoteTerms:
        """The quote as the actions take it."""
        return QuoteTerms(values=self.head.values(), lines=tuple(row.values() for row in self.told))

    def show(self, refusal: DomainError) -> None:
        """Put what an action refused beside the fields that it names, the rest at the top."""
        for part in refusal.refusals if isinstance(refusal, Refusals) else (refusal,):
            if part.field in self.head.fields:
                self.head.add_error(part.field, str(part))
            else:
                self.errors.append(str(part))

    @property
    def row_errors(self) -> list[tuple[str, str, str]]:
        """Every refused field: its id, its label, and why; for the list at the top of the page."""
        return [
            (str(field.id_for_label), str(field.label), " ".join(map(str, field.errors)))
            for form in (self.head, *self.told)
            if form.is_bound
            for field in form
            if field.errors
        ]


def stored_head(quote: Quote) -> dict[str, Any]:
    """The head of a stored quote."""
    return {name: getattr(quote, name) for name in HEAD} | {
        "customer": quote.customer,
        "language": quote.language,
        "responsible": str(quote.responsible_id or ""),
        "project": str(quote.project_id or ""),
        "version": quote.version,
    }


def stored_line(line: QuoteLine) -> dict[str, Any]:
    """One stored line."""
    return {name: getattr(line, name) for name in LINE} | {
        "product_number": line.product.number if line.product else "",
        "quantity": shortest(line.quantity),
        "unit_price": shortest(line.unit_price, 2),
        "discount_percent": shortest(line.discount_percent) or None,
    }


def line_of_product(product: Product, price: Decimal | None) -> dict[str, Any]:
    """What a row says once its product is known."""
    return {
        "product_number": product.number,
        "description": product.name,
        "detail": product.description,
        "unit_code": product.unit_code,
        "unit_price": shortest(price, 2),
        "vat_treatment": product.vat_treatment,
    }


class AcceptForm(PlainTextForm, forms.Form):
    """A customer's yes: the name, the tick, and the hash of what was shown."""

    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    agrees = forms.BooleanField(
        label=gettext_lazy("I accept the quote as it is shown here, and may do so for whom it is written to"),
        error_messages={"required": gettext_lazy("Tick that you accept the quote.")},
    )
    sha256 = forms.RegexField(r"\A[0-9a-f]{64}\Z", widget=forms.HiddenInput)


class DeclineForm(PlainTextForm, forms.Form):
    """A customer's no."""

    use_required_attribute = False

    reason = forms.CharField(
        label=gettext_lazy("Why?"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    name = forms.CharField(label=gettext_lazy("Your name"), max_length=120, required=False)


class SendForm(PlainTextForm, forms.Form):
    """To whom a quote or an order is mailed, with a few words of one's own."""

    use_required_attribute = False

    recipient = forms.EmailField(label=gettext_lazy("To"), max_length=254)
    message = forms.CharField(
        label=gettext_lazy("Message"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class AcceptedForm(PlainTextForm, forms.Form):
    """A yes that came by telephone, by mail or on paper."""

    use_required_attribute = False

    name = forms.CharField(label=gettext_lazy("Who has accepted"), max_length=120)
    note = forms.CharField(label=gettext_lazy("How"), max_length=300, required=False)


class WithdrawForm(PlainTextForm, forms.Form):
    """Why a quote is taken back."""

    use_required_attribute = False

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


METHODS = [
    (BillingMethod.FIXED_PRICE.value, BillingMethod.FIXED_PRICE.label),
    (BillingMethod.TIME_AND_MATERIAL.value, BillingMethod.TIME_AND_MATERIAL.label),
]


class ContractWishForm(PlainTextForm, forms.Form):
    """How an order becomes a contract."""

    use_required_attribute = False

    method = forms.ChoiceField(label=gettext_lazy("Billed by"), choices=METHODS, widget=forms.RadioSelect)
    project = forms.ChoiceField(label=gettext_lazy("Project"), required=False)
    project_number = forms.CharField(label=gettext_lazy("Number of the new project"), max_length=20, required=False)
    number = forms.CharField(label=gettext_lazy("Contract number"), max_length=20)
    starts_on = DayField(label=gettext_lazy("First day"))

    def __init__(self, *args: Any, projects: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["project"].choices = [("", gettext_lazy("A new project")), *projects]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A new project has its number."""
        said = super().clean() or self.cleaned_data
        if not said.get("project") and not said.get("project_number"):
            self.add_error("project_number", gettext_lazy("Write the number of the new project, or choose a project."))
        return said
