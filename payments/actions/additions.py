"""Fees, compensation and interest are charged, and what is open of them is given up again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import rows
from foundation.ids import uuid7
from foundation.money import round_amount
from foundation.templatetags.formatting import format_day, language_of_page
from payments import chart, errors, queries
from payments.ledger import PostingDraft, VoucherDraft, post_vouchers
from payments.models import (
    ADDITION_KINDS,
    Account,
    Allocation,
    AllocationKind,
    Receivable,
    ReceivableKind,
    Voucher,
    VoucherKind,
)
from payments.terms import Balance
from payments.voucher_words import BookText, book_text
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

INCOME = {
    ReceivableKind.FEE: chart.REMINDER_FEES,
    ReceivableKind.COMPENSATION: chart.LATE_COMPENSATION,
    ReceivableKind.INTEREST: chart.INTEREST_INCOME,
}
VOUCHERS = {
    ReceivableKind.FEE: VoucherKind.FEE,
    ReceivableKind.COMPENSATION: VoucherKind.FEE,
    ReceivableKind.INTEREST: VoucherKind.INTEREST,
}
# What stands behind the principal's number: gebyr, kompensasjon, rente.
LETTERS = {ReceivableKind.FEE: "G", ReceivableKind.COMPENSATION: "K", ReceivableKind.INTEREST: "R"}
NUMBER_MAX = 30
REASON_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAddition:
    """What is charged for paying late: the claim that it is added to, how much of its currency, and the book's words.

    Without a due date it falls due on the day on which it is charged.
    """

    id: UUID
    principal_id: UUID
    kind: str
    amount: Decimal
    text: str
    due_date: date | None = None


def open_additions(
    organization: Organization, additions: Sequence[NewAddition], *, day: date, now: datetime
) -> list[UUID]:
    """Charge fees, compensation and interest, in the caller's transaction: each a claim with its own voucher.

    The principals are locked here; the same id charged again changes nothing. Returns the ids in the order given.
    """
    if not additions:
        return []
    claims = queries.lock_receivables(organization.pk, {item.principal_id for item in additions})
    _refuse_wrong(additions, claims)
    standing, taken = _standing(organization, additions)
    fresh = [item for item in additions if item.id not in standing]
    accounts = queries.accounts_by_purpose(organization.pk)
    rates = _rates(organization, {claims[item.principal_id].currency for item in fresh}, day)
    opened, drafts, told = [], [], []
    for item in fresh:
        claim = claims[item.principal_id]
        taken[claim.pk, item.kind] += 1
        number = _number(claim, item.kind, taken[claim.pk, item.kind])
        opened.append(_receivable(organization, item, claim, number, day=day, now=now))
        worth = Balance(item.amount, round_amount(item.amount * rates[claim.currency]))
        text = BookText(item.text)
        drafts.append(_voucher(item.id, item.kind, worth, claim.currency, text=text, day=day, accounts=accounts))
        told.append((claim, {"about": item.kind, "amount": f"{item.amount} {claim.currency}", "document": number}))
    rows.insert(organization.pk, opened)
    post_vouchers(organization.pk, drafts, opening=opened)
    audit.record_each(Actor.system(), "receivable.charged", told, now=now)
    return [item.id for item in additions]


@transaction.atomic
def waive_additions(
    organization: Organization, addition_ids: Iterable[UUID], *, reason: str, actor: Actor, day: date, now: datetime
) -> list[Allocation]:
    """Give up what is open of fees, compensation and interest; what was paid of them stays paid.

    A voucher of its own takes each back. Giving up what is settled, or was given up before, changes nothing.
    """
    if not reason.strip():
        raise errors.ReasonIsMissing(_("Say why this is not asked for any more."), field="reason")
    wanted = set(addition_ids)
    claims, open_now = queries.lock_with_balances(organization.pk, wanted)
    if wanted - claims.keys() or any(claim.kind not in ADDITION_KINDS for claim in claims.values()):
        raise Http404
    given_up = [claim for key, claim in claims.items() if open_now[key].currency_amount > 0]
    if not given_up:
        return []
    accounts = queries.accounts_by_purpose(organization.pk)
    whole = _whole_vouchers(organization, given_up, open_now)
    drafts = []
    for claim in given_up:
        left, text = open_now[claim.pk], book_text(organization, gettext_lazy("%(number)s is waived"), number=claim)
        worth = Balance(-left.currency_amount, -left.amount)
        draft = _voucher(claim.pk, claim.kind, worth, claim.currency, text=text, day=day, accounts=accounts)
        if claim.pk in whole:
            draft = replace(draft, kind=VoucherKind.REVERSAL, reverses_id=whole[claim.pk])
        drafts.append(draft)
    vouchers = post_vouchers(organization.pk, drafts)
    allocations = [
        rows.fresh(
            Allocation,
            id=uuid7(),
            organization_id=organization.pk,
            receivable_id=claim.pk,
            kind=AllocationKind.WAIVED,
            amount=open_now[claim.pk].currency_amount,
            base_amount=open_now[claim.pk].amount,
            voucher_id=voucher.pk,
            allocated_at=now,
        )
        for claim, voucher in zip(given_up, vouchers, strict=True)
    ]
    rows.insert(organization.pk, allocations)
    told = [
        (claim, {"amount": f"{open_now[claim.pk].currency_amount} {claim.currency}", "reason": reason[:REASON_LENGTH]})
        for claim in given_up
    ]
    audit.record_each(actor, "receivable.waived", told, now=now)
    return allocations


def _refuse_wrong(additions: Sequence[NewAddition], claims: Mapping[UUID, Receivable]) -> None:
    for item in additions:
        claim = claims.get(item.principal_id)
        if claim is None:
            raise Http404
        if item.kind not in ADDITION_KINDS or claim.kind in {*ADDITION_KINDS, ReceivableKind.CREDIT}:
            raise ValueError(f"A {item.kind} is not added to a {claim.kind}.")
        if item.amount <= 0:
            raise errors.NotPositive(_("Write an amount, more than 0."), field="amount")


def _standing(
    organization: Organization, additions: Sequence[NewAddition]
) -> tuple[set[UUID], Counter[tuple[UUID, str]]]:
    """Which of these were charged before, and how many of each kind every principal has."""
    found = rows.fetch_all(
        """SELECT id, principal_id, kind FROM payments_receivable
           WHERE organization_id = %s AND principal_id = ANY(%s::uuid[])""",
        [organization.pk, sorted({item.principal_id for item in additions})],
    )
    return {row[0] for row in found}, Counter((row[1], row[2]) for row in found)


def _rates(organization: Organization, currencies: set[str], day: date) -> dict[str, Decimal]:
    rates = {organization.base_currency: Decimal(1)}
    for currency in sorted(currencies - rates.keys()):
        rate = queries.exchange_rate(organization, currency, day)
        if rate is None:
            raise errors.RateIsMissing(
                _("There is no exchange rate for %(currency)s on %(day)s. Enter one.")
                % {"currency": currency, "day": format_day(day, language_of_page())}
            )
        rates[currency] = rate.rate
    return rates


def _number(claim: Receivable, kind: str, count: int) -> str:
    tail = f"-{LETTERS[ReceivableKind(kind)]}{count}"
    return claim.document_number[: NUMBER_MAX - len(tail)] + tail


def _receivable(
    organization: Organization, item: NewAddition, claim: Receivable, number: str, *, day: date, now: datetime
) -> Receivable:
    return rows.fresh(
        Receivable,
        id=item.id,
        organization_id=organization.pk,
        customer_id=claim.customer_id,
        kind=item.kind,
        document_number=number,
        kid="",
        currency=claim.currency,
        issue_date=day,
        due_date=item.due_date or day,
        principal_id=claim.pk,
        created_at=now,
    )


def _voucher(
    receivable_id: UUID,
    kind: str,
    worth: Balance,
    currency: str,
    *,
    text: BookText,
    day: date,
    accounts: Mapping[str, Account],
) -> VoucherDraft:
    """A charge, or with negative amounts the end of one: the claim against its income, without VAT."""
    income = accounts[INCOME[ReceivableKind(kind)]].pk
    return VoucherDraft(
        day=day,
        kind=VOUCHERS[ReceivableKind(kind)],
        text=text,
        source_kind="receivable",
        source_id=receivable_id,
        currency=currency,
        postings=[
            PostingDraft(
                account_id=accounts[chart.RECEIVABLES].pk,
                amount=worth.amount,
                currency_amount=worth.currency_amount,
                receivable_id=receivable_id,
            ),
            PostingDraft(account_id=income, amount=-worth.amount, currency_amount=-worth.currency_amount),
        ],
    )


def _whole_vouchers(
    organization: Organization, claims: Sequence[Receivable], open_now: Mapping[UUID, Balance]
) -> dict[UUID, UUID]:
    """The vouchers of those additions that nothing has reduced: they are reversed as they were."""
    charged = Voucher.objects.of(organization).filter(
        source_id__in=[claim.pk for claim in claims],
        kind__in=[VoucherKind.FEE, VoucherKind.INTEREST],
        postings__receivable_id__in=[claim.pk for claim in claims],
        reversals=None,
    )
    found = charged.values_list("source_id", "pk", "postings__currency_amount", "postings__amount")
    return {
        source: pk
        for source, pk, currency_amount, amount in found
        if Balance(currency_amount, amount) == open_now[source]
    }
