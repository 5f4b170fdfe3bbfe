"""Fields that projects and contracts have in common."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing_backlog.queries.choosing import customer_label, customers_called
from customers.models import VAT_TREATMENT_CHOICES, Customer
from customers.units import UNITS, unit_name
from foundation.alphabet import sort_key
from foundation.forms import NumberField
from foundation.money import round_amount
from foundation.templatetags.formatting import language_of_page
from tenants.models import Organization

AMOUNT_MAX = Decimal("99999999999999.99")
OFFERED = "offered-customers"  # the id of the list that completes what is typed


class CustomerField(forms.CharField):
    """A customer by number or name; several that fit are named in the refusal."""

    def __init__(self, organization: Organization, **options: Any) -> None:
        self.organization = organization
        attributes = {"list": OFFERED, "autocomplete": "off"}
        options.setdefault("label", gettext_lazy("Customer"))
        super().__init__(max_length=160, widget=forms.TextInput(attrs=attributes), **options)

    def clean(self, value: Any) -> Customer | None:
        """The one customer who is meant."""
        typed = super().clean(value)
        if not typed:
            return None
        found = customers_called(self.organization, typed)
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(_("No customer in use has that number or name."))
        names = ", ".join(customer_label(customer) for customer in found[:3])
        raise ValidationError(_("Several fit: %(names)s. Write the number."), params={"names": names})

    def prepare_value(self, value: Any) -> Any:
        """A stored customer by number and name."""
        return customer_label(value) if isinstance(value, Customer) else value


def amount_field(label: Any, **options: Any) -> NumberField:
    """An amount without VAT that is left empty or greater than zero."""
    limits = {"max_digits": 16, "decimal_places": 2, "min_value": Decimal("0.01"), "max_value": AMOUNT_MAX}
    return NumberField(label=label, **{"required": False, **limits, **options})


def shortest(number: Decimal | None, decimals_min: int = 0) -> Decimal | None:
    """The number with the decimals that it has, so many at least: 1250.00 for a stored 1250.000000."""
    if number is None:
        return None
    bare = number.normalize()
    wanted = max(decimals_min, -int(bare.as_tuple().exponent))
    return round_amount(bare, max(0, wanted))


def vat_field() -> forms.ChoiceField:
    """A VAT treatment, or none of its own: the next of contract, project, customer and product decides (M-065)."""
    choices = [("", pgettext_lazy("VAT treatment", "As what stands above it")), *VAT_TREATMENT_CHOICES]
    return forms.ChoiceField(label=gettext_lazy("VAT"), choices=choices, required=False)


def unit_choices() -> list[tuple[str, str]]:
    """The units by their names in the language of the page."""
    language = language_of_page()
    named = ((code, unit_name(code, language)) for code in UNITS)
    return sorted(named, key=lambda unit: sort_key(unit[1], language))
