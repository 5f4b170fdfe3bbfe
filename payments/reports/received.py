"""The payments that came in a period: each of them, and their sums by account, method and currency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from payments.models import PaymentMethod, PaymentSource
from payments.reports.ageing import ZERO
from payments.reports.asked import PAGE_ROWS, Asked
from payments.reports.reading import fetch, stream
from tenants.models import Organization

_WHERE = """
    WHERE p.organization_id = %(organization)s AND p.day BETWEEN %(first)s AND %(last)s
      AND (%(account)s::uuid IS NULL OR p.account_id = %(account)s)
      AND (%(currency)s = '' OR p.currency = %(currency)s) AND (%(method)s = '' OR p.method = %(method)s)
"""
_SUMS = f"""
    SELECT CASE WHEN grouping(p.account_id) = 0 THEN 'account' WHEN grouping(p.method) = 0 THEN 'method'
                WHEN grouping(p.day) = 0 THEN 'day' ELSE 'currency' END,
           p.account_id, p.method, p.currency, p.day, count(*), sum(p.amount), sum(p.base_amount), sum(p.fee),
           sum(p.unapplied), sum(p.refunded), sum(p.reversed)
    FROM payments_payment p {_WHERE}
    GROUP BY GROUPING SETS ((p.account_id), (p.method), (p.currency), (p.day))
"""  # noqa: S608 - our own words
_COLUMNS = """
    SELECT p.id, p.day, p.payer_name, p.reference, p.method, p.source, a.number, a.name, p.currency, p.amount,
           p.base_amount, p.fee, p.applied, p.refunded, p.reversed, p.unapplied, p.voucher_id, v.year, v.number,
           c.id, c.number, c.name
"""
_JOINED = """
    JOIN payments_account a ON a.organization_id = %(organization)s AND a.id = p.account_id
    JOIN payments_voucher v ON v.organization_id = %(organization)s AND v.id = p.voucher_id
    LEFT JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = p.customer_id
"""
_ALL = f"{_COLUMNS} FROM payments_payment p {_JOINED} {_WHERE} ORDER BY p.day, p.id"
_PAGE = f"{_ALL} LIMIT %(most)s OFFSET %(skip)s"
_ACCOUNTS = (
    "SELECT id, number, name FROM payments_account WHERE organization_id = %(organization)s AND id = ANY(%(ids)s)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One payment, and how it is used today."""

    payment_id: UUID
    day: date
    payer_name: str
    reference: str
    method: str
    source: str
    account_number: str
    account_name: str
    currency: str
    amount: Decimal
    base_amount: Decimal
    fee: Decimal
    applied: Decimal
    refunded: Decimal
    reversed: Decimal
    unapplied: Decimal
    voucher_id: UUID
    voucher_year: int
    voucher_number: int
    customer_id: UUID | None
    customer_number: int | None
    customer_name: str | None

    @property
    def voucher_label(self) -> str:
        """The voucher's number as people write it."""
        return f"{self.voucher_year}-{self.voucher_number:05d}"

    @property
    def method_label(self) -> str:
        """How it was paid, in words."""
        return str(PaymentMethod(self.method).label)

    @property
    def source_label(self) -> str:
        """Who told of it, in words."""
        return str(PaymentSource(self.source).label)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedSum:
    """Payments of one account, method, currency or day."""

    label: Any
    key: Any
    count: int
    amount: Decimal  # of their own currency: a sum only where they have the same
    base_amount: Decimal
    fee: Decimal
    unapplied: Decimal
    refunded: Decimal
    reversed: Decimal


@dataclass(frozen=True, slots=True)
class ReceivedPayments:
    """One page of the payments of a period in the order of their days, and the sums of all of them."""

    payments: tuple[Received, ...]
    by_account: tuple[ReceivedSum, ...]
    by_method: tuple[ReceivedSum, ...]
    by_currency: tuple[ReceivedSum, ...]
    by_day: tuple[ReceivedSum, ...]
    has_more: bool

    @property
    def base_amount(self) -> Decimal:
        """All of them in the currency of the books."""
        return sum((each.base_amount for each in self.by_currency), ZERO)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(each.count for each in self.by_currency)


def received_payments(
    organization: Organization, asked: Asked, *, page: int = 1, size: int = PAGE_ROWS
) -> ReceivedPayments:
    """The payments received from the first day through the last, those that were taken back again included."""
    values = _values(organization, asked)
    groups: dict[str, list[ReceivedSum]] = {"account": [], "method": [], "currency": [], "day": []}
    for kind, account, method, currency, day, *sums in fetch(_SUMS, values):
        key = {"account": account, "method": method, "currency": currency, "day": day}[kind]
        label = PaymentMethod(method).label if kind == "method" else key
        names = ("count", "amount", "base_amount", "fee", "unapplied", "refunded", "reversed")
        groups[kind].append(ReceivedSum(label=label, key=key, **dict(zip(names, sums, strict=True))))
    found = fetch(_PAGE, {**values, "most": size + 1, "skip": (page - 1) * size})
    return ReceivedPayments(
        tuple(_received(row) for row in found[:size]),
        _with_names(organization, groups["account"]),
        tuple(sorted(groups["method"], key=lambda each: -each.base_amount)),
        tuple(sorted(groups["currency"], key=lambda each: str(each.key))),
        tuple(sorted(groups["day"], key=lambda each: each.key)),
        len(found) > size,
    )


def every_received_payment(organization: Organization, asked: Asked) -> Iterator[Received]:
    """All of them in the same order, as the server hands them out."""
    return (_received(row) for row in stream(_ALL, _values(organization, asked)))


def _with_names(organization: Organization, sums: list[ReceivedSum]) -> tuple[ReceivedSum, ...]:
    ids = [each.key for each in sums]
    found = fetch(_ACCOUNTS, {"organization": organization.pk, "ids": ids}) if ids else []
    names = {key: f"{number} {name}" for key, number, name in found}
    named = [
        ReceivedSum(
            label=names[each.key],
            key=each.key,
            count=each.count,
            amount=each.amount,
            base_amount=each.base_amount,
            fee=each.fee,
            unapplied=each.unapplied,
            refunded=each.refunded,
            reversed=each.reversed,
        )
        for each in sums
    ]
    return tuple(sorted(named, key=lambda each: str(each.label)))


def _values(organization: Organization, asked: Asked) -> dict[str, Any]:
    return {
        "organization": organization.pk,
        "first": asked.first,
        "last": asked.last,
        "account": asked.account_id,
        "currency": asked.currency,
        "method": asked.method,
    }


def _received(row: tuple[Any, ...]) -> Received:
    return Received(**dict(zip(Received.__dataclass_fields__, row, strict=True)))
