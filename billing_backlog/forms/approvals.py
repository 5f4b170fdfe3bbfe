"""What may be typed when work is returned, when somebody is away, and about how work is billed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing_backlog.models import BacklogSettings, ReducedRest
from foundation.forms import DayField
from foundation.text import clean_line
from tenants.models import User, WhoMay

DIMENSIONS_MAX = 10
NAME_MAX = 40
OWN_DIMENSION = "project"  # every line of a project carries it already


class DeputyForm(forms.Form):
    """Who is away, who stands in, and when."""

    person = forms.ChoiceField(label=gettext_lazy("Who is away"))
    deputy = forms.ChoiceField(label=gettext_lazy("Who approves meanwhile"))
    first_day = DayField(label=gettext_lazy("First day"))
    last_day = DayField(label=gettext_lazy("Last day"))

    def __init__(self, data: Any = None, *, people: Sequence[User], away: Sequence[User], **more: Any) -> None:
        super().__init__(data, **more)
        self.people = {str(user.pk): user for user in people}
        self.away = {str(user.pk): user for user in away}
        cast(forms.ChoiceField, self.fields["person"]).choices = [(key, str(who)) for key, who in self.away.items()]
        chosen = [("", _("Choose…")), *((key, str(who)) for key, who in self.people.items())]
        cast(forms.ChoiceField, self.fields["deputy"]).choices = chosen

    def clean_person(self) -> User:
        """The person who is away."""
        return self.away[self.cleaned_data["person"]]

    def clean_deputy(self) -> User:
        """The person who stands in."""
        return self.people[self.cleaned_data["deputy"]]


class BillingForm(forms.Form):
    """How the organization bills its work."""

    bills_projects = forms.BooleanField(
        label=gettext_lazy("Hours and projects"),
        required=False,
        help_text=gettext_lazy("With expenses, contracts and milestones."),
    )
    bills_bookings = forms.BooleanField(
        label=gettext_lazy("Bookings of facilities"),
        required=False,
        help_text=gettext_lazy("Halls, fields and rooms, with price lists, billed in runs."),
    )
    bills_visits = forms.BooleanField(
        label=gettext_lazy("Visits"),
        required=False,
        help_text=gettext_lazy("Planned work at customers, billed when it is done or the night before."),
    )
    bills_subscriptions = forms.BooleanField(
        label=gettext_lazy("Subscriptions"),
        required=False,
        help_text=gettext_lazy("The same charge each month or year until it is stopped."),
    )
    uses_journal = forms.BooleanField(
        label=gettext_lazy("The accountant releases approved work before it can be billed"),
        required=False,
        help_text=gettext_lazy("VAT, account and dimensions are looked through in the journal first."),
    )
    own_approval_by = forms.ChoiceField(
        label=gettext_lazy("Who may approve own work"),
        choices=WhoMay.choices,
        widget=forms.RadioSelect,
    )
    confirms_proformas = forms.BooleanField(
        label=gettext_lazy("The project manager confirms drafts before they are finalized"), required=False
    )
    reduced_rest = forms.ChoiceField(
        label=gettext_lazy("What becomes of hours that are taken off a draft"),
        choices=ReducedRest.choices,
        widget=forms.RadioSelect,
    )
    notice_days = forms.IntegerField(
        label=gettext_lazy("Notice before cut-off, days"), min_value=0, max_value=31, help_text=gettext_lazy("0 to 31.")
    )
    attaches_timesheet = forms.BooleanField(
        label=gettext_lazy("A timesheet goes with every confirmed draft that bills hours"), required=False
    )
    hides_names = forms.BooleanField(
        label=gettext_lazy("Customers do not see who did and approved the work"), required=False
    )
    dimension_names = forms.CharField(
        label=gettext_lazy("Dimensions"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "What else billed work is sorted by in the accounts, such as department or cost centre: one on each line. "
            "The project is always one."
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean_dimension_names(self) -> list[str]:
        """The names in their order, each once."""
        lines = [clean_line(line) for line in self.cleaned_data["dimension_names"].splitlines()]
        names = list({line.casefold(): line for line in lines if line}.values())
        if len(names) > DIMENSIONS_MAX:
            raise ValidationError(_("Name at most %(most)s dimensions."), params={"most": DIMENSIONS_MAX}, code="many")
        for name in names:
            if len(name) > NAME_MAX:
                raise ValidationError(
                    _("“%(name)s” is too long. Use at most %(most)s characters."),
                    params={"name": name, "most": NAME_MAX},
                    code="long",
                )
        return [name for name in names if name.casefold() != OWN_DIMENSION]


def initial_of(settings: BacklogSettings) -> dict[str, Any]:
    """What the form shows of the settings."""
    names = (
        "uses_journal", "own_approval_by", "confirms_proformas", "reduced_rest", "notice_days", "attaches_timesheet",
        "hides_names", "bills_projects", "bills_bookings", "bills_visits", "bills_subscriptions", "version",
    )  # fmt: skip
    return {name: getattr(settings, name) for name in names} | {"dimension_names": "\n".join(settings.dimension_names)}
