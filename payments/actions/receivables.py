"""Claims are opened, and reduced by the credits that belong to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from foundation import rows
from foundation.ids import uuid7
from payments import chart, queries
from payments.ledger import PostingDraft, VoucherDraft, post_vouchers
from payments.models import Account, Allocation, AllocationKind, Receivable, ReceivableKind, Voucher, VoucherKind
from payments.terms import Balance, part_of
from payments.voucher_words import BookText


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivableTerms:
    """A claim to be opened, with the voucher that opens it; without postings the claim is zero."""

    id: UUID
    customer_id: UUID
    kind: str
    document_number: str
    kid: str
    currency: str
    issue_date: date
    due_date: date | None
    voucher: VoucherDraft | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """A credit receivable and the receivable that it reduces, with the document that asks for it."""

    credit_receivable_id: UUID
    receivable_id: UUID
    day: date
    text: BookText
    source_id: UUID
    source_kind: str = "invoice"
    amount: Decimal | None = None  # None: as much as both sides have


def open_receivables(organization_id: UUID, terms: Sequence[ReceivableTerms]) -> dict[UUID, Voucher | None]:
    """Open one receivable per document and post its voucher, in the caller's transaction; vouchers by receivable id."""
    opened = rows.insert(
        organization_id,
        [
            rows.fresh(
                Receivable,
                id=item.id,
                organization_id=organization_id,
                customer_id=item.customer_id,
                kind=item.kind,
                document_number=item.document_number,
                kid=item.kid,
                currency=item.currency,
                issue_date=item.issue_date,
                due_date=item.due_date,
            )
            for item in terms
        ],
    )
    with_voucher = [item for item in terms if item.voucher is not None]
    posted = post_vouchers(
        organization_id, [item.voucher for item in with_voucher if item.voucher is not None], opening=opened
    )
    vouchers: dict[UUID, Voucher | None] = {item.id: None for item in terms}
    vouchers.update({item.id: voucher for item, voucher in zip(with_voucher, posted, strict=True)})
    return vouchers


def settle_by_credit(organization_id: UUID, settlements: Sequence[Settlement]) -> list[Allocation]:
    """Allocate each credit to its receivable, up to what is open there; the rest stays with the customer.

    In the caller's transaction. Receivables are locked in the order of their ids, and read after the lock.
    """
    if not settlements:
        return []
    ids = {side for item in settlements for side in (item.receivable_id, item.credit_receivable_id)}
    receivables = queries.lock_receivables(organization_id, ids)
    open_now = queries.balances(organization_id, ids)
    accounts = queries.accounts_by_purpose(organization_id)
    pairs: list[tuple[Settlement, Decimal, Decimal, Decimal]] = []
    drafts: list[VoucherDraft] = []
    for item in settlements:
        claim, credit = open_now[item.receivable_id], open_now[item.credit_receivable_id]
        amount = min(claim.currency_amount, -credit.currency_amount, *([] if item.amount is None else [item.amount]))
        if amount <= 0:
            continue
        claim_part, credit_part = part_of(claim, amount), -part_of(credit, -amount)
        open_now[item.receivable_id] = Balance(claim.currency_amount - amount, claim.amount - claim_part)
        open_now[item.credit_receivable_id] = Balance(credit.currency_amount + amount, credit.amount + credit_part)
        drafts.append(
            _settlement_voucher(item, receivables[item.receivable_id], amount, (claim_part, credit_part), accounts)
        )
        pairs.append((item, amount, claim_part, credit_part))
    vouchers = post_vouchers(organization_id, drafts)
    return Allocation.objects.bulk_create(
        Allocation(
            id=uuid7(),
            kind=AllocationKind.CREDIT,
            organization_id=organization_id,
            receivable_id=item.receivable_id,
            credit_receivable_id=item.credit_receivable_id,
            amount=amount,
            base_amount=claim_part,
            source_base_amount=credit_part,
            voucher=voucher,
        )
        for (item, amount, claim_part, credit_part), voucher in zip(pairs, vouchers, strict=True)
    )


def _settlement_voucher(
    item: Settlement,
    claim: Receivable,
    amount: Decimal,
    books: tuple[Decimal, Decimal],
    accounts: dict[str, Account],
) -> VoucherDraft:
    claim_part, credit_part = books
    receivables = accounts[chart.RECEIVABLES].pk
    postings = [
        PostingDraft(
            account_id=receivables,
            amount=credit_part,
            currency_amount=amount,
            receivable_id=item.credit_receivable_id,
        ),
        PostingDraft(
            account_id=receivables, amount=-claim_part, currency_amount=-amount, receivable_id=item.receivable_id
        ),
    ]
    difference = claim_part - credit_part
    if difference:
        purpose = chart.CURRENCY_LOSS if difference > 0 else chart.CURRENCY_GAIN
        postings.append(PostingDraft(account_id=accounts[purpose].pk, amount=difference, currency_amount=Decimal(0)))
    return VoucherDraft(
        day=item.day,
        kind=VoucherKind.SETTLEMENT,
        text=item.text,
        source_kind=item.source_kind,
        source_id=item.source_id,
        currency=claim.currency,
        postings=postings,
    )


def receivable_kind_of(*, is_credit_note: bool, is_about_advance: bool = False) -> str:
    """Which kind of receivable a document opens."""
    if is_credit_note:
        return ReceivableKind.CREDIT
    return ReceivableKind.ADVANCE if is_about_advance else ReceivableKind.INVOICE
