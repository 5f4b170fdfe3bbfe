"""Typed text: `clean_line` for one line, `clean_text` for several, `search_words` for search boxes.

Forms get both by deriving from `PlainTextForm` (before `forms.Form` or `forms.ModelForm`): every text field then
refuses, by its own name, what can be neither shown nor written into a PDF or an XML file.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext as _

SEARCH_LENGTH_MAX = 100
# Marks that turn the reading direction of what follows; letters of right-to-left scripts need none of them.
DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
LINE_BREAKS = frozenset("\n\u2028\u2029")
NON_CHARACTERS = frozenset("\ufffe\uffff")
UNWANTED_CATEGORIES = frozenset({"Cc", "Cs"})


class UnprintableText(ValueError):
    """The text holds a character that cannot be shown; `character` is the first of them."""

    def __init__(self, character: str) -> None:
        super().__init__(f"U+{ord(character):04X}")
        self.character = character


def clean_line(text: str) -> str:
    """One line of text without space around it, letters composed; refuses control characters and line breaks."""
    line = unicodedata.normalize("NFC", text.replace("\t", " ").strip())
    _refuse_unprintable(line, allowed=frozenset())
    return line


def clean_text(text: str) -> str:
    """Text of several lines with plain line breaks and no space around it; refuses control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    cleaned = unicodedata.normalize("NFC", lines.strip())
    _refuse_unprintable(cleaned, allowed=frozenset("\n"))
    return cleaned


def search_words(text: str) -> str:
    """What somebody typed into a search box, cut to a bound; characters that no name holds are left out."""
    shown = "".join(character for character in text[:SEARCH_LENGTH_MAX] if not _is_unprintable(character))
    return unicodedata.normalize("NFC", shown.strip())


class PlainTextForm(forms.BaseForm):
    """A form whose text fields take only text that can be shown; the refusal names the field."""

    def _clean_fields(self) -> None:
        for name, field in self.fields.items():
            if isinstance(field, forms.CharField):
                _without_null_validator(field)
                field.to_python = _CleaningReader(self, name, field)  # type: ignore[method-assign]
        super()._clean_fields()  # type: ignore[misc]  # a method of Django's that its stubs leave out


class _CleaningReader:
    """Reads a text field as Django does, and cleans what it read."""

    def __init__(self, form: forms.BaseForm, name: str, field: forms.CharField) -> None:
        self._label = form[name].label
        self._read = field.to_python
        self._clean = clean_text if isinstance(field.widget, forms.Textarea) else clean_line

    def __call__(self, value: Any) -> Any:
        read = self._read(value)
        if not isinstance(read, str):
            return read
        try:
            return self._clean(read)
        except UnprintableText as refusal:
            raise ValidationError(
                _("%(field)s holds a character that cannot be shown (%(character)s). Remove it."),
                code="unprintable",
                params={"field": self._label, "character": str(refusal)},
            ) from refusal


def _without_null_validator(field: forms.CharField) -> None:
    """Leave NUL to our own refusal, which says more than Django's."""
    field.validators = [item for item in field.validators if not isinstance(item, ProhibitNullCharactersValidator)]


def _refuse_unprintable(text: str, *, allowed: frozenset[str]) -> None:
    for character in text:
        if character not in allowed and _is_unprintable(character):
            raise UnprintableText(character)


def _is_unprintable(character: str) -> bool:
    return (
        unicodedata.category(character) in UNWANTED_CATEGORIES
        or character in DIRECTION_MARKS
        or character in LINE_BREAKS
        or character in NON_CHARACTERS
    )
