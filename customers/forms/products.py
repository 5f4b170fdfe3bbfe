"""What may be typed about a product."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum import ean
from stdnum.exceptions import ValidationError as NumberRefused

from customers.models import VAT_TREATMENT_CHOICES, Product
from customers.units import UNITS, unit_name
from foundation.alphabet import sort_key
from foundation.countries import currency_choices
from foundation.forms import NumberField
from foundation.templatetags.formatting import language_of_page
from foundation.text import PlainTextForm
from tenants.models import Organization

PRICE_MAX = Decimal("99999999.9999")


class ProductForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A product: the unit by its word, the price in the reader's way of writing numbers."""

    unit_price = NumberField(min_value=Decimal(0), max_value=PRICE_MAX, max_digits=12, decimal_places=4)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Product
        fields = [
            "number",
            "name",
            "description",
            "unit_code",
            "unit_price",
            "price_includes_vat",
            "currency",
            "vat_treatment",
            "revenue_account",
            "gtin",
        ]

    def __init__(self, *args: Any, organization: Organization, accounts: list[tuple[str, str]], **options: Any) -> None:
        product = cast("Product | None", options.get("instance"))
        initial = options.setdefault("initial", {})
        if product is None:
            initial.setdefault("currency", organization.base_currency)
            if not organization.is_vat_registered:
                initial.setdefault("vat_treatment", "outside")
        else:
            initial.setdefault("version", product.version)
            initial.setdefault("unit_price", _without_empty_decimals(product.unit_price))
        super().__init__(*args, **options)
        language = language_of_page()
        units = sorted(
            ((code, unit_name(code, language)) for code in UNITS), key=lambda unit: sort_key(unit[1], language)
        )
        self.fields["unit_price"].label = _("Price")
        self.fields["unit_code"] = forms.ChoiceField(label=_("Unit"), choices=units, initial="NAR")
        self.fields["currency"] = forms.ChoiceField(label=_("Currency"), choices=currency_choices())
        self.fields["vat_treatment"] = forms.ChoiceField(label=_("VAT treatment"), choices=VAT_TREATMENT_CHOICES)
        self.fields["revenue_account"] = forms.ChoiceField(label=_("Revenue account"), choices=accounts)
        self.fields["gtin"].help_text = _("The number under the bar code: 8, 12, 13 or 14 digits.")

    def clean_gtin(self) -> str:
        """The digits of a GTIN whose check digit fits (GS1 General Specifications 7.9)."""
        digits = str(self.cleaned_data["gtin"]).replace(" ", "")
        if not digits:
            return ""
        try:
            return str(ean.validate(digits))
        except NumberRefused as error:
            raise ValidationError(_("This is not a GTIN: length or check digit do not fit.")) from error

    def values(self) -> dict[str, Any]:
        """What the action writes."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


def _without_empty_decimals(price: Decimal) -> Decimal:
    """The price with the decimals it has, two at least."""
    shortest = price.normalize()
    return shortest if -int(shortest.as_tuple().exponent) > 2 else price.quantize(Decimal("0.01"))
