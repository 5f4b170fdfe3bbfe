"""What is typed when a receipt or a statement is sent: to whom, in which words, as of which day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from foundation.forms import DayField
from foundation.text import PlainTextForm
from invoicing.dispatching.letters import BODY_LENGTH_MAX, SUBJECT_LENGTH_MAX
from invoicing.papers.letter import Post

KEY_LENGTH_MAX = 60


class PostForm(PlainTextForm, forms.Form):
    """The e-mail that brings a paper; an empty subject or message means our own words."""

    key = forms.CharField(max_length=KEY_LENGTH_MAX, widget=forms.HiddenInput)
    to = forms.EmailField(
        label=gettext_lazy("To"),
        max_length=254,
        error_messages={
            "required": gettext_lazy("Enter the e-mail address that it is sent to."),
            "invalid": gettext_lazy("Write an e-mail address like name@company.no."),
        },
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=SUBJECT_LENGTH_MAX)
    body = forms.CharField(
        label=gettext_lazy("Message"), max_length=BODY_LENGTH_MAX, widget=forms.Textarea(attrs={"rows": 8})
    )

    def post(self) -> Post:
        """What was typed."""
        said = self.cleaned_data
        return Post(to=said["to"], key=f"by:{said['key']}", subject=said["subject"], body=said["body"])


class DaysForm(forms.Form):
    """As of which day an account is told, and from which day on what happened is listed as well."""

    use_required_attribute = False

    day = DayField(label=gettext_lazy("As of"))
    first = DayField(
        label=gettext_lazy("With what happened since"),
        required=False,
        help_text=gettext_lazy("Empty: only what stands open."),
    )

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__({"day": today.isoformat(), **{name: value for name, value in (data or {}).items() if value}})
        self._today = today
        for field in self.fields.values():
            field.widget.attrs["max"] = today.isoformat()

    def days(self) -> tuple[date | None, date]:
        """The first day, if any, and the last: today where nothing was chosen that can be."""
        said = self.cleaned_data if self.is_valid() else {}
        return said.get("first"), said.get("day") or self._today


class StatementsForm(forms.Form):
    """Which customers with something open get their statements."""

    only_late = forms.BooleanField(label=gettext_lazy("Only those who are past a due date"), required=False)
    key = forms.CharField(max_length=KEY_LENGTH_MAX, widget=forms.HiddenInput)
