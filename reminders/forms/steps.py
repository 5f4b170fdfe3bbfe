"""What is typed when somebody stops, sends, skips or looks for reminders."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.forms import DayField
from foundation.text import SEARCH_LENGTH_MAX, PlainTextForm, search_words
from payments.models import HoldKind
from reminders.models import StepChoice
from reminders.models.runs import INTEREST_NOTE
from reminders.queries.desk import LetterSearch
from tenants.models import Organization

REASON_LENGTH = 300


class ReasonForm(PlainTextForm, forms.Form):
    """Why something is done, in a few words of one's own."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        help_text=_("It stands in the history, with your name."),
        error_messages={"required": _("Say why in a few words.")},
    )


class HoldManyForm(ReasonForm):
    """Why several claims are not asked for, and until when."""

    kind = forms.ChoiceField(
        label=_("Why nothing is asked for"),
        choices=[
            (kind.value, kind.label)
            for kind in (HoldKind.DISPUTE, HoldKind.PROMISE, HoldKind.CUSTOMER, HoldKind.INSOLVENCY)
        ],
        initial=HoldKind.CUSTOMER,
    )
    until = DayField(label=_("Until"), required=False, help_text=_("The last day. Empty: until somebody releases it."))

    field_order = ("kind", "reason", "until")


class LetterSearchForm(PlainTextForm, forms.Form):
    """The search above the letters; whatever makes no sense narrows nothing."""

    q = forms.CharField(max_length=SEARCH_LENGTH_MAX, required=False)
    step = forms.ChoiceField(
        label=_("Step"),
        choices=[
            ("", _("Any step")),
            *(choice for choice in StepChoice.choices if choice[0] != StepChoice.COLLECTION),
            (INTEREST_NOTE, _("Interest note")),
        ],
        required=False,
    )
    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("Through"), required=False)
    customer = forms.UUIDField(required=False)

    def search(self, organization: Organization) -> LetterSearch:
        """Which letters are asked for; days are those of the organization."""
        self.is_valid()
        said: dict[str, Any] = self.cleaned_data
        last = said.get("last")
        return LetterSearch(
            words=search_words(self["q"].value() or ""),
            step=said.get("step") or "",
            first=_midnight(organization, said.get("first")),
            last=_midnight(organization, last + timedelta(days=1) if last and last < date.max else last),
            customer_id=said.get("customer"),
        )

    def parameters(self) -> dict[str, str]:
        """What of the address stays in the links of the list."""
        return {name: self.data.get(name, "")[:100] for name in self.fields if self.data.get(name)}


def _midnight(organization: Organization, day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, ZoneInfo(organization.time_zone)) if day else None
