"""What is to be changed on many lines of a draft at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.forms import NumberField
from foundation.text import PlainTextForm
from invoicing.drafting.changing import LineChange
from invoicing.drafting.choices import DraftChoices
from invoicing.forms.drafts import TypedDraft
from invoicing.forms.limits import NUMBER_ERRORS, PRICE_MAX, QUANTITY_MAX
from invoicing.forms.lines import SECTION_LENGTH
from invoicing.models import ChargeKind

AS_IT_IS = ("", gettext_lazy("As it is"))
SET, TIMES, PERCENT, INTO, OUT = "set", "times", "percent", "into", "out"
TEXT_BEFORE_LENGTH = 200
EVERY = "all"


def _number(**limits: Any) -> NumberField:
    return NumberField(required=False, max_digits=18, decimal_places=6, error_messages=NUMBER_ERRORS, **limits)


class LineChangeForm(PlainTextForm, forms.Form):
    """One change for the lines that are ticked, or for all."""

    prefix = "bulk"

    lines = forms.ChoiceField(
        choices=[("", gettext_lazy("The ticked lines")), (EVERY, gettext_lazy("Every line of the draft"))],
        label=gettext_lazy("Which lines"),
        required=False,
    )
    charge_kind = forms.ChoiceField(label=gettext_lazy("Charge"), choices=[AS_IT_IS, *ChargeKind.choices])
    quantity_how = forms.ChoiceField(
        label=gettext_lazy("Quantity"),
        choices=[AS_IT_IS, (SET, gettext_lazy("Set to")), (TIMES, gettext_lazy("Multiply by"))],
    )
    quantity = _number(min_value=-QUANTITY_MAX, max_value=QUANTITY_MAX)
    price_how = forms.ChoiceField(
        label=gettext_lazy("Price"),
        choices=[AS_IT_IS, (SET, gettext_lazy("Set to")), (PERCENT, gettext_lazy("Change by %"))],
    )
    price = _number(min_value=-100, max_value=PRICE_MAX)
    discount_percent = NumberField(
        label=gettext_lazy("Discount, %"),
        required=False,
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
        error_messages=NUMBER_ERRORS,
    )
    vat_treatment = forms.ChoiceField(label=gettext_lazy("VAT"))
    section_how = forms.ChoiceField(
        label=gettext_lazy("Section"),
        choices=[AS_IT_IS, (INTO, gettext_lazy("Put in")), (OUT, gettext_lazy("Take out"))],
    )
    section = forms.CharField(label=gettext_lazy("Name of the section"), max_length=SECTION_LENGTH, required=False)
    text_before = forms.CharField(
        label=gettext_lazy("Text before the description"), max_length=TEXT_BEFORE_LENGTH, required=False
    )

    def __init__(self, data: QueryDict | None = None, *, choices: DraftChoices | None = None) -> None:
        super().__init__(data)
        for field in self.fields.values():
            field.required = False
        treatment = self.fields["vat_treatment"]
        assert isinstance(treatment, forms.ChoiceField)
        treatment.choices = [AS_IT_IS, *(choices.treatments if choices else ())]

    def clean(self) -> dict[str, Any]:
        """A way of changing needs its value, and a value its way."""
        cleaned = super().clean() or self.cleaned_data
        for how, value, label in (
            ("quantity_how", "quantity", _("Quantity")),
            ("price_how", "price", _("Price")),
        ):
            if cleaned.get(how) and cleaned.get(value) is None and value not in self.errors:
                self.add_error(value, _("%(field)s: write the number.") % {"field": label})
            elif cleaned.get(value) is not None and not cleaned.get(how):
                self.add_error(how, _("%(field)s: say what the number does.") % {"field": label})
        if cleaned.get("price_how") == SET and (cleaned.get("price") or Decimal(0)) < 0:
            self.add_error("price", _("Price: a price is not negative."))
        if cleaned.get("section_how") == INTO and not cleaned.get("section"):
            self.add_error("section", _("Section: write its name."))
        elif cleaned.get("section") and not cleaned.get("section_how"):
            cleaned["section_how"] = INTO
        return cleaned

    def change(self) -> LineChange:
        """What an action does to each line."""
        told = self.cleaned_data
        quantity, price = (told["quantity_how"], told["quantity"]), (told["price_how"], told["price"])
        section = {INTO: told["section"], OUT: ""}.get(told["section_how"])
        return LineChange(
            charge_kind=told["charge_kind"],
            quantity=quantity[1] if quantity[0] == SET else None,
            quantity_factor=quantity[1] if quantity[0] == TIMES else None,
            unit_price=price[1] if price[0] == SET else None,
            price_percent=price[1] if price[0] == PERCENT else None,
            discount_percent=told["discount_percent"],
            vat_treatment=told["vat_treatment"],
            section=section,
            text_before=told["text_before"],
        )

    def chosen(self, typed: TypedDraft) -> list[UUID] | None:
        """The lines that are to be changed; None for every line of the draft."""
        if self.cleaned_data["lines"] == EVERY:
            return None
        ticked = [entry for entry in typed.entries if entry.is_chosen]
        return [key for entry in ticked if (key := entry.line_id or entry.new_id)]
