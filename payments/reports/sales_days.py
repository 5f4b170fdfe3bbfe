"""How long a sale waits for its money: days sales outstanding at the end of each month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from foundation.dates import add_months, month_end
from foundation.money import round_amount
from payments.models import VoucherKind
from payments.reports.ageing import ZERO
from payments.reports.reading import fetch
from tenants.models import Organization

MONTHS = 12
SALES_MONTHS = 3  # what is owed is set against the sales of so many months

# What is owed now, and what was posted on claims in each month since the first.
_NOW = """SELECT coalesce(sum(amount), 0) FROM payments_receivablebalance
          WHERE organization_id = %(organization)s AND currency_amount <> 0"""
_MONTHS = """
    SELECT date_trunc('month', v.day::timestamp)::date, sum(p.amount),
           coalesce(sum(p.amount) FILTER (WHERE v.kind = ANY(%(sales)s)), 0)
    FROM payments_voucher v
    JOIN payments_posting p ON p.organization_id = v.organization_id AND p.voucher_id = v.id
    WHERE v.organization_id = %(organization)s AND v.day >= %(first)s AND p.receivable_id IS NOT NULL
    GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class SalesDays:
    """One month: what was owed at its end, what was sold in the months up to it, and the days that makes."""

    first: date
    last: date  # its last day, or the day asked for
    owed: Decimal
    sold: Decimal  # with VAT, credit notes taken off, over SALES_MONTHS
    period_days: int

    @property
    def days(self) -> Decimal | None:
        """Days of sales that are not paid yet; None where nothing was sold."""
        return round_amount(max(self.owed, ZERO) * self.period_days / self.sold, 1) if self.sold > 0 else None


def sales_days(organization: Organization, today: date) -> list[SalesDays]:
    """The last twelve months, the present one last, counted to its end or to today."""
    this_month = today.replace(day=1)
    earliest = add_months(this_month, 1 - MONTHS - (SALES_MONTHS - 1))
    values = {
        "organization": organization.pk,
        "first": earliest,
        "sales": [VoucherKind.SALE.value, VoucherKind.CREDIT.value],
    }
    [(owed,)] = fetch(_NOW, values)
    posted = {first: (moved, sold) for first, moved, sold in fetch(_MONTHS, values)}
    owed -= sum((moved for first, (moved, _sold) in posted.items() if first > this_month), ZERO)
    found = []
    for back in range(MONTHS):
        first = add_months(this_month, -back)
        months = [add_months(first, -earlier) for earlier in range(SALES_MONTHS)]
        sold = sum((posted.get(month, (ZERO, ZERO))[1] for month in months), ZERO)
        last = min(month_end(first), today)
        found.append(SalesDays(first, last, owed, sold, (last - months[-1]).days + 1))
        owed -= posted.get(first, (ZERO, ZERO))[0]
    return found[::-1]
