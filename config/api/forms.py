"""What an owner says of a token and of an address that is told what happens."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from config.webhooks.actions import Listening
from config.webhooks.kinds import WORDS as NEWS_WORDS
from config.webhooks.telling import wanted_kinds
from foundation.forms import DayField
from foundation.text import PlainTextForm
from tenants.models import Organization
from tenants.models.api import CALLS_PER_MINUTE
from tenants.scopes import WORDS, Scope
from tenants.tokens import NewToken

CALLS_MAX = 10_000
LIFE_DAYS = 365


class TokenForm(PlainTextForm, forms.Form):
    """A token for one program."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("The program that calls. The history says that it was this one."),
    )
    scopes = forms.MultipleChoiceField(
        label=pgettext_lazy("what a token may do", "May"),
        choices=[(scope.value, WORDS[scope]) for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose what the program may do.")},
    )
    holds_through = DayField(
        label=gettext_lazy("Holds through"), required=False, help_text=gettext_lazy("Empty: until it is taken back.")
    )
    calls_per_minute = forms.IntegerField(
        label=gettext_lazy("Calls a minute"), min_value=1, max_value=CALLS_MAX, initial=CALLS_PER_MINUTE
    )

    def __init__(self, *args: Any, organization: Organization, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self._zone, self._today = ZoneInfo(organization.time_zone), today
        self.fields["holds_through"].initial = today + timedelta(days=LIFE_DAYS)

    def clean_holds_through(self) -> date | None:
        """A day that has not passed."""
        day: date | None = self.cleaned_data["holds_through"]
        if day is not None and day < self._today:
            raise forms.ValidationError(_("Choose today or a later day."))
        return day

    def wanted(self) -> NewToken:
        """The token as the action takes it."""
        said = self.cleaned_data
        day = said["holds_through"]
        ends = datetime.combine(day + timedelta(days=1), time.min, self._zone).astimezone(UTC) if day else None
        return NewToken(
            name=said["name"], scopes=said["scopes"], calls_per_minute=said["calls_per_minute"], expires_at=ends
        )


class WebhookForm(PlainTextForm, forms.Form):
    """An address of another program's, and what it wants to know."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("https://… of the other program, open to the internet."),
    )
    description = forms.CharField(label=gettext_lazy("What it is for"), max_length=120, required=False)
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Tell of"),
        choices=[(kind.value, NEWS_WORDS[kind]) for kind in wanted_kinds()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose what the program wants to know.")},
    )
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)

    def listening(self) -> Listening:
        """The address as the action takes it."""
        said = self.cleaned_data
        return Listening(
            url=said["url"], description=said["description"], events=said["events"], is_active=said["is_active"]
        )
