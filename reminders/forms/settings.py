"""What is typed about reminders as a whole, and about one customer or one claim."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.forms import NumberField
from foundation.text import PlainTextForm
from reminders.choosing import Chosen
from reminders.models import PlanChoice, ReminderPlan, ReminderSettings
from reminders.models.settings import LAST_HOUR

SETTINGS: Final = ("is_on", "hour", "needs_approval", "consolidates", "minimum", "bank_days_max")
CONSOLIDATES: Final = {"": None, "yes": True, "no": False}


class ReminderSettingsForm(PlainTextForm, forms.Form):
    """Whether and how reminders go out by themselves."""

    use_required_attribute = False

    is_on = forms.BooleanField(label=_("Reminders go out by themselves"), required=False)
    hour = forms.TypedChoiceField(
        label=_("From this hour of the day"),
        choices=[(hour, f"{hour:02}:00") for hour in range(LAST_HOUR + 1)],
        coerce=int,
    )
    needs_approval = forms.BooleanField(label=_("Somebody approves them each day"), required=False)
    consolidates = forms.BooleanField(label=_("One letter for everything that a customer owes"), required=False)
    minimum = NumberField(
        label=_("Nothing is sent for less than"),
        max_digits=12,
        decimal_places=2,
        min_value=0,
        max_value=Decimal("9999999"),
    )
    bank_days_max = forms.IntegerField(
        label=_("Wait when the bank has not been read for so many days"),
        required=False,
        min_value=1,
        max_value=365,
        help_text=_("Empty: the age of the bank's files does not matter."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def values(self) -> dict[str, Any]:
        """What the action writes."""
        return {name: self.cleaned_data[name] for name in SETTINGS}


def initial_of(settings: ReminderSettings) -> dict[str, Any]:
    """What the form shows of a row; one that is not stored yet has version 0."""
    version = 0 if settings._state.adding else settings.version
    return {**{name: getattr(settings, name) for name in SETTINGS}, "version": version}


class ChoiceForm(PlainTextForm, forms.Form):
    """Another plan for one claim, or none at all."""

    use_required_attribute = False

    plan = forms.ChoiceField(label=_("Plan"), required=False)
    is_stopped = forms.BooleanField(label=_("No reminders"), required=False)
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=300, help_text=_("Needed where reminders stop.")
    )

    def __init__(self, *args: Any, plans: Iterable[ReminderPlan], follows: str, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", follows), *((str(plan.pk), plan.name) for plan in plans)]
        self.fields["plan"].choices = choices  # type: ignore[attr-defined]

    def chosen(self) -> Chosen:
        """What the action writes."""
        said = self.cleaned_data
        return Chosen(
            plan_id=UUID(said["plan"]) if said["plan"] else None,
            is_stopped=said["is_stopped"],
            reason=said["reason"],
            consolidates=CONSOLIDATES[said.get("consolidates", "")],
        )


class CustomerChoiceForm(ChoiceForm):
    """The same for all claims of one customer, and whether they come in one letter."""

    consolidates = forms.ChoiceField(
        label=_("Several invoices at once"),
        required=False,
        choices=[
            ("", _("As the company does")),
            ("yes", _("One letter for everything")),
            ("no", _("A letter for each invoice")),
        ],
    )
    field_order = ("plan", "consolidates", "is_stopped", "reason")


def initial_of_choice(choice: PlanChoice | None) -> dict[str, Any]:
    """What a form shows of what was chosen."""
    if choice is None:
        return {}
    told = {value: name for name, value in CONSOLIDATES.items()}
    return {
        "plan": str(choice.plan_id or ""),
        "is_stopped": choice.is_stopped,
        "reason": choice.reason if choice.is_stopped else "",
        "consolidates": told[choice.consolidates],
    }
