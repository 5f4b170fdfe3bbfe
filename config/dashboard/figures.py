"""What the start page counts: what is owed by age and week, what was issued by month and how soon after delivery.

Amounts are in the currency of the books, as the ledger has them. Each question is one statement, whatever it sums.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from foundation.dates import add_months
from payments.models import ReceivableBalance
from tenants.models import Organization

WEEKS_AHEAD = 8
MONTHS_BACK = 12
AGES = ((0, 0), (1, 30), (31, 60), (61, 90), (91, None))  # days past the due date
OVERDUE_CUSTOMERS = 5
LATE_AFTER_DAYS = 31  # a month after delivery at the latest: bokføringsforskriften § 5-2-2
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class OpenDay:
    """What is owed with one due date; credits that nothing was settled with have none."""

    due_date: date | None
    amount: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class Sums:
    """An amount and how many documents it is the sum of."""

    amount: Decimal = ZERO
    count: int = 0

    def plus(self, day: OpenDay) -> Sums:
        """With one more day's."""
        return Sums(self.amount + day.amount, self.count + day.count)


@dataclass(frozen=True, slots=True)
class Ageing:
    """Receivables by days past due, and the credits that customers have left."""

    buckets: tuple[Sums, ...]  # as AGES
    credit: Sums

    @property
    def total(self) -> Decimal:
        """Everything that is owed, less the credits."""
        return sum((bucket.amount for bucket in self.buckets), self.credit.amount)


@dataclass(frozen=True, slots=True)
class Week:
    """What falls due in one week, Monday first."""

    monday: date
    sums: Sums

    @property
    def number(self) -> int:
        """The ISO week."""
        return self.monday.isocalendar().week


@dataclass(frozen=True, slots=True)
class Expected:
    """Cash to come: what is late, each week ahead, and all that is later."""

    overdue: Sums
    weeks: tuple[Week, ...]
    later: Sums


@dataclass(slots=True)
class Month:
    """What was issued in one month, and how long after its delivery."""

    first: date
    net_amount: Decimal = ZERO
    invoices: int = 0
    credit_notes: int = 0
    lags: Counter[int] = field(default_factory=Counter)  # days from delivery to issue → invoices

    @property
    def measured(self) -> int:
        """Invoices that state when they were delivered."""
        return sum(self.lags.values())

    @property
    def median_lag(self) -> int | None:
        """Days from delivery to issue of the invoice in the middle; negative: issued before the delivery."""
        return self._lag_at(50)

    @property
    def slow_lag(self) -> int | None:
        """Days that nine of ten invoices keep within."""
        return self._lag_at(90)

    @property
    def late(self) -> int:
        """Invoices that came later than a month after the delivery."""
        return sum(count for days, count in self.lags.items() if days > LATE_AFTER_DAYS)

    def _lag_at(self, percent: int) -> int | None:
        place, seen = self.measured * percent, 0
        for days in sorted(self.lags):
            seen += self.lags[days] * 100
            if seen >= place:
                return days
        return None


def open_days(organization: Organization) -> list[OpenDay]:
    """What is owed, by due date."""
    rows = (
        ReceivableBalance.objects.of(organization)
        .exclude(currency_amount=0)
        .values("due_date")
        .annotate(total=Sum("amount"), documents=Count("receivable_id"))
        .order_by("due_date")
    )
    return [OpenDay(row["due_date"], row["total"], row["documents"]) for row in rows]


def ageing_of(days: Iterable[OpenDay], today: date) -> Ageing:
    """The days sorted into ages."""
    buckets = [Sums() for _age in AGES]
    credit = Sums()
    for day in days:
        if day.due_date is None:
            credit = credit.plus(day)
            continue
        late = max(0, (today - day.due_date).days)
        place = next(i for i, (low, high) in enumerate(AGES) if low <= late and (high is None or late <= high))
        buckets[place] = buckets[place].plus(day)
    return Ageing(tuple(buckets), credit)


def expected_of(days: Iterable[OpenDay], today: date) -> Expected:
    """The days sorted into what is late, this week and the next ones, and later."""
    monday = today - timedelta(days=today.weekday())
    weeks = [Sums() for _week in range(WEEKS_AHEAD + 1)]
    overdue, later = Sums(), Sums()
    for day in days:
        if day.due_date is None:
            continue
        ahead = (day.due_date - monday).days // 7
        if day.due_date < today:
            overdue = overdue.plus(day)
        elif ahead <= WEEKS_AHEAD:
            weeks[ahead] = weeks[ahead].plus(day)
        else:
            later = later.plus(day)
    shown = tuple(Week(monday + timedelta(weeks=place), sums) for place, sums in enumerate(weeks))
    return Expected(overdue, shown, later)


# Summed from the index alone, and named only where they are shown.
_OVERDUE = """
    SELECT owing.customer_id, customer.name, owing.owed
    FROM (SELECT customer_id, sum(amount) AS owed FROM payments_receivablebalance
          WHERE organization_id = %(organization)s AND currency_amount <> 0 AND due_date < %(today)s
          GROUP BY customer_id HAVING sum(amount) > 0 ORDER BY 2 DESC, 1 LIMIT %(most)s) owing
    JOIN customers_customer AS customer
      ON customer.organization_id = %(organization)s AND customer.id = owing.customer_id
    ORDER BY owing.owed DESC, customer.name
"""


def overdue_customers(organization: Organization, today: date) -> list[dict[str, Any]]:
    """The customers who owe most of what is late."""
    values: dict[str, Any] = {"organization": organization.pk, "today": today, "most": OVERDUE_CUSTOMERS}
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, values)
        return [{"customer": row[0], "name": row[1], "owed": row[2]} for row in cursor.fetchall()]


_ISSUED = """
    SELECT date_trunc('month', issue_date::timestamp)::date, kind, issue_date - COALESCE(delivery_date, period_to),
           sum(net_amount), count(*)
    FROM invoicing_invoice
    WHERE organization_id = %(organization)s AND issue_date >= %(first)s AND issue_date <= %(last)s
      AND status = 'finalized' AND kind IN ('invoice', 'credit_note') AND currency = %(currency)s
    GROUP BY 1, 2, 3
"""
# A document in another currency counts at the rate that it was posted at: what its receivable came to in both.
_ISSUED_ABROAD = """
    SELECT date_trunc('month', invoice.issue_date::timestamp)::date, invoice.kind,
           invoice.issue_date - COALESCE(invoice.delivery_date, invoice.period_to),
           sum(round(invoice.net_amount * posting.amount / posting.currency_amount, 2)), count(*)
    FROM invoicing_invoice AS invoice
    JOIN payments_posting AS posting
      ON posting.organization_id = invoice.organization_id AND posting.receivable_id = invoice.receivable_id
     AND posting.voucher_id = invoice.voucher_id AND posting.currency_amount <> 0
    WHERE invoice.organization_id = %(organization)s AND invoice.issue_date >= %(first)s
      AND invoice.issue_date <= %(last)s AND invoice.status = 'finalized'
      AND invoice.kind IN ('invoice', 'credit_note') AND invoice.currency <> %(currency)s
    GROUP BY 1, 2, 3
"""


def issued_months(organization: Organization, today: date) -> list[Month]:
    """The last twelve months, the present one last: net of VAT, credit notes taken off."""
    this_month = today.replace(day=1)
    months = {first: Month(first) for first in (add_months(this_month, -back) for back in range(MONTHS_BACK))}
    values: dict[str, Any] = {
        "organization": organization.pk,
        "first": min(months),
        "last": today,
        "currency": organization.base_currency,
    }
    with connection.cursor() as cursor:
        for question in (_ISSUED, _ISSUED_ABROAD):
            cursor.execute(question, values)
            for row in cursor.fetchall():
                _add(months[row[0]], *row[1:])
    return [months[first] for first in sorted(months)]


def _add(month: Month, kind: str, lag: int | None, net: Decimal, count: int) -> None:
    if kind == "credit_note":
        month.net_amount -= net
        month.credit_notes += count
        return
    month.net_amount += net
    month.invoices += count
    if lag is not None:
        month.lags[lag] += count


def largest(amounts: Sequence[Decimal]) -> Decimal:
    """The largest of the amounts; nothing where there are none."""
    return max(amounts, default=ZERO)
