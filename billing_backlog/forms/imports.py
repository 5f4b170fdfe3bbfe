"""What may be chosen about a file of work: the file, who tells, and which column is which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.file_words import FIELDS, own_system_words
from billing_backlog.importing.reading import SYSTEM_LENGTH_MAX, SourceFormat
from billing_backlog.intake.plain import is_own_system
from billing_backlog.models import ItemKind
from billing_backlog.source_files import columns
from foundation.text import PlainTextForm
from tenants.jobs import new_key

UPLOAD_MAX = 25 * 1024 * 1024
DIMENSIONS_MAX = 10
# What nearly every file has; the rest is folded away until it is wanted.
MAIN = ("order", "order_line", "day", "customer_number", "organization_number", "customer_name", "project", "contract",
        "text", "quantity", "unit_price", "amount")  # fmt: skip
KINDS = tuple(
    (kind.value, kind.label)
    for kind in (ItemKind.TIME, ItemKind.BOOKING, ItemKind.VISIT, ItemKind.MATERIAL, ItemKind.EXPENSE, ItemKind.FEE)
)


class WorkFileForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.dat"}),
        help_text=gettext_lazy(
            "CSV or XLSX with the names of the columns on top, LG04 or Visma FL. At most 10,000 rows."
        ),
    )

    def clean_file(self) -> Any:
        """Not larger than what is read."""
        upload = self.cleaned_data["file"]
        if upload.size > UPLOAD_MAX:
            raise ValidationError(
                _("The file is larger than %(most)s MB. Split it."), params={"most": UPLOAD_MAX >> 20}
            )
        return upload


class ReadingForm(PlainTextForm, forms.Form):
    """Who tells of the work, of what kind it is, and for a table which column fills which field."""

    system = forms.CharField(
        label=gettext_lazy("Which system tells"),
        max_length=SYSTEM_LENGTH_MAX,
        help_text=gettext_lazy("Its order and line numbers are its own: the same ones told again are taken once."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Rows that do not say it are"), choices=KINDS)
    price_includes_vat = forms.BooleanField(label=gettext_lazy("Prices include VAT"), required=False)
    quantity_has_decimals = forms.BooleanField(
        label=gettext_lazy("Quantities have two decimals"), required=False, initial=True
    )
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, found: SourceFormat, header: Sequence[str], **options: Any) -> None:
        suggestion: Mapping[str, int] = dict(options.get("initial", {}).get("mapping", {}))
        super().__init__(*args, **options)
        self.found = found
        self.fields["key"].initial = new_key()
        if found is not SourceFormat.TABLE:
            del self.fields["price_includes_vat"]
        if found is not SourceFormat.VISMA_FL:
            del self.fields["quantity_has_decimals"]
        places = [("", _("Not in the file")), *[(str(place), name) for place, name in enumerate(header)]]
        for name, label in _columns().items() if found is SourceFormat.TABLE else ():
            self.fields[f"column-{name}"] = forms.ChoiceField(
                label=label,
                choices=places,
                required=name in columns.REQUIRED,
                error_messages={"required": _("Choose the column that holds this.")},
                initial=str(suggestion[name]) if name in suggestion else "",
            )

    def clean_system(self) -> str:
        """Not one of our own names: what they tell cannot be told from outside."""
        name = str(self.cleaned_data["system"])
        if is_own_system(name):
            raise ValidationError(own_system_words(name), code="own")
        return name

    @property
    def main(self) -> list[Any]:
        """The fields for the columns that nearly every file has, and for those that this one fills."""
        return [self[name] for name in self._column_fields() if self._is_main(name)]

    @property
    def more(self) -> list[Any]:
        """The fields for all other columns."""
        return [self[name] for name in self._column_fields() if not self._is_main(name)]

    def _column_fields(self) -> list[str]:
        return [name for name in self.fields if name.startswith("column-")]

    def _is_main(self, name: str) -> bool:
        return name.removeprefix("column-") in MAIN or bool(self[name].value()) or name in self.errors

    def clean(self) -> dict[str, Any]:
        """What no row can be without has a column, and no column fills two fields."""
        cleaned = super().clean() or {}
        if self.found is not SourceFormat.TABLE:
            return cleaned
        for name in set(columns.missing(self.mapping())) - {name.removeprefix("column-") for name in self.errors}:
            self.add_error(f"column-{name}", _("Choose the column that holds this."))
        used: dict[str, str] = {}
        for name in self._column_fields():
            place = cleaned.get(name)
            if place and place in used:
                sentence = _("%(field)s takes this column already. Choose another.") % {"field": used[place]}
                self.add_error(name, sentence)
            elif place:
                used[place] = str(self.fields[name].label)
        return cleaned

    def mapping(self) -> dict[str, int]:
        """The place in the file of each field that is there."""
        return {
            name.removeprefix("column-"): int(self.cleaned_data[name])
            for name in self._column_fields()
            if self.cleaned_data.get(name)
        }


def _columns() -> dict[str, str]:
    """The fields that a column can fill, and their names."""
    found = {name: capfirst(str(FIELDS[name])) for name in (*MAIN, *columns.NAMES)}
    dimensions = {
        f"dim_{number}": _("Dimension %(number)s") % {"number": number} for number in range(1, DIMENSIONS_MAX)
    }
    return found | dimensions
