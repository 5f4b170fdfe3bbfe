"""Proving that the ledger is whole: numbers, chains and sums of vouchers, balances, control account, allocations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from foundation.canonical import chain, digest
from payments import chart
from payments.ledger import voucher_content
from payments.models import (
    Account,
    Allocation,
    OpeningBalance,
    Payment,
    PaymentSource,
    Payout,
    PayoutPart,
    Posting,
    Receivable,
    ReceivableBalance,
    Refund,
    RefundState,
    Voucher,
    VoucherKind,
    VoucherSeries,
)
from tenants.models import Organization

CHUNK = 500
STRAYS_NAMED_MAX = 100
NUMBERS_NAMED_MAX = 100

Sums = tuple[Decimal, Decimal]
SETTLING = (VoucherKind.SETTLEMENT, VoucherKind.APPLICATION, VoucherKind.WRITE_OFF)
NOTHING: Sums = (Decimal(0), Decimal(0))


def ledger_problems(organization: Organization) -> Iterator[str]:
    """Everything in the ledger of one organization that is not as it was posted, a chunk in memory at a time."""
    for series in VoucherSeries.objects.of(organization).order_by("year"):
        yield from _series_problems(organization, series)
    yield from _stray_problems(organization)
    yield from _balance_problems(organization)
    yield from _control_account_problems(organization)
    yield from _allocation_problems(organization)
    yield from _payment_problems(organization)
    yield from _unapplied_account_problems(organization)
    yield from _payout_problems(organization)
    yield from _opening_problems(organization)


def _series_problems(organization: Organization, series: VoucherSeries) -> Iterator[str]:
    expected, head, last = 1, series.genesis_hash, None
    for voucher, postings in _vouchers(organization, series.year):
        yield from _missing_numbers(series, expected, voucher.number - 1)
        if voucher.previous_hash != head:
            yield f"Voucher {voucher.label} ({voucher.pk}): does not continue the chain of its predecessor."
        yield from _voucher_problems(voucher, postings)
        if last is not None and voucher.posted_at < last.posted_at:
            yield f"Voucher {voucher.label} ({voucher.pk}): was posted before its predecessor."
        expected, head, last = voucher.number + 1, voucher.hash, voucher
    yield from _missing_numbers(series, expected, series.last_number)
    named = f"Voucher series {series.year} ({series.pk})"
    if series.last_number != expected - 1:
        yield f"{named}: stands at {series.last_number}, but the last voucher is {expected - 1}."
    if series.head_hash != head:
        yield f"{named}: its head is not the hash of its last voucher."
    if series.moved_at != (last.posted_at if last else None):
        yield f"{named}: moved at another time than its last voucher."
    if series.moved_transaction != (last.transaction_id if last else None):
        yield f"{named}: was moved by another transaction than its last voucher."


def _missing_numbers(series: VoucherSeries, first: int, last: int) -> Iterator[str]:
    for number in range(first, min(last, first + NUMBERS_NAMED_MAX) + 1):
        yield f"Voucher {series.year}-{number:05d}: is missing."


def _voucher_problems(voucher: Voucher, postings: Sequence[Posting]) -> Iterator[str]:
    named = f"Voucher {voucher.label} ({voucher.pk})"
    if sum((posting.amount for posting in postings), Decimal(0)) or len(postings) < 2:
        yield f"{named}: its postings do not sum to zero."
    if chain(voucher.previous_hash, digest(voucher_content(voucher, postings))) != voucher.hash:
        ids = ", ".join(f"{posting.position}: {posting.pk}" for posting in postings)
        yield f"{named}: it or one of its postings ({ids}) has been changed."


def _vouchers(organization: Organization, year: int) -> Iterator[tuple[Voucher, list[Posting]]]:
    """The vouchers of a year in order, with their postings."""
    after = -1
    while True:
        rows = Voucher.objects.of(organization).filter(year=year, number__gt=after)
        vouchers = list(rows.order_by("number")[:CHUNK])
        if not vouchers:
            return
        postings = _postings_of(organization, [voucher.pk for voucher in vouchers])
        for voucher in vouchers:
            yield voucher, postings[voucher.pk]
        after = vouchers[-1].number


def _postings_of(organization: Organization, voucher_ids: Sequence[UUID]) -> dict[UUID, list[Posting]]:
    postings: dict[UUID, list[Posting]] = {voucher_id: [] for voucher_id in voucher_ids}
    for posting in Posting.objects.of(organization).filter(voucher_id__in=voucher_ids).order_by("position", "id"):
        postings[posting.voucher_id].append(posting)
    return postings


def _stray_problems(organization: Organization) -> Iterator[str]:
    """Rows outside every series, which no chain would show."""
    years = VoucherSeries.objects.of(organization).filter(year=OuterRef("year"))
    for voucher in Voucher.objects.of(organization).filter(~Exists(years)).order_by("pk")[:STRAYS_NAMED_MAX]:
        yield f"Voucher {voucher.label} ({voucher.pk}): belongs to no series."
    vouchers = Voucher.objects.of(organization).filter(pk=OuterRef("voucher_id"))
    for posting in Posting.objects.of(organization).filter(~Exists(vouchers)).order_by("pk")[:STRAYS_NAMED_MAX]:
        yield f"Posting {posting.pk}: belongs to no voucher."
    receivables = Receivable.objects.of(organization).filter(pk=OuterRef("receivable_id"))
    lost = Posting.objects.of(organization).filter(~Exists(receivables), receivable__isnull=False)
    for posting in lost.order_by("pk")[:STRAYS_NAMED_MAX]:
        yield f"Posting {posting.pk}: names a receivable that is not there."


def _balance_problems(organization: Organization) -> Iterator[str]:
    """A receivable's balance is the sum of its postings."""
    for receivables in _receivables(organization):
        ids = [receivable.pk for receivable in receivables]
        rows = ReceivableBalance.objects.of(organization).filter(receivable_id__in=ids)
        balances = {row.receivable_id: row for row in rows}
        sums = posted_on(organization, ids)
        for receivable in receivables:
            balance = balances.get(receivable.pk)
            named = f"Receivable {receivable.document_number} ({receivable.pk})"
            if balance is None:
                yield f"{named}: has no balance."
                continue
            currency_amount, amount = sums.get(receivable.pk, NOTHING)
            if (balance.currency_amount, balance.amount) != (currency_amount, amount):
                yield f"{named}: its balance says {balance.currency_amount}, its postings sum to {currency_amount}."
            if balance.due_date != receivable.due_date:
                yield f"{named}: its balance has another due date."
            if balance.customer_id != receivable.customer_id:
                yield f"{named}: its balance has another customer."
            if balance.currency != receivable.currency:
                yield f"{named}: its balance has another currency."


def posted_on(organization: Organization, receivable_ids: Iterable[UUID], **conditions: object) -> dict[UUID, Sums]:
    """What is posted on each receivable: in its own currency and in the books."""
    rows = (
        Posting.objects.of(organization)
        .filter(receivable_id__in=list(receivable_ids), **conditions)
        .values_list("receivable_id")
        .annotate(Sum("currency_amount"), Sum("amount"))
        .order_by()
    )
    return {receivable_id: (currency_amount, amount) for receivable_id, currency_amount, amount in rows}


def _receivables(organization: Organization) -> Iterator[list[Receivable]]:
    after: UUID | None = None
    while True:
        rows = Receivable.objects.of(organization).order_by("pk")
        chunk = list((rows if after is None else rows.filter(pk__gt=after))[:CHUNK])
        if not chunk:
            return
        yield chunk
        after = chunk[-1].pk


def _control_account_problems(organization: Organization) -> Iterator[str]:
    """The sub-ledger is the control account: what is posted there names a receivable, and nothing else does."""
    control = Account.objects.of(organization).filter(purpose=chart.RECEIVABLES).values_list("pk", flat=True).first()
    if control is None:
        yield "The chart of accounts has no account for receivables."
        return
    apart = Q(account_id=control, receivable=None) | (~Q(account_id=control) & Q(receivable__isnull=False))
    for posting in Posting.objects.of(organization).filter(apart).order_by("pk")[:STRAYS_NAMED_MAX]:
        yield f"Posting {posting.pk}: the receivables' account and the receivables do not agree on it."
    on_account = Posting.objects.of(organization).filter(account_id=control).aggregate(total=Sum("amount"))["total"]
    in_ledger = ReceivableBalance.objects.of(organization).aggregate(total=Sum("amount"))["total"]
    if (on_account or 0) != (in_ledger or 0):
        yield f"The receivables' account stands at {on_account or 0}, the receivables sum to {in_ledger or 0}."


def _allocation_problems(organization: Organization) -> Iterator[str]:
    """An allocation moves what its voucher posts: off the receivable, and onto the credit that settles it."""
    rows = Allocation.objects.of(organization).order_by("voucher_id", "pk").iterator(chunk_size=CHUNK)
    for voucher_id, group in groupby(rows, key=lambda row: row.voucher_id):
        allocations = list(group)
        moved: dict[UUID, Decimal] = {}
        for allocation in allocations:
            moved[allocation.receivable_id] = moved.get(allocation.receivable_id, Decimal(0)) - allocation.amount
            credit_id = allocation.credit_receivable_id
            if credit_id is not None:
                moved[credit_id] = moved.get(credit_id, Decimal(0)) + allocation.amount
        posted = posted_on(organization, moved, voucher_id=voucher_id)
        if any(posted.get(key, NOTHING)[0] != amount for key, amount in moved.items()):
            names = ", ".join(str(allocation.pk) for allocation in allocations)
            yield f"Allocation {names}: is not what its voucher ({voucher_id}) posts."
    own = Allocation.objects.of(organization).filter(voucher_id=OuterRef("pk"))
    unsaid = Voucher.objects.of(organization).filter(~Exists(own), kind__in=SETTLING)
    for voucher in unsaid.order_by("pk")[:STRAYS_NAMED_MAX]:
        yield f"Voucher {voucher.label} ({voucher.pk}): settles something, but no allocation says what."


def _payment_problems(organization: Organization) -> Iterator[str]:
    """A payment is where its allocations and refunds say, and its voucher is its own."""
    rows = Payment.objects.of(organization).select_related("voucher").order_by("pk")
    after: UUID | None = None
    while True:
        chunk = list((rows if after is None else rows.filter(pk__gt=after))[:CHUNK])
        if not chunk:
            return
        ids = [payment.pk for payment in chunk]
        applied = _sums_of(Allocation.objects.of(organization).filter(payment_id__in=ids), "payment_amount")
        alive = Refund.objects.of(organization).exclude(state__in=[RefundState.FAILED, RefundState.CANCELLED])
        refunded = _sums_of(alive.filter(payment_id__in=ids), "amount")
        for payment in chunk:
            named = f"Payment {payment} ({payment.pk})"
            used, back = applied.get(payment.pk, Decimal(0)), refunded.get(payment.pk, Decimal(0))
            if payment.applied != used:
                yield f"{named}: says {payment.applied} is applied, its allocations sum to {used}."
            if payment.refunded != back:
                yield f"{named}: says {payment.refunded} is paid back, its refunds sum to {back}."
            if payment.amount != payment.applied + payment.refunded + payment.reversed + payment.unapplied:
                yield f"{named}: its parts do not sum to what was received."
            if payment.voucher.source_id != payment.pk or payment.voucher.currency != payment.currency:
                yield f"{named}: its voucher {payment.voucher.label} was posted for something else."
        after = ids[-1]


def _sums_of(rows: QuerySet[Any], column: str) -> dict[UUID, Decimal]:
    return dict(rows.values_list("payment_id").annotate(Sum(column)).order_by())


def _unapplied_account_problems(organization: Organization) -> Iterator[str]:
    """What stands as owed to payers is what payments have left, and what is set aside to be paid back."""
    account = Account.objects.of(organization).filter(purpose=chart.UNAPPLIED_PAYMENTS).first()
    if account is None:
        yield "The chart of accounts has no account for payments that are not applied."
        return
    posted = Posting.objects.of(organization).filter(account=account).aggregate(total=Sum("amount"))["total"] or 0
    left = Payment.objects.of(organization).aggregate(total=Sum("unapplied_base"))["total"] or 0
    waiting = Refund.objects.of(organization).filter(state__in=[RefundState.REQUESTED, RefundState.HANDED_OVER])
    aside = waiting.aggregate(total=Sum("base_amount"))["total"] or 0
    if -posted != left + aside:
        yield f"The account of payments that are not applied stands at {-posted}, payments have {left + aside} left."


def _payout_problems(organization: Organization) -> Iterator[str]:
    """A payout takes off the clearing account what it holds, and what was undone stands there again."""
    held = PayoutPart.objects.of(organization).values_list("payout_id").annotate(Sum("posting__amount")).order_by()
    worth = dict(held)
    for payout in Payout.objects.of(organization).order_by("pk").iterator(chunk_size=CHUNK):
        if worth.get(payout.pk, Decimal(0)) != payout.settled:
            yield f"Payout {payout.pk}: says {payout.settled} was paid out, what it holds comes to another sum."
    half = PayoutPart.objects.of(organization).filter(Q(is_undone=True, payout__reversal=None))
    half |= PayoutPart.objects.of(organization).filter(is_undone=False, payout__reversal__isnull=False)
    for part in half.order_by("pk")[:STRAYS_NAMED_MAX]:
        yield f"Payout {part.payout_id}: is undone in part only."


def _opening_problems(organization: Organization) -> Iterator[str]:
    """The opening balance is what its vouchers opened on claims, less the money that moved in unused."""
    opening = OpeningBalance.objects.of(organization).first()
    if opening is None:
        return
    opened = Posting.objects.of(organization).filter(voucher__source_id=opening.pk, receivable__isnull=False)
    claims = opened.aggregate(total=Sum("amount"), count=Count("id"))
    moved = Payment.objects.of(organization).filter(source=PaymentSource.MOVED_IN)
    money = moved.aggregate(total=Sum("base_amount"), count=Count("id"))
    total = (claims["total"] or 0) - (money["total"] or 0)
    if (opening.total, opening.claims, opening.payments) != (total, claims["count"], money["count"]):
        yield f"The opening balance ({opening.pk}) says {opening.total}, what moved in comes to {total}."
