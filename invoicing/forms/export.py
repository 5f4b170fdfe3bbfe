"""How the list is exported: format, name, whose words, which properties, names of associated records."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.spreadsheets import FileFormat
from foundation.text import PlainTextForm
from invoicing.listing.associations import ALL_MAX, ASSOCIATIONS, NAMED_MAX
from invoicing.listing.exported import INTERNAL, NAME_LENGTH_MAX, ExportRequest
from invoicing.listing.properties.registry import Book
from invoicing.listing.selection import Selection

LANGUAGES = (
    ("nb", "Norsk bokmål"),
    ("da", "Dansk"),
    ("sv", "Svenska"),
    ("en", "English"),
    (INTERNAL, gettext_lazy("Internal names, for programs")),
)
NAMES_ALL = "all"


class ExportForm(PlainTextForm, forms.Form):
    """The choices of one export."""

    name = forms.CharField(label=gettext_lazy("Name of the file"), max_length=NAME_LENGTH_MAX)
    file_format = forms.ChoiceField(
        label=gettext_lazy("Format"), choices=[(value.value, value.value.upper()) for value in FileFormat]
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the header"), choices=LANGUAGES)
    properties = forms.MultipleChoiceField(label=gettext_lazy("Properties"))
    associated = forms.MultipleChoiceField(
        label=gettext_lazy("Names of associated records"),
        required=False,
        choices=[(each.name, each.label) for each in ASSOCIATIONS.values()],
    )
    names = forms.ChoiceField(
        label=gettext_lazy("How many names in a cell"),
        choices=[("some", gettext_lazy("At most 1,000")), (NAMES_ALL, gettext_lazy("All"))],
    )

    def __init__(self, *args: Any, book: Book, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        properties = self.fields["properties"]
        assert isinstance(properties, forms.MultipleChoiceField)
        properties.choices = [(each.name, str(each.label)) for each in book.properties.values()]
        properties.error_messages = {
            "required": _("No property is chosen. Tick at least one."),
            "invalid_choice": _("One of the chosen properties does not exist any more. Choose again."),
        }

    def asked(self, selection: Selection) -> ExportRequest:
        """The export of these documents as chosen."""
        chosen = self.cleaned_data
        return ExportRequest(
            file_format=FileFormat(chosen["file_format"]),
            name=chosen["name"],
            language=chosen["language"],
            properties=tuple(dict.fromkeys(chosen["properties"])),
            associated=tuple(chosen["associated"]),
            names_most=ALL_MAX if chosen["names"] == NAMES_ALL else NAMED_MAX,
            ids=selection.ids,
            query=selection.query if selection.is_all else None,
        )
