"""Money on an invoice, posted as the ledger will post it when payments have screens of their own."""

from __future__ import annotations

from decimal import Decimal

from invoicing.models import Invoice
from payments import queries as ledger
from payments.ledger import PostingDraft, VoucherDraft, post_vouchers
from payments.models import Voucher, VoucherKind
from payments.voucher_words import BookText
from tenants.models import Organization
from tests import builders


def pay(
    organization: Organization, invoice: Invoice, amount: Decimal | None = None, kind: str = VoucherKind.PAYMENT
) -> Voucher:
    """So much is paid on the invoice; the whole of it where nothing else is said."""
    return _post(organization, invoice, invoice.payable_amount if amount is None else amount, kind)


def refund(organization: Organization, invoice: Invoice, amount: Decimal) -> Voucher:
    """So much goes back to the customer."""
    return _post(organization, invoice, -amount, VoucherKind.REFUND)


def detach(organization: Organization, invoice: Invoice, payment: Voucher, amount: Decimal | None = None) -> Voucher:
    """The payment is taken off the invoice again by a voucher that reverses it."""
    paid = invoice.payable_amount if amount is None else amount
    return _post(organization, invoice, -paid, VoucherKind.REVERSAL, reverses=payment)


def _post(
    organization: Organization, invoice: Invoice, amount: Decimal, kind: str, reverses: Voucher | None = None
) -> Voucher:
    assert invoice.receivable_id is not None
    with builders.in_organization(organization):
        accounts = ledger.accounts_by_purpose(organization.pk)
        ledger.lock_receivables(organization.pk, [invoice.receivable_id])
        [voucher] = post_vouchers(
            organization.pk,
            [
                VoucherDraft(
                    day=builders.TODAY,
                    kind=kind,
                    text=BookText(f"{kind} {invoice.number}"),
                    source_kind="payment",
                    source_id=invoice.pk,
                    currency=invoice.currency,
                    reverses_id=reverses.pk if reverses else None,
                    postings=[
                        PostingDraft(account_id=accounts["bank"].pk, amount=amount, currency_amount=amount),
                        PostingDraft(
                            account_id=accounts["receivables"].pk,
                            amount=-amount,
                            currency_amount=-amount,
                            receivable_id=invoice.receivable_id,
                        ),
                    ],
                )
            ],
        )
    return voucher
