"""What may be typed about number series and about texts on documents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.text import PlainTextForm
from invoicing.models import NumberSeries, TextPlace

NUMBER_MAX = 999_999_999_999  # twelve digits, so that a KID of 25 has room for it and the customer
TEXT_MAX = 2000
# Where a text of the company's own may be written; the footer has one text for all languages, beside the logo.
PLACES = (TextPlace.INVOICE_NOTE, TextPlace.CREDIT_NOTE, TextPlace.CORRECTION)


class SeriesForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A new series: its code, its name and its range."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        validators=[RegexValidator(r"^[a-z0-9-]+$", gettext_lazy("Write the code with a–z, 0–9 and hyphens."))],
        help_text=gettext_lazy("Short, for the number ledger. Numbers carry no prefix."),
    )
    first_number = forms.IntegerField(label=gettext_lazy("First number"), min_value=1, max_value=NUMBER_MAX)
    last_allowed = forms.IntegerField(label=gettext_lazy("Last number allowed"), min_value=1, max_value=NUMBER_MAX)

    class Meta:
        model = NumberSeries
        fields = ["code", "name", "first_number", "last_allowed"]

    def clean(self) -> dict[str, Any]:
        """A range that goes forward."""
        data = super().clean() or self.cleaned_data
        first, last = data.get("first_number"), data.get("last_allowed")
        if first is not None and last is not None and last < first:
            self.add_error("last_allowed", _("The last number must not be lower than the first."))
        return data

    def _post_clean(self) -> None:
        """The action builds the row: nothing is validated on a half-filled one."""


class TextsForm(PlainTextForm, forms.Form):
    """The texts of one language, one field per place."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for place in PLACES:
            self.fields[place.value] = forms.CharField(
                label=place.label, required=False, max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 4})
            )
