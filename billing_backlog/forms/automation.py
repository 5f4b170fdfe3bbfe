"""What may be decided about billing by itself, for the company and for one customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing_backlog.automation import Automation
from billing_backlog.forms.fields import CustomerField
from billing_backlog.models import BillingAutomation
from billing_backlog.models.automation import PERIOD_CHOICES, POSTING_CHOICES, TIMING_CHOICES
from tenants.models import Organization

SENDS_CHOICES = [
    ("yes", pgettext_lazy("dispatch", "Send when finalized")),
    ("no", pgettext_lazy("dispatch", "Do not send")),
]
SENDS = {"yes": True, "no": False, "": None}
COMPANY = "company"  # what is left to the company
CHOICES: Mapping[str, list[tuple[str, Any]]] = {
    "posting": POSTING_CHOICES,
    "timing": TIMING_CHOICES,
    "sends": SENDS_CHOICES,
    "period": PERIOD_CHOICES,
}
LABELS: Mapping[str, Any] = {
    "posting": gettext_lazy("Posting of work"),
    "timing": gettext_lazy("Time of posting"),
    "sends": gettext_lazy("Dispatch"),
    "period": gettext_lazy("A draft collects for"),
}


class AutomationForm(forms.Form):
    """What holds for every customer without a way of its own."""

    use_required_attribute = False

    posting = forms.ChoiceField(label=LABELS["posting"], choices=POSTING_CHOICES, widget=forms.RadioSelect)
    period = forms.ChoiceField(label=LABELS["period"], choices=PERIOD_CHOICES)
    timing = forms.ChoiceField(label=LABELS["timing"], choices=TIMING_CHOICES, widget=forms.RadioSelect)
    sends = forms.ChoiceField(label=LABELS["sends"], choices=SENDS_CHOICES, widget=forms.RadioSelect)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def values(self) -> dict[str, Any]:
        """What the action writes."""
        told = {name: self.cleaned_data[name] for name in CHOICES}
        told = {name: "" if value == COMPANY else value for name, value in told.items()}
        return {**told, "sends": SENDS[told["sends"]]}


class OwnAutomationForm(AutomationForm):
    """What one customer decides for itself; each part may be left to the company."""

    def __init__(self, *args: Any, company: Automation, **options: Any) -> None:
        super().__init__(*args, **options)
        theirs = {
            "posting": company.posting.value,
            "timing": company.timing.value,
            "sends": "yes" if company.sends else "no",
            "period": company.period.value,
        }
        for name, choices in CHOICES.items():
            follows = format_lazy("{}: {}", gettext_lazy("As the company"), dict(choices)[theirs[name]])
            field = forms.ChoiceField(label=LABELS[name], choices=[(COMPANY, follows), *choices])
            self.fields[name] = field


class ChooseCustomerForm(forms.Form):
    """Which customer is to have a way of its own."""

    use_required_attribute = False

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["customer"] = CustomerField(organization)


def initial_of(row: BillingAutomation) -> dict[str, Any]:
    """What a form shows of a row; a row that is not stored yet has version 0."""
    sends = {True: "yes", False: "no", None: ""}[row.sends]
    version = 0 if row._state.adding else row.version
    shown = {"posting": str(row.posting), "timing": str(row.timing), "period": str(row.period), "sends": sends}
    return {**{name: value or COMPANY for name, value in shown.items()}, "version": version}
