"""The ledger card: every posting of one customer in the order of the books, with the balance after each.

Claims stand on the receivables account. Money that the customer has paid and that pays no claim yet stands on the
account of unapplied payments; both are what the customer owes and is owed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from payments import chart
from payments.models import VoucherKind
from payments.reports.ageing import ZERO
from payments.reports.asked import Asked
from payments.reports.reading import fetch, stream
from tenants.models import Organization

ROWS = 100

# Vouchers of money name the payment, the refund or the allocation that they are about.
_ENTRIES = """
    WITH money AS (SELECT id FROM payments_payment
                   WHERE organization_id = %(organization)s AND customer_id = %(customer)s),
    sources AS (
      SELECT id FROM money
      UNION ALL SELECT r.id FROM payments_refund r JOIN money ON money.id = r.payment_id
                WHERE r.organization_id = %(organization)s
      UNION ALL SELECT a.id FROM payments_allocation a JOIN money ON money.id = a.payment_id
                WHERE a.organization_id = %(organization)s),
    entries AS (
      SELECT v.day, v.year, v.number, p.position, v.id AS voucher_id, v.kind, v.text, r.document_number, r.due_date,
             v.currency, p.currency_amount, p.amount, false AS is_unapplied
      FROM payments_receivable r
      JOIN payments_posting p ON p.organization_id = r.organization_id AND p.receivable_id = r.id
      JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
      WHERE r.organization_id = %(organization)s AND r.customer_id = %(customer)s AND v.day <= %(last)s
      UNION ALL
      SELECT v.day, v.year, v.number, p.position, v.id, v.kind, v.text, '', NULL, v.currency, p.currency_amount,
             p.amount, true
      FROM sources
      JOIN payments_voucher v ON v.organization_id = %(organization)s AND v.source_id = sources.id
      JOIN payments_posting p ON p.organization_id = %(organization)s AND p.voucher_id = v.id
      JOIN payments_account a ON a.organization_id = %(organization)s AND a.id = p.account_id
      WHERE a.purpose = %(unapplied)s AND v.day <= %(last)s)
"""
_SUMS = f"""{_ENTRIES}
    SELECT coalesce(sum(amount) FILTER (WHERE day < %(first)s), 0),
           coalesce(sum(amount) FILTER (WHERE day >= %(first)s AND amount > 0), 0),
           coalesce(-sum(amount) FILTER (WHERE day >= %(first)s AND amount < 0), 0),
           coalesce(-sum(amount) FILTER (WHERE is_unapplied), 0), count(*) FILTER (WHERE day >= %(first)s)
    FROM entries
"""  # noqa: S608 - our own words
_ROWS = f"""{_ENTRIES}
    SELECT day, year, number, voucher_id, kind, text, document_number, due_date, currency, currency_amount, amount,
           is_unapplied, %(opening)s + sum(amount) OVER (ORDER BY day, year, number, position)
    FROM entries WHERE day >= %(first)s ORDER BY day, year, number, position
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One posting on a customer, and what the customer owed after it in the currency of the books."""

    day: date
    year: int
    number: int
    voucher_id: UUID
    kind: str
    text: str
    document_number: str
    due_date: date | None
    currency: str
    currency_amount: Decimal
    amount: Decimal
    is_unapplied: bool
    balance: Decimal

    @property
    def voucher_label(self) -> str:
        """The voucher's number as people write it."""
        return f"{self.year}-{self.number:05d}"

    @property
    def kind_label(self) -> str:
        """What happened, in words."""
        return str(VoucherKind(self.kind).label)

    @property
    def debit(self) -> Decimal:
        """What the customer owes more by it; nothing for a credit."""
        return max(self.amount, ZERO)

    @property
    def credit(self) -> Decimal:
        """What the customer owes less by it; nothing for a debit."""
        return max(-self.amount, ZERO)


@dataclass(frozen=True, slots=True)
class LedgerCard:
    """A period of one customer's account: what it began with, one page of entries, what it ended with."""

    opening: Decimal
    debit: Decimal
    credit: Decimal
    unapplied: Decimal  # of the closing balance: paid, and owed to the customer
    count: int
    entries: tuple[Entry, ...]
    has_more: bool

    @property
    def closing(self) -> Decimal:
        """What the customer owed at the end of the last day."""
        return self.opening + self.debit - self.credit


def ledger_card(
    organization: Organization, customer_id: UUID, asked: Asked, *, page: int = 1, size: int = ROWS
) -> LedgerCard:
    """The customer's account from the first day through the last."""
    values = _values(organization, customer_id, asked)
    [(opening, debit, credit, unapplied, count)] = fetch(_SUMS, values)
    paged = {**values, "opening": opening, "most": size + 1, "skip": (page - 1) * size}
    found = fetch(f"{_ROWS} LIMIT %(most)s OFFSET %(skip)s", paged)
    entries = tuple(_entry(row) for row in found[:size])
    return LedgerCard(opening, debit, credit, unapplied, count, entries, len(found) > size)


def every_entry(organization: Organization, customer_id: UUID, asked: Asked) -> Iterator[Entry]:
    """All entries of the period, as the server hands them out."""
    values = _values(organization, customer_id, asked)
    [(opening, *_others)] = fetch(_SUMS, values)
    return (_entry(row) for row in stream(_ROWS, {**values, "opening": opening}))


def _values(organization: Organization, customer_id: UUID, asked: Asked) -> dict[str, Any]:
    return {
        "organization": organization.pk,
        "customer": customer_id,
        "first": asked.first,
        "last": asked.last,
        "unapplied": chart.UNAPPLIED_PAYMENTS,
    }


def _entry(row: tuple[Any, ...]) -> Entry:
    return Entry(**dict(zip(Entry.__dataclass_fields__, row, strict=True)))
