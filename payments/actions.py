"""Every change of the ledger's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation import rows
from foundation.errors import DomainError
from foundation.ids import uuid7
from foundation.money import round_amount
from payments import chart, queries
from payments.ledger import PostingDraft, VoucherDraft, post_vouchers
from payments.models import Account, Allocation, ExchangeRate, Receivable, ReceivableKind, Voucher, VoucherKind
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

IMPORT_BATCH_SIZE = 500


class ExchangeRateStands(DomainError):
    """A rate for that currency and day has been entered already."""


class AccountNumberStands(DomainError):
    """The chart holds an account of that number."""


class AccountIsNeeded(DomainError):
    """An account that posting rules ask for cannot go out of use."""


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
    text: str
    source_id: UUID


def open_chart(organization: Organization) -> list[Account]:
    """Give a new organization its small chart of accounts."""
    return Account.objects.bulk_create(
        Account(organization=organization, number=account.number, name=account.name, purpose=account.purpose)
        for account in chart.CHART
    )


@transaction.atomic
def add_account(organization: Organization, *, number: str, name: str, actor: Actor) -> Account:
    """A further account of the chart; revenue accounts, of class 3, can be chosen on products and lines."""
    try:
        with transaction.atomic():
            account = Account.objects.create(organization=organization, number=number, name=name)
    except IntegrityError as error:
        raise AccountNumberStands(
            _("The chart holds an account %(number)s already. Change that one.") % {"number": number}, field="number"
        ) from error
    audit.record(actor, "account.added", account)
    return account


@transaction.atomic
def update_account(
    organization: Organization, account_id: UUID, *, name: str, is_active: bool, actor: Actor
) -> Account:
    """Rename an account or take it out of use; its number and what is posted stay."""
    account = queries.get_account(organization, account_id)
    if account.purpose and not is_active:
        raise AccountIsNeeded(
            _("Postings are made on this account by rule, so it stays in use. You can give it another name."),
            field="is_active",
        )
    before = {"name": account.name, "is_active": account.is_active}
    account.name, account.is_active = name, is_active
    changes = audit.changes(before, {"name": name, "is_active": is_active})
    if changes:
        account.save(update_fields=["name", "is_active"])
        audit.record(actor, "account.changed", account, changes=changes)
    return account


def open_receivables(organization_id: UUID, terms: Sequence[ReceivableTerms]) -> dict[UUID, Voucher | None]:
    """Open one receivable per document and post its voucher, in the caller's transaction; vouchers by receivable id."""
    opened = rows.insert(
        organization_id,
        [
            Receivable(
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
    pairs: list[tuple[Settlement, Decimal]] = []
    drafts: list[VoucherDraft] = []
    for item in settlements:
        claim, credit = open_now[item.receivable_id], open_now[item.credit_receivable_id]
        amount = min(claim.currency_amount, -credit.currency_amount)
        if amount <= 0:
            continue
        claim_part, credit_part = _part(claim, amount), -_part(credit, -amount)
        open_now[item.receivable_id] = queries.Balance(claim.currency_amount - amount, claim.amount - claim_part)
        open_now[item.credit_receivable_id] = queries.Balance(
            credit.currency_amount + amount, credit.amount + credit_part
        )
        drafts.append(
            _settlement_voucher(item, receivables[item.receivable_id], amount, (claim_part, credit_part), accounts)
        )
        pairs.append((item, amount))
    vouchers = post_vouchers(organization_id, drafts)
    return Allocation.objects.bulk_create(
        Allocation(
            id=uuid7(),
            organization_id=organization_id,
            receivable_id=item.receivable_id,
            credit_receivable_id=item.credit_receivable_id,
            amount=amount,
            voucher=voucher,
        )
        for (item, amount), voucher in zip(pairs, vouchers, strict=True)
    )


def _part(balance: queries.Balance, currency_amount: Decimal) -> Decimal:
    """The books' share of a part of a balance; the last part takes what is left, so that nothing stays behind."""
    if currency_amount == balance.currency_amount:
        return balance.amount
    return round_amount(balance.amount * currency_amount / balance.currency_amount)


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
        source_kind="invoice",
        source_id=item.source_id,
        currency=claim.currency,
        postings=postings,
    )


@transaction.atomic
def enter_exchange_rate(organization: Organization, *, rate: ExchangeRate, actor: Actor) -> ExchangeRate:
    """Keep a dated exchange rate with its source; a day's rate is entered once."""
    rate.organization = organization
    try:
        with transaction.atomic():
            rate.save(force_insert=True)
    except IntegrityError as error:
        raise ExchangeRateStands(
            _("A rate for %(currency)s on %(day)s stands already. Choose another date.")
            % {"currency": rate.currency, "day": rate.day.isoformat()},
            field="day",
        ) from error
    audit.record(actor, "exchange_rate.entered", rate, currency=rate.currency, day=str(rate.day), rate=str(rate.rate))
    return rate


@transaction.atomic
def import_exchange_rates(organization: Organization, *, rates: Sequence[ExchangeRate], actor: Actor) -> int:
    """Keep the rates of a file: all of them, or none when one differs from what stands; returns how many were new."""
    standing = queries.exchange_rates_of(organization, {rate.currency for rate in rates}, {rate.day for rate in rates})
    new: dict[tuple[str, date], ExchangeRate] = {}
    for rate in rates:
        key = (rate.currency, rate.day)
        other = standing.get(key) or new.get(key)
        if other is not None and other.rate != rate.rate:
            raise ExchangeRateStands(
                _("%(currency)s on %(day)s is %(rate)s already. Correct the file: a rate that stands is not changed.")
                % {"currency": rate.currency, "day": rate.day.isoformat(), "rate": other.rate.normalize()},
                field="file",
            )
        if other is None:
            rate.organization = organization
            new[key] = rate
    ExchangeRate.objects.bulk_create(new.values(), batch_size=IMPORT_BATCH_SIZE)
    audit.record_each(
        actor,
        "exchange_rate.entered",
        [
            (rate, {"currency": rate.currency, "day": str(rate.day), "rate": str(rate.rate), "source": rate.source})
            for rate in new.values()
        ],
    )
    return len(new)


def receivable_kind_of(*, is_credit_note: bool) -> str:
    """Which kind of receivable a document opens."""
    return ReceivableKind.CREDIT if is_credit_note else ReceivableKind.INVOICE
