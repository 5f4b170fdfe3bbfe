"""What is done with the steps of many claims at once: all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Unpack
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from payments import queries as ledger
from payments.holds import HoldTerms, place_hold
from reminders.actions.steps import remove_step
from reminders.models import Reminder
from tenants.audit import Actor
from tenants.models import Organization

CHOSEN_MAX = 500


class NothingIsChosen(DomainError):
    """No claim is among the chosen ones, or more than can be done at once."""


@transaction.atomic
def skip_steps(
    organization: Organization,
    chosen: Sequence[tuple[UUID, int]],
    *,
    reason: str,
    actor: Actor,
    day: date,
    now: datetime,
) -> list[Reminder]:
    """Take the step at its place in the plan out of each of these claims; the plans go on with what comes after."""
    _check(chosen)
    ledger.lock_receivables(organization.pk, [receivable_id for receivable_id, _position in chosen])
    return [
        remove_step(organization, receivable_id, position=position, reason=reason, actor=actor, day=day, now=now)
        for receivable_id, position in sorted(chosen)
    ]


@transaction.atomic
def hold_claims(
    organization: Organization,
    receivable_ids: Sequence[UUID],
    *,
    actor: Actor,
    now: datetime,
    **terms: Unpack[HoldTerms],
) -> int:
    """Hold these claims back for one reason: nothing is asked for them while it stands; how many."""
    _check(receivable_ids)
    ledger.lock_receivables(organization.pk, receivable_ids)
    for receivable_id in sorted(receivable_ids):
        place_hold(organization, receivable_id, actor=actor, now=now, **terms)
    return len(receivable_ids)


def _check(chosen: Sequence[object]) -> None:
    if not chosen:
        raise NothingIsChosen(_("No invoice is chosen. Tick some rows in the list and try again."))
    if len(chosen) > CHOSEN_MAX:
        raise NothingIsChosen(
            _("At most %(most)s invoices at a time. Choose fewer and try again.") % {"most": CHOSEN_MAX}
        )
