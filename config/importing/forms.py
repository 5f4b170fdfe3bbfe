"""What may be chosen about imports and exports of customers and products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.importing.planning import Existing, Kind
from config.importing.words import EXISTING
from foundation.spreadsheet_reading import SIZE_MAX
from tenants.jobs import new_key

FORMATS = [("xlsx", "XLSX"), ("csv", "CSV")]


class UploadForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
        help_text=gettext_lazy("CSV or XLSX, at most 10 MB and 10,000 rows, with the names of the columns on top."),
    )

    def clean_file(self) -> Any:
        """Not larger than what is read."""
        upload = self.cleaned_data["file"]
        if upload.size > SIZE_MAX:
            raise ValidationError(_("The file is larger than %(most)s MB. Split it."), params={"most": SIZE_MAX >> 20})
        return upload


class MappingForm(forms.Form):
    """A column of the file for each field, and what to do with records that are there already."""

    existing = forms.ChoiceField(
        label=gettext_lazy("Rows that are registered already"), widget=forms.RadioSelect, initial=Existing.UPDATE.value
    )
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, kind: Kind, header: Sequence[str], **options: Any) -> None:
        suggestion = dict(options.get("initial", {}).get("mapping", {}))
        super().__init__(*args, **options)
        self.kind = kind
        existing = self.fields["existing"]
        assert isinstance(existing, forms.ChoiceField)
        existing.choices = [(choice.value, label) for choice, label in EXISTING.items()]
        self.fields["key"].initial = new_key()
        places = [("", _("Not in the file")), *[(str(place), name) for place, name in enumerate(header)]]
        for column in kind.columns:
            self.fields[f"column-{column.name}"] = forms.ChoiceField(
                label=column.label,
                choices=places,
                required=False,
                initial=str(suggestion[column.name]) if column.name in suggestion else "",
            )

    @property
    def columns(self) -> list[Any]:
        """The fields for the columns, in the order of the kind."""
        return [self[f"column-{column.name}"] for column in self.kind.columns]

    def clean(self) -> dict[str, Any]:
        """What no record can be without has a column, and no column fills two fields."""
        cleaned = super().clean() or {}
        for name in self.kind.required:
            if not cleaned.get(f"column-{name}"):
                self.add_error(f"column-{name}", _("Choose the column that holds this."))
        used: dict[str, str] = {}
        for column in self.kind.columns:
            place = cleaned.get(f"column-{column.name}")
            if place and place in used:
                sentence = _("%(field)s takes this column already. Choose another.") % {"field": used[place]}
                self.add_error(f"column-{column.name}", sentence)
            elif place:
                used[place] = str(column.label)
        return cleaned

    def mapping(self) -> dict[str, int]:
        """The place in the file of each field that is there."""
        return {
            column.name: int(self.cleaned_data[f"column-{column.name}"])
            for column in self.kind.columns
            if self.cleaned_data.get(f"column-{column.name}")
        }

    def shown_mapping(self) -> dict[str, int]:
        """The places as the page shows them."""
        shown = {column.name: str(self[f"column-{column.name}"].value() or "") for column in self.kind.columns}
        return {name: int(place) for name, place in shown.items() if place.isdecimal()}


class ExportForm(forms.Form):
    """The format of a file with all records."""

    file_format = forms.ChoiceField(
        label=gettext_lazy("Format"), choices=FORMATS, initial="xlsx", widget=forms.RadioSelect
    )
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
