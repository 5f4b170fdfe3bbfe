"""What opening, preparing and approving a billing run is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.models import BillingRun, FinanceTarget, RunScope
from billing_backlog.runs.basis import Sum
from foundation.forms import DayField, NumberField
from foundation.text import PlainTextForm


class RunForm(PlainTextForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """A new run: what it bills, for which period, and who has to be done when."""

    period_from = DayField(label=gettext_lazy("Period from"))
    until = DayField(label=gettext_lazy("Through"))
    opens_on = DayField(label=gettext_lazy("Window opens"), required=False)
    closes_on = DayField(label=gettext_lazy("Window closes"), required=False)
    change_percent = NumberField(
        label=gettext_lazy("Tell of changes from, %"), max_digits=5, decimal_places=2, min_value=1
    )

    class Meta:
        model = BillingRun
        fields = [
            "name", "scope", "period_from", "until", "opens_on", "closes_on", "change_percent", "needs_second_person",
        ]  # fmt: skip

    def __init__(self, *args: Any, targets: Sequence[FinanceTarget] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.targets = {str(target.pk): target for target in targets}
        if self.targets:
            files = [(key, _("A file for %(name)s") % {"name": target.name}) for key, target in self.targets.items()]
            self.fields["target"] = forms.ChoiceField(
                label=_("Makes"), required=False, choices=[("", _("Drafts here")), *files]
            )

    @property
    def target(self) -> FinanceTarget | None:
        """The finance system that the run's file is for, if it is for one."""
        return self.targets.get(self.cleaned_data.get("target", ""))

    def clean_name(self) -> str:
        """The name without spaces around it: it is typed again to approve the run."""
        return str(self.cleaned_data["name"]).strip()

    def clean(self) -> dict[str, Any]:
        """Days that run forward; a window that closes has opened."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("until") and found.get("period_from") and found["until"] < found["period_from"]:
            self.add_error("until", _("The period ends before it begins."))
        if found.get("closes_on") and not found.get("opens_on"):
            self.add_error("opens_on", _("Say when the window opens, too."))
        elif found.get("closes_on") and found["closes_on"] < found["opens_on"]:
            self.add_error("closes_on", _("The window closes before it opens."))
        return found

    def clean_scope(self) -> str:
        """One of the kinds of runs."""
        if self.cleaned_data["scope"] not in RunScope.values:
            raise ValidationError(_("Choose what the run bills."))
        return str(self.cleaned_data["scope"])


class ControlForm(PlainTextForm, forms.Form):
    """The booking list's own count and sum."""

    control_count = forms.IntegerField(label=gettext_lazy("Lines on the booking list"), min_value=0, max_value=100_000)
    control_amount = NumberField(label=gettext_lazy("Sum of the booking list"), max_digits=16, decimal_places=2)

    @property
    def control(self) -> Sum:
        """Both as they are compared with the basis."""
        return Sum(self.cleaned_data["control_count"], self.cleaned_data["control_amount"])


class ReasonForm(PlainTextForm, forms.Form):
    """Why something is done to a run."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


class HoldForm(ReasonForm):
    """Which customer is left out, and why."""

    customer = forms.ChoiceField(label=gettext_lazy("Customer"))

    def __init__(self, *args: Any, customers: Sequence[tuple[str, str]], **options: Any) -> None:
        options.setdefault("auto_id", "id_hold_%s")
        super().__init__(*args, **options)
        self.fields["customer"].choices = customers  # type: ignore[attr-defined]
        self.order_fields(["customer", "reason"])


class ReturnForm(ReasonForm):
    """Which facility goes back to whoever prepares it, and why."""

    facility = forms.ChoiceField(label=gettext_lazy("Facility"))

    def __init__(self, *args: Any, places: Sequence[tuple[str, str]], **options: Any) -> None:
        options.setdefault("auto_id", "id_back_%s")
        super().__init__(*args, **options)
        self.fields["facility"].choices = places  # type: ignore[attr-defined]
        self.order_fields(["facility", "reason"])


class AnswerForm(PlainTextForm, forms.Form):
    """Which differences are looked at, and what there is to say of them; nothing: accepted as they are."""

    explanation = forms.CharField(label=gettext_lazy("Explanation"), max_length=300, required=False)


class ApprovalForm(PlainTextForm, forms.Form):
    """The run's name, typed; and that the control total was compared."""

    is_compared = forms.BooleanField(
        label=gettext_lazy("The control total was compared with the booking list"),
        error_messages={"required": gettext_lazy("Compare the control total before you approve.")},
    )
    typed_name = forms.CharField(label=gettext_lazy("Type the run’s name to confirm"), max_length=120)
