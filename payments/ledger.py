"""The only writer of vouchers and postings.

Many vouchers are posted with the same few statements as one: take the numbers, write the vouchers, write their
postings, move the head of the chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from foundation import rows
from foundation.canonical import chain, digest
from foundation.errors import DomainError
from foundation.ids import uuid7
from foundation.templatetags.formatting import format_day, language_of_page
from payments.models import Account, Posting, Receivable, ReceivableBalance, Voucher, VoucherSeries
from payments.voucher_words import BookText


class VoucherDoesNotBalance(DomainError):
    """The postings of a voucher do not sum to zero."""


class PeriodIsClosed(DomainError):
    """The books are closed on that day; `next_open` is the first day on which they are not."""

    def __init__(self, day: date, locked_through: date) -> None:
        self.next_open = locked_through + timedelta(days=1)
        super().__init__(
            _("The books are closed through %(closed)s: nothing is posted on %(day)s. The first open day is %(next)s.")
            % {"closed": _day(locked_through), "day": _day(day), "next": _day(self.next_open)},
            field="day",
        )


def _day(day: date) -> str:
    return format_day(day, language_of_page())


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingDraft:
    """One posting to be: debit positive, credit negative, in the base currency and in the voucher's."""

    account_id: UUID
    amount: Decimal
    currency_amount: Decimal
    vat_code: str = ""
    receivable_id: UUID | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherDraft:
    """One voucher to be, with all its postings."""

    day: date
    kind: str
    text: BookText
    source_kind: str
    source_id: UUID
    currency: str
    postings: Sequence[PostingDraft]
    reverses_id: UUID | None = None


@dataclass(slots=True)
class _Numbers:
    """A stretch of one year's series, taken under its lock."""

    next_number: int
    head_hash: str
    moved_at: datetime
    transaction_id: int
    locked_through: date | None


def accounts_by_number(organization_id: UUID) -> dict[str, Account]:
    """The whole chart, in one question."""
    accounts = rows.load(Account, "WHERE organization_id = %s", [organization_id])
    return {account.number: account for account in accounts}


def post_vouchers(
    organization_id: UUID, drafts: Sequence[VoucherDraft], *, opening: Sequence[Receivable] = ()
) -> list[Voucher]:
    """Number, chain and write the vouchers with their postings, in the caller's transaction.

    Receivables that are being opened get their balance row here; the balances of others are added to.
    Takes the lock of each year's voucher series; the caller holds every other lock it needs already.
    """
    if not drafts:
        _write_balances(organization_id, [], opening)
        return []
    _refuse_unbalanced(drafts)
    stretches = _take_numbers(organization_id, drafts)
    _refuse_closed(drafts, stretches)
    vouchers: list[Voucher] = []
    postings: list[Posting] = []
    for draft in drafts:
        numbers = stretches[draft.day.year]
        voucher = _voucher(organization_id, draft, numbers)
        own = _postings(voucher, draft.postings)
        voucher.hash = chain(numbers.head_hash, digest(voucher_content(voucher, own)))
        numbers.next_number += 1
        numbers.head_hash = voucher.hash
        vouchers.append(voucher)
        postings.extend(own)
    rows.insert(organization_id, vouchers)
    rows.insert(organization_id, postings)
    _write_balances(organization_id, postings, opening)
    for year, numbers in stretches.items():
        rows.execute(
            "UPDATE payments_voucherseries SET head_hash = %s WHERE organization_id = %s AND year = %s",
            [numbers.head_hash, organization_id, year],
        )
    return vouchers


def voucher_content(voucher: Voucher, postings: Sequence[Posting]) -> list[Any]:
    """Every column of a voucher and its postings but the hashes: what its hash is taken of."""
    return [
        [
            voucher.id,
            voucher.organization_id,
            voucher.year,
            voucher.number,
            voucher.day,
            voucher.kind,
            voucher.text,
            voucher.source_kind,
            voucher.source_id,
            voucher.currency,
            voucher.reverses_id,
            voucher.posted_at,
            voucher.transaction_id,
        ],
        [
            [
                posting.id,
                posting.position,
                posting.account_id,
                posting.amount,
                posting.currency_amount,
                posting.vat_code,
                posting.receivable_id,
                posting.dimensions,
            ]
            for posting in sorted(postings, key=lambda posting: posting.position)
        ],
    ]


def _write_balances(organization_id: UUID, postings: Sequence[Posting], opening: Sequence[Receivable]) -> None:
    sums: dict[UUID, tuple[Decimal, Decimal]] = {receivable.pk: (Decimal(0), Decimal(0)) for receivable in opening}
    for posting in postings:
        if posting.receivable_id is not None:
            currency_amount, amount = sums.get(posting.receivable_id, (Decimal(0), Decimal(0)))
            sums[posting.receivable_id] = (currency_amount + posting.currency_amount, amount + posting.amount)
    rows.insert(
        organization_id,
        [
            rows.fresh(
                ReceivableBalance,
                id=uuid7(),
                organization_id=organization_id,
                receivable_id=receivable.pk,
                customer_id=receivable.customer_id,
                currency=receivable.currency,
                due_date=receivable.due_date,
                currency_amount=sums[receivable.pk][0],
                amount=sums[receivable.pk][1],
            )
            for receivable in opening
        ],
    )
    opened = {receivable.pk for receivable in opening}
    ids = sorted(set(sums) - opened)  # one order of locks for everybody
    if ids:
        rows.execute(
            """UPDATE payments_receivablebalance AS balance
               SET currency_amount = balance.currency_amount + added.currency_amount,
                   amount = balance.amount + added.amount
               FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[]) AS added (receivable_id, currency_amount, amount)
               WHERE balance.organization_id = %s AND balance.receivable_id = added.receivable_id""",
            [ids, [sums[key][0] for key in ids], [sums[key][1] for key in ids], organization_id],
        )


def _refuse_unbalanced(drafts: Sequence[VoucherDraft]) -> None:
    for draft in drafts:
        if sum(posting.amount for posting in draft.postings) or len(draft.postings) < 2:
            raise VoucherDoesNotBalance(f"The voucher {draft.text!r} does not balance.")


def _refuse_closed(drafts: Sequence[VoucherDraft], stretches: Mapping[int, _Numbers]) -> None:
    for draft in drafts:
        closed = stretches[draft.day.year].locked_through
        if closed is not None and draft.day <= closed:
            raise PeriodIsClosed(draft.day, closed)


def _take_numbers(organization_id: UUID, drafts: Sequence[VoucherDraft]) -> dict[int, _Numbers]:
    counts: dict[int, int] = {}
    for draft in drafts:
        counts[draft.day.year] = counts.get(draft.day.year, 0) + 1
    return {year: _take_stretch(organization_id, year, counts[year]) for year in sorted(counts)}


def _take_stretch(organization_id: UUID, year: int, count: int) -> _Numbers:
    taken = _move_series(organization_id, year, count)
    if taken is None:
        # The first voucher of a year opens its series; two at once open one.
        series = VoucherSeries(id=uuid7(), organization_id=organization_id, year=year)
        series.head_hash = series.genesis_hash
        VoucherSeries.objects.bulk_create([series], ignore_conflicts=True)
        taken = _move_series(organization_id, year, count)
    assert taken is not None
    return taken


def _move_series(organization_id: UUID, year: int, count: int) -> _Numbers | None:
    moved = rows.fetch_all(
        """UPDATE payments_voucherseries SET last_number = last_number + %s
           WHERE organization_id = %s AND year = %s
           RETURNING last_number, head_hash, moved_at, moved_transaction,
             (SELECT locked_through FROM payments_periodlock WHERE organization_id = %s ORDER BY id DESC LIMIT 1)""",
        [count, organization_id, year, organization_id],
    )
    if not moved:
        return None
    [(last_number, head_hash, moved_at, transaction_id, locked_through)] = moved
    return _Numbers(last_number - count + 1, head_hash, moved_at, transaction_id, locked_through)


def _voucher(organization_id: UUID, draft: VoucherDraft, numbers: _Numbers) -> Voucher:
    return rows.fresh(
        Voucher,
        id=uuid7(),
        organization_id=organization_id,
        year=draft.day.year,
        number=numbers.next_number,
        day=draft.day,
        kind=draft.kind,
        text=draft.text[:160],
        source_kind=draft.source_kind,
        source_id=draft.source_id,
        currency=draft.currency,
        reverses_id=draft.reverses_id,
        posted_at=numbers.moved_at,
        transaction_id=numbers.transaction_id,
        previous_hash=numbers.head_hash,
    )


def _postings(voucher: Voucher, drafts: Sequence[PostingDraft]) -> list[Posting]:
    return [
        rows.fresh(
            Posting,
            id=uuid7(),
            organization_id=voucher.organization_id,
            voucher_id=voucher.id,
            position=position,
            account_id=draft.account_id,
            amount=draft.amount,
            currency_amount=draft.currency_amount,
            vat_code=draft.vat_code,
            receivable_id=draft.receivable_id,
            dimensions=dict(draft.dimensions),
        )
        for position, draft in enumerate(drafts, start=1)
    ]
