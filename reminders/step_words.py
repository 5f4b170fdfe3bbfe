"""Steps in the words and tones of the screen: badges, and a plan as a row of steps. Values in, words out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from foundation.templatetags.formatting import format_amount, language_of_page
from reminders.models import StepChoice
from reminders.models.runs import INTEREST_NOTE
from reminders.policy.law import Step
from reminders.policy.plans import Plan, PlanLevel

# Tinted only where the customer is asked firmly.
TONES: Final = {
    StepChoice.NOTICE.value: "wait",
    StepChoice.FRIENDLY.value: "wait",
    StepChoice.REMINDER.value: "warn",
    StepChoice.COLLECTION_NOTICE.value: "bad",
    StepChoice.PAYMENT_DEMAND.value: "bad",
    StepChoice.COLLECTION.value: "bad",
}


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step of a plan as it is drawn: when, what, and in a few words how."""

    when: str
    title: str
    note: str
    is_due_date: bool = False


def step_word(step: str) -> str:
    """What the step is called."""
    if step == INTEREST_NOTE:
        return _("Interest note")
    return str(StepChoice(step).label)


def short_word(step: str) -> str:
    """What the step is called where there is little room: on badges."""
    words = {
        StepChoice.NOTICE.value: pgettext("reminder", "Notice"),
        StepChoice.FRIENDLY.value: pgettext("reminder", "Friendly"),
        StepChoice.REMINDER.value: pgettext("reminder", "Reminder"),
        StepChoice.COLLECTION_NOTICE.value: pgettext("reminder", "Collection notice"),
        StepChoice.PAYMENT_DEMAND.value: pgettext("reminder", "Own demand"),
        StepChoice.COLLECTION.value: pgettext("reminder", "Collection"),
    }
    return words.get(step) or step_word(step)


def tone_of(step: str) -> str:
    """The tone of the step's badge."""
    return TONES.get(step, "wait")


def plan_line(plan: Plan) -> list[StepShown]:
    """The steps of a plan in their order, the due date among them."""
    return list(_line(plan))


def _line(plan: Plan) -> Iterator[StepShown]:
    is_due_told = False
    for level in plan.levels:
        if level.days >= 0 and not is_due_told:
            is_due_told = True
            yield StepShown(_("Day 0"), _("Due date"), _("Payment is expected"), is_due_date=True)
        yield StepShown(_when(level.days), step_word(level.step.value), _note(level))


def _when(days: int) -> str:
    if days < 0:
        return ngettext("%(days)s day before", "%(days)s days before", -days) % {"days": -days}
    return ngettext("+%(days)s day", "+%(days)s days", days) % {"days": days}


def _note(level: PlanLevel) -> str:
    if level.step is Step.COLLECTION:
        return _("Never by itself")
    told = []
    if level.wants_fee or level.wants_compensation:
        told.append(_("with fee"))
    elif level.step in {Step.NOTICE, Step.FRIENDLY}:
        told.append(_("without fee"))
    if level.wants_interest:
        told.append(_("with interest"))
    if level.deadline_days and level.step not in {Step.NOTICE, Step.FRIENDLY}:
        told.append(
            ngettext("new deadline %(days)s day", "new deadline %(days)s days", level.deadline_days)
            % {"days": level.deadline_days}
        )
    if level.minimum:
        told.append(_("only from %(amount)s") % {"amount": format_amount(level.minimum, language_of_page())})
    if level.needs_approval:
        told.append(_("must be approved"))
    words = ", ".join(told)
    return words[:1].upper() + words[1:]
