"""Interest that has run on claims that were paid late, and that no letter has asked for yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from customers.models import Customer
from foundation import rows
from foundation.money import ZERO
from payments.models import Receivable
from reminders.charging import owed_since_due
from reminders.models import Reminder
from reminders.models.runs import INTEREST_NOTE
from reminders.policy.interest import Interest, interest_of
from reminders.policy.law import DebtorKind, Law, NoFigure
from reminders.queries import sending as facts
from reminders.queries.plans import DEBTOR_OF, Plans, plans_of
from tenants.models import Organization

DAYS_BACK = 365
SHOWN_MAX = 500

# Settled claims whose last money came after the due date, the newest first, without a note of interest.
_LATE = """
    SELECT r.id, max(v.day)
    FROM payments_receivable r
    JOIN payments_receivablebalance b
      ON b.organization_id = r.organization_id AND b.receivable_id = r.id AND b.currency_amount = 0
    JOIN payments_posting p ON p.organization_id = r.organization_id AND p.receivable_id = r.id
      AND p.currency_amount < 0
    JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
      AND v.kind IN ('payment', 'online', 'application')
    WHERE r.organization_id = %(organization)s AND r.kind IN ('invoice', 'opening')
      AND r.due_date >= %(since)s AND r.due_date < %(today)s AND v.day > r.due_date
      AND (%(ids)s::uuid[] IS NULL OR r.id = ANY(%(ids)s::uuid[]))
      AND NOT EXISTS (SELECT 1 FROM reminders_reminder n
                      WHERE n.organization_id = r.organization_id AND n.receivable_id = r.id AND n.step = %(note)s
                        AND n.withdrawn_at IS NULL)
    GROUP BY r.id ORDER BY max(v.day) DESC, r.id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class LateClaim:
    """A claim that was paid late, and the interest that has run on it and was not asked for."""

    receivable: Receivable
    customer: Customer
    paid_on: date  # the last money
    days_late: int
    original: Decimal
    interest: Interest
    asked_before: Decimal

    @property
    def amount(self) -> Decimal:
        """What a note would ask for."""
        return max(self.interest.amount - self.asked_before, ZERO)


def list_late(
    organization: Organization, *, today: date, law: Law, ids: Iterable[UUID] | None = None
) -> list[LateClaim]:
    """Claims of the last year that were paid late, with their interest, the last paid first; constant statements.

    What waits for a rate that nobody knows is left out.
    """
    wanted = None if ids is None else list(ids)
    values: dict[str, Any] = {
        "organization": organization.pk,
        "since": today - timedelta(days=DAYS_BACK),
        "today": today,
        "ids": wanted,
        "note": INTEREST_NOTE,
        "most": SHOWN_MAX,
    }
    paid_on = dict(rows.fetch_all(_LATE, values))
    claims = Receivable.objects.of(organization).filter(pk__in=list(paid_on)).select_related("customer")
    postings = facts.postings_of(organization, paid_on)
    before = facts.interest_before(organization, paid_on)
    plans = plans_of(organization)

    def paid_of(key: UUID) -> _Paid:
        return _Paid(paid_on[key], postings.get(key, []), before.get(key, ZERO))

    found = [late for claim in claims if (late := _late(claim, paid_of(claim.pk), plans, law)) and late.amount > 0]
    return sorted(found, key=lambda each: (each.paid_on, each.receivable.pk), reverse=True)


@dataclass(frozen=True, slots=True)
class _Paid:
    """How a claim was paid: the day of the last money, everything booked on it, and the interest asked before."""

    on: date
    postings: list[tuple[date, Decimal]]
    before: Decimal


def _late(claim: Receivable, paid: _Paid, plans: Plans, law: Law) -> LateClaim | None:
    customer = claim.customer
    debtor = DEBTOR_OF.get(customer.kind)
    if debtor is None or claim.due_date is None:
        return None
    _plan_id, plan = plans.plan_for(None, customer.country, DebtorKind(debtor))
    try:
        interest = interest_of(
            owed_since_due(claim.due_date, paid.postings),
            through=paid.on,
            law=law,
            country=customer.country,
            debtor=debtor,
            day_count=plan.day_count,
            agreed_rate=plan.agreed_rate,
        )
    except NoFigure:
        return None
    original = sum((amount for _day, amount in paid.postings if amount > 0), ZERO)
    return LateClaim(claim, customer, paid.on, (paid.on - claim.due_date).days, original, interest, paid.before)


def notes_before(organization: Organization, ids: Iterable[UUID]) -> Counter[UUID]:
    """How many notes of interest were written for each of these claims, those included that reached nobody."""
    rows_of = Reminder.objects.of(organization).filter(receivable_id__in=list(ids), step=INTEREST_NOTE)
    return Counter(rows_of.values_list("receivable_id", flat=True))
