"""What may be typed about own properties: their definitions, and their values on a customer or a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import CustomProperty, PropertyKind, PropertySubject
from customers.own_values import TEXT_LENGTH_MAX, OwnValueRefused, stored_value, typed_value
from foundation.templatetags.formatting import language_of_page
from foundation.text import PlainTextForm, clean_text

WORDS_MAX = 50
WORD_LENGTH_MAX = 60


def field_name(row: CustomProperty) -> str:
    """The name of the field that holds the property's value."""
    return f"own-{row.pk}"


def value_field(row: CustomProperty) -> forms.Field:
    """The field for one value: a date for days, a menu for words, else a line."""
    field: forms.Field
    if row.kind == PropertyKind.CHOICE:
        choices = [("", _("Nothing chosen")), *[(word, word) for word in row.choices]]
        field = forms.ChoiceField(label=row.name, required=False, choices=choices)
    else:
        kinds = {PropertyKind.DATE: {"type": "date"}, PropertyKind.NUMBER: {"inputmode": "decimal"}}
        widget = forms.TextInput(attrs=kinds.get(PropertyKind(row.kind), {}))
        field = forms.CharField(label=row.name, required=False, max_length=TEXT_LENGTH_MAX, widget=widget)
    return field


class OwnValuesForm(PlainTextForm, forms.Form):
    """The values of all own properties of one customer or document."""

    def __init__(
        self, *args: Any, definitions: Sequence[CustomProperty], values: Mapping[str, Any], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.definitions = definitions
        add_value_fields(self, definitions, values)

    def clean(self) -> dict[str, Any]:
        """Each value as it is kept, refused by its own field."""
        super().clean()
        clean_values(self, self.definitions)
        return self.cleaned_data

    def values(self) -> dict[str, str]:
        """The values by the ids of their properties, an empty one for what was emptied."""
        return own_values(self, self.definitions)


def add_value_fields(form: forms.BaseForm, definitions: Sequence[CustomProperty], values: Mapping[str, Any]) -> None:
    """Give the form a field for each property, filled with its value; a word out of use can stay where it stands."""
    language = language_of_page()
    for row in definitions:
        field = value_field(row)
        stored = str(values.get(str(row.pk), ""))
        if isinstance(field, forms.ChoiceField) and stored and stored not in row.choices:
            field.choices = [*field.choices, (stored, stored)]  # type: ignore[misc]  # the stubs are too narrow
        field.initial = typed_value(row, stored, language)
        form.fields[field_name(row)] = field


def clean_values(form: forms.BaseForm, definitions: Sequence[CustomProperty]) -> None:
    """Replace what was typed by what is kept."""
    for row in definitions:
        name = field_name(row)
        typed = str(form.cleaned_data.get(name) or "")
        if typed and typed == str(form.fields[name].initial or ""):
            continue
        try:
            form.cleaned_data[name] = stored_value(row, typed, language_of_page())
        except OwnValueRefused as refusal:
            form.add_error(name, str(refusal))


def own_values(form: forms.BaseForm, definitions: Sequence[CustomProperty]) -> dict[str, str]:
    """The changed values of the form by the ids of their properties."""
    names = {field_name(row): row for row in definitions}
    return {
        str(row.pk): str(form.cleaned_data.get(name) or "")
        for name, row in names.items()
        if str(form.cleaned_data.get(name) or "") != str(form.fields[name].initial or "")
    }


class PropertyForm(PlainTextForm, forms.Form):
    """The definition of an own property."""

    subject = forms.ChoiceField(label=gettext_lazy("Stands on"), choices=PropertySubject.choices)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    kind = forms.ChoiceField(label=gettext_lazy("Holds"), choices=PropertyKind.choices)
    words = forms.CharField(
        label=gettext_lazy("Words to choose from"),
        required=False,
        max_length=WORDS_MAX * (WORD_LENGTH_MAX + 2),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One a line; only for a choice."),
    )

    def clean(self) -> dict[str, Any]:
        """A choice has words, and nothing else has."""
        super().clean()
        words = read_words(self.cleaned_data.get("words", ""))
        is_choice = self.cleaned_data.get("kind") == PropertyKind.CHOICE
        if is_choice and not words and "words" not in self.errors:
            self.add_error("words", _("Write the words to choose from, one a line."))
        self.cleaned_data["choices"] = words if is_choice else []
        return self.cleaned_data


class PropertyChangeForm(PlainTextForm, forms.Form):
    """What can be changed of an own property: its name, and the words of a choice."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    words = forms.CharField(
        label=gettext_lazy("Words to choose from"),
        required=False,
        max_length=WORDS_MAX * (WORD_LENGTH_MAX + 2),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_words(self) -> list[str]:
        """The words, one a line."""
        return read_words(self.cleaned_data["words"])


def read_words(typed: str) -> list[str]:
    """Each line that says something, once; a comma would tear a word apart in a filter."""
    words = list(dict.fromkeys(line.strip() for line in clean_text(typed).split("\n") if line.strip()))
    if len(words) > WORDS_MAX:
        raise ValidationError(_("At most %(most)s words."), params={"most": WORDS_MAX})
    if any(len(word) > WORD_LENGTH_MAX for word in words):
        raise ValidationError(_("A word has at most %(most)s characters."), params={"most": WORD_LENGTH_MAX})
    if any("," in word for word in words):
        raise ValidationError(_("A word holds no comma. Write one word a line."))
    return words
