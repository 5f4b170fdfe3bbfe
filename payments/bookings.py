"""The vouchers of money: what a payment, its use, its return and a loss post. Values in, drafts out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.money import round_amount
from payments import chart
from payments.ledger import PostingDraft, VoucherDraft
from payments.models import Account, Allocation, Payment, PaymentSource, Refund, VoucherKind
from payments.terms import NOTHING, Rest, Share, gain_of
from payments.voucher_words import BookText, book_text
from tenants.models import Organization

Accounts = Mapping[str, Account]


def payment_received(
    organization: Organization, payment: Payment, shares: Sequence[Share], rest: Rest, accounts: Accounts
) -> VoucherDraft:
    """Money on its account against the claims that it pays; what is left is owed to the payer."""
    fee_base = round_amount(payment.base_amount * payment.fee / payment.amount)
    postings = [
        PostingDraft(
            account_id=payment.account_id,
            amount=payment.base_amount - fee_base,
            currency_amount=payment.amount - payment.fee,
        )
    ]
    if payment.fee:
        postings.append(_on(accounts[chart.BANK_FEES], fee_base, payment.fee))
    postings.extend(_on_claims(shares, accounts))
    if rest.amount:
        postings.append(_on(accounts[chart.UNAPPLIED_PAYMENTS], -rest.base, -rest.amount))
    kinds = {PaymentSource.ONLINE: VoucherKind.ONLINE_PAYMENT, PaymentSource.MOVED_IN: VoucherKind.OPENING}
    return VoucherDraft(
        day=payment.day,
        kind=kinds.get(PaymentSource(payment.source), VoucherKind.PAYMENT),
        text=_text(organization, _("Payment"), payment),
        source_kind="payment",
        source_id=payment.pk,
        currency=payment.currency,
        postings=postings,
    )


def payment_applied(
    organization: Organization, payment: Payment, share: Share, *, currency: str, day: date, accounts: Accounts
) -> VoucherDraft:
    """Money that was owed to the payer pays a claim, in the claim's currency."""
    postings = [_on(accounts[chart.UNAPPLIED_PAYMENTS], share.payment_base, share.amount)]
    postings.extend(_on_claims([share], accounts))
    return VoucherDraft(
        day=day,
        kind=VoucherKind.APPLICATION,
        text=_text(organization, _("Payment applied"), payment),
        source_kind="payment",
        source_id=payment.pk,
        currency=currency,
        postings=postings,
    )


def allocation_undone(
    *, source_id: UUID, text: BookText, currency: str, day: date, share: Share, source: PostingDraft, accounts: Accounts
) -> VoucherDraft:
    """A claim stands again as it did: `source` is where the money goes back to; won or lost currency goes back too."""
    postings = [
        PostingDraft(
            account_id=accounts[chart.RECEIVABLES].pk,
            amount=share.base,
            currency_amount=share.amount,
            receivable_id=share.receivable_id,
        ),
        source,
    ]
    difference = -(share.base + source.amount)
    if difference:
        purpose = chart.CURRENCY_LOSS if share.base > -source.amount else chart.CURRENCY_GAIN
        postings.append(_on(accounts[purpose], difference, NOTHING))
    return VoucherDraft(
        day=day,
        kind=VoucherKind.REVERSAL,
        text=text,
        source_kind="allocation",
        source_id=source_id,
        currency=currency,
        postings=postings,
    )


def payment_reversed(organization: Organization, payment: Payment, *, day: date, accounts: Accounts) -> VoucherDraft:
    """Money that never came after all: it leaves its account again, after every use of it was undone."""
    fee_base = round_amount(payment.base_amount * payment.fee / payment.amount)
    postings = [
        _on(accounts[chart.UNAPPLIED_PAYMENTS], payment.base_amount, payment.amount),
        PostingDraft(
            account_id=payment.account_id,
            amount=fee_base - payment.base_amount,
            currency_amount=payment.fee - payment.amount,
        ),
    ]
    if payment.fee:
        postings.append(_on(accounts[chart.BANK_FEES], -fee_base, -payment.fee))
    return VoucherDraft(
        day=day,
        kind=VoucherKind.REVERSAL,
        text=_text(organization, _("Payment taken back"), payment),
        source_kind="payment",
        source_id=payment.pk,
        currency=payment.currency,
        postings=postings,
        reverses_id=payment.voucher_id,
    )


def refund_paid(
    organization: Organization,
    refund: Refund,
    *,
    paid_base: Decimal,
    fee: Decimal,
    account_id: UUID,
    day: date,
    accounts: Accounts,
) -> VoucherDraft:
    """Money that was owed to the payer leaves an account with a fee; its worth of the day against what it was then."""
    fee_base = round_amount(fee * paid_base / refund.amount)
    postings = [
        _on(accounts[chart.UNAPPLIED_PAYMENTS], refund.base_amount, refund.amount),
        PostingDraft(account_id=account_id, amount=-paid_base - fee_base, currency_amount=-refund.amount - fee),
    ]
    if fee:
        postings.append(_on(accounts[chart.BANK_FEES], fee_base, fee))
    lost = paid_base - refund.base_amount
    if lost:
        postings.append(_on(accounts[chart.CURRENCY_LOSS if lost > 0 else chart.CURRENCY_GAIN], lost, NOTHING))
    return VoucherDraft(
        day=day,
        kind=VoucherKind.REFUND,
        text=_text(organization, _("Paid back"), refund.payment),
        source_kind="refund",
        source_id=refund.pk,
        currency=refund.payment.currency,
        postings=postings,
    )


def claim_written_off(
    share: Share, vat: Sequence[PostingDraft], *, text: BookText, currency: str, day: date, accounts: Accounts
) -> VoucherDraft:
    """A claim that is lost: the loss without VAT, the VAT that is taken back, and the claim itself."""
    taken_back = sum((posting.amount for posting in vat), NOTHING)
    taken_back_in_currency = sum((posting.currency_amount for posting in vat), NOTHING)
    postings = [
        _on(accounts[chart.BAD_DEBTS], share.base - taken_back, share.amount - taken_back_in_currency),
        *vat,
        PostingDraft(
            account_id=accounts[chart.RECEIVABLES].pk,
            amount=-share.base,
            currency_amount=-share.amount,
            receivable_id=share.receivable_id,
        ),
    ]
    return VoucherDraft(
        day=day,
        kind=VoucherKind.WRITE_OFF,
        text=text,
        source_kind="receivable",
        source_id=share.receivable_id,
        currency=currency,
        postings=postings,
    )


def advance_given_back(share: Share, *, text: BookText, currency: str, day: date, accounts: Accounts) -> VoucherDraft:
    """A request for an advance asks for less: the claim and the customers' advances come down by the same."""
    postings = [
        _on(accounts[chart.CUSTOMER_ADVANCES], share.base, share.amount),
        PostingDraft(
            account_id=accounts[chart.RECEIVABLES].pk,
            amount=-share.base,
            currency_amount=-share.amount,
            receivable_id=share.receivable_id,
        ),
    ]
    return VoucherDraft(
        day=day,
        kind=VoucherKind.ADVANCE,
        text=text,
        source_kind="receivable",
        source_id=share.receivable_id,
        currency=currency,
        postings=postings,
    )


def loss_reversed(
    allocation: Allocation, mirrored: Sequence[PostingDraft], *, text: BookText, currency: str, day: date
) -> VoucherDraft:
    """Every posting of a loss the other way round."""
    return VoucherDraft(
        day=day,
        kind=VoucherKind.REVERSAL,
        text=text,
        source_kind="receivable",
        source_id=allocation.receivable_id,
        currency=currency,
        postings=mirrored,
        reverses_id=allocation.voucher_id,
    )


def _on_claims(shares: Sequence[Share], accounts: Accounts) -> list[PostingDraft]:
    postings = []
    for share in shares:
        postings.append(
            PostingDraft(
                account_id=accounts[chart.RECEIVABLES].pk,
                amount=-share.base,
                currency_amount=-share.amount,
                receivable_id=share.receivable_id,
            )
        )
        if share.is_difference:
            postings.append(_on(accounts[chart.ROUNDING], share.base, share.amount))
    gain = gain_of(shares)
    if gain:
        purpose = chart.CURRENCY_GAIN if gain > 0 else chart.CURRENCY_LOSS
        postings.append(_on(accounts[purpose], -gain, NOTHING))
    return postings


def _on(account: Account, amount: Decimal, currency_amount: Decimal) -> PostingDraft:
    return PostingDraft(account_id=account.pk, amount=amount, currency_amount=currency_amount)


def _text(organization: Organization, what: Promise, payment: Payment) -> BookText:
    words, told = book_text(organization, what), payment.payer_name or payment.reference
    return BookText(f"{words}: {told}") if told else words
