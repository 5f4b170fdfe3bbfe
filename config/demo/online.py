"""Customers of the demo who pay online: most at once, one with two windows, one who saves the card, one declined.

They pay at the demo provider, through the same actions as on the page of an invoice; made once.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone, translation

from config.demo.people import DemoPeople
from foundation.transactions import read_only
from payments.actions import attempts
from payments.actions.online import record_provider_payment
from payments.actions.provider_accounts import open_demo_provider
from payments.models import PaymentAttempt, ProviderAccount, Receivable, ReceivableBalance
from payments.providers import demo_checkouts
from payments.providers.base import Place
from payments.providers.demo import Demo
from payments.providers.demo_checkouts import DECLINED, PAID, TWICE
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization

# What each of them does on the provider's page, the newest invoice first.
CHOICES = (PAID, PAID, TWICE, PAID, DECLINED, PAID, PAID, PAID)
SAVES_CARD = 1
PAID_BEFORE = timedelta(days=5)
MANDATE = "Jeg lar %(seller)s trekke dette kortet for senere fakturaer til meg."
RETURN_PATH = "/"


def pay_online(organization: Organization, people: DemoPeople) -> None:
    """Open the demo provider and let some customers pay; a second run changes nothing."""
    with organization_context(organization.pk), translation.override(organization.language):
        account = open_demo_provider(organization, actor=people.owner, now=timezone.now())
        with read_only():
            is_done = PaymentAttempt.objects.of(organization).exists()
            claims = [] if is_done else _open_claims(organization, account)
        for place, (receivable_id, choice) in enumerate(zip(claims, CHOICES, strict=False)):
            with transaction.atomic():
                _pay(organization, account, receivable_id, choice, saves_card=place == SAVES_CARD)


def _open_claims(organization: Organization, account: ProviderAccount) -> list[UUID]:
    """The newest open claims; whoever saves the card owes more that is due, so that there is something to charge."""
    rows = ReceivableBalance.objects.of(organization).filter(
        currency_amount__gt=0, currency__in=account.currencies, receivable__kind="invoice"
    )
    found = list(rows.order_by("-due_date", "-receivable_id").values_list("receivable_id", "customer_id", "due_date"))
    today = local_today(organization)
    late = Counter(customer_id for _receivable_id, customer_id, due_date in found if due_date and due_date <= today)
    saver = next((row for row in found if late[row[1]] > int(row[2] is not None and row[2] <= today)), None)
    others = [row[0] for row in found if saver is None or row[1] != saver[1]]
    chosen = others[: len(CHOICES)]
    if saver is not None:
        chosen[SAVES_CARD:SAVES_CARD] = [saver[0]]
    return chosen[: len(CHOICES)]


def _moment(organization: Organization, receivable_id: UUID) -> datetime:
    """Some days ago, so that the provider has paid the money out since; now, where the invoice is younger than that."""
    now = timezone.now()
    before = now - PAID_BEFORE
    claim = Receivable.objects.of(organization).get(pk=receivable_id)
    return before if claim.issue_date < before.date() else now


def _pay(
    organization: Organization, account: ProviderAccount, receivable_id: UUID, choice: str, *, saves_card: bool
) -> None:
    now = _moment(organization, receivable_id)
    terms = attempts.CheckoutTerms(
        account_id=account.pk,
        receivable_ids=[receivable_id],
        return_path=RETURN_PATH,
        language=organization.language,
        saves_method=saves_card,
        mandate_text=MANDATE % {"seller": organization.name},
    )
    attempt = attempts.begin_checkout(organization, terms, actor=Actor("customer", None, "Kunden"), now=now)
    key = str(attempt.pk)
    demo_checkouts.open_checkout(organization, key, now=now)
    attempts.note_page(organization, attempt.pk, reference=key, address=RETURN_PATH, now=now)
    demo_checkouts.decide(organization, key, choice, now=now)
    truth = Demo(organization).fetch(Place(key))
    assert truth is not None
    record_provider_payment(organization, attempt.pk, truth, now=now)
