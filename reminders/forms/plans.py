"""A plan as it is typed: what holds for all of it, and its steps, row by row.

Each row has a key of its own and its fields are named `<key>-<field>`; hidden fields tell which rows there are. The
steps need no order of their own: they follow each other by their days. A new row without days is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.countries import country_name
from foundation.errors import DomainError, Refusals
from foundation.forms import NumberField
from foundation.ids import uuid7
from foundation.text import PlainTextForm
from invoicing.dispatching.letters import BODY_LENGTH_MAX, SUBJECT_LENGTH_MAX, BadTemplate, fill
from reminders.letters import WORDS
from reminders.models import DayCountChoice, Debtor, ReminderLevel, ReminderPlan, StepChoice
from reminders.plan_terms import HEAD, LEVEL, LEVELS_MAX, LevelTerms, PlanTerms

KEY = re.compile(r"[a-z0-9]{1,40}", re.ASCII)
COUNTRIES: Final = ("NO", "DK", "SE")
OTHERS: Final = "any"  # stored as an empty country
DAYS_BEFORE_MAX, DAYS_AFTER_MAX = 60, 365  # as the database holds them
AMOUNT_MAX = Decimal("9999999")


def country_choices(stored: str = "") -> list[tuple[str, Any]]:
    """The countries whose law is known, the one that is stored, and all others."""
    codes = dict.fromkeys((*COUNTRIES, *([stored] if stored else [])))
    return [*((code, country_name(code)) for code in codes), (OTHERS, pgettext_lazy("countries", "All others"))]


class PlanForm(PlainTextForm, forms.Form):
    """What holds for the whole plan."""

    use_required_attribute = False

    name = forms.CharField(label=_("Name"), max_length=80)
    country = forms.ChoiceField(label=_("Country of the customer"))
    debtor = forms.ChoiceField(label=_("For"), choices=Debtor.choices)
    is_default = forms.BooleanField(label=_("Used where no other plan is chosen"), required=False)
    spacing_days = forms.IntegerField(label=_("Days between two steps, at least"), min_value=1, max_value=365)
    fee_is_agreed = forms.BooleanField(label=_("Fees are agreed in our terms"), required=False)
    agreed_rate = NumberField(
        label=_("Agreed interest, % a year"),
        required=False,
        max_digits=6,
        decimal_places=2,
        max_value=100,
        help_text=_("Empty: the statutory rate of each half-year."),
    )
    day_count = forms.ChoiceField(label=_("Days of interest"), choices=DayCountChoice.choices, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, country: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["country"].choices = country_choices(country)  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """The head of the plan as the action takes it; days are counted by months in Denmark only."""
        said = {name: self.cleaned_data[name] for name in HEAD}
        said["country"] = "" if said["country"] == OTHERS else said["country"]
        if said["country"] != "DK" or not said["day_count"]:
            said["day_count"] = DayCountChoice.ACTUAL.value
        return said


class LevelForm(PlainTextForm, forms.Form):
    """One step."""

    use_required_attribute = False

    level_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    step = forms.ChoiceField(label=_("Step"), choices=StepChoice.choices)
    days = forms.IntegerField(
        label=_("Days from the due date"),
        min_value=-DAYS_BEFORE_MAX,
        max_value=DAYS_AFTER_MAX,
        error_messages={"required": _("Write a number of days, such as 14, or -3 for three days before.")},
    )
    deadline_days = forms.IntegerField(
        label=_("New deadline, days"), required=False, min_value=0, max_value=DAYS_AFTER_MAX
    )
    wants_fee = forms.BooleanField(label=_("Fee"), required=False)
    agreed_fee = NumberField(
        label=_("Fee, where it is less than the lawful one"),
        required=False,
        max_digits=10,
        decimal_places=2,
        max_value=AMOUNT_MAX,
    )
    wants_compensation = forms.BooleanField(label=_("Compensation for late payment"), required=False)
    wants_interest = forms.BooleanField(label=_("Interest"), required=False)
    needs_approval = forms.BooleanField(label=_("Somebody approves it"), required=False)
    minimum = NumberField(
        label=_("Only from"), required=False, max_digits=12, decimal_places=2, min_value=0, max_value=AMOUNT_MAX
    )
    remove = forms.BooleanField(label=_("Remove the step"), required=False)

    @property
    def is_blank(self) -> bool:
        """Whether it is a new row in which no days are written, or one to be removed."""
        if self.data.get(f"{self.prefix}-remove"):
            return True
        return not str(self.data.get(f"{self.prefix}-days", "")).strip() and not self.data.get(
            f"{self.prefix}-level_id"
        )

    def terms(self) -> LevelTerms:
        """The step as the action takes it."""
        said = self.cleaned_data
        values = {name: said[name] for name in LEVEL}
        values["deadline_days"] = said["deadline_days"] or 0
        values["minimum"] = said["minimum"] or Decimal(0)
        return LevelTerms(said["level_id"], values, key=str(self.prefix))


class PlanSheet:
    """The whole form: the plan and its steps, as typed or as stored."""

    def __init__(
        self,
        *,
        data: QueryDict | None = None,
        plan: ReminderPlan | None = None,
        initial: dict[str, Any] | None = None,
        steps: Sequence[dict[str, Any]] = (),
    ) -> None:
        country = plan.country if plan else ""
        self.errors: list[str] = []
        if data is not None:
            self.head = PlanForm(data, country=country)
            keys = [key for key in data.getlist("level") if KEY.fullmatch(key)]
            self.levels = [LevelForm(data, prefix=key) for key in dict.fromkeys(keys)][: LEVELS_MAX + 1]
        elif plan is not None:
            self.head = PlanForm(initial=_stored_head(plan), country=country)
            self.levels = [LevelForm(prefix=level.pk.hex, initial=_stored_level(level)) for level in plan.levels.all()]
        else:
            self.head = PlanForm(initial=initial or {})
            self.levels = [LevelForm(prefix=new_key(), initial=each) for each in steps]

    def add(self) -> None:
        """One more empty row; what was typed stays."""
        if len(self.levels) < LEVELS_MAX:
            self.levels.append(empty_level())

    @property
    def told(self) -> list[forms.Form]:
        """The parts that say something."""
        return [self.head, *(row for row in self.levels if not row.is_blank)]

    @property
    def status(self) -> int:
        """422 where something is refused."""
        return 422 if self.errors or any(form.is_bound and form.errors for form in self.told) else 200

    def is_valid(self) -> bool:
        """Whether every row can be read."""
        refused = [form for form in self.told if not form.is_valid()]  # every row tells what is wrong with it
        return not refused

    def terms(self) -> PlanTerms:
        """The plan as the actions take it."""
        return PlanTerms(self.head.values(), [row.terms() for row in self.levels if not row.is_blank])

    def show(self, refusal: DomainError) -> None:
        """Put what was refused beside the fields that it names, the rest at the top."""
        rows: dict[str, forms.Form] = {str(row.prefix): row for row in self.levels}
        for part in refusal.refusals if isinstance(refusal, Refusals) else (refusal,):
            key, _dash, name = part.field.rpartition("-")
            form = rows.get(key, self.head)
            if name in form.fields:
                form.add_error(name, str(part))
            else:
                self.errors.append(str(part))

    @property
    def row_errors(self) -> list[tuple[str, str, str]]:
        """Every refused field: its id, its label, and why; for the list at the top of the page."""
        return [
            (str(field.id_for_label), str(field.label), " ".join(map(str, field.errors)))
            for form in self.told
            if form.is_bound
            for field in form
            if field.errors
        ]


def empty_level() -> LevelForm:
    """A row for one more step."""
    return LevelForm(prefix=new_key(), initial={"step": StepChoice.REMINDER, "deadline_days": 14})


def new_key() -> str:
    """A key that no other row has."""
    return f"n{uuid7().hex}"


def _stored_head(plan: ReminderPlan) -> dict[str, Any]:
    stored = {name: getattr(plan, name) for name in HEAD}
    return {**stored, "country": plan.country or OTHERS, "version": plan.version}


def _stored_level(level: ReminderLevel) -> dict[str, Any]:
    stored = {name: getattr(level, name) for name in LEVEL}
    return {**stored, "minimum": level.minimum or None, "level_id": level.pk}


class LevelTextsForm(PlainTextForm, forms.Form):
    """A step's own words in one language."""

    use_required_attribute = False

    subject = forms.CharField(
        label=_("Subject of the e-mail"),
        required=False,
        max_length=SUBJECT_LENGTH_MAX,
        help_text=_("Empty: the built-in subject."),
    )
    body = forms.CharField(
        label=_("Text of the letter"),
        required=False,
        max_length=BODY_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Empty: the built-in text. Sums, deadline and how to pay stand in every letter."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean_subject(self) -> str:
        """Only words in braces that a letter can fill in."""
        return _fillable(str(self.cleaned_data["subject"]))

    def clean_body(self) -> str:
        """Only words in braces that a letter can fill in."""
        return _fillable(str(self.cleaned_data["body"]))


def _fillable(text: str) -> str:
    try:
        fill(text, dict.fromkeys(WORDS, ""))
    except BadTemplate as wrong:
        words = _("%(part)s cannot be filled in. Choose one of: %(words)s.")
        told = {"part": wrong.part, "words": ", ".join(f"{{{word}}}" for word in WORDS)}
        raise forms.ValidationError(words, params=told) from wrong
    return text
