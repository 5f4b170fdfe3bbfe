"""Questions about the ledger: accounts, balances, vouchers, exchange rates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Prefetch, QuerySet, Sum
from django.http import Http404

from payments.models import Account, Allocation, ExchangeRate, Posting, Receivable, ReceivableBalance, Voucher
from tenants.models import Organization


@dataclass(frozen=True, slots=True)
class Balance:
    """What is owed on a receivable: in its own currency and in the books."""

    currency_amount: Decimal
    amount: Decimal


def balances(organization_id: UUID, receivable_ids: Iterable[UUID]) -> dict[UUID, Balance]:
    """The balance of each receivable, as the ledger keeps it; 0.00 where nothing was posted."""
    wanted = list(receivable_ids)
    rows = (
        ReceivableBalance.objects.of(organization_id)
        .filter(receivable_id__in=wanted)
        .values_list("receivable_id", "currency_amount", "amount")
    )
    found = {receivable_id: Balance(currency_amount, amount) for receivable_id, currency_amount, amount in rows}
    return {receivable_id: found.get(receivable_id, Balance(Decimal(0), Decimal(0))) for receivable_id in wanted}


def lock_receivables(organization_id: UUID, receivable_ids: Iterable[UUID]) -> dict[UUID, Receivable]:
    """The receivables by id; their balances are locked in the order of their ids, so that nobody posts beside us."""
    wanted = list(receivable_ids)
    if not wanted:
        return {}
    rows = (
        ReceivableBalance.objects.of(organization_id)
        .filter(receivable_id__in=wanted)
        .select_related("receivable")
        .select_for_update(of=("self",), no_key=True)
        .order_by("receivable_id")
    )
    return {row.receivable_id: row.receivable for row in rows}


def list_accounts(organization: Organization) -> QuerySet[Account]:
    """The chart by number."""
    return Account.objects.of(organization).order_by("number")


def list_revenue_accounts(organization: Organization) -> QuerySet[Account]:
    """The accounts of class 3, operating income, that sales may be booked on."""
    return list_accounts(organization).filter(number__startswith="3")


def accounts_by_purpose(organization_id: UUID) -> dict[str, Account]:
    """The accounts that posting rules ask for by purpose."""
    return {account.purpose: account for account in Account.objects.of(organization_id).exclude(purpose="")}


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
