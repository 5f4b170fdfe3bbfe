"""What a visit is planned as, which days a series of them falls on, and what of a visit is billed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from billing_backlog.intake.plain import NewItem, Source
from billing_backlog.models import BillingMethod, ItemKind, Visit
from foundation.dates import add_months

SYSTEM = "visits"  # as the item's source calls it
MORE = "more"  # what was done beyond what an earlier document bills
SERIES_MAX = 400
# The contract lines under which a visit is billed as it is done.
BILLED_BY = frozenset({BillingMethod.PER_VISIT.value, BillingMethod.TIME_AND_MATERIAL.value})


class Every(StrEnum):
    """How often a visit comes again."""

    ONCE = ""
    WEEK = "weekly"
    SECOND_WEEK = "biweekly"
    MONTH = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPlan:
    """A visit as it is planned: for a contract line, which knows its customers, or for one customer.

    What is left empty follows the contract line or the product: text, unit and price.
    """

    planned_on: date
    customer_id: UUID | None = None
    line_id: UUID | None = None
    project_id: UUID | None = None
    product_id: UUID | None = None
    worker_id: UUID | None = None
    worker_name: str = ""
    starts_at: time | None = None
    ends_at: time | None = None
    text: str = ""
    quantity: Decimal = Decimal(1)
    unit_code: str = ""
    unit_price: Decimal | None = None
    price_reason: str = ""
    place: str = ""
    note: str = ""
    source: Source | None = None


def days_of(first: date, every: Every, until: date | None) -> Iterator[date]:
    """The days of a series from its first through a last one; monthly on the 31st stays at the month's end."""
    if every is Every.ONCE or until is None:
        yield first
        return
    number, day = 0, first
    while day <= until:
        yield day
        number += 1
        if every is Every.MONTH:
            day = add_months(first, number)
        else:
            day = first + timedelta(weeks=number * (1 if every is Every.WEEK else 2))


def source_of(visit: Visit) -> Source:
    """How the visit's item is found again."""
    return Source(SYSTEM, str(visit.pk), "")


def work_of(
    visit: Visit, *, day: date | None = None, quantity: Decimal | None = None, approved_by: str = ""
) -> NewItem:
    """The billable work of a visit: on its day and of its quantity, unless another is told."""
    return NewItem(
        kind=ItemKind.VISIT.value,
        day=day or visit.day,
        quantity=visit.quantity if quantity is None else quantity,
        text=visit.text,
        unit_code=visit.unit_code,
        customer_id=visit.customer_id,
        line_id=visit.line_id,
        project_id=visit.project_id,
        product_id=visit.product_id,
        performed_by=visit.worker_name,
        unit_price=visit.unit_price,
        price_reason=visit.price_reason,
        source=source_of(visit),
        approved_by=approved_by,
    )
