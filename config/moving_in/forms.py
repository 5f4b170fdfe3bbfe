"""What is typed and chosen about a move-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.importing.columns import Column
from config.moving_in.asked import KINDS, MovedFile, MoveInRequest
from config.moving_in.words import KIND_LABELS
from foundation.errors import DomainError
from foundation.forms import DayField, NumberField
from foundation.spreadsheet_reading import SIZE_MAX, TableRead, read_table
from foundation.text import PlainTextForm
from tenants.jobs import new_key

NUMBER_MAX = 999_999_999
NAME_LENGTH_MAX = 100


def _file(label: Any, help_text: Any = "") -> forms.FileField:
    return forms.FileField(
        label=label, required=False, help_text=help_text, widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"})
    )


class MoveInForm(PlainTextForm, forms.Form):
    """The files of the old system, the day, what it says customers owe, and where numbers go on."""

    customers = _file(gettext_lazy("Customers"))
    products = _file(gettext_lazy("Products"))
    open_items = _file(
        gettext_lazy("Open items"),
        gettext_lazy("One row for each unpaid invoice. Credits and unused money of customers have a minus."),
    )
    day = DayField(
        label=gettext_lazy("The books move on"),
        help_text=gettext_lazy("The last day of the old system. The opening balance is booked on it."),
    )
    control_total = NumberField(
        label=gettext_lazy("Control total"),
        max_digits=18,
        decimal_places=2,
        help_text=gettext_lazy("What the old system says that customers owe in all on that day, credits taken off."),
    )
    next_invoice_number = forms.IntegerField(
        label=gettext_lazy("Next invoice number"), min_value=1, max_value=NUMBER_MAX, required=False, localize=False
    )
    next_customer_number = forms.IntegerField(
        label=gettext_lazy("Next customer number"), min_value=1, max_value=NUMBER_MAX, required=False, localize=False
    )

    def __init__(self, *args: Any, standing: MoveInRequest | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.standing = dict(standing.files) if standing else {}  # files that stay unless others are chosen
        self.contents: dict[str, bytes] = {}
        for name in ("next_invoice_number", "next_customer_number"):
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "num"})

    def clean(self) -> dict[str, Any]:
        """At least one file, and each of them a table."""
        cleaned = super().clean() or {}
        for kind in KINDS:
            upload = cleaned.get(kind)
            if upload:
                self._read(kind, upload)
        if not self.contents and not self.standing and not self.errors:
            raise ValidationError(_("Choose at least one file."))
        return cleaned

    def _read(self, kind: str, upload: Any) -> None:
        if upload.size > SIZE_MAX:
            self.add_error(kind, _("The file is larger than %(most)s MB. Split it.") % {"most": SIZE_MAX >> 20})
            return
        content = upload.read()
        try:
            read_table(content)
        except DomainError as refusal:
            self.add_error(kind, str(refusal))
        else:
            self.contents[kind] = content

    def request(self, stored: Mapping[str, str]) -> MoveInRequest:
        """What was asked for; `stored` are the hashes of the files that were sent now."""
        said = self.cleaned_data
        files = dict(self.standing)
        for kind, sha256 in stored.items():
            files[kind] = MovedFile(sha256, said[kind].name[:NAME_LENGTH_MAX])
        return MoveInRequest(
            day=said["day"],
            control_total=said["control_total"],
            files={kind: files[kind] for kind in KINDS if kind in files},
            next_invoice_number=said["next_invoice_number"],
            next_customer_number=said["next_customer_number"],
        )


class ColumnsForm(PlainTextForm, forms.Form):
    """A column of each file for each field."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(
        self,
        *args: Any,
        columns: Mapping[str, tuple[Column, ...]],
        required: Mapping[str, tuple[str, ...]],
        tables: Mapping[str, TableRead],
        suggestions: Mapping[str, Mapping[str, int]],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.kinds, self.required = columns, required
        self.fields["key"].initial = new_key()
        for kind, table in tables.items():
            places = [("", _("Not in the file")), *[(str(place), name) for place, name in enumerate(table.header)]]
            for column in columns[kind]:
                place = suggestions[kind].get(column.name)
                self.fields[f"{kind}-{column.name}"] = forms.ChoiceField(
                    label=column.label,
                    choices=places,
                    required=column.name in required[kind],
                    error_messages={"required": _("Choose the column that holds this.")},
                    initial="" if place is None else str(place),
                )

    def clean(self) -> dict[str, Any]:
        """No column of a file fills two fields."""
        cleaned = super().clean() or {}
        for kind, columns in self.kinds.items():
            used: dict[str, str] = {}
            for column in columns:
                name = f"{kind}-{column.name}"
                place = cleaned.get(name)
                if place and place in used:
                    sentence = _("%(field)s takes this column already. Choose another.") % {"field": used[place]}
                    self.add_error(name, sentence)
                elif place:
                    used[place] = str(column.label)
        return cleaned

    def parts(self) -> list[tuple[str, Any, list[Any]]]:
        """Each file with its fields, in the order of the page: kind, title, fields."""
        return [
            (kind, KIND_LABELS[kind], [self[f"{kind}-{column.name}"] for column in columns])
            for kind, columns in self.kinds.items()
        ]

    def mappings(self) -> dict[str, dict[str, int]]:
        """The place of each field in its file."""
        return {
            kind: {
                column.name: int(self.cleaned_data[f"{kind}-{column.name}"])
                for column in columns
                if self.cleaned_data.get(f"{kind}-{column.name}")
            }
            for kind, columns in self.kinds.items()
        }
