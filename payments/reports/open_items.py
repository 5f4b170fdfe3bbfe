"""The claims that stand as of a day, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from payments.models import ReceivableKind
from payments.reports.ageing import AGE_NAMES, AGE_OF, STANDING, ZERO
from payments.reports.asked import PAGE_ROWS, Asked
from payments.reports.reading import fetch, stream
from tenants.models import Organization

_CHOSEN = f"""
    WITH {STANDING},
    chosen AS (SELECT *, {AGE_OF} AS age FROM standing
               WHERE (%(customer)s::uuid IS NULL OR customer_id = %(customer)s)
                 AND (%(currency)s = '' OR currency = %(currency)s)),
    aged AS MATERIALIZED (SELECT * FROM chosen WHERE %(age)s = -1 OR age = %(age)s)
"""  # noqa: S608 - our own words
_SUMS = f"""{_CHOSEN}
    SELECT currency, count(*), sum(currency_amount), sum(amount) FROM aged GROUP BY currency ORDER BY 1
"""  # noqa: S608 - our own words
_COLUMNS = """
    SELECT aged.receivable_id, r.document_number, r.kind, r.kid, r.issue_date, aged.due_date, c.id, c.number, c.name,
           aged.currency, aged.currency_amount, aged.amount, aged.age, sale.voucher_id, sale.document_id
"""
# The voucher that opened the claim, and the document that it came from.
_JOINED = """
    JOIN payments_receivable r ON r.organization_id = %(organization)s AND r.id = aged.receivable_id
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = aged.customer_id
    LEFT JOIN LATERAL (
      SELECT v.id AS voucher_id, CASE WHEN v.source_kind = 'invoice' THEN v.source_id END AS document_id
      FROM payments_posting p
      JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
      WHERE p.organization_id = %(organization)s AND p.receivable_id = aged.receivable_id
      ORDER BY v.posted_at, v.number LIMIT 1) sale ON true
"""
_PAGE = f"""{_CHOSEN} {_COLUMNS}
    FROM (SELECT * FROM aged ORDER BY due_date NULLS LAST, receivable_id LIMIT %(most)s OFFSET %(skip)s) AS aged
    {_JOINED} ORDER BY aged.due_date NULLS LAST, aged.receivable_id
"""  # noqa: S608 - our own words
_ALL = f"{_CHOSEN} {_COLUMNS} FROM aged {_JOINED} ORDER BY aged.due_date NULLS LAST, aged.receivable_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """One claim as it stood at the end of a day."""

    receivable_id: UUID
    document_number: str
    kind: str
    kid: str
    issue_date: date
    due_date: date | None
    customer_id: UUID
    customer_number: int
    customer_name: str
    currency: str
    currency_amount: Decimal
    amount: Decimal
    age: str
    voucher_id: UUID | None
    document_id: UUID | None

    @property
    def kind_label(self) -> str:
        """What the claim came from, in words."""
        return str(ReceivableKind(self.kind).label)

    def days_late(self, day: date) -> int:
        """How many days past due it was on the day; 0 for what was not."""
        is_credit = self.due_date is None or self.currency_amount < 0
        return 0 if is_credit or self.due_date is None else max(0, (day - self.due_date).days)


@dataclass(frozen=True, slots=True)
class CurrencySum:
    """What stands in one currency: in it and in the books."""

    currency: str
    claims: int
    currency_amount: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class OpenItems:
    """One page of the claims that stand, the oldest first, and the sums of all that were asked for."""

    items: tuple[OpenItem, ...]
    sums: tuple[CurrencySum, ...]
    has_more: bool

    @property
    def amount(self) -> Decimal:
        """All of them in the currency of the books."""
        return sum((each.amount for each in self.sums), ZERO)

    @property
    def claims(self) -> int:
        """How many there are."""
        return sum(each.claims for each in self.sums)


def open_items(organization: Organization, asked: Asked, *, page: int = 1, size: int = PAGE_ROWS) -> OpenItems:
    """The claims that stand as of the day, of one customer, age or currency where asked for."""
    values = _values(organization, asked)
    sums = tuple(CurrencySum(*row) for row in fetch(_SUMS, values))
    found = fetch(_PAGE, {**values, "most": size + 1, "skip": (page - 1) * size})
    return OpenItems(tuple(_item(row) for row in found[:size]), sums, len(found) > size)


def every_open_item(organization: Organization, asked: Asked) -> Iterator[OpenItem]:
    """All of them in the same order, as the server hands them out."""
    return (_item(row) for row in stream(_ALL, _values(organization, asked)))


def _values(organization: Organization, asked: Asked) -> dict[str, Any]:
    return {
        "organization": organization.pk,
        "day": asked.day,
        "customer": asked.customer_id,
        "currency": asked.currency,
        "age": AGE_NAMES.index(asked.age) if asked.age else -1,
    }


def _item(row: tuple[Any, ...]) -> OpenItem:
    names = OpenItem.__dataclass_fields__
    return OpenItem(**{**dict(zip(names, row, strict=True)), "age": AGE_NAMES[row[12]]})
