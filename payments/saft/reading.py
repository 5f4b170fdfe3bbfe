"""What a SAF-T file tells, asked of the ledger: totals, accounts, customers with balances, vouchers as they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

from foundation.dates import Period
from foundation.transactions import read_only
from payments import chart
from payments.reports.reading import fetch, stream
from tenants.models import Organization

CHUNK = 500  # vouchers

_TOTALS = """
    SELECT count(DISTINCT v.id), coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0),
           coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0)
    FROM payments_voucher v
    JOIN payments_posting p ON p.organization_id = v.organization_id AND p.voucher_id = v.id
    WHERE v.organization_id = %(organization)s AND v.day BETWEEN %(first)s AND %(last)s
"""
_ACCOUNTS = """
    SELECT a.number, a.name, coalesce(sum(p.amount) FILTER (WHERE v.day < %(first)s), 0),
           coalesce(sum(p.amount) FILTER (WHERE v.day <= %(last)s), 0)
    FROM payments_account a
    LEFT JOIN payments_posting p ON p.organization_id = a.organization_id AND p.account_id = a.id
    LEFT JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
    WHERE a.organization_id = %(organization)s GROUP BY a.number, a.name ORDER BY a.number
"""
_CODES = """
    SELECT DISTINCT p.vat_code
    FROM payments_voucher v
    JOIN payments_posting p ON p.organization_id = v.organization_id AND p.voucher_id = v.id
    WHERE v.organization_id = %(organization)s AND v.day BETWEEN %(first)s AND %(last)s AND p.vat_code <> ''
"""
# Whose money stands unapplied: the payer of the payment that the voucher, its refund or its allocation is about.
PAYER = """
    LEFT JOIN payments_refund refund ON refund.organization_id = %(organization)s AND refund.id = v.source_id
    LEFT JOIN payments_allocation allocation
      ON allocation.organization_id = %(organization)s AND allocation.id = v.source_id
    LEFT JOIN payments_payment payment ON payment.organization_id = %(organization)s
      AND payment.id = coalesce(refund.payment_id, allocation.payment_id, v.source_id) AND a.purpose = %(unapplied)s
"""
_CUSTOMERS = f"""
    SELECT c.id, c.number, c.name, c.kind, c.organization_number, c.vat_number, c.street, c.street_2, c.postal_code,
           c.city, c.country, c.currency, c.payment_terms_days, c.archived_at IS NULL,
           moved.account, moved.opening, moved.closing
    FROM (
      SELECT coalesce(r.customer_id, payment.customer_id) AS customer_id, a.number AS account,
             coalesce(sum(p.amount) FILTER (WHERE v.day < %(first)s), 0) AS opening,
             coalesce(sum(p.amount), 0) AS closing, count(*) FILTER (WHERE v.day >= %(first)s) AS count
      FROM payments_voucher v
      JOIN payments_posting p ON p.organization_id = v.organization_id AND p.voucher_id = v.id
      JOIN payments_account a ON a.organization_id = p.organization_id AND a.id = p.account_id
      LEFT JOIN payments_receivable r ON r.organization_id = p.organization_id AND r.id = p.receivable_id
      {PAYER}
      WHERE v.organization_id = %(organization)s AND v.day <= %(last)s
        AND (p.receivable_id IS NOT NULL OR a.purpose = %(unapplied)s)
      GROUP BY 1, 2) moved
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = moved.customer_id
    WHERE moved.opening <> 0 OR moved.closing <> 0 OR moved.count > 0
    ORDER BY c.number, moved.account
"""  # noqa: S608 - our own words
_VOUCHERS = f"""
    SELECT v.id, v.year, v.number, v.day, v.kind, v.text, v.currency, v.posted_at, p.position, a.number, a.purpose,
           p.amount, p.currency_amount, p.vat_code, r.document_number, r.kid, r.issue_date, r.due_date,
           coalesce(c.number, payer.number)
    FROM (SELECT * FROM payments_voucher v
          WHERE v.organization_id = %(organization)s AND v.year BETWEEN %(first_year)s AND %(last_year)s
            AND v.day BETWEEN %(first)s AND %(last)s AND v.kind = ANY(%(kinds)s)
            AND (v.year, v.number) > (%(year)s, %(number)s)
          ORDER BY v.year, v.number LIMIT %(most)s) v
    JOIN payments_posting p ON p.organization_id = %(organization)s AND p.voucher_id = v.id
    JOIN payments_account a ON a.organization_id = p.organization_id AND a.id = p.account_id
    LEFT JOIN payments_receivable r ON r.organization_id = p.organization_id AND r.id = p.receivable_id
    LEFT JOIN customers_customer c ON c.organization_id = r.organization_id AND c.id = r.customer_id
    {PAYER}
    LEFT JOIN customers_customer payer ON payer.organization_id = %(organization)s AND payer.id = payment.customer_id
    ORDER BY v.year, v.number, p.position
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Totals:
    """How many vouchers, and both sides of all their postings."""

    transactions: int
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account with what stood on it before the period and at its end."""

    number: str
    name: str
    opening: Decimal
    closing: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerBalance:
    """One customer's balance on one account, before the period and at its end."""

    customer_id: UUID
    number: int
    name: str
    kind: str
    organization_number: str
    vat_number: str
    street: str
    street_2: str
    postal_code: str
    city: str
    country: str
    currency: str
    payment_terms_days: int | None
    is_active: bool
    account: str
    opening: Decimal
    closing: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One posting with what a file tells of its voucher, its claim and its customer."""

    voucher_id: UUID
    year: int
    number: int
    day: date
    kind: str
    text: str
    currency: str
    posted_at: datetime
    position: int
    account: str
    purpose: str
    amount: Decimal
    currency_amount: Decimal
    vat_code: str
    document_number: str | None
    kid: str | None
    issue_date: date | None
    due_date: date | None
    customer_number: int | None

    @property
    def is_vat(self) -> bool:
        """Whether it is output VAT, and no sale."""
        return self.purpose.startswith(chart.vat_purpose(""))


def totals_of(organization: Organization, period: Period) -> Totals:
    """What is posted in the period."""
    [row] = fetch(_TOTALS, _values(organization, period))
    return Totals(*row)


def accounts_of(organization: Organization, period: Period) -> list[AccountBalance]:
    """Every account of the chart."""
    return [AccountBalance(*row) for row in fetch(_ACCOUNTS, _values(organization, period))]


def customers_of(organization: Organization, period: Period) -> Iterator[list[CustomerBalance]]:
    """Every customer who owed or was owed, or on whom something was posted, with a balance per account."""
    names = CustomerBalance.__dataclass_fields__
    rows = stream(_CUSTOMERS, _values(organization, period))
    for _customer, found in groupby(rows, key=itemgetter(0)):
        yield [CustomerBalance(**dict(zip(names, row, strict=True))) for row in found]


def vouchers_of(organization: Organization, period: Period, kinds: list[str]) -> Iterator[list[Line]]:
    """The postings of each voucher of these kinds, in the order of the numbers, some hundred read at a time."""
    values = {
        **_values(organization, period),
        "kinds": kinds,
        "first_year": period.first.year,
        "last_year": period.last.year,
        "year": 0,
        "number": 0,
        "most": CHUNK,
    }
    while True:
        with read_only():
            rows = fetch(_VOUCHERS, values)
        if not rows:
            return
        for _voucher, lines in groupby(map(_line, rows), key=attrgetter("voucher_id")):
            yield list(lines)
        values |= {"year": rows[-1][1], "number": rows[-1][2]}


def codes_of(organization: Organization, period: Period) -> list[str]:
    """The tax codes that something was posted under in the period."""
    return [code for (code,) in fetch(_CODES, _values(organization, period))]


def _line(row: tuple[Any, ...]) -> Line:
    return Line(**dict(zip(Line.__dataclass_fields__, row, strict=True)))


def _values(organization: Organization, period: Period) -> dict[str, Any]:
    return {
        "organization": organization.pk,
        "first": period.first,
        "last": period.last,
        "unapplied": chart.UNAPPLIED_PAYMENTS,
    }
