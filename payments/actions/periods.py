"""Closing the books up to a day, and opening them again with a reason."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from payments import errors, queries
from payments.models import PeriodLock
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def close_period(
    organization: Organization, through: date | None, *, reason: str, actor: Actor, today: date, now: datetime
) -> PeriodLock:
    """Close the books through a day, so that nothing is posted on it or before; None, or an earlier day, opens them.

    Opening needs a reason. A day that is still to come cannot be closed.
    """
    before = queries.lock_of_period(organization)
    if through is not None and through >= today:
        raise errors.NotYet(_("Close the books through a day that is over."), field="locked_through")
    opens = before is not None and (through is None or through < before)
    if opens and not reason.strip():
        raise errors.ReasonIsMissing(_("Say why the books are opened again."), field="reason")
    lock = PeriodLock.objects.create(
        organization=organization, locked_through=through, reason=reason.strip()[:300], made_by=actor.name, made_at=now
    )
    verb = "period.opened" if opens else "period.closed"
    audit.record(actor, verb, lock, changes=audit.changes({"locked_through": before}, {"locked_through": through}))
    return lock
