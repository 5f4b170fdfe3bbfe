"""What is taken of the not-to-exceed amounts of contracts: invoiced to date and in the backlog (M-042)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from billing_backlog.billing_methods import Limit, LimitScope, broken_limits
from billing_backlog.models import BacklogItem, WriteOff
from foundation import rows
from foundation.money import round_amount
from invoicing.models import ChargeKind
from tenants.models import Organization

_LIMITS = """SELECT 'contract', c.id, NULL::uuid, c.limit_amount FROM billing_backlog_contract c
WHERE c.organization_id = %(organization)s AND c.id = ANY(%(ids)s::uuid[]) AND c.limit_amount IS NOT NULL
UNION ALL
SELECT 'customer', s.contract_id, s.customer_id, s.limit_amount FROM billing_backlog_contractcustomer s
WHERE s.organization_id = %(organization)s AND s.contract_id = ANY(%(ids)s::uuid[]) AND s.limit_amount IS NOT NULL
UNION ALL
SELECT 'line', l.id, NULL, l.limit_amount FROM billing_backlog_contractline l
WHERE l.organization_id = %(organization)s AND l.contract_id = ANY(%(ids)s::uuid[]) AND l.limit_amount IS NOT NULL
UNION ALL
SELECT 'line_customer', l.id, b.customer_id, b.limit_amount FROM billing_backlog_linecustomer b
JOIN billing_backlog_contractline l ON l.organization_id = b.organization_id AND l.id = b.line_id
WHERE b.organization_id = %(organization)s AND l.contract_id = ANY(%(ids)s::uuid[])"""

Key = tuple[LimitScope, UUID, UUID | None]


@dataclass(slots=True)
class LimitBook:
    """The limits of some contracts and what is taken of each; items are entered one after the other."""

    amounts: dict[Key, Decimal] = field(default_factory=dict)
    taken: dict[Key, Decimal] = field(default_factory=dict)

    def limits_on(self, item: BacklogItem) -> list[Limit]:
        """The limits that the item must keep."""
        return [
            Limit(key[0], self.amounts[key], self.taken.get(key, Decimal(0)))
            for key in _keys_of(item)
            if key in self.amounts
        ]

    def enter(self, item: BacklogItem) -> bool:
        """Take the item's amount of its limits; whether all of them are kept. One that breaks a limit takes nothing."""
        if item.charge_kind != ChargeKind.CHARGEABLE:
            return True
        if broken_limits(item.amount, self.limits_on(item)):
            return False
        for key in _keys_of(item):
            self.taken[key] = self.taken.get(key, Decimal(0)) + item.amount
        return True

    def as_limit(self, scope: LimitScope, subject: UUID, customer: UUID | None = None) -> Limit | None:
        """One limit with what is taken of it; None where there is none."""
        key = (scope, subject, customer)
        return Limit(scope, self.amounts[key], self.taken.get(key, Decimal(0))) if key in self.amounts else None


def _keys_of(item: BacklogItem) -> list[Key]:
    keys: list[Key] = []
    if item.contract_id is not None:
        keys += [
            (LimitScope.CONTRACT, item.contract_id, None),
            (LimitScope.CUSTOMER, item.contract_id, item.customer_id),
        ]
    if item.line_id is not None:
        keys += [(LimitScope.LINE, item.line_id, None), (LimitScope.LINE_CUSTOMER, item.line_id, item.customer_id)]
    return keys


def limit_book(
    organization: Organization, contract_ids: Collection[UUID], *, without: Collection[UUID] = ()
) -> LimitBook:
    """The limits of these contracts and what their items take, save those that are left out.

    What was written off, cancelled, not charged or found over a limit takes nothing.
    """
    book = LimitBook()
    ids = list(contract_ids)
    if not ids:
        return book
    for scope, subject, customer, amount in rows.fetch_all(_LIMITS, {"organization": organization.pk, "ids": ids}):
        book.amounts[LimitScope(scope), subject, customer] = amount
    if book.amounts:
        _count_taken(organization, ids, book, without)
    return book


def _count_taken(organization: Organization, contracts: list[UUID], book: LimitBook, without: Collection[UUID]) -> None:
    counted: Any = BacklogItem.objects.of(organization).filter(
        contract_id__in=contracts, cancelled_at=None, is_over_limit=False, charge_kind=ChargeKind.CHARGEABLE
    )
    given_up: Any = WriteOff.objects.of(organization).filter(
        item__contract_id__in=contracts, item__cancelled_at=None, item__is_over_limit=False
    )
    if without:
        counted, given_up = counted.exclude(pk__in=without), given_up.exclude(item_id__in=without)
    sums = counted.order_by().values_list("contract_id", "line_id", "customer_id").annotate(sum=Sum("amount"))
    for contract_id, line_id, customer_id, amount in sums:
        _add(book, BacklogItem(contract_id=contract_id, line_id=line_id, customer_id=customer_id), amount)
    for write_off in given_up.select_related("item"):
        _add(book, write_off.item, -round_amount(write_off.quantity * write_off.item.unit_price))


def _add(book: LimitBook, item: BacklogItem, amount: Decimal) -> None:
    for key in _keys_of(item):
        book.taken[key] = book.taken.get(key, Decimal(0)) + amount
