"""What reminders bring: what was paid after which step, what was added, and which letters reached nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.dates import add_months, month_end
from foundation.money import ZERO, round_to_sum
from payments.models import ADDITION_KINDS, ReceivableKind
from payments.reports.reading import fetch
from payments.reports.sales_days import SalesDays, sales_days
from reminders.models import StepChoice
from reminders.models.runs import INTEREST_NOTE
from tenants.models import Organization

BEFORE_DUE: Final = "before_due"
AFTER_DUE: Final = "after_due"
AT_AGENCY: Final = "at_agency"
SPANS: Final = (90, 365)  # days that may be looked back on
MONTHS = 12
# In the order of the road; what a customer paid belongs to the last thing that happened on an earlier day.
STEPS: Final[dict[str, str | Promise]] = {
    BEFORE_DUE: _("Before due date"),
    StepChoice.NOTICE.value: StepChoice.NOTICE.label,
    AFTER_DUE: _("Late, not reminded"),
    StepChoice.FRIENDLY.value: StepChoice.FRIENDLY.label,
    StepChoice.REMINDER.value: StepChoice.REMINDER.label,
    StepChoice.COLLECTION_NOTICE.value: StepChoice.COLLECTION_NOTICE.label,
    StepChoice.PAYMENT_DEMAND.value: StepChoice.PAYMENT_DEMAND.label,
    AT_AGENCY: _("Handed to collection"),
}

# What was paid on claims by its day, with the last step before it. Money counts by the day it came in, even where
# somebody only later said what it was for; money that never came after all, or was moved, has no sum left.
_PAID = """
    paid AS (
      SELECT a.receivable_id, p.day, sum(coalesce(a.base_amount, a.amount)) AS amount
      FROM payments_payment p
      JOIN payments_allocation a ON a.organization_id = p.organization_id AND a.payment_id = p.id
      WHERE p.organization_id = %(organization)s AND p.day BETWEEN %(first)s AND %(last)s
      GROUP BY a.receivable_id, p.day HAVING sum(a.amount) <> 0),
    stepped AS (
      SELECT paid.day, paid.amount,
             row_number() OVER (PARTITION BY paid.receivable_id ORDER BY paid.day DESC) = 1
               AND b.currency_amount = 0 AS is_settled,
             coalesce(agency.step, sent.step,
                      CASE WHEN paid.day <= r.due_date THEN 'before_due' ELSE 'after_due' END) AS step
      FROM paid
      JOIN payments_receivable r ON r.organization_id = %(organization)s AND r.id = paid.receivable_id
        AND r.kind IN ('invoice', 'opening')
      JOIN payments_receivablebalance b ON b.organization_id = %(organization)s AND b.receivable_id = r.id
      LEFT JOIN LATERAL (
        SELECT m.step FROM reminders_reminder m
        WHERE m.organization_id = %(organization)s AND m.receivable_id = r.id AND m.state = 'sent'
          AND m.withdrawn_at IS NULL AND m.day < paid.day
        ORDER BY m.day DESC, m.position DESC LIMIT 1) sent ON true
      LEFT JOIN LATERAL (
        SELECT 'at_agency' AS step FROM reminders_collectionclaim c
        JOIN reminders_collectioncase cases ON cases.organization_id = c.organization_id AND cases.id = c.case_id
        WHERE c.organization_id = %(organization)s AND c.receivable_id = r.id AND cases.day < paid.day
        LIMIT 1) agency ON true)
"""
_BY_STEP = f"""WITH {_PAID} SELECT step, sum(amount), count(*) FILTER (WHERE is_settled)
               FROM stepped GROUP BY step"""  # noqa: S608 - our own words
_BY_MONTH = f"""WITH {_PAID} SELECT date_trunc('month', day::timestamp)::date, step, sum(amount),
                count(*) FILTER (WHERE is_settled) FROM stepped GROUP BY 1, 2"""  # noqa: S608
_ADDED = """
    SELECT r.kind, count(*), coalesce(sum(b.amount), 0), coalesce(sum(reduced.paid), 0),
           coalesce(sum(reduced.waived), 0), coalesce(sum(reduced.other), 0)
    FROM payments_receivable r
    JOIN payments_receivablebalance b ON b.organization_id = %(organization)s AND b.receivable_id = r.id
    LEFT JOIN LATERAL (
      SELECT sum(coalesce(a.base_amount, a.amount)) FILTER (WHERE a.kind = 'payment') AS paid,
             sum(coalesce(a.base_amount, a.amount)) FILTER (WHERE a.kind = 'waived') AS waived,
             sum(coalesce(a.base_amount, a.amount)) FILTER (WHERE a.kind NOT IN ('payment', 'waived')) AS other
      FROM payments_allocation a
      WHERE a.organization_id = %(organization)s AND a.receivable_id = r.id) reduced ON true
    WHERE r.organization_id = %(organization)s AND r.kind = ANY(%(kinds)s)
      AND r.issue_date BETWEEN %(first)s AND %(last)s
    GROUP BY r.kind
"""
_SENT = """
    SELECT {month}, l.step, count(*), count(l.withdrawn_at), coalesce(sum(asked.added), 0)
    FROM (SELECT id, step, withdrawn_at, (sent_at AT TIME ZONE %(zone)s)::date AS day FROM reminders_reminderletter
          WHERE organization_id = %(organization)s AND sent_at >= %(first)s::date - 1) l
    LEFT JOIN LATERAL (
      SELECT sum(m.fee + m.compensation + m.interest) AS added FROM reminders_reminder m
      WHERE m.organization_id = %(organization)s AND m.letter_id = l.id AND m.state = 'sent'
        AND m.withdrawn_at IS NULL) asked ON true
    WHERE l.day BETWEEN %(first)s AND %(last)s
    GROUP BY 1, 2
"""
_SENT_IN_ALL = _SENT.format(month="NULL::date")
_SENT_BY_MONTH = _SENT.format(month="date_trunc('month', l.day::timestamp)::date")
_WITHDRAWN = """
    SELECT withdrawn_reason, count(*) FROM reminders_reminderletter
    WHERE organization_id = %(organization)s AND withdrawn_at IS NOT NULL AND step <> %(note)s
      AND (sent_at AT TIME ZONE %(zone)s)::date BETWEEN %(first)s AND %(last)s
    GROUP BY withdrawn_reason ORDER BY count(*) DESC, withdrawn_reason
"""
_FIRST_RUN = "SELECT min(day) FROM reminders_dunningrun WHERE organization_id = %(organization)s"


@dataclass(frozen=True, slots=True)
class StepShare:
    """What was paid after one step and before the next, in the books' currency, and its share of everything paid."""

    step: str
    amount: Decimal
    percent: Decimal
    claims: int  # that were settled by it
    claims_percent: Decimal

    @property
    def label(self) -> str | Promise:
        """The step in words."""
        return STEPS.get(self.step, self.step)


@dataclass(frozen=True, slots=True)
class Added:
    """Fees, compensation or interest of a span, in the books' currency: what became of them until now."""

    kind: str
    count: int
    paid: Decimal
    waived: Decimal
    written_off: Decimal  # given up, or set off against credit
    open: Decimal

    @property
    def label(self) -> str | Promise:
        """What was added."""
        return ReceivableKind(self.kind).label

    @property
    def earned(self) -> Decimal:
        """All that was asked for."""
        return self.paid + self.waived + self.written_off + self.open


@dataclass(frozen=True, slots=True)
class SentStep:
    """Letters of a step, those that reached nobody, and what the others asked for beside the claims."""

    step: str
    sent: int
    withdrawn: int
    added: Decimal

    @property
    def label(self) -> str | Promise:
        """The step in words."""
        return STEPS.get(self.step, self.step)


@dataclass(frozen=True, slots=True)
class Waited:
    """Days sales outstanding month by month, and their mean before and since the first run."""

    months: list[SalesDays]
    since: date | None
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True)
class MonthStep:
    """One month and one step: what was sent, what it asked for, and what was paid after it."""

    month: date
    step: str
    sent: int
    withdrawn: int
    added: Decimal
    amount: Decimal
    claims: int

    @property
    def label(self) -> str | Promise:
        """The step in words."""
        return STEPS.get(self.step, self.step)


def paid_after_step(organization: Organization, *, today: date, days: int) -> list[StepShare]:
    """What was paid in the last days by the last step before it, in the order of the road; shares are whole percent."""
    found = {step: (amount, claims) for step, amount, claims in fetch(_BY_STEP, _values(organization, today, days))}
    steps = [step for step in STEPS if step in found]
    percents = _percents([found[step][0] for step in steps])
    of_claims = _percents([Decimal(found[step][1]) for step in steps])
    return [
        StepShare(step, found[step][0], percent, found[step][1], claims_percent)
        for step, percent, claims_percent in zip(steps, percents, of_claims, strict=True)
    ]


def additions_in(organization: Organization, *, today: date, days: int) -> list[Added]:
    """Fees, compensation and interest that were asked for in the last days, and what became of them."""
    kinds = [kind.value for kind in ADDITION_KINDS]
    rows = {row[0]: row[1:] for row in fetch(_ADDED, _values(organization, today, days, kinds=kinds))}
    return [
        Added(kind, count=count, paid=paid, waived=waived, written_off=other, open=standing)
        for kind in kinds
        if kind in rows
        for count, standing, paid, waived, other in [rows[kind]]
    ]


def steps_in(organization: Organization, *, today: date, days: int) -> list[SentStep]:
    """What was sent in the last days, in the order of the road."""
    rows = {row[1]: row[2:] for row in fetch(_SENT_IN_ALL, _sending(organization, today, days))}
    return [SentStep(step, *rows[step]) for step in STEPS if step in rows]


def withdrawn_in(organization: Organization, *, today: date, days: int) -> list[tuple[str, int]]:
    """Why letters of the last days reached nobody, as codes with their number, the most frequent first."""
    return [(reason, count) for reason, count in fetch(_WITHDRAWN, _sending(organization, today, days))]


def waiting_days(organization: Organization, *, today: date) -> Waited:
    """Two years of days sales outstanding, and whether they went down since the first run."""
    earlier = month_end(add_months(today.replace(day=1), -MONTHS))
    months = [*sales_days(organization, earlier), *sales_days(organization, today)]
    [(since,)] = fetch(_FIRST_RUN, {"organization": organization.pk})
    counted = [(month.first, month.days) for month in months if month.days is not None]
    return Waited(
        months,
        since,
        before=_mean([days for first, days in counted if since and first < since.replace(day=1)]),
        after=_mean([days for first, days in counted if since and first >= since.replace(day=1)]),
    )


def month_steps(organization: Organization, *, today: date) -> Iterator[MonthStep]:
    """Twelve months step by step, the newest first: for files."""
    first = add_months(today.replace(day=1), 1 - MONTHS)
    days = (today - first).days + 1
    paid = {row[:2]: row[2:] for row in fetch(_BY_MONTH, _values(organization, today, days))}
    sent = {row[:2]: row[2:] for row in fetch(_SENT_BY_MONTH, _sending(organization, today, days))}
    for back in range(MONTHS):
        month = add_months(today.replace(day=1), -back)
        for step in STEPS:
            if (month, step) in paid or (month, step) in sent:
                yield MonthStep(
                    month, step, *sent.get((month, step), (0, 0, ZERO)), *paid.get((month, step), (ZERO, 0))
                )


def _values(organization: Organization, today: date, days: int, **more: Any) -> dict[str, Any]:
    return {"organization": organization.pk, "first": today - timedelta(days=days - 1), "last": today, **more}


def _sending(organization: Organization, today: date, days: int) -> dict[str, Any]:
    return _values(organization, today, days, zone=organization.time_zone, note=INTEREST_NOTE)


def _percents(values: list[Decimal]) -> list[Decimal]:
    """Whole percent that come to a hundred together."""
    whole = sum(values, ZERO)
    if whole <= 0:
        return [ZERO for _value in values]
    return round_to_sum([value * 100 / whole for value in values], Decimal(100), decimals=0)


def _mean(values: list[Decimal]) -> Decimal | None:
    return (sum(values, ZERO) / len(values)).quantize(Decimal("0.1")) if values else None
