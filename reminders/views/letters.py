"""Letters in lists: what they were about, what they added, and whether they came through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from invoicing.dispatching import states, wording
from invoicing.papers.demand_queries import demand_outcomes
from reminders.actions.withdrawing import CLAIM_CHANGED
from reminders.models import ReminderLetter
from reminders.queries.desk import Added, added_by
from reminders.step_words import short_word, tone_of
from tenants.models import Organization


@dataclass(frozen=True, slots=True)
class LetterShown:
    """A letter as a row."""

    letter: ReminderLetter
    added: Added
    label: str
    tone: str
    standing: str
    state: str
    state_tone: str


def letters_shown(organization: Organization, letters: Sequence[ReminderLetter]) -> list[LetterShown]:
    """These letters with what became of them; two questions, however many there are."""
    added = added_by(organization, [letter.pk for letter in letters])
    outcomes = demand_outcomes(organization, [letter.paper_id for letter in letters])
    found = []
    for letter in letters:
        outcome = outcomes.get(letter.paper_id)
        standing = outcome.state if outcome else states.Standing.NONE
        state, tone = _state_of(letter, standing, may_have_left=bool(outcome and outcome.may_have_left))
        found.append(
            LetterShown(
                letter=letter,
                added=added.get(letter.pk, Added()),
                label=short_word(letter.step),
                tone=tone_of(letter.step),
                standing=standing.value,
                state=state,
                state_tone=tone,
            )
        )
    return found


def _state_of(letter: ReminderLetter, standing: states.Standing, *, may_have_left: bool) -> tuple[str, str]:
    if letter.withdrawn_at is not None:
        if letter.withdrawn_reason == CLAIM_CHANGED:
            return _("Withdrawn: paid or held as it was sent"), "wait"
        return _("Withdrawn: it reached nobody"), "warn"
    if may_have_left:
        return _("May have been sent"), "warn"
    return str(wording.STANDINGS.get(standing.value, _("Waiting"))), wording.STANDING_TONES.get(standing.value, "wait")
