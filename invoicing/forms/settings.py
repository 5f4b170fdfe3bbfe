"""What may be typed about number series and about texts on documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.text import PlainTextForm
from invoicing.dispatching import letters
from invoicing.models import NumberSeries, TextPlace

NUMBER_MAX = 999_999_999_999  # twelve digits, so that a KID of 25 has room for it and the customer
TEXT_MAX = 2000
FOOTER_MAX = 200  # one line at the foot of the paper
# Where a text of the company's own may be written; a footer for all languages stands beside the logo.
DOCUMENT_PLACES = (TextPlace.INVOICE_NOTE, TextPlace.CREDIT_NOTE, TextPlace.CORRECTION)
MAIL_SUBJECTS = (
    TextPlace.MAIL_SUBJECT_INVOICE,
    TextPlace.MAIL_SUBJECT_CREDIT_NOTE,
    TextPlace.MAIL_SUBJECT_CORRECTION,
)
MAIL_BODIES = (TextPlace.MAIL_BODY_INVOICE, TextPlace.MAIL_BODY_CREDIT_NOTE, TextPlace.MAIL_BODY_CORRECTION)
PLACES = (*DOCUMENT_PLACES, TextPlace.FOOTER, *MAIL_SUBJECTS, *MAIL_BODIES)


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


class MailTextField(forms.CharField):
    """A subject or body whose words in braces can all be filled in; the refusal names the one that cannot."""

    def validate(self, value: str) -> None:
        """Refuse an unknown word and a brace without its other half."""
        super().validate(value)
        try:
            letters.check(value)
        except letters.BadTemplate as error:
            raise ValidationError(sentence_of(error), code="template") from error


def sentence_of(error: letters.BadTemplate) -> str:
    """What is wrong with a template, and what can be written instead."""
    if not error.is_word:
        return _("%(part)s stands alone. Write words in braces, such as {number}, or double the brace: {{ or }}.") % {
            "part": error.part
        }
    known = ", ".join(f"{{{word}}}" for word in letters.PLACEHOLDERS)
    return _("%(part)s is not a word that can be filled in. These can: %(known)s") % {
        "part": error.part,
        "known": known,
    }


class TextsForm(PlainTextForm, forms.Form):
    """The texts of one language, one field per place."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for place in DOCUMENT_PLACES:
            self.fields[place.value] = forms.CharField(
                label=place.label, required=False, max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 4})
            )
        for place in MAIL_SUBJECTS:
            self.fields[place.value] = MailTextField(
                label=place.label, required=False, max_length=letters.SUBJECT_LENGTH_MAX
            )
        for place in MAIL_BODIES:
            self.fields[place.value] = MailTextField(
                label=place.label, required=False, max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 7})
            )
        self.fields[TextPlace.FOOTER.value] = forms.CharField(
            label=TextPlace.FOOTER.label,
            required=False,
            max_length=FOOTER_MAX,
            help_text=gettext_lazy("Empty: the footer for all languages, under Logo and look."),
        )


def show_built_in(form: TextsForm, words: Mapping[str, str]) -> None:
    """Show our own words of a language where a company has written none for its e-mails."""
    for place in (*MAIL_SUBJECTS, *MAIL_BODIES):
        form.fields[place.value].widget.attrs["placeholder"] = words[place.value.removeprefix("mail_")]
