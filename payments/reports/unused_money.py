"""Money that a customer has paid and that pays no claim as of a day, payment by payment, as the ledger has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from payments import chart
from payments.reports.reading import fetch, stream
from tenants.models import Organization

# Vouchers of money name the payment, the refund or the allocation that they are about.
_UNUSED = """
    WITH money AS (SELECT id, day, currency, reference FROM payments_payment
                   WHERE organization_id = %(organization)s AND customer_id = %(customer)s AND day <= %(day)s),
    sources AS (
      SELECT id AS payment_id, id FROM money
      UNION ALL SELECT money.id, r.id FROM payments_refund r JOIN money ON money.id = r.payment_id
                WHERE r.organization_id = %(organization)s
      UNION ALL SELECT money.id, a.id FROM payments_allocation a JOIN money ON money.id = a.payment_id
                WHERE a.organization_id = %(organization)s),
    held AS (
      SELECT sources.payment_id, -sum(p.currency_amount) AS amount
      FROM sources
      JOIN payments_voucher v ON v.organization_id = %(organization)s AND v.source_id = sources.id
      JOIN payments_posting p ON p.organization_id = %(organization)s AND p.voucher_id = v.id
      JOIN payments_account a ON a.organization_id = %(organization)s AND a.id = p.account_id
      WHERE a.purpose = %(unapplied)s AND v.day <= %(day)s
      GROUP BY sources.payment_id)
    SELECT money.id, money.day, money.reference, money.currency, held.amount
    FROM held JOIN money ON money.id = held.payment_id
    WHERE held.amount <> 0 ORDER BY money.day, money.id
"""


@dataclass(frozen=True, slots=True)
class Unused:
    """What of one payment pays nothing, in the payment's currency."""

    payment_id: UUID
    day: date
    reference: str
    currency: str
    amount: Decimal


def unused_money(organization: Organization, customer_id: UUID, day: date) -> list[Unused]:
    """What the organization holds of the customer's money at the end of the day, the oldest first."""
    values = {
        "organization": organization.pk,
        "customer": customer_id,
        "day": day,
        "unapplied": chart.UNAPPLIED_PAYMENTS,
    }
    return [Unused(*row) for row in fetch(_UNUSED, values)]


_ALL_UNUSED = """
    WITH sources AS (
      SELECT y.id AS payment_id, y.id FROM payments_payment y WHERE y.organization_id = %(organization)s
      UNION ALL SELECT r.payment_id, r.id FROM payments_refund r WHERE r.organization_id = %(organization)s
      UNION ALL SELECT l.payment_id, l.id FROM payments_allocation l
                WHERE l.organization_id = %(organization)s AND l.payment_id IS NOT NULL),
    held AS (
      SELECT sources.payment_id, -sum(p.currency_amount) AS currency_amount, -sum(p.amount) AS amount
      FROM sources
      JOIN payments_voucher v ON v.organization_id = %(organization)s AND v.source_id = sources.id
      JOIN payments_posting p ON p.organization_id = %(organization)s AND p.voucher_id = v.id
      JOIN payments_account a ON a.organization_id = %(organization)s AND a.id = p.account_id
      WHERE a.purpose = %(unapplied)s AND v.day <= %(day)s
      GROUP BY sources.payment_id)
    SELECT m.id, c.number, coalesce(c.name, m.payer_name), v.year, v.number, m.day, m.currency, held.currency_amount,
           held.amount
    FROM held
    JOIN payments_payment m ON m.organization_id = %(organization)s AND m.id = held.payment_id
    JOIN payments_voucher v ON v.organization_id = %(organization)s AND v.id = m.voucher_id
    LEFT JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = m.customer_id
    WHERE held.currency_amount <> 0 ORDER BY m.day, m.id
"""


@dataclass(frozen=True, slots=True)
class UnusedPayment:
    """What of one payment pays nothing: in its own currency and in the books, with whose it is where that is known."""

    payment_id: UUID
    customer_number: int | None
    customer_name: str
    year: int
    number: int
    day: date
    currency: str
    currency_amount: Decimal
    amount: Decimal


def every_unused_payment(organization: Organization, day: date) -> Iterator[UnusedPayment]:
    """Everybody's unused money at the end of the day, the oldest first, as the server hands it out."""
    values = {"organization": organization.pk, "day": day, "unapplied": chart.UNAPPLIED_PAYMENTS}
    return (UnusedPayment(*row) for row in stream(_ALL_UNUSED, values))
