"""A company whose customers pay online, and the questions that its tests ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.functions import TransactionNow
from django.utils import timezone

from foundation.ids import uuid7
from invoicing.models import Invoice
from payments import queries as ledger
from payments.actions import attempts
from payments.actions.applying import detach_allocation
from payments.actions.provider_accounts import open_demo_provider
from payments.actions.registering import register_payment
from payments.models import Payment, PaymentAttempt, ProviderAccount, SavedMethod
from payments.online import queries as online
from payments.online.accounts import CURRENCIES
from payments.online.secrets import HOOK, hash_of, seal_secrets, seal_token
from payments.providers import base
from payments.providers.base import Capture, ProviderPayment
from payments.terms import Part
from tenants.audit import Actor
from tenants.models import Organization, OutboxRow
from tests import builders
from tests.payments.claims import ClaimTerms, money, open_claim

CUSTOMER = Actor("customer", None, "Nordhavn Marine AS")
DUE = builders.TODAY - timedelta(days=1)
HOOK_SECRET = "a-secret-that-only-the-provider-knows"


def demo_account(organization: Organization) -> ProviderAccount:
    """The account at the demo provider."""
    with builders.in_organization(organization):
        return open_demo_provider(organization, actor=Actor.system(), now=timezone.now())


def make_account(organization: Organization, provider: str, secrets: dict[str, str], **changes: Any) -> ProviderAccount:
    """A connected account at a provider, with these keys."""
    hook = f"{HOOK_SECRET}-{organization.pk}-{provider}"
    with builders.in_organization(organization):
        return ProviderAccount.objects.create(
            organization=organization,
            provider=provider,
            secrets_sealed=seal_secrets(organization.pk, {HOOK: hook, **secrets}),
            hook_sha256=hash_of(hook),
            currencies=list(CURRENCIES[provider]),
            connected_at=timezone.now(),
            **changes,
        )


def claim(organization: Organization, amount: str = "1000.00", **terms: Any) -> UUID:
    """An open claim on a customer of its own."""
    customer = terms.pop("customer", None) or builders.make_customer(organization)
    with builders.in_organization(organization):
        return open_claim(organization, customer.pk, ClaimTerms(amount=Decimal(amount), **terms))


def invoiced(organization: Organization) -> tuple[Invoice, UUID]:
    """A finalized invoice and its claim; its PDF and EHF wait, since nobody here reads them."""
    invoice = builders.reload_invoice(organization, builders.make_finalized_invoice(organization))
    assert invoice.receivable_id is not None
    with builders.in_organization(organization):
        waiting = OutboxRow.objects.of(organization).filter(subject_id=invoice.pk)
        waiting.update(not_before=timezone.now() + timedelta(days=1))
    return invoice, invoice.receivable_id


def begin(organization: Organization, account: ProviderAccount, *claims: UUID, **changes: Any) -> PaymentAttempt:
    """A customer presses the button; the provider is not asked yet."""
    terms = attempts.CheckoutTerms(
        account_id=account.pk, receivable_ids=claims, return_path="/i/v/paying/", language="nb", **changes
    )
    with builders.in_organization(organization):
        return attempts.begin_checkout(organization, terms, actor=CUSTOMER, now=timezone.now())


def stored(organization: Organization, attempt: PaymentAttempt) -> PaymentAttempt:
    """The attempt as it stands now."""
    with builders.in_organization(organization):
        return online.get_attempt(organization, attempt.pk)


def payments(organization: Organization) -> list[Payment]:
    """Every payment, in the order in which they came."""
    with builders.in_organization(organization):
        return list(Payment.objects.of(organization).order_by("registered_at", "id"))


def paid(attempt: PaymentAttempt, amount: str | None = None, **changes: Any) -> ProviderPayment:
    """A provider that says the money is here."""
    sum_of = Decimal(amount) if amount else attempt.amount
    told: dict[str, Any] = {
        "state": base.CAPTURED,
        "currency": attempt.currency,
        "occurred_at": datetime(2026, 11, 21, 10, tzinfo=UTC),
        "captures": [Capture(f"ref-{attempt.pk}", sum_of, Decimal("1.50"))],
        "payment_reference": f"ref-{attempt.pk}",
        **changes,
    }
    return ProviderPayment(**told)


def told(attempt: PaymentAttempt, state: str, **changes: Any) -> ProviderPayment:
    """A provider that says something else."""
    return ProviderPayment(
        state=state, currency=attempt.currency, occurred_at=datetime(2026, 11, 21, 10, tzinfo=UTC), **changes
    )


def saved_method(organization: Organization, account: ProviderAccount, customer_id: UUID, token: str) -> SavedMethod:
    """A card that the customer agreed to have charged."""
    with builders.in_organization(organization):
        return SavedMethod.objects.create(
            organization=organization,
            customer_id=customer_id,
            account=account,
            token_sealed=seal_token(organization.pk, token),
            token_sha256=hash_of(token),
            brand="Visa",
            last_digits="4242",
            expires="2030-08",
            mandate_text="Jeg lar dere trekke kortet.",
            agreed_at=timezone.now() - timedelta(days=1),
        )


def fresh_key() -> str:
    """A key that nobody has used."""
    return uuid7().hex


def try_again(organization: Organization, subject_id: UUID) -> None:
    """What waits for its next attempt goes at once."""
    with builders.in_organization(organization):
        OutboxRow.objects.of(organization).filter(subject_id=subject_id).update(not_before=TransactionNow())
    builders.run_background()


def make_due(organization: Organization) -> None:
    """Every attempt's turn to be asked about has come."""
    with builders.in_organization(organization):
        PaymentAttempt.objects.of(organization).update(look_at=timezone.now() - timedelta(seconds=1))


def pay_in_the_bank(organization: Organization, receivable_id: UUID, amount: str) -> Payment:
    """The customer pays the same claim in the bank."""
    with builders.in_organization(organization):
        terms = money(organization, amount, parts=[Part(receivable_id=receivable_id)])
        actor = builders.actor_of(organization)
        return register_payment(organization, terms, actor=actor, today=builders.TODAY, now=timezone.now()).payment


def detach_all(organization: Organization, payment: Payment) -> None:
    """The money is taken off every claim that it pays."""
    with builders.in_organization(organization):
        for allocation in ledger.standing_allocations(organization, payment.pk):
            detach_allocation(
                organization,
                allocation.pk,
                reason="Skal tilbake",
                actor=builders.actor_of(organization),
                day=builders.TODAY,
                now=timezone.now(),
            )
