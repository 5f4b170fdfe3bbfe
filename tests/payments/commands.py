"""What anybody may do with money, chosen at random: each command is taken whole or refused with a sentence."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from foundation.errors import DomainError
from foundation.ids import uuid7
from payments import queries
from payments.actions import additions, applying, refunds, registering, write_offs
from payments.actions.receivables import Settlement, settle_by_credit
from payments.models import Allocation, AllocationKind, Payment, Receivable, Refund, RefundState
from payments.terms import Part
from payments.voucher_words import BookText
from tenants.audit import Actor
from tenants.models import Organization
from tests import builders
from tests.payments.claims import ClaimTerms, money, open_claim

GROUNDS = tuple(write_offs.LossGround.values)
CHANNELS = ("by_hand", "bank_file", "provider")


@dataclass(slots=True)
class Desk:
    """An organization, what stands there, and a source of chance."""

    organization: Organization
    customer_ids: list[UUID]
    chance: random.Random
    now: datetime
    claims: list[UUID] = field(default_factory=list)
    credits: list[UUID] = field(default_factory=list)
    charges: list[UUID] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)

    def act(self) -> None:
        """Give one command; a refusal is an answer too, anything else is a fault."""
        name, command = self.chance.choice(COMMANDS)
        try:
            with builders.in_organization(self.organization):
                command(self)
        except DomainError:
            self.refused[name] = self.refused.get(name, 0) + 1
        except NothingToDo:
            return
        else:
            self.taken[name] = self.taken.get(name, 0) + 1

    def amount(self) -> Decimal:
        """Something between an øre and some thousand kroner."""
        return Decimal(self.chance.randint(1, 200_000)) / 100

    def actor(self) -> Actor:
        """Whoever is at the desk."""
        return Actor.system("Kari")


class NothingToDo(Exception):
    """There is nothing yet that the command could be about."""


def _open(desk: Desk) -> None:
    currency = desk.chance.choice(["NOK", "NOK", "NOK", "EUR"])
    rate = Decimal("11.37") if currency == "EUR" else Decimal(1)
    is_credit = desk.chance.random() < 0.2
    amount = -desk.amount() if is_credit else desk.amount()
    customer = desk.chance.choice(desk.customer_ids)
    terms = ClaimTerms(amount=amount, currency=currency, rate=rate)
    (desk.credits if is_credit else desk.claims).append(open_claim(desk.organization, customer, terms))


def _some_claims(desk: Desk, most: int) -> list[Part]:
    claims = desk.claims + desk.charges
    chosen = desk.chance.sample(claims, min(len(claims), desk.chance.randint(0, most)))
    return [Part(receivable_id=claim, amount=desk.amount() if desk.chance.random() < 0.5 else None) for claim in chosen]


def _register(desk: Desk) -> None:
    told_before = desk.keys and desk.chance.random() < 0.2
    key = desk.chance.choice(desk.keys) if told_before else f"random:{len(desk.keys)}"
    desk.keys.append(key)
    currency = desk.chance.choice(["NOK", "NOK", "EUR"])
    terms = money(
        desk.organization,
        str(desk.amount() + 1),
        key=key,
        currency=currency,
        base_amount=desk.amount() if currency == "EUR" else None,
        fee=desk.chance.choice([Decimal(0), Decimal("0.50")]),
        parts=_some_claims(desk, 3),
        customer_id=desk.chance.choice(desk.customer_ids),
        closes_small_difference=desk.chance.random() < 0.3,
    )
    registering.register_payment(desk.organization, terms, actor=desk.actor(), today=builders.TODAY, now=desk.now)


def _payment(desk: Desk) -> Payment:
    payments = list(Payment.objects.of(desk.organization).order_by("registered_at", "key"))
    if not payments:
        raise NothingToDo
    return desk.chance.choice(payments)


def _apply(desk: Desk) -> None:
    payment = _payment(desk)
    parts = [
        Part(receivable_id=part.receivable_id, amount=part.amount, payment_amount=desk.amount())
        for part in _some_claims(desk, 2)
    ]
    if not parts:
        raise NothingToDo
    applying.apply_payment(desk.organization, payment.pk, parts, actor=desk.actor(), day=builders.TODAY, now=desk.now)


def _allocation(desk: Desk, kind: str) -> Allocation:
    rows = list(Allocation.objects.of(desk.organization).filter(kind=kind, reverses=None).order_by("id"))
    if not rows:
        raise NothingToDo
    return desk.chance.choice(rows)


def _detach(desk: Desk) -> None:
    allocation = _allocation(desk, AllocationKind.PAYMENT)
    applying.detach_allocation(
        desk.organization, allocation.pk, reason="Feil", actor=desk.actor(), day=builders.TODAY, now=desk.now
    )


def _reverse(desk: Desk) -> None:
    payment = _payment(desk)
    applying.reverse_payment(
        desk.organization, payment.pk, reason="Avvist", actor=desk.actor(), day=builders.TODAY, now=desk.now
    )


def _refund(desk: Desk) -> None:
    terms = refunds.RefundTerms(
        key=f"back:{desk.chance.randint(1, 40)}",
        amount=desk.amount() / 10,
        channel=desk.chance.choice(CHANNELS),
        reason="For mye",
    )
    rounded = refunds.RefundTerms(
        key=terms.key, amount=terms.amount.quantize(Decimal("0.01")), channel=terms.channel, reason=terms.reason
    )
    refunds.request_refund(
        desk.organization, _payment(desk).pk, rounded, actor=desk.actor(), day=builders.TODAY, now=desk.now
    )


def _end_refund(desk: Desk) -> None:
    rows = list(Refund.objects.of(desk.organization).exclude(state=RefundState.DONE).order_by("id"))
    if not rows:
        raise NothingToDo
    refund = desk.chance.choice(rows)
    if desk.chance.random() < 0.6:
        refunds.settle_refund(desk.organization, refund.pk, actor=desk.actor(), day=builders.TODAY, now=desk.now)
    else:
        cancelled = desk.chance.random() < 0.5
        refunds.end_refund(
            desk.organization, refund.pk, is_cancelled=cancelled, problem="", actor=desk.actor(), now=desk.now
        )


def _write_off(desk: Desk) -> None:
    if not desk.claims:
        raise NothingToDo
    terms = write_offs.LossTerms(
        ground=desk.chance.choice(GROUNDS),
        reason="Tapt",
        takes_vat_back=desk.chance.random() < 0.5,
        amount=desk.amount() if desk.chance.random() < 0.5 else None,
    )
    claim = desk.chance.choice(desk.claims)
    write_offs.write_off_receivable(
        desk.organization, claim, terms, actor=desk.actor(), day=builders.TODAY, now=desk.now
    )


def _reverse_write_off(desk: Desk) -> None:
    allocation = _allocation(desk, AllocationKind.WRITE_OFF)
    write_offs.reverse_write_off(
        desk.organization, allocation.pk, reason="Betalte", actor=desk.actor(), day=builders.TODAY, now=desk.now
    )


def _use_credit(desk: Desk) -> None:
    if not desk.credits or not desk.claims:
        raise NothingToDo
    credit, claim = desk.chance.choice(desk.credits), desk.chance.choice(desk.claims)
    sides = queries.lock_receivables(desk.organization.pk, [credit, claim])
    if sides[credit].currency != sides[claim].currency:
        raise NothingToDo
    settle_by_credit(
        desk.organization.pk,
        [Settlement(credit, claim, builders.TODAY, BookText("Tilgode brukt"), credit, source_kind="receivable")],
    )


def _charge(desk: Desk) -> None:
    if not desk.claims:
        raise NothingToDo
    kinds = desk.chance.sample(["fee", "compensation", "interest"], desk.chance.randint(1, 3))
    claim = desk.chance.choice(desk.claims)
    new = [
        additions.NewAddition(id=uuid7(), principal_id=claim, kind=kind, amount=desk.amount(), text=f"{kind} på krav")
        for kind in kinds
    ]
    if Receivable.objects.of(desk.organization).filter(pk=claim, currency="EUR").exists():
        raise NothingToDo  # for which no rate is entered here
    with transaction.atomic():
        additions.open_additions(desk.organization, new, day=builders.TODAY, now=desk.now)
    desk.charges.extend(item.id for item in new)


def _waive(desk: Desk) -> None:
    chosen = desk.chance.sample(desk.charges, min(len(desk.charges), desk.chance.randint(1, 3)))
    if not chosen:
        raise NothingToDo
    additions.waive_additions(
        desk.organization, chosen, reason="Betalt i tide", actor=desk.actor(), day=builders.TODAY, now=desk.now
    )


COMMANDS: tuple[tuple[str, Callable[[Desk], None]], ...] = (
    ("open", _open),
    ("open", _open),
    ("register", _register),
    ("register", _register),
    ("register", _register),
    ("apply", _apply),
    ("apply", _apply),
    ("detach", _detach),
    ("reverse", _reverse),
    ("refund", _refund),
    ("refund", _refund),
    ("end_refund", _end_refund),
    ("write_off", _write_off),
    ("reverse_write_off", _reverse_write_off),
    ("use_credit", _use_credit),
    ("charge", _charge),
    ("charge", _charge),
    ("waive", _waive),
)
