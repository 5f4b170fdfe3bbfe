"""What is owed as of any day, by how long it is past due: per customer, per currency and in all.

A claim stands as of a day at the sum of its postings until then: at what it stands now, less what was posted later.
Few claims are touched after the day asked for, so that the sums of all others come from the index of open balances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from payments.reports.asked import PAGE_ROWS
from payments.reports.reading import fetch
from tenants.models import Organization

ZERO = Decimal("0.00")
# Name, and the days past due from and through; what stands to the customer's credit has no age.
AGES: tuple[tuple[str, int | None, int | None], ...] = (
    ("not_due", None, 0),
    ("to_30", 1, 30),
    ("to_60", 31, 60),
    ("to_90", 61, 90),
    ("over_90", 91, None),
)
CREDIT = "credit"
AGE_NAMES = (*(name for name, _low, _high in AGES), CREDIT)

# The claims that stand as of a day, each with what it stands at; %(day)s is the last day that counts.
STANDING = """
    later AS MATERIALIZED (
      SELECT p.receivable_id, sum(p.amount) AS amount, sum(p.currency_amount) AS currency_amount
      FROM payments_voucher v
      JOIN payments_posting p ON p.organization_id = v.organization_id AND p.voucher_id = v.id
      WHERE v.organization_id = %(organization)s AND v.day > %(day)s AND p.receivable_id IS NOT NULL
      GROUP BY p.receivable_id),
    standing AS (
      SELECT b.receivable_id, b.customer_id, b.currency, b.due_date, b.amount, b.currency_amount
      FROM payments_receivablebalance b
      WHERE b.organization_id = %(organization)s AND b.currency_amount <> 0
        AND NOT EXISTS (SELECT 1 FROM later WHERE later.receivable_id = b.receivable_id)
      UNION ALL
      SELECT b.receivable_id, b.customer_id, b.currency, b.due_date, b.amount - later.amount,
             b.currency_amount - later.currency_amount
      FROM later
      JOIN payments_receivablebalance b
        ON b.organization_id = %(organization)s AND b.receivable_id = later.receivable_id
      WHERE b.currency_amount <> later.currency_amount)
"""
# A credit, and a payment dated before the claim that it pays, stand to the customer's credit: none of it is late.
AGE_OF = """CASE WHEN due_date IS NULL OR currency_amount < 0 THEN 5
                 WHEN due_date >= %(day)s THEN 0
                 WHEN due_date >= %(day)s::date - 30 THEN 1
                 WHEN due_date >= %(day)s::date - 60 THEN 2
                 WHEN due_date >= %(day)s::date - 90 THEN 3
                 ELSE 4 END"""
_SUMS = ", ".join(
    f"coalesce(sum({column}) FILTER (WHERE age = {place}), 0) AS {column}_{place}"
    for column in ("amount", "currency_amount")
    for place in range(len(AGE_NAMES))
)
_AGEING = f"""
    WITH {STANDING},
    aged AS MATERIALIZED (
      SELECT customer_id, currency, {AGE_OF} AS age, count(*) AS claims, sum(amount) AS amount,
             sum(currency_amount) AS currency_amount
      FROM standing GROUP BY 1, 2, 3),
    summed AS MATERIALIZED (
      SELECT grouping(customer_id) AS is_currency, customer_id, currency, sum(claims)::bigint AS claims,
             sum(amount) AS total, sum(currency_amount) AS currency_total,
             sum(amount) FILTER (WHERE age BETWEEN 1 AND 4) AS late, {_SUMS}
      FROM aged GROUP BY GROUPING SETS ((customer_id), (currency)))
    (SELECT summed.*, NULL AS name, NULL::int AS number FROM summed WHERE is_currency = 1)
    UNION ALL
    (SELECT summed.*, c.name, c.number
     FROM (SELECT * FROM summed WHERE is_currency = 0
           ORDER BY late DESC NULLS LAST, total DESC, customer_id LIMIT %(most)s OFFSET %(skip)s) AS summed
     JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = summed.customer_id)
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class AgedSums:
    """Amounts by age, the credits last, and what they are the sum of."""

    amounts: tuple[Decimal, ...]  # as AGE_NAMES

    @property
    def total(self) -> Decimal:
        """All of it, credits taken off."""
        return sum(self.amounts, ZERO)

    @property
    def late(self) -> Decimal:
        """What is past its due date."""
        return sum(self.amounts[1:5], ZERO)


@dataclass(frozen=True, slots=True)
class CustomerAges:
    """One customer's claims by age, in the currency of the books."""

    customer_id: UUID
    number: int
    name: str
    claims: int
    books: AgedSums


@dataclass(frozen=True, slots=True)
class CurrencyAges:
    """All claims in one currency by age: in that currency and in the books."""

    currency: str
    claims: int
    own: AgedSums
    books: AgedSums


@dataclass(frozen=True, slots=True)
class Ageing:
    """What is owed as of a day: one page of customers, the riskiest first, and the sums of all of them."""

    day: date
    customers: tuple[CustomerAges, ...]
    currencies: tuple[CurrencyAges, ...]
    has_more: bool

    @property
    def books(self) -> AgedSums:
        """All customers, in the currency of the books."""
        columns = zip(*(row.books.amounts for row in self.currencies), strict=True)
        return AgedSums(tuple(sum(column, ZERO) for column in columns) or (ZERO,) * len(AGE_NAMES))

    @property
    def claims(self) -> int:
        """How many claims stand."""
        return sum(row.claims for row in self.currencies)


def ageing_as_of(organization: Organization, day: date, *, page: int = 1, size: int = PAGE_ROWS) -> Ageing:
    """Every claim that stands at the end of the day, by its days past due; one statement, whatever it sums."""
    values = {"organization": organization.pk, "day": day, "most": size + 1, "skip": (page - 1) * size}
    customers: list[CustomerAges] = []
    currencies: list[CurrencyAges] = []
    for row in fetch(_AGEING, values):
        is_currency, customer_id, currency, claims = row[:4]
        books, own = _sums(row[7:13]), _sums(row[13:19])
        if is_currency:
            customers_of = CurrencyAges(currency, claims, own, books)
            currencies.append(customers_of)
        else:
            customers.append(CustomerAges(customer_id, row[20], row[19], claims, books))
    customers.sort(key=lambda each: (-each.books.late, -each.books.total, each.customer_id))
    currencies.sort(key=lambda each: (each.currency != organization.base_currency, each.currency))
    return Ageing(day, tuple(customers[:size]), tuple(currencies), len(customers) > size)


def _sums(values: Sequence[Any]) -> AgedSums:
    return AgedSums(tuple(values))
