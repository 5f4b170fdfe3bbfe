"""One page of the document list: filtered, searched and sorted, as quick on the last page as on the first.

Pages are cut by the key of their first and last row, never by OFFSET. Where the key may be empty (a draft has no
number) the list has two segments, the empty keys and the others, each of which an index can read in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from foundation.text import search_words
from invoicing.listing.filters import Groups, search_for
from invoicing.listing.ordering import Order, order_of, read_cursor, write_cursor
from invoicing.listing.properties.registry import BUILT_IN, OWN_PREFIX, Book, Property, book_of
from invoicing.listing.properties.showing import columns_of, properties_named
from invoicing.listing.properties.sources import credited_amount, credited_or_nothing, open_amount
from invoicing.models import Invoice, InvoiceKind, InvoiceStatus
from invoicing.standing import DocumentAmounts, Standing, standing_of
from payments.models import Receivable, ReceivableBalance
from tenants.models import Organization

PAGE_SIZE = 50
CUSTOMERS_FOUND_MAX = 500
NUMBER_DIGITS_MAX = 10


class Show(StrEnum):
    """The filters over the list."""

    ALL = "all"
    DRAFTS = "drafts"
    OPEN = "open"
    OVERDUE = "overdue"
    PAID = "paid"
    CREDIT_NOTES = "credit-notes"


# Everything that a row shows; never the snapshot, which is the whole document.
COLUMNS = (
    "id", "kind", "status", "number", "customer_id", "customer__name", "issue_date", "due_date", "currency",
    "payable_amount", "updated_at", "open_amount", "credited_amount",
)  # fmt: skip
# What somebody who opens the filter wants to see first.
FIRST_ORDERS = {Show.DRAFTS: "-updated", Show.OPEN: "due", Show.OVERDUE: "due"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """What is asked for; `sort` is a column's name, with a minus for largest first, and empty for the usual order."""

    show: Show = Show.ALL
    words: str = ""
    sort: str = ""
    after: str = ""
    before: str = ""
    customer_id: UUID | None = None
    size: int = PAGE_SIZE
    groups: Groups = ()
    columns: tuple[str, ...] = ()  # names of properties to show beside those that every row has
    user_id: UUID | None = None  # who asks: what “me” means in a filter

    @property
    def sort_in_force(self) -> str:
        """The order asked for, or the usual one."""
        return self.sort or FIRST_ORDERS.get(self.show, "-number")

    @property
    def order_name(self) -> str:
        """The property that the list is sorted by."""
        return self.sort_in_force.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Whether the largest come first."""
        return self.sort_in_force.startswith("-")

    @property
    def needs_own_properties(self) -> bool:
        """Whether it names properties of the organization's own."""
        named = {each.name for group in self.groups for each in group} | {*self.columns, self.order_name}
        return any(name.startswith(OWN_PREFIX) for name in named)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One document as the list shows it."""

    id: UUID
    kind: str
    kind_label: str
    number: int | None
    customer_id: UUID
    customer_name: str
    issue_date: date | None
    due_date: date | None
    currency: str
    payable_amount: Decimal
    open_amount: Decimal | None
    updated_at: datetime
    standing: Standing
    values: Mapping[str, Any] = field(default_factory=dict, compare=False)  # by the keys of the properties


@dataclass(frozen=True, slots=True)
class ListPage:
    """The rows of one page and the cursors of its neighbours, empty where there is none."""

    rows: list[ListRow]
    before: str
    after: str


def list_page(organization: Organization, wanted: ListRequest, *, today: date, book: Book | None = None) -> ListPage:
    """The page asked for, in at most five statements whatever it holds."""
    book = book or _book_for(organization, wanted)
    found = matching(organization, wanted, today=today, book=book)
    if found is None:
        return ListPage([], "", "")
    order = order_of(book, wanted.order_name)
    rows = _with_amounts(organization, found, order, properties_named(book, wanted.columns))
    start = read_cursor(order, wanted.before or wanted.after)
    is_backwards = bool(wanted.before) and start is not None
    is_descending = wanted.is_descending != is_backwards
    values = _walk(rows, order, wanted, start, is_descending=is_descending)
    has_more, kept = len(values) > wanted.size, values[: wanted.size]
    if is_backwards:
        kept.reverse()
    has_before = has_more if is_backwards else start is not None
    has_after = has_more or is_backwards
    return ListPage(
        rows=[_row(row, today) for row in kept],
        before=write_cursor(order, kept[0]) if kept and has_before else "",
        after=write_cursor(order, kept[-1]) if kept and has_after else "",
    )


def _book_for(organization: Organization, wanted: ListRequest) -> Book:
    return book_of(organization) if wanted.needs_own_properties else Book(organization, BUILT_IN)


def matching(
    organization: Organization, wanted: ListRequest, *, today: date, book: Book | None = None
) -> QuerySet[Invoice] | None:
    """Every document that the request lets through, in no order; None where the words typed fit nothing."""
    found = _search(organization, wanted.words)
    if found is None:
        return None
    rows = _shown(organization, wanted.show, today).filter(found)
    if wanted.customer_id is not None:
        rows = rows.filter(customer_id=wanted.customer_id)
    if wanted.groups:
        book = book or _book_for(organization, wanted)
        search = search_for(book, wanted.groups, today=today, user_id=wanted.user_id, people={})
        rows = rows.alias(**search.aliases).filter(search.condition)
    return rows


def ids_matching(organization: Organization, wanted: ListRequest, *, today: date, most: int) -> list[UUID]:
    """The ids of all documents that the request lets through, oldest first; one more than `most` tells of too many."""
    rows = matching(organization, wanted, today=today)
    return [] if rows is None else list(rows.order_by("id").values_list("pk", flat=True)[: most + 1])


def _search(organization: Organization, typed: str) -> Q | None:
    """Customers by a part of their name, documents by their number's first digits or their KID; None: nothing fits."""
    words = search_words(typed)
    if not words:
        return Q()
    customer_ids = customer_ids_named(words)
    condition = Q(customer_id__in=customer_ids)
    digits = "".join(words.split())
    if digits.isascii() and digits.isdecimal():
        for low, high in number_ranges(digits):
            condition |= Q(number__range=(low, high))
        with_kid = Receivable.objects.of(organization).filter(kid=digits).values_list("pk", flat=True)[:1]
        condition |= Q(receivable_id__in=list(with_kid))
    elif not customer_ids:
        return None
    return condition


def customer_ids_named(words: str) -> list[UUID]:
    """Customers of the open organization whose name holds the words; by a function, which may use the trigram index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM search_customer_ids(%s, %s)", [words, CUSTOMERS_FOUND_MAX])
        return [row[0] for row in cursor.fetchall()]


def number_ranges(digits: str) -> list[tuple[int, int]]:
    """The numbers that begin with these digits, as ranges that an index can look up."""
    if digits.startswith("0") or len(digits) > NUMBER_DIGITS_MAX:
        return []
    first = int(digits)
    steps = [10**more for more in range(NUMBER_DIGITS_MAX - len(digits) + 1)]
    return [(first * step, first * step + step - 1) for step in steps]


def _shown(organization: Organization, show: Show, today: date) -> QuerySet[Invoice]:
    rows = Invoice.objects.of(organization)
    if show == Show.DRAFTS:
        return rows.filter(status=InvoiceStatus.DRAFT)
    if show == Show.CREDIT_NOTES:
        return rows.filter(kind=InvoiceKind.CREDIT_NOTE)
    if show == Show.ALL:
        return rows
    balances = ReceivableBalance.objects.of(organization).filter(receivable_id=OuterRef("receivable_id"))
    if show == Show.PAID:
        settled = rows.filter(status=InvoiceStatus.FINALIZED, kind=InvoiceKind.INVOICE)
        is_paid = Q(payable_amount=0) | Q(payable_amount__gt=credited_or_nothing(organization))
        return settled.filter(Exists(balances.filter(currency_amount__lte=0))).filter(is_paid)
    # Told twice, so that the partial index of what is open can be used.
    owing = balances.exclude(currency_amount=0).filter(currency_amount__gt=0)
    invoices = rows.filter(status=InvoiceStatus.FINALIZED, kind=InvoiceKind.INVOICE)
    if show == Show.OVERDUE:
        invoices, owing = invoices.filter(due_date__lt=today), owing.filter(due_date__lt=today)
    return invoices.filter(Exists(owing))


def _with_amounts(
    organization: Organization, rows: QuerySet[Invoice], order: Order, shown: Sequence[Property]
) -> QuerySet[Invoice, dict[str, Any]]:
    given = {"open_amount": open_amount(organization), "credited_amount": credited_amount(organization)}
    given |= columns_of(organization, shown)
    if order.expression is not None:
        given[order.column] = order.expression
    return cast("QuerySet[Invoice, dict[str, Any]]", rows.annotate(**given).values(*COLUMNS, *_beyond(given)))


def _beyond(given: Mapping[str, Any]) -> list[str]:
    return [name for name in given if name not in COLUMNS]


def _walk(
    rows: QuerySet[Invoice, dict[str, Any]],
    order: Order,
    wanted: ListRequest,
    start: tuple[Any, UUID] | None,
    *,
    is_descending: bool,
) -> list[dict[str, Any]]:
    """The rows from the start on, one more than the page holds."""
    most = wanted.size + 1
    if order.column == "updated_at" and wanted.show == Show.ALL:
        # The index begins with the status: each status is read in order, then the two are merged.
        parts = [rows.filter(status=status) for status in InvoiceStatus.values]
        merged = [
            row
            for part in parts
            for row in _segment(part, order, start, is_descending=is_descending, is_empty=False)[:most]
        ]
        merged.sort(key=lambda row: (row[order.column], row["id"]), reverse=is_descending)
        return merged[:most]
    if order.may_be_empty and start is None:
        return list(_from_the_start(rows, order, is_descending=is_descending)[:most])
    found: list[dict[str, Any]] = []
    for is_empty in _segments(order, start, is_descending=is_descending):
        here = start if start is not None and (start[0] is None) == is_empty else None
        part = _segment(rows, order, here, is_descending=is_descending, is_empty=is_empty)
        found += part[: most - len(found)]
        if len(found) == most:
            break
    return found


def _from_the_start(
    rows: QuerySet[Invoice, dict[str, Any]], order: Order, *, is_descending: bool
) -> QuerySet[Invoice, dict[str, Any]]:
    """Both segments in one statement, in the order that the indexes have: empty keys beyond the largest."""
    if is_descending:
        return rows.order_by(F(order.column).desc(nulls_first=True), "-id")
    return rows.order_by(F(order.column).asc(nulls_last=True), "id")


def _segments(order: Order, start: tuple[Any, UUID] | None, *, is_descending: bool) -> Sequence[bool]:
    """Empty keys stand before the largest: first when the largest come first, last otherwise."""
    if not order.may_be_empty or start is None:
        return (False,)
    segments = (True, False) if is_descending else (False, True)
    return segments[segments.index(start[0] is None) :]


def _segment(
    rows: QuerySet[Invoice, dict[str, Any]],
    order: Order,
    start: tuple[Any, UUID] | None,
    *,
    is_descending: bool,
    is_empty: bool,
) -> QuerySet[Invoice, dict[str, Any]]:
    sign, beyond = ("-", "lt") if is_descending else ("", "gt")
    column = order.column
    if order.may_be_empty:
        rows = rows.filter(**{f"{column}__isnull": is_empty})
    if is_empty:
        return (rows if start is None else rows.filter(**{f"id__{beyond}": start[1]})).order_by(f"{sign}id")
    if start is not None and order.is_unique:
        rows = rows.filter(**{f"{column}__{beyond}": start[0]})
    elif start is not None:
        same = Q(**{column: start[0], f"id__{beyond}": start[1]})
        rows = rows.filter(Q(**{f"{column}__{beyond}e": start[0]}) & (Q(**{f"{column}__{beyond}": start[0]}) | same))
    return rows.order_by(f"{sign}{column}") if order.is_unique else rows.order_by(f"{sign}{column}", f"{sign}id")


def _row(values: dict[str, Any], today: date) -> ListRow:
    amounts = DocumentAmounts(
        kind=values["kind"],
        status=values["status"],
        due_date=values["due_date"],
        payable=values["payable_amount"],
        open=values["open_amount"],
        credited=values["credited_amount"] or Decimal(0),
    )
    standing = standing_of(amounts, today)
    return ListRow(
        id=values["id"],
        kind=values["kind"],
        kind_label=str(InvoiceKind(values["kind"]).label),
        number=values["number"],
        customer_id=values["customer_id"],
        customer_name=values["customer__name"],
        issue_date=values["issue_date"],
        due_date=values["due_date"],
        currency=values["currency"],
        payable_amount=values["payable_amount"],
        open_amount=values["open_amount"],
        updated_at=values["updated_at"],
        standing=standing,
        values={**values, "standing": standing.value},
    )
