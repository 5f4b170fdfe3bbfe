"""What another system held becomes claims and money here: once, in one piece, on one day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.ids import uuid7
from foundation.templatetags.formatting import format_day, language_of_page
from payments import chart, errors, queries
from payments.actions.receivables import ReceivableTerms, open_receivables
from payments.actions.registering import register_payments
from payments.ledger import PostingDraft, VoucherDraft
from payments.models import (
    Account,
    OpeningBalance,
    PaymentMethod,
    PaymentSource,
    ReceivableKind,
    VoucherKind,
)
from payments.terms import PaymentTerms
from payments.voucher_words import book_text
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningItem:
    """One open item: a claim, a credit (negative), or money that the customer paid and nothing has used (negative)."""

    customer_id: UUID | None  # only money may be nobody's yet
    document_number: str
    kid: str
    issue_date: date
    due_date: date | None
    currency: str
    amount: Decimal
    base_amount: Decimal
    is_payment: bool = False
    payer_name: str = ""
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningTerms:
    """Everything that moves: the day it is booked on, the items, and the files that they were read from, by kind."""

    id: UUID
    day: date
    items: Sequence[OpeningItem]
    files: Mapping[str, str] = field(default_factory=dict)


def open_books(organization: Organization, terms: OpeningTerms, *, actor: Actor, now: datetime) -> OpeningBalance:
    """Open a receivable for every claim and keep every unused payment, in the caller's transaction; only once.

    Credits become receivables below zero, which settle other claims and show in the ageing. Money becomes a payment
    with all of it unused: only a payment can be applied to later invoices or paid back.
    """
    claims = [item for item in terms.items if not item.is_payment]
    money = [item for item in terms.items if item.is_payment]
    opening = OpeningBalance(
        id=terms.id,
        organization=organization,
        day=terms.day,
        total=sum((item.base_amount for item in terms.items), Decimal("0.00")),
        claims=len(claims),
        payments=len(money),
        **{f"{kind}_sha256": sha256 for kind, sha256 in terms.files.items()},
        made_by=actor.name,
        made_at=now,
    )
    _keep_once(opening)
    accounts = queries.accounts_by_purpose(organization.pk)
    open_receivables(organization.pk, [_claim(opening, item, accounts) for item in claims])
    register_payments(organization, [_payment(opening, item, accounts) for item in money], actor=actor, now=now)
    audit.record(
        actor, "books.moved_in", opening, day=terms.day.isoformat(), total=str(opening.total), claims=len(claims)
    )
    return opening


def refuse_opened(organization: Organization) -> None:
    """Raise BooksAreOpen where the books have moved here already."""
    standing = queries.opening_balance(organization)
    if standing is not None:
        raise errors.BooksAreOpen(
            _("The books moved here on %(day)s already. Register what is missing as documents and payments.")
            % {"day": format_day(standing.day, language_of_page())}
        )


def _keep_once(opening: OpeningBalance) -> None:
    refuse_opened(opening.organization)
    try:
        with transaction.atomic():
            opening.save(force_insert=True)
    except IntegrityError:
        refuse_opened(opening.organization)  # another one was there first, at the same moment
        raise


def _claim(opening: OpeningBalance, item: OpeningItem, accounts: Mapping[str, Account]) -> ReceivableTerms:
    postings = [
        PostingDraft(
            account_id=accounts[chart.RECEIVABLES].pk,
            amount=item.base_amount,
            currency_amount=item.amount,
            receivable_id=item.id,
        ),
        PostingDraft(
            account_id=accounts[chart.OPENING_BALANCE].pk, amount=-item.base_amount, currency_amount=-item.amount
        ),
    ]
    assert item.customer_id is not None, "a claim is on somebody"
    return ReceivableTerms(
        id=item.id,
        customer_id=item.customer_id,
        kind=ReceivableKind.OPENING,
        document_number=item.document_number,
        kid=item.kid,
        currency=item.currency,
        issue_date=item.issue_date,
        due_date=item.due_date,
        voucher=VoucherDraft(
            day=opening.day,
            kind=VoucherKind.OPENING,
            text=book_text(
                opening.organization, gettext_lazy("Opening balance %(number)s"), number=item.document_number
            ),
            source_kind="opening",
            source_id=opening.pk,
            currency=item.currency,
            postings=postings,
        ),
    )


def _payment(opening: OpeningBalance, item: OpeningItem, accounts: Mapping[str, Account]) -> PaymentTerms:
    """Money that came to the other system: no account of ours received it, so it stands against the opening balance."""
    return PaymentTerms(
        id=item.id,
        key=f"opening:{opening.pk}:{item.document_number}",
        day=opening.day,
        currency=item.currency,
        amount=-item.amount,
        base_amount=-item.base_amount,
        method=PaymentMethod.OTHER,
        source=PaymentSource.MOVED_IN,
        account_id=accounts[chart.OPENING_BALANCE].pk,
        customer_id=item.customer_id,
        payer_name=item.payer_name,
        reference=item.document_number,
        note=book_text(
            opening.organization,
            gettext_lazy("Received on %(day)s, before the books moved here"),
            day=format_day(item.issue_date, opening.organization.language),
        ),
    )
