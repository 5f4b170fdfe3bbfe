"""Promises and plans that were not kept: the claim is asked for again, and whoever looks sees why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from foundation import rows
from payments.holds import release_hold
from payments.instalments import paid_since
from payments.models import HoldKind
from tenants.audit import Actor
from tenants.models import Organization

GRACE = timedelta(days=3)  # a transfer takes its days
MOST = 500  # of one round; the next one takes the rest

_PROMISES = """
    SELECT h.id FROM payments_hold h
    JOIN payments_receivablebalance b ON b.organization_id = h.organization_id AND b.receivable_id = h.receivable_id
    WHERE h.organization_id = %s AND h.released_at IS NULL AND h.kind = 'promise' AND h.until < %s
      AND b.currency_amount > 0
    ORDER BY h.id LIMIT %s"""
_PLANS = """
    SELECT h.id, sum(i.amount) FROM payments_hold h
    JOIN payments_instalment i ON i.organization_id = h.organization_id AND i.hold_id = h.id
    WHERE h.organization_id = %s AND h.released_at IS NULL AND h.kind = 'instalments' AND i.due_date < %s
      AND EXISTS (SELECT 1 FROM payments_receivable r
                  JOIN payments_receivablebalance b
                    ON b.organization_id = r.organization_id AND b.receivable_id = r.id AND b.currency_amount > 0
                  WHERE r.organization_id = h.organization_id
                    AND (r.id = h.receivable_id OR r.principal_id = h.receivable_id))
    GROUP BY h.id ORDER BY h.id"""


@dataclass(frozen=True, slots=True)
class Broken:
    """A hold whose promise was not kept; of a plan, what had fallen due and what was paid."""

    hold_id: UUID
    kind: str
    due: Decimal | None = None
    paid: Decimal | None = None


def broken_promises(organization: Organization, *, today: date) -> list[Broken]:
    """Promises whose day is over with the claim still open, and plans behind by more than a few days of grace."""
    broken = [Broken(hold, HoldKind.PROMISE) for (hold,) in rows.fetch_all(_PROMISES, [organization.pk, today, MOST])]
    due = dict(rows.fetch_all(_PLANS, [organization.pk, today - GRACE]))
    paid = paid_since(organization.pk, list(due)) if due else {}
    for hold, wanted in due.items():
        got = paid.get(hold, Decimal(0))
        if got < wanted:
            broken.append(Broken(hold, HoldKind.INSTALMENTS, wanted, got))
    return broken[:MOST]


@transaction.atomic
def end_broken_holds(organization: Organization, *, today: date, now: datetime) -> int:
    """Release what was promised and not kept, so that reminders go on; returns how many there were."""
    broken = broken_promises(organization, today=today)
    with translation.override(organization.language):
        for each in broken:
            sentence = _("What was promised was not paid in time.")
            if each.kind == HoldKind.INSTALMENTS:
                sentence = _("%(due)s had fallen due and %(paid)s was paid.") % {"due": each.due, "paid": each.paid}
            release_hold(organization, each.hold_id, reason=sentence, actor=Actor.system(), now=now)
    return len(broken)
