"""What may be typed about a customer and the people there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum import get_cc_module
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError as NumberRefused

from customers.forms.channels import PLACES, add_places, read_places
from customers.forms.custom_properties import add_value_fields, clean_values, field_name, own_values
from customers.models import VAT_TREATMENT_CHOICES, Contact, Customer, CustomerKind, CustomProperty
from customers.own_values import merged
from foundation.countries import country_choices, currency_choices
from foundation.text import PlainTextForm
from tenants.identity import clean_organization_number
from tenants.models import Organization

DUE_DAYS_MAX = 365
PEPPOL_ADDRESS = re.compile(r"(\d{4}):([A-Za-z0-9][A-Za-z0-9:._\-~]{0,49})", re.ASCII)
FREE_VAT_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9 .\-]{0,18}[A-Z0-9]", re.ASCII)
# Which identities fit which kind; the others are emptied when the kind changes.
IDENTITIES: dict[str, frozenset[str]] = {
    CustomerKind.BUSINESS: frozenset({"organization_number", "vat_number"}),
    CustomerKind.PUBLIC_BODY: frozenset({"organization_number"}),
    CustomerKind.CONSUMER: frozenset(),
    CustomerKind.INTERNAL: frozenset({"resource_number"}),
}
# Registers whose number is the Peppol address as well.
OWN_ADDRESS_SCHEMES = {"NO": "0192", "DK": "0184", "SE": "0007"}


class CustomerForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A customer of any kind; fields that do not fit the kind are emptied."""

    endpoint = forms.CharField(
        label=gettext_lazy("Electronic address"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Scheme and number, such as 0192:123456785. Empty: the organization number is used."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Customer
        fields = [
            "kind",
            "name",
            "organization_number",
            "vat_number",
            "resource_number",
            "contact_name",
            "email",
            "phone",
            "street",
            "street_2",
            "postal_code",
            "city",
            "country",
            "language",
            "currency",
            "payment_terms_days",
            "wants_ehf",
            "buyer_reference",
            "vat_treatment",
            "notes",
        ]
        widgets = {"kind": forms.RadioSelect, "notes": forms.Textarea(attrs={"rows": 3})}

    def __init__(
        self, *args: Any, organization: Organization, definitions: Sequence[CustomProperty] = (), **options: Any
    ) -> None:
        customer = cast("Customer | None", options.get("instance"))
        initial = options.setdefault("initial", {})
        if customer is None:
            initial.setdefault("country", organization.country)
            initial.setdefault("language", organization.language)
            initial.setdefault("currency", organization.base_currency)
        else:
            initial.setdefault("version", customer.version)
            if customer.endpoint_id:
                initial.setdefault("endpoint", f"{customer.endpoint_scheme}:{customer.endpoint_id}")
        super().__init__(*args, **options)
        self.fields["kind"] = forms.ChoiceField(
            label=_("Kind"), choices=CustomerKind.choices, widget=forms.RadioSelect, initial=CustomerKind.BUSINESS
        )
        self.fields["country"] = _choice(_("Country"), country_choices())
        self.fields["language"] = _choice(_("Document language"), settings.DOCUMENT_LANGUAGES)
        self.fields["currency"] = _choice(_("Currency"), currency_choices())
        self.fields["vat_treatment"] = forms.ChoiceField(
            label=_("VAT treatment of all lines"),
            choices=[("", _("As on the product or line")), *VAT_TREATMENT_CHOICES],
            required=False,
        )
        terms = cast(forms.IntegerField, self.fields["payment_terms_days"])
        terms.help_text = _("Empty: %(days)s, as in the settings.") % {"days": organization.payment_terms_days}
        terms.max_value = DUE_DAYS_MAX
        terms.validators.append(MaxValueValidator(DUE_DAYS_MAX))
        for name in ("street_2", "phone"):
            self.fields[name].required = False
        add_places(self, customer.channels if customer else [], first_empty=_("As in the settings"))
        self.definitions = definitions
        self.stored_properties = dict(customer.custom_properties) if customer else {}
        add_value_fields(self, definitions, self.stored_properties)

    def clean_resource_number(self) -> str:
        """Five or six digits, as internal invoicing has them."""
        number = str(self.cleaned_data["resource_number"])
        if number and not re.fullmatch(r"\d{5,6}", number, re.ASCII):
            raise ValidationError(_("An internal resource number has 5 or 6 digits."))
        return number

    def clean(self) -> dict[str, Any]:
        """Identities by kind and country; an address where the customer must be reachable on paper."""
        super().clean()
        data = self.cleaned_data
        kind = data.get("kind", "")
        for name in {"organization_number", "vat_number", "resource_number"} - IDENTITIES.get(kind, frozenset()):
            data[name] = ""
        self._check("organization_number", lambda typed: clean_organization_number(data.get("country", ""), typed))
        self._check("vat_number", lambda typed: _clean_vat_number(data.get("country", ""), typed))
        if kind == CustomerKind.INTERNAL and not data.get("resource_number") and "resource_number" not in self.errors:
            self.add_error("resource_number", _("Internal customers are known by a resource number. Write it."))
        self._check_endpoint()
        data["channels"] = read_places(self)
        clean_values(self, self.definitions)
        return data

    def values(self) -> dict[str, Any]:
        """What the action writes: every column of the form, the address split into scheme and identifier."""
        scheme, _colon, identifier = self.cleaned_data["endpoint"].partition(":")
        columns = {name: self.cleaned_data[name] for name in self.Meta.fields}
        own = merged(self.stored_properties, own_values(self, self.definitions)) if self.definitions else None
        addressed = {
            **columns,
            "channels": self.cleaned_data["channels"],
            "endpoint_scheme": scheme,
            "endpoint_id": identifier,
        }
        return addressed if own is None else {**addressed, "custom_properties": own}

    @property
    def channel_fields(self) -> list[Any]:
        """The fields of the customer's own order of channels, first to last."""
        return [self[name] for name in PLACES]

    @property
    def own_fields(self) -> list[Any]:
        """The fields of the organization's own properties."""
        return [self[field_name(row)] for row in self.definitions]

    def _check(self, name: str, clean: Any) -> None:
        typed = self.cleaned_data.get(name)
        if not typed:
            return
        try:
            self.cleaned_data[name] = clean(typed)
        except ValidationError as error:
            self.add_error(name, error)

    def _check_endpoint(self) -> None:
        typed = str(self.cleaned_data.get("endpoint") or "").replace(" ", "")
        if typed and not PEPPOL_ADDRESS.fullmatch(typed):
            self.add_error("endpoint", _("Write a scheme of four digits, a colon and the number: 0192:123456785."))
            return
        scheme, _colon, identifier = typed.partition(":")
        country = next((code for code, known in OWN_ADDRESS_SCHEMES.items() if known == scheme), "")
        if country:
            try:
                typed = f"{scheme}:{clean_organization_number(country, identifier)}"
            except ValidationError as error:
                self.add_error("endpoint", error)
        if not typed and self.cleaned_data.get("wants_ehf"):
            typed = self._own_endpoint()
            if not typed:
                self.add_error("endpoint", _("Write the electronic address: without one no EHF can be delivered."))
        self.cleaned_data["endpoint"] = typed

    def _own_endpoint(self) -> str:
        scheme = OWN_ADDRESS_SCHEMES.get(str(self.cleaned_data.get("country", "")), "")
        number = self.cleaned_data.get("organization_number") or ""
        return f"{scheme}:{number}" if scheme and number and "organization_number" not in self.errors else ""


class ContactForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A person at a customer."""

    class Meta:
        model = Contact
        fields = ["name", "email", "phone"]


class NationalIdForm(PlainTextForm, forms.Form):
    """A national id, typed once; it is never shown in the field again."""

    national_id = forms.CharField(
        label=gettext_lazy("National id"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["national_id"].help_text = _("Stored sealed, shown masked. Each look at it is written down.")


def _choice(label: str, choices: Sequence[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices)


def _clean_vat_number(country: str, typed: str) -> str:
    number = typed.upper().replace(" ", "")
    prefix = "EL" if country == "GR" else country
    if prefix.lower() in eu_vat.MEMBER_STATES:
        number = number if number.startswith(prefix) else prefix + number
        rules = get_cc_module(country.lower(), "vat")
        assert rules is not None, country
        try:
            return prefix + str(rules.validate(number)).removeprefix(prefix)
        except NumberRefused as error:
            raise ValidationError(
                _("%(number)s is not a VAT number of %(country)s. Compare it with their invoice."),
                params={"number": number, "country": country},
            ) from error
    if not FREE_VAT_NUMBER.fullmatch(number):
        raise ValidationError(_("Write the VAT number with letters and digits, at most 20."))
    return number
