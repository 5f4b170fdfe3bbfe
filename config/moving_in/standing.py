"""What the books hold before anything moves in, and what that says of numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from config.moving_in.asked import MoveInRequest
from config.moving_in.open_items import OpenItem, PlannedItem
from customers.actions.numbers import refuse_customer_number
from customers.models import Customer, CustomerNumberSeries
from foundation.errors import DomainError
from invoicing import numbering
from invoicing.models import NumberSeries
from payments.models import Receivable
from payments.reports.ageing import AGES
from tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Standing:
    """The customers that can owe something, the last number given, and what no open item may repeat."""

    customer_numbers: Collection[int]
    last_customer_number: int
    document_numbers: Collection[str]
    kids: Collection[str]
    series: NumberSeries


def books_as_they_stand(organization: Organization) -> Standing:
    """What rows are compared with, in a few statements."""
    customers = Customer.objects.of(organization).filter(erased_at=None)
    claims = Receivable.objects.of(organization).values_list("document_number", "kid")
    documents, kids = set(), set()
    for number, kid in claims:
        documents.add(number)
        kids.add(kid)
    last = CustomerNumberSeries.objects.of(organization).values_list("last_number", flat=True).first()
    return Standing(
        customer_numbers=set(customers.values_list("number", flat=True)),
        last_customer_number=last or 0,
        document_numbers=documents,
        kids=kids - {""},
        series=NumberSeries.objects.of(organization).get(is_default=True),
    )


def number_problems(
    standing: Standing, asked: MoveInRequest, items: Sequence[PlannedItem], customers: Collection[int]
) -> Iterator[str]:
    """Why numbers cannot go on where they are asked to: forwards only, and past every number that moves in."""
    if asked.next_invoice_number is not None:
        try:
            numbering.refuse_beginning(standing.series, asked.next_invoice_number)
        except DomainError as refusal:
            yield str(refusal)
    next_number = asked.next_invoice_number or standing.series.last_number + 1
    highest = max(_numbers_in(items, standing.series.last_allowed), default=0)
    if highest >= next_number:
        yield _(
            "The open items reach number %(highest)s, and the next invoice would get %(next)s: a number would be given"
            " twice. Write a next invoice number above %(highest)s."
        ) % {"highest": highest, "next": next_number}
    if asked.next_customer_number is not None:
        try:
            last = max([standing.last_customer_number, *customers])
            refuse_customer_number(asked.next_customer_number, last)
        except DomainError as refusal:
            yield str(refusal)


def _numbers_in(items: Sequence[PlannedItem], last_allowed: int) -> Iterator[int]:
    """The numbers of documents that our own series could give as well; the references of payments are none."""
    for row in items:
        number = row.item.document_number if row.item is not None and not row.item.is_payment else ""
        if number.isascii() and number.isdigit() and int(number) <= last_allowed:
            yield int(number)


def aged_sums(items: Sequence[OpenItem], day: date) -> tuple[Decimal, ...]:
    """The open items by their days past due in the currency of the books: the ages of the report, credits, and money
    that nothing has used."""
    sums = [Decimal("0.00")] * (len(AGES) + 2)
    for item in items:
        if item.is_payment:
            place = len(AGES) + 1
        elif item.due_date is None or item.amount < 0:
            place = len(AGES)
        else:
            late = (day - item.due_date).days
            place = next(place for place, (_name, _low, high) in enumerate(AGES) if high is None or late <= high)
        sums[place] += item.base_amount
    return tuple(sums)
