"""Receipts and statements read from the ledger of today; nothing is stored here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import islice
from uuid import UUID

from django.utils.translation import gettext as _

from customers.models import Customer
from foundation.errors import DomainError
from invoicing import texts
from invoicing.documents.facts import PaymentAccount, Seller
from invoicing.models import TextPlace
from invoicing.papers.facts import (
    NOTHING,
    Movement,
    OpenEntry,
    PaidItem,
    Period,
    Receipt,
    Statement,
    UnusedMoney,
    balance_of,
)
from invoicing.parties import buyer_of, seller_today
from payments import claim_queries
from payments import queries as ledger
from payments.claim_queries import OpenClaim
from payments.models import Payment
from payments.reports.asked import Asked
from payments.reports.ledger_card import Entry, every_entry, ledger_card
from payments.reports.open_items import OpenItem, every_open_item
from payments.reports.unused_money import unused_money
from tenants import queries as tenants
from tenants.models import Organization

ENTRIES_MAX = 500
CLAIMS_READ_MAX = 20_000
POSTINGS_READ_MAX = 5_000
MOVEMENTS_MAX = 500


class PayerIsUnknown(DomainError):
    """Nobody knows yet whose the payment is."""


class PaymentIsTakenBack(DomainError):
    """The money never came."""


def read_receipt(organization: Organization, payment: Payment) -> Receipt:
    """What a payment has paid, and what is left of each invoice now."""
    if payment.customer is None:
        raise PayerIsUnknown(_("Say whose the payment is before a receipt is made."))
    if payment.is_reversed:
        raise PaymentIsTakenBack(_("The payment was taken back: there is nothing to make a receipt for."))
    customer = payment.customer
    uses = ledger.standing_allocations(organization, payment.pk)
    claims = _claims(organization, {row.receivable_id for row in uses})
    items = [
        PaidItem(
            document_number=claims[row.receivable_id].claim.document_number,
            issue_date=claims[row.receivable_id].claim.issue_date,
            currency=claims[row.receivable_id].claim.currency,
            paid=row.amount,
            used=row.payment_amount or NOTHING,
            left=max(claims[row.receivable_id].open, NOTHING),
        )
        for row in uses
        if row.receivable_id in claims
    ]
    return Receipt(
        language=language_of(customer, organization),
        day=payment.day,
        number=str(payment.voucher.label),
        method=payment.method,
        reference=payment.reference,
        currency=payment.currency,
        amount=payment.amount,
        refunded=payment.refunded,
        unapplied=payment.unapplied,
        items=tuple(items),
        seller=_seller(organization, customer),
        buyer=buyer_of(customer),
    )


def read_statement(
    organization: Organization, customer: Customer, *, day: date, first: date | None = None
) -> Statement:
    """The customer's account at the end of a day: what stands open, and since `first` what happened."""
    asked = Asked(day=day, first=first or day, last=day, customer_id=customer.pk)
    entries = [_entry(item, day) for item in islice(every_open_item(organization, asked), CLAIMS_READ_MAX)]
    unused = [
        UnusedMoney(day=one.day, reference=one.reference, currency=one.currency, amount=one.amount)
        for one in unused_money(organization, customer.pk, day)
    ]
    currencies: list[str] = sorted(
        {entry.currency for entry in entries} | {money.currency for money in unused},
        key=lambda each: (each != organization.base_currency, each),
    )
    return Statement(
        language=language_of(customer, organization),
        day=day,
        currency=organization.base_currency,
        entries=tuple(entries[:ENTRIES_MAX]),
        unused=tuple(unused[:ENTRIES_MAX]),
        left_out=max(len(entries) - ENTRIES_MAX, 0),
        balances=tuple(balance_of(each, entries, unused, _account(organization, each)) for each in currencies),
        period=_period(organization, customer, asked) if first else None,
        seller=_seller(organization, customer),
        buyer=buyer_of(customer),
    )


def _claims(organization: Organization, ids: Iterable[UUID]) -> dict[UUID, OpenClaim]:
    wanted, step = sorted(ids), claim_queries.CLAIMS_SHOWN_MAX
    slices = [wanted[start : start + step] for start in range(0, len(wanted), step)]
    return {one.claim.pk: one for some in slices for one in claim_queries.claims_by_id(organization, some)}


def invoice_numbers(receipt: Receipt) -> list[str]:
    """The documents that a receipt names."""
    return list(dict.fromkeys(item.document_number for item in receipt.items))


def language_of(customer: Customer, organization: Organization) -> str:
    """The customer's language, else the organization's."""
    return customer.language or organization.language


def _entry(item: OpenItem, day: date) -> OpenEntry:
    return OpenEntry(
        document_number=item.document_number,
        kind=item.kind,
        issue_date=item.issue_date,
        due_date=item.due_date,
        currency=item.currency,
        open=item.currency_amount,
        days_late=item.days_late(day),
        reference="" if item.currency_amount < 0 else item.kid or item.document_number,
    )


def _period(organization: Organization, customer: Customer, asked: Asked) -> Period:
    found = list(islice(every_entry(organization, customer.pk, asked), POSTINGS_READ_MAX))
    opening = found[0].balance - found[0].amount if found else _balance(organization, customer, asked)
    movements = _movements(found, opening)
    return Period(
        first=asked.first,
        currency=organization.base_currency,
        opening=opening,
        closing=found[-1].balance if found else opening,
        movements=tuple(movements[-MOVEMENTS_MAX:]),
        left_out=max(len(movements) - MOVEMENTS_MAX, 0),
    )


def _balance(organization: Organization, customer: Customer, asked: Asked) -> Decimal:
    return ledger_card(organization, customer.pk, asked, size=1).closing


def _movements(entries: Iterable[Entry], opening: Decimal) -> list[Movement]:
    """One row per voucher; what only moves money from one of the customer's invoices to another is none."""
    sums: dict[object, list[Entry]] = {}
    for entry in entries:
        sums.setdefault(entry.voucher_id, []).append(entry)
    found, balance = [], opening
    for postings in sums.values():
        amount = sum((entry.amount for entry in postings), NOTHING)
        balance += amount
        if amount:
            numbers = dict.fromkeys(entry.document_number for entry in postings if entry.document_number)
            first = postings[0]
            found.append(
                Movement(
                    day=first.day, kind=first.kind, document_number=", ".join(numbers), amount=amount, balance=balance
                )
            )
    return found


def _seller(organization: Organization, customer: Customer) -> Seller:
    footers = texts.texts_at(organization, TextPlace.FOOTER)
    return seller_today(organization, footer=footers.get(language_of(customer, organization), ""))


def _account(organization: Organization, currency: str) -> PaymentAccount:
    account = tenants.bank_account_for(organization, currency)
    if account is None:
        return PaymentAccount()
    return PaymentAccount(account_number=account.account_number, iban=account.iban, bic=account.bic)
