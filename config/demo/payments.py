"""How the customers of the demo paid: most in time, some late, some in part, too much, twice, or not at all.

Everything goes through the same actions as users', in one transaction, so that it is made once or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from django.db import transaction
from django.utils import timezone, translation

from config.demo.companies import SEED
from config.demo.people import DemoPeople
from config.demo.records import DemoCompany
from foundation.money import round_amount
from payments import queries
from payments.actions.applying import detach_allocation, reverse_payment
from payments.actions.payment_settings import update_payment_settings
from payments.actions.refunds import RefundTerms, request_refund
from payments.actions.registering import register_payments
from payments.actions.write_offs import LossGround, LossTerms, write_off_receivable
from payments.models import Hold, Payment, PaymentMethod, PaymentSource, ReceivableBalance, RefundChannel
from payments.terms import Part, PaymentTerms
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization

PAID_QUIETLY = 0.72  # of what has fallen due
BATCH = 50
ROUND = Decimal(500)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who registers, in which company, on which day."""

    organization: Organization
    people: DemoPeople
    today: date
    bank: UUID
    cash: UUID

    def terms(self, name: str, claim: ReceivableBalance, amount: Decimal, day: date, **more: object) -> PaymentTerms:
        """A bank transfer of the claim's customer; its key makes it the same payment each time."""
        told: dict[str, object] = {
            "reference": claim.receivable.kid,
            "parts": [Part(receivable_id=claim.receivable_id)],
            "method": PaymentMethod.BANK,
            "account_id": self.bank,
            "payer_name": claim.customer.name,
            "customer_id": claim.customer_id,
            **more,
        }
        return PaymentTerms(
            key=f"manual:demo:{name}",
            day=min(day, self.today),
            currency=claim.currency,
            amount=amount,
            source=PaymentSource.MANUAL,
            **told,  # type: ignore[arg-type]  # named by PaymentTerms itself
        )

    def register(self, terms: Sequence[PaymentTerms]) -> list[Payment]:
        """Keep them as the accountant does."""
        actor, now = self.people.accountant, timezone.now()
        kept: list[Payment] = []
        for start in range(0, len(terms), BATCH):
            batch = register_payments(self.organization, terms[start : start + BATCH], actor=actor, now=now)
            kept += [registered.payment for registered in batch]
        return kept


def receive_payments(data: DemoCompany, organization: Organization, people: DemoPeople) -> None:
    """Let the customers pay; a company that has been paid anything stays as it is."""
    with organization_context(organization.pk), translation.override(organization.language), transaction.atomic():
        if Payment.objects.of(organization).exists():
            return
        accounts = queries.accounts_by_purpose(organization.pk)
        desk = _Desk(organization, people, local_today(organization), accounts["bank"].pk, accounts["cash"].pk)
        update_payment_settings(organization, small_difference_max=Decimal(2), actor=people.owner)
        chance = Random(f"{SEED} {data.slug} payments")  # noqa: S311 - the same each time
        claims = open_claims(organization)
        quiet = [claim for claim in claims if claim.due_date and chance.random() < PAID_QUIETLY]
        desk.register(list(_quiet(desk, quiet, chance)))
        left = [claim for claim in open_claims(organization) if claim.due_date]
        _tell_stories(desk, left)


def open_claims(organization: Organization) -> list[ReceivableBalance]:
    """What is owed and not held back, in the order of the documents."""
    held = Hold.objects.of(organization).values("receivable_id")
    rows = ReceivableBalance.objects.of(organization).filter(currency_amount__gt=0).exclude(receivable_id__in=held)
    in_order = rows.order_by("receivable__issue_date", "receivable__document_number")
    return list(in_order.select_related("receivable", "customer"))


def _quiet(desk: _Desk, claims: Sequence[ReceivableBalance], chance: Random) -> Iterator[PaymentTerms]:
    """Paid whole, around the day on which it was due."""
    for claim in claims:
        assert claim.due_date is not None
        day = max(claim.due_date + timedelta(days=chance.randint(-8, 7)), claim.receivable.issue_date)
        if day <= desk.today:
            yield desk.terms(str(claim.receivable), claim, claim.currency_amount, day)


def _tell_stories(desk: _Desk, claims: list[ReceivableBalance]) -> None:
    """One of each thing that can happen to money, on what nobody has paid, the oldest first."""
    own = [claim for claim in claims if claim.currency == desk.organization.base_currency]
    foreign = next((claim for claim in claims if claim.currency != desk.organization.base_currency), None)
    pair = _two_of_one_customer(own)
    single = iter([claim for claim in own if claim not in pair])
    day = desk.today - timedelta(days=9)
    for tell in (_pays_half, _pays_too_much, _is_paid_back, _is_taken_off, _bounces, _is_lost, _pays_in_cash):
        if (claim := next(single, None)) is not None:
            tell(desk, claim, day)
    if pair:
        _pays_two_at_once(desk, pair, day)
    if foreign is not None:
        _pays_in_another_currency(desk, foreign, day)
    if own:
        _nobody_knows_who_paid(desk, own[-1], day)


def _two_of_one_customer(claims: Sequence[ReceivableBalance]) -> list[ReceivableBalance]:
    by_customer: dict[UUID, list[ReceivableBalance]] = defaultdict(list)
    for claim in claims:
        by_customer[claim.customer_id].append(claim)
    return next((found[:2] for found in by_customer.values() if len(found) > 1), [])


def _pays_half(desk: _Desk, claim: ReceivableBalance, day: date) -> None:
    desk.register([desk.terms("half", claim, round_amount(claim.currency_amount / 2), day)])


def _pays_too_much(desk: _Desk, claim: ReceivableBalance, day: date) -> None:
    desk.register([desk.terms("too much", claim, claim.currency_amount + ROUND, day, note="Rundet opp i nettbanken")])


def _is_paid_back(desk: _Desk, claim: ReceivableBalance, day: date) -> None:
    """Paid twice: half of what was too much is paid out, the rest waits for a file to the bank."""
    first = desk.terms("once", claim, claim.currency_amount, day - timedelta(days=2))
    again = desk.terms("twice", claim, claim.currency_amount, day, note="Samme faktura betalt en gang til")
    [_first, payment] = desk.register([first, again])
    half = round_amount(payment.amount / 2)
    for channel, amount in ((RefundChannel.BY_HAND, half), (RefundChannel.BANK_FILE, payment.amount - half)):
        request_refund(
            desk.organization,
            payment.pk,
            RefundTerms(
                key=f"manual:demo:{channel.value}",
                amount=amount,
                channel=channel,
                reason="Betalt to ganger",
                payee_name=claim.customer.name,
                payee_account="86011117947",
            ),
            actor=desk.people.accountant,
            day=day,
            now=timezone.now(),
        )


def _is_taken_off(desk: _Desk, claim: ReceivableBalance, day: date) -> None:
    """Registered on the wrong invoice: the money is the customer's credit until somebody uses it."""
    [payment] = desk.register([desk.terms("taken off", claim, claim.currency_amount, day)])
    [use] = queries.standing_allocations(desk.organization, payment.pk)
    detach_allocation(
        desk.organization,
        use.pk,
        reason="Gjaldt et annet oppdrag",
        actor=desk.people.accountant,
        day=day,
        now=timezone.now(),
    )


def _bounces(desk: _Desk, claim: ReceivableBalance, day: date) -> None:
    [payment] = desk.register([desk.terms("bounced", claim, claim.currency_amount, day)])
    reverse_payment(
        desk.organization,
        payment.pk,
        reason="Banken trakk beløpet tilbake",
        actor=desk.people.accountant,
        day=day + timedelta(days=1),
        now=timezone.now(),
    )


def _is_lost(desk: _Desk, claim: ReceivableBalance, day: date) -> None:
    loss = LossTerms(ground=LossGround.INSOLVENCY, reason="Boet er innstilt uten dividende", takes_vat_back=True)
    write_off_receivable(
        desk.organization, claim.receivable_id, loss, actor=desk.people.accountant, day=day, now=timezone.now()
    )


def _pays_in_cash(desk: _Desk, claim: ReceivableBalance, day: date) -> None:
    more = {"method": PaymentMethod.CASH, "account_id": desk.cash, "reference": ""}
    desk.register(
        [desk.terms("cash", claim, claim.currency_amount - Decimal("0.40"), day, closes_small_difference=True, **more)]
    )


def _pays_two_at_once(desk: _Desk, pair: Sequence[ReceivableBalance], day: date) -> None:
    numbers = " og ".join(str(claim.receivable) for claim in pair)
    parts = [Part(receivable_id=claim.receivable_id) for claim in pair]
    amount = sum((claim.currency_amount for claim in pair), Decimal(0))
    desk.register([desk.terms("two at once", pair[0], amount, day, parts=parts, reference=f"faktura {numbers}")])


def _pays_in_another_currency(desk: _Desk, claim: ReceivableBalance, day: date) -> None:
    """Told with what the bank credited, less its fee: the difference to the booked worth is a currency gain or loss."""
    credited = round_amount(claim.amount * Decimal("1.013"))
    fee = Decimal(15)
    desk.register([desk.terms("foreign", claim, claim.currency_amount, day, base_amount=credited, fee=fee)])


def _nobody_knows_who_paid(desk: _Desk, claim: ReceivableBalance, day: date) -> None:
    unknown = {"customer_id": None, "parts": (), "payer_name": "H. Pettersen", "reference": "besøk i oktober"}
    desk.register([desk.terms("unknown", claim, Decimal(1240), day, **unknown)])
