"""Claims without documents: what the ledger knows of an invoice or a credit note, opened in one call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from foundation.ids import uuid7
from payments import queries
from payments.actions.receivables import ReceivableTerms, open_receivables
from payments.ledger import PostingDraft, VoucherDraft
from payments.models import Allocation, Payment, Receivable, ReceivableKind, Refund, RefundState, VoucherKind
from payments.terms import PaymentTerms
from payments.voucher_words import BookText
from tenants.models import Organization
from tests.builders import TODAY

_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimTerms:
    """An amount that somebody owes, negative for a credit; a quarter of it without VAT is VAT."""

    amount: Decimal
    currency: str = "NOK"
    rate: Decimal = Decimal(1)
    day: date = TODAY
    due: date | None = None
    kid: str = ""


def open_claim(organization: Organization, customer_id: UUID, terms: ClaimTerms) -> UUID:
    """Open one claim with its sale, in the caller's transaction; returns its id."""
    receivable_id, number = uuid7(), str(next(_numbers))
    accounts = queries.accounts_by_purpose(organization.pk)
    revenue = queries.list_accounts(organization).get(number="3000")
    base = (terms.amount * terms.rate).quantize(Decimal("0.01"))
    vat = (terms.amount / 5).quantize(Decimal("0.01"))
    vat_base = (base / 5).quantize(Decimal("0.01"))
    postings = [
        PostingDraft(
            account_id=accounts["receivables"].pk,
            amount=base,
            currency_amount=terms.amount,
            receivable_id=receivable_id,
        ),
        PostingDraft(
            account_id=revenue.pk, amount=-(base - vat_base), currency_amount=-(terms.amount - vat), vat_code="3"
        ),
        PostingDraft(account_id=accounts["vat_standard"].pk, amount=-vat_base, currency_amount=-vat, vat_code="3"),
    ]
    is_credit = terms.amount < 0
    voucher = VoucherDraft(
        day=terms.day,
        kind=VoucherKind.CREDIT if is_credit else VoucherKind.SALE,
        text=BookText(number),
        source_kind="invoice",
        source_id=receivable_id,
        currency=terms.currency,
        postings=postings,
    )
    due = None if is_credit else terms.due or terms.day + timedelta(days=14)
    opened = ReceivableTerms(
        id=receivable_id,
        customer_id=customer_id,
        kind=ReceivableKind.CREDIT if is_credit else ReceivableKind.INVOICE,
        document_number=number,
        kid=terms.kid,
        currency=terms.currency,
        issue_date=terms.day,
        due_date=due,
        voucher=voucher,
    )
    open_receivables(organization.pk, [opened])
    return receivable_id


def money(organization: Organization, amount: str, **more: object) -> PaymentTerms:
    """Money in the bank, today, told of once."""
    account = queries.accounts_by_purpose(organization.pk)["bank"]
    terms: dict[str, object] = {
        "key": f"test:{uuid7()}",
        "day": TODAY,
        "currency": "NOK",
        "method": "bank",
        "source": "manual",
        "account_id": account.pk,
        **more,
    }
    return PaymentTerms(amount=Decimal(amount), **terms)  # type: ignore[arg-type]


def owed(organization: Organization, receivable_id: UUID) -> Decimal:
    """What is open on a claim, in its own currency."""
    return queries.balances(organization.pk, [receivable_id])[receivable_id].currency_amount


def received_and_used(organization: Organization) -> tuple[Decimal, Decimal]:
    """All that was received, and all that is applied, owed to payers, paid back or taken back of it."""
    received = used = Decimal(0)
    for payment in Payment.objects.of(organization):
        applied = sum(
            (row.payment_amount or Decimal(0) for row in Allocation.objects.of(organization).filter(payment=payment)),
            Decimal(0),
        )
        ended = [RefundState.FAILED, RefundState.CANCELLED]
        alive = Refund.objects.of(organization).filter(payment=payment).exclude(state__in=ended)
        back = sum((refund.amount for refund in alive), Decimal(0))
        received += payment.amount
        used += applied + payment.unapplied + back + payment.reversed
    return received, used


def settled_claims(organization: Organization) -> set[UUID]:
    """The claims on which nothing is open."""
    ids = list(Receivable.objects.of(organization).values_list("pk", flat=True))
    return {key for key, balance in queries.balances(organization.pk, ids).items() if not balance.currency_amount}
