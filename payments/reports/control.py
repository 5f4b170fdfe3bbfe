"""What must be equal at the end of a month: each account of the ledger and the rows that it is the sum of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from payments import chart
from payments.online.payouts import NotPaidOut, not_paid_out_as_of
from payments.reports.ageing import STANDING
from payments.reports.reading import fetch
from tenants.models import Organization

_ACCOUNTS = """
    SELECT a.purpose, a.id, a.number, a.name, coalesce(sum(p.amount) FILTER (WHERE v.day <= %(day)s), 0)
    FROM payments_account a
    LEFT JOIN payments_posting p ON p.organization_id = a.organization_id AND p.account_id = a.id
    LEFT JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
    WHERE a.organization_id = %(organization)s AND a.purpose = ANY(%(purposes)s)
    GROUP BY a.purpose, a.id, a.number, a.name
"""
_CLAIMS = f"WITH {STANDING} SELECT coalesce(sum(amount), 0), count(*) FROM standing"  # noqa: S608 - our own words
# What came in, less what was used for claims, paid back and taken back, each on its own day.
_MONEY = """
    SELECT coalesce(sum(worth), 0), count(*) FILTER (WHERE is_payment) FROM (
      SELECT p.base_amount AS worth, true AS is_payment FROM payments_payment p
      JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
      WHERE p.organization_id = %(organization)s AND v.day <= %(day)s
      UNION ALL
      SELECT -l.source_base_amount, false FROM payments_allocation l
      JOIN payments_voucher v ON v.organization_id = l.organization_id AND v.id = l.voucher_id
      WHERE l.organization_id = %(organization)s AND l.payment_id IS NOT NULL AND v.day <= %(day)s
      UNION ALL
      SELECT -r.base_amount, false FROM payments_refund r
      JOIN payments_voucher v ON v.organization_id = r.organization_id AND v.id = r.voucher_id
      WHERE r.organization_id = %(organization)s AND v.day <= %(day)s
      UNION ALL
      SELECT -p.base_amount, false FROM payments_payment p
      JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.reverses_id = p.voucher_id
      WHERE p.organization_id = %(organization)s AND p.reversed > 0 AND v.day <= %(day)s) AS moved
"""
_NUMBERS = """
    SELECT s.year, s.last_number, count(v.id), coalesce(max(v.number), 0)
    FROM payments_voucherseries s
    LEFT JOIN payments_voucher v ON v.organization_id = s.organization_id AND v.year = s.year
    WHERE s.organization_id = %(organization)s AND s.year = %(year)s GROUP BY s.year, s.last_number
"""


@dataclass(frozen=True, slots=True)
class Tie:
    """An account and what it must be equal to, as of a day."""

    account_id: UUID
    number: str
    name: str
    posted: Decimal
    counted: Decimal
    count: int

    @property
    def difference(self) -> Decimal:
        """0.00, or something is wrong."""
        return self.posted - self.counted


@dataclass(frozen=True, slots=True)
class VoucherNumbers:
    """The vouchers of a year: the last number given, and how many vouchers there are."""

    year: int
    last_number: int
    count: int

    @property
    def missing(self) -> int:
        """Numbers that no voucher has."""
        return self.last_number - self.count


@dataclass(frozen=True, slots=True)
class Control:
    """What the ledger proves of itself as of a day."""

    receivables: Tie
    unapplied: Tie
    clearing: Tie
    at_providers: list[NotPaidOut]
    vouchers: VoucherNumbers | None


def control_as_of(organization: Organization, day: date) -> Control:
    """The accounts of claims, of unapplied money and of money at providers against their rows, and the numbers."""
    purposes = [chart.RECEIVABLES, chart.UNAPPLIED_PAYMENTS, chart.PROVIDER_CLEARING]
    values: dict[str, Any] = {"organization": organization.pk, "day": day, "year": day.year, "purposes": purposes}
    accounts = {row[0]: row[1:] for row in fetch(_ACCOUNTS, values)}
    [(claims, claim_count)] = fetch(_CLAIMS, values)
    [(money, money_count)] = fetch(_MONEY, values)
    numbers = fetch(_NUMBERS, values)
    waiting = not_paid_out_as_of(organization, day)
    not_paid_out = sum((each.amount for each in waiting), Decimal("0.00"))
    return Control(
        _tie(accounts[chart.RECEIVABLES], claims, claim_count),
        _tie(accounts[chart.UNAPPLIED_PAYMENTS], -money, money_count),
        _tie(accounts[chart.PROVIDER_CLEARING], not_paid_out, sum(each.count for each in waiting)),
        waiting,
        VoucherNumbers(numbers[0][0], numbers[0][1], numbers[0][2]) if numbers else None,
    )


def _tie(account: tuple[Any, ...], counted: Decimal, count: int) -> Tie:
    account_id, number, name, posted = account
    return Tie(account_id, number, name, posted, counted, count)
