"""Questions about the ledger: accounts, balances, vouchers, exchange rates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Sum
from django.http import Http404

from foundation import rows
from payments.models import (
    Account,
    Allocation,
    AllocationKind,
    ExchangeRate,
    Hold,
    OpeningBalance,
    Payment,
    Posting,
    Receivable,
    Refund,
    Voucher,
    VoucherKind,
)
from payments.terms import Balance
from tenants.models import Organization


def balances(organization_id: UUID, receivable_ids: Iterable[UUID]) -> dict[UUID, Balance]:
    """The balance of each receivable, as the ledger keeps it; 0.00 where nothing was posted."""
    wanted = list(receivable_ids)
    kept = rows.fetch_all(
        """SELECT receivable_id, currency_amount, amount FROM payments_receivablebalance
           WHERE organization_id = %s AND receivable_id = ANY(%s::uuid[])""",
        [organization_id, wanted],
    )
    found = {receivable_id: Balance(currency_amount, amount) for receivable_id, currency_amount, amount in kept}
    return {receivable_id: found.get(receivable_id, Balance(Decimal(0), Decimal(0))) for receivable_id in wanted}


def balance_at(organization_id: UUID, receivable_id: UUID, moment: datetime) -> Decimal:
    """What was owed on a claim at a moment, in its own currency: the sum of its postings until then."""
    posted = Posting.objects.of(organization_id).filter(receivable_id=receivable_id, voucher__posted_at__lte=moment)
    return posted.aggregate(sum=Sum("currency_amount"))["sum"] or Decimal(0)


@dataclass(frozen=True, slots=True)
class Claim:
    """What is owed on a receivable now, and since when nothing is."""

    owed: Decimal
    settled_at: datetime | None


def claim_of(organization_id: UUID, receivable_id: UUID) -> Claim:
    """How a claim stands, by its postings; one on which nothing was ever posted was settled when it was opened."""
    [(owed, posted_at, opened_at)] = rows.fetch_all(
        """SELECT coalesce(sum(p.currency_amount), 0), max(v.posted_at), max(r.created_at)
           FROM payments_receivable r
           LEFT JOIN payments_posting p ON p.organization_id = r.organization_id AND p.receivable_id = r.id
           LEFT JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
           WHERE r.organization_id = %s AND r.id = %s""",
        [organization_id, receivable_id],
    )
    return Claim(owed, None if owed else posted_at or opened_at)


# What a document's own life posts on its claim; every other voucher there is about money.
OWN_KINDS = frozenset(
    {
        VoucherKind.SALE,
        VoucherKind.CREDIT,
        VoucherKind.ADVANCE,
        VoucherKind.SETTLEMENT,
        VoucherKind.FEE,
        VoucherKind.INTEREST,
        VoucherKind.OPENING,
    }
)


@dataclass(frozen=True, slots=True)
class MoneyOnReceivable:
    """What money has touched a claim: the net of it now, and whether any came online, paid back or not."""

    applied: Decimal
    was_paid_online: bool

    @property
    def is_untouched(self) -> bool:
        """Whether the document may be taken back as if nobody had paid."""
        return not self.applied and not self.was_paid_online


def money_on(organization_id: UUID, receivable_ids: Iterable[UUID]) -> dict[UUID, MoneyOnReceivable]:
    """What money has touched each claim, by its postings; a reversal counts as what it reverses.

    Asked under the receivable's lock it cannot change before the caller commits: a payment takes the same lock.
    """
    wanted = list(receivable_ids)
    found = rows.fetch_all(
        """SELECT p.receivable_id, -coalesce(sum(p.currency_amount), 0), bool_or(k.kind = %s)
           FROM payments_posting p
           JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
           LEFT JOIN payments_voucher r ON r.organization_id = v.organization_id AND r.id = v.reverses_id
           CROSS JOIN LATERAL (SELECT coalesce(r.kind, v.kind) AS kind) k
           WHERE p.organization_id = %s AND p.receivable_id = ANY(%s::uuid[]) AND k.kind <> ALL(%s)
           GROUP BY p.receivable_id""",
        [VoucherKind.ONLINE_PAYMENT, organization_id, wanted, sorted(OWN_KINDS)],
    )
    money = {receivable: MoneyOnReceivable(applied, online) for receivable, applied, online in found}
    return {key: money.get(key, MoneyOnReceivable(Decimal(0), was_paid_online=False)) for key in wanted}


def lock_receivables(organization_id: UUID, receivable_ids: Iterable[UUID]) -> dict[UUID, Receivable]:
    """The receivables by id; their balances are locked in the order of their ids, so that nobody posts beside us."""
    return lock_with_balances(organization_id, receivable_ids)[0]


# These claims and what was added to them, as one array: its parameters are the ids, the organization and the ids.
_AND_ADDITIONS = """ARRAY(SELECT unnest(%s::uuid[]) UNION ALL
                          SELECT id FROM payments_receivable
                          WHERE organization_id = %s AND principal_id = ANY(%s::uuid[]))"""
_LOCK = """SELECT receivable_id, currency_amount, amount FROM payments_receivablebalance
           WHERE organization_id = %s AND receivable_id = ANY({ids}) ORDER BY receivable_id FOR NO KEY UPDATE"""
_LOCK_NAMED = _LOCK.format(ids="%s::uuid[]")
_LOCK_WITH_ADDITIONS = _LOCK.format(ids=_AND_ADDITIONS)


def lock_with_balances(
    organization_id: UUID, receivable_ids: Iterable[UUID], *, with_additions: bool = False
) -> tuple[dict[UUID, Receivable], dict[UUID, Balance]]:
    """As `lock_receivables`, and what is open on each; with what was added to them for late payment where asked."""
    wanted = list(receivable_ids)
    if not wanted:
        return {}, {}
    if with_additions:
        locked = rows.fetch_all(_LOCK_WITH_ADDITIONS, [organization_id, wanted, organization_id, wanted])
        wanted = [key for key, _currency_amount, _amount in locked]
    else:
        locked = rows.fetch_all(_LOCK_NAMED, [organization_id, wanted])
    found = rows.load(Receivable, "WHERE organization_id = %s AND id = ANY(%s::uuid[])", [organization_id, wanted])
    by_id = {receivable.pk: receivable for receivable in found}
    balances = {key: Balance(currency_amount, amount) for key, currency_amount, amount in locked}
    return {key: by_id[key] for key in balances}, balances


def opening_balance(organization: Organization) -> OpeningBalance | None:
    """What the books began with here, or None where nothing moved in."""
    return OpeningBalance.objects.of(organization).first()


def list_accounts(organization: Organization) -> QuerySet[Account]:
    """The chart by number."""
    return Account.objects.of(organization).order_by("number")


def list_revenue_accounts(organization: Organization) -> QuerySet[Account]:
    """The accounts of class 3, operating income, in use: sales may be booked on them."""
    return list_accounts(organization).filter(number__startswith="3", is_active=True)


def get_account(organization: Organization, account_id: UUID) -> Account:
    """One account or 404."""
    account = Account.objects.of(organization).filter(pk=account_id).first()
    if account is None:
        raise Http404
    return account


def accounts_by_purpose(organization_id: UUID) -> dict[str, Account]:
    """The accounts that posting rules ask for by purpose."""
    accounts = rows.load(Account, "WHERE organization_id = %s AND purpose <> ''", [organization_id])
    return {account.purpose: account for account in accounts}


def vouchers_of_sources(organization: Organization, source_ids: Iterable[UUID]) -> list[Voucher]:
    """The vouchers that came from these sources, with postings and accounts, in the order they were posted."""
    return list(
        Voucher.objects.of(organization)
        .filter(source_id__in=list(source_ids))
        .prefetch_related(
            Prefetch("postings", Posting.objects.of(organization).select_related("account").order_by("position"))
        )
        .order_by("posted_at", "number")
    )


def vouchers_by_id(organization: Organization, voucher_ids: Iterable[UUID]) -> list[Voucher]:
    """These vouchers with postings and accounts, in the order they were posted."""
    return list(
        Voucher.objects.of(organization)
        .filter(pk__in=list(voucher_ids))
        .prefetch_related(
            Prefetch("postings", Posting.objects.of(organization).select_related("account").order_by("position"))
        )
        .order_by("posted_at", "number")
    )


def list_allocations(organization: Organization, receivable_id: UUID) -> QuerySet[Allocation]:
    """What has settled a receivable, or what a credit has settled."""
    rows = Allocation.objects.of(organization).select_related("receivable", "credit_receivable", "voucher")
    return (rows.filter(receivable_id=receivable_id) | rows.filter(credit_receivable_id=receivable_id)).order_by(
        "allocated_at", "id"
    )


def exchange_rate(organization: Organization, currency: str, day: date) -> ExchangeRate | None:
    """The newest rate on or before the day, or None where none has been entered."""
    return ExchangeRate.objects.of(organization).filter(currency=currency, day__lte=day).order_by("-day").first()


def list_exchange_rates(organization: Organization) -> QuerySet[ExchangeRate]:
    """Rates, newest first."""
    return ExchangeRate.objects.of(organization).order_by("-day", "currency", "id")


def exchange_rates_of(
    organization: Organization, currencies: Iterable[str], days: Iterable[date]
) -> dict[tuple[str, date], ExchangeRate]:
    """The rates that stand for these currencies and days."""
    rows = ExchangeRate.objects.of(organization).filter(currency__in=list(currencies), day__in=list(days))
    return {(row.currency, row.day): row for row in rows}


def account_balances(organization: Organization) -> dict[UUID, Decimal]:
    """The sum of the postings on each account that has any."""
    sums = Posting.objects.of(organization).values("account_id").annotate(balance=Sum("amount")).order_by()
    return {row["account_id"]: row["balance"] for row in sums}


def get_voucher(organization: Organization, voucher_id: UUID) -> Voucher:
    """One voucher with its postings, or 404."""
    voucher = (
        Voucher.objects.of(organization)
        .filter(pk=voucher_id)
        .prefetch_related(
            Prefetch("postings", Posting.objects.of(organization).select_related("account").order_by("position"))
        )
        .first()
    )
    if voucher is None:
        raise Http404
    return voucher


def standing_holds(organization: Organization, receivable_ids: Iterable[UUID], *, today: date) -> list[Hold]:
    """What is held back of these claims on a day, the newest first: not released, and not past its last day."""
    holds = Hold.objects.of(organization).filter(receivable_id__in=list(receivable_ids), released_at=None)
    return list(holds.filter(Q(until=None) | Q(until__gte=today)).order_by("-made_at", "-id"))


def holds_of(organization: Organization, receivable_id: UUID) -> list[Hold]:
    """Every hold that there ever was on a claim, the newest first."""
    return list(Hold.objects.of(organization).filter(receivable_id=receivable_id).order_by("-made_at", "-id"))


def lock_hold(organization: Organization, hold_id: UUID) -> Hold:
    """One hold, locked, or 404."""
    rows = Hold.objects.of(organization).select_related("receivable")
    hold = rows.select_for_update(no_key=True, of=("self",)).filter(pk=hold_id).first()
    if hold is None:
        raise Http404
    return hold


def payments_by_key(organization: Organization, keys: Iterable[str]) -> dict[str, Payment]:
    """The payments that were kept under these keys."""
    found = rows.load(Payment, "WHERE organization_id = %s AND key = ANY(%s::text[])", [organization.pk, list(keys)])
    return {payment.key: payment for payment in found}


def lock_payment(organization: Organization, payment_id: UUID) -> Payment:
    """One payment, locked, or 404; claims are locked before it."""
    rows = Payment.objects.of(organization).select_for_update(no_key=True, of=("self",))
    payment = rows.filter(pk=payment_id).first()
    if payment is None:
        raise Http404
    return payment


def lock_refund(organization: Organization, refund_id: UUID) -> Refund:
    """One refund with its payment, both locked, or 404."""
    rows = Refund.objects.of(organization).select_related("payment")
    refund = rows.select_for_update(no_key=True, of=("self", "payment")).filter(pk=refund_id).first()
    if refund is None:
        raise Http404
    return refund


def get_allocation(organization: Organization, allocation_id: UUID) -> Allocation:
    """One allocation that undoes nothing, or 404."""
    row = Allocation.objects.of(organization).filter(pk=allocation_id, reverses=None).first()
    if row is None:
        raise Http404
    return row


def standing_allocations(organization: Organization, payment_id: UUID) -> list[Allocation]:
    """What a payment pays now: its allocations that nobody undid, in the order they were made."""
    rows = Allocation.objects.of(organization).filter(payment_id=payment_id, reverses=None)
    return list(rows.filter(~_is_undone(organization)).order_by("allocated_at", "id"))


def with_their_differences(organization: Organization, allocations: Iterable[Allocation]) -> list[Allocation]:
    """These allocations and the small differences that were closed with them, each one after its own."""
    found = list(allocations)
    differences = Allocation.objects.of(organization).filter(
        ~_is_undone(organization),
        voucher_id__in=[row.voucher_id for row in found],
        kind=AllocationKind.DIFFERENCE,
        reverses=None,
    )
    closed = {(row.voucher_id, row.receivable_id): row for row in differences}
    every: list[Allocation] = []
    for row in found:
        every.append(row)
        difference = closed.pop((row.voucher_id, row.receivable_id), None)
        if difference is not None:
            every.append(difference)
    return every


def reversed_among(organization: Organization, allocation_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these allocations were undone."""
    rows = Allocation.objects.of(organization).filter(reverses_id__in=list(allocation_ids))
    return set(rows.values_list("reverses_id", flat=True))


def _is_undone(organization: Organization) -> Exists:
    return Exists(Allocation.objects.of(organization).filter(reverses_id=OuterRef("pk")))


def lock_of_period(organization: Organization) -> date | None:
    """Through which day the books are closed, or None where all is open."""
    found = rows.fetch_all(
        "SELECT locked_through FROM payments_periodlock WHERE organization_id = %s ORDER BY id DESC LIMIT 1",
        [organization.pk],
    )
    return found[0][0] if found else None
