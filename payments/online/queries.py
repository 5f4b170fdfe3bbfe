"""Questions about paying online: accounts at providers, attempts, events, saved methods."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet, Sum
from django.http import Http404

from foundation import rows
from payments.models import (
    AttemptPart,
    DemoCheckout,
    Hold,
    Payment,
    PaymentAttempt,
    ProviderAccount,
    ProviderEvent,
    ProviderKind,
    Receivable,
    ReceivableBalance,
    Refund,
    SavedMethod,
)
from payments.online.states import OPEN
from tenants.models import Organization, OutboxRow, OutboxState

LIST_MAX = 200


@dataclass(frozen=True, slots=True)
class HookPlace:
    """Whose account an address of the way back belongs to: asked for before anybody is known."""

    organization_id: UUID
    account_id: UUID


def place_of_hook(sha256: str, provider: str) -> HookPlace | None:
    """The account whose secret has this hash; None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id, id FROM resolve_provider_hook(%s, %s)", [sha256, provider])
        row = cursor.fetchone()
    return HookPlace(*row) if row else None


def accounts_of(organization: Organization) -> list[ProviderAccount]:
    """Every account of the organization, by provider."""
    return list(ProviderAccount.objects.of(organization).order_by("provider"))


def accounts_for(organization: Organization, currency: str) -> list[ProviderAccount]:
    """The accounts through which a claim in a currency can be paid now, cards first."""
    rows = ProviderAccount.objects.of(organization).filter(is_active=True, connected_at__isnull=False)
    order = {ProviderKind.STRIPE: 0, ProviderKind.DEMO: 1, ProviderKind.VIPPS: 2}
    found = [account for account in rows if currency in account.currencies]
    return sorted(found, key=lambda account: order[ProviderKind(account.provider)])


def find_account(organization: Organization, provider: str) -> ProviderAccount | None:
    """The account at a provider, if there is one."""
    return ProviderAccount.objects.of(organization).filter(provider=provider).first()


def get_account(organization: Organization, account_id: UUID) -> ProviderAccount:
    """One account, or 404."""
    account = ProviderAccount.objects.of(organization).filter(pk=account_id).first()
    if account is None:
        raise Http404
    return account


def lock_account(organization: Organization, provider: str) -> ProviderAccount | None:
    """The account at a provider, locked."""
    rows = ProviderAccount.objects.of(organization).select_for_update(no_key=True, of=("self",))
    return rows.filter(provider=provider).first()


def get_attempt(organization: Organization, attempt_id: UUID) -> PaymentAttempt:
    """One attempt with its account and parts, or 404."""
    attempt = _attempts(organization).filter(pk=attempt_id).first()
    if attempt is None:
        raise Http404
    return attempt


def attempt_under_key(organization: Organization, key: str) -> PaymentAttempt | None:
    """The attempt whose id a provider was told as key; None for anything else that it may say."""
    try:
        attempt_id = UUID(key)
    except ValueError:
        return None
    return _attempts(organization).filter(pk=attempt_id).first()


def attempt_of_payment_reference(organization: Organization, reference: str) -> PaymentAttempt | None:
    """The attempt whose money the provider calls so."""
    return _attempts(organization).filter(payment_reference=reference).first() if reference else None


def attempt_of_payment(organization: Organization, payment: Payment) -> PaymentAttempt | None:
    """The attempt that a payment came from, also where it was the second one of the same attempt."""
    found = _attempts(organization).filter(payment_id=payment.pk).first()
    if found is None:
        found = attempt_of_payment_reference(organization, payment.reference)
    return found or attempt_under_key(organization, payment.reference.partition("/")[0])


def lock_attempt(organization: Organization, attempt_id: UUID) -> PaymentAttempt:
    """One attempt, locked, or 404; its claims are locked before it."""
    rows = _attempts(organization).select_for_update(no_key=True, of=("self",))
    attempt = rows.filter(pk=attempt_id).first()
    if attempt is None:
        raise Http404
    return attempt


def lock_open_attempts(organization: Organization, receivable_ids: Iterable[UUID]) -> list[PaymentAttempt]:
    """The attempts that may still bring money for these claims, locked in the order of their ids."""
    ids = AttemptPart.objects.of(organization).filter(receivable_id__in=list(receivable_ids)).values("attempt_id")
    rows = _attempts(organization).filter(pk__in=ids, state__in=OPEN)
    return list(rows.select_for_update(no_key=True, of=("self",)).order_by("id"))


def open_attempt_of(organization: Organization, receivable_id: UUID) -> PaymentAttempt | None:
    """The newest attempt that may still bring money for a claim and was not called off."""
    ids = AttemptPart.objects.of(organization).filter(receivable_id=receivable_id).values("attempt_id")
    rows = _attempts(organization).filter(pk__in=ids, state__in=OPEN, cancel_asked_at=None)
    return rows.order_by("-created_at", "-id").first()


def attempts_of_claim(organization: Organization, receivable_id: UUID) -> list[PaymentAttempt]:
    """Every attempt to pay a claim, the newest first."""
    ids = AttemptPart.objects.of(organization).filter(receivable_id=receivable_id).values("attempt_id")
    rows = _attempts(organization).filter(pk__in=ids).select_related("saved_method")
    return list(rows.order_by("-created_at", "-id")[:LIST_MAX])


def latest_attempts(organization: Organization, receivable_id: UUID, limit: int = 3) -> list[PaymentAttempt]:
    """The last attempts to pay a claim that have not been paid, for people to see; the newest first."""
    ids = AttemptPart.objects.of(organization).filter(receivable_id=receivable_id).values("attempt_id")
    rows = PaymentAttempt.objects.of(organization).filter(pk__in=ids).exclude(state="captured", dispute_state="")
    return list(rows.select_related("account", "saved_method").order_by("-created_at", "-id")[:limit])


def can_be_charged(organization: Organization, customer_id: UUID) -> bool:
    """Whether the customer has a saved method that nothing speaks against."""
    rows = SavedMethod.objects.of(organization).filter(customer_id=customer_id, revoked_at=None, problem="")
    return rows.exists()


def attempts_to_look_at(organization: Organization, now: datetime, limit: int) -> list[UUID]:
    """The attempts whose turn it is to be asked about, those that have waited longest first."""
    rows = PaymentAttempt.objects.of(organization).filter(state__in=OPEN, look_at__lte=now)
    return list(rows.order_by("look_at", "id").values_list("pk", flat=True)[:limit])


def refunded_through_provider(organization: Organization, payment_id: UUID) -> Decimal:
    """What was asked to go back through the provider, and has not failed."""
    rows = Refund.objects.of(organization).filter(payment_id=payment_id, channel="provider")
    told = rows.exclude(state__in=["failed", "cancelled"]).aggregate(sum=Sum("amount"))
    return told["sum"] or Decimal(0)


def refunds_on_their_way(organization: Organization, limit: int) -> list[UUID]:
    """Refunds that a provider has taken and not said the last word of."""
    rows = Refund.objects.of(organization).filter(channel="provider", state="handed_over")
    return list(rows.order_by("requested_at").values_list("pk", flat=True)[:limit])


def refunds_paid_of(organization: Organization, attempt: PaymentAttempt, limit: int) -> list[UUID]:
    """Refunds through the provider of an attempt's money that count as paid, the newest first."""
    rows = Refund.objects.of(organization).filter(channel="provider", state="done", payment__attempts=attempt)
    return list(rows.order_by("-requested_at").values_list("pk", flat=True)[:limit])


def get_refund(organization: Organization, refund_id: UUID) -> Refund:
    """One refund with its payment, or 404."""
    refund = Refund.objects.of(organization).filter(pk=refund_id).select_related("payment").first()
    if refund is None:
        raise Http404
    return refund


def numbers_of(organization: Organization, attempt: PaymentAttempt) -> list[str]:
    """The numbers of the documents that an attempt pays."""
    ids = [part.receivable_id for part in attempt.parts.all()]
    rows = Receivable.objects.of(organization).filter(pk__in=ids)
    return list(rows.order_by("issue_date", "id").values_list("document_number", flat=True))


def claims_key(receivable_ids: Iterable[UUID]) -> str:
    """What stands for a set of claims."""
    return hashlib.sha256(",".join(sorted(map(str, receivable_ids))).encode()).hexdigest()


def methods_of(organization: Organization, customer_id: UUID) -> list[SavedMethod]:
    """A customer's saved methods that are not taken back, the newest first."""
    rows = SavedMethod.objects.of(organization).filter(customer_id=customer_id, revoked_at=None)
    return list(rows.select_related("account").order_by("-agreed_at", "-id"))


def get_method(organization: Organization, method_id: UUID) -> SavedMethod:
    """One saved method with its customer and account, or 404."""
    rows = SavedMethod.objects.of(organization).select_related("customer", "account")
    method = rows.filter(pk=method_id).first()
    if method is None:
        raise Http404
    return method


def lock_method(organization: Organization, method_id: UUID) -> SavedMethod:
    """One saved method, locked, or 404."""
    rows = SavedMethod.objects.of(organization).select_for_update(no_key=True, of=("self",))
    method = rows.select_related("customer", "account").filter(pk=method_id).first()
    if method is None:
        raise Http404
    return method


@dataclass(frozen=True, slots=True)
class Chargeable:
    """An open claim whose customer has a saved method that can pay it."""

    receivable: Receivable
    open: Decimal
    method: SavedMethod


def chargeable_claims(organization: Organization, customer_id: UUID | None = None, *, today: date) -> list[Chargeable]:
    """What is due of customers with a saved method in a currency of its provider, the oldest first.

    Not before the due date, as the customer was promised, never what is held back, and never again what the customer
    must confirm.
    """
    methods = SavedMethod.objects.of(organization).filter(revoked_at=None, problem="").select_related("account")
    methods = methods.filter(account__is_active=True).order_by("agreed_at", "id")
    if customer_id is not None:
        methods = methods.filter(customer_id=customer_id)
    newest = {method.customer_id: method for method in methods}
    unconfirmed = AttemptPart.objects.of(organization).filter(
        attempt__state="failed",
        attempt__decline="customer",
        attempt__saved_method_id__in=[m.pk for m in newest.values()],
    )
    holds = Hold.objects.of(organization).filter(Q(until=None) | Q(until__gte=today), released_at=None)
    balances = (
        ReceivableBalance.objects.of(organization)
        .filter(customer_id__in=list(newest), currency_amount__gt=0, due_date__lte=today)
        .exclude(receivable_id__in=holds.values("receivable_id"))
        .exclude(receivable_id__in=unconfirmed.values("receivable_id"))
        .select_related("receivable", "receivable__customer")
        .order_by("due_date", "receivable_id")
    )
    found = []
    for balance in balances[:LIST_MAX]:
        method = newest[balance.customer_id]
        if balance.currency in method.account.currencies:
            found.append(Chargeable(balance.receivable, balance.currency_amount, method))
    return found


def is_waiting(organization: Organization, subject_id: UUID, kind: str) -> bool:
    """Whether a worker was asked to do this with the subject and has not begun."""
    rows = OutboxRow.objects.of(organization).filter(subject_id=subject_id, kind=kind)
    return rows.filter(state=OutboxState.NEW).exists()


def subjects_waiting(organization: Organization, kind: str) -> set[UUID]:
    """For which subjects a worker was asked to do this and has not finished."""
    rows = OutboxRow.objects.of(organization).filter(kind=kind)
    rows = rows.filter(state__in=[OutboxState.NEW, OutboxState.SENDING])
    return set(rows.values_list("subject_id", flat=True))


def demo_checkout(organization: Organization, key: str) -> DemoCheckout | None:
    """The demo provider's page of an attempt."""
    return _demo(organization).filter(attempt_id=_uuid(key)).first()


def lock_demo_checkout(organization: Organization, key: str) -> DemoCheckout:
    """The demo provider's page, locked, or 404."""
    rows = _demo(organization).select_for_update(no_key=True, of=("self",))
    found = rows.filter(attempt_id=_uuid(key)).first()
    if found is None:
        raise Http404
    return found


def count_events(organization: Organization, account_id: UUID) -> int:
    """How much a provider has told us."""
    return ProviderEvent.objects.of(organization).filter(account_id=account_id).count()


def rate_of_claims(organization_id: UUID, receivable_ids: Sequence[UUID]) -> Decimal | None:
    """At which rate the books know these claims: what was posted when they were opened."""
    [(amount, in_currency)] = rows.fetch_all(
        """SELECT sum(p.amount), sum(p.currency_amount) FROM payments_posting p
           WHERE p.organization_id = %s AND p.receivable_id = ANY(%s::uuid[]) AND p.amount > 0""",
        [organization_id, list(receivable_ids)],
    )
    return amount / in_currency if in_currency else None


def _uuid(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None


def _demo(organization: Organization) -> QuerySet[DemoCheckout]:
    return DemoCheckout.objects.of(organization).select_related("attempt")


def _attempts(organization: Organization) -> QuerySet[PaymentAttempt]:
    parts = AttemptPart.objects.of(organization).order_by("id")
    rows = PaymentAttempt.objects.of(organization)
    rows = rows.select_related("account", "customer", "payment", "hold", "saved_method")
    return rows.prefetch_related(Prefetch("parts", parts))
