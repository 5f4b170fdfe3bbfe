"""A year of random customers: what each owes, pays, disputes and promises, told day by day from a printed seed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from customers.models import Customer
from foundation.money import round_amount
from invoicing.actions import deliveries
from invoicing.actions.brake import ClaimHasChanged, refuse_what_changed
from invoicing.dispatching import states
from invoicing.dispatching.plain import Outcome
from invoicing.models import Delivery
from payments.actions.credits import use_credit
from payments.holds import place_hold, release_hold
from payments.models import ExchangeRate, Hold
from reminders.actions.run import open_run
from reminders.actions.sending import send_chunk
from reminders.actions.steps import approve_steps
from reminders.actions.withdrawing import settle_letters
from reminders.models import Reminder, ReminderLevel, ReminderPlan, ReminderSettings, ReminderState
from reminders.policy.law import DebtorKind
from reminders.policy.plans import lawful_plan
from reminders.queries.reminders import next_to_send
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.builders import in_organization
from tests.payments import by_hand
from tests.payments.claims import ClaimTerms, open_claim

KINDS = ("consumer", "consumer", "business", "public_body")
COUNTRIES = ("NO", "NO", "NO", "DK", "SE")
ROBOT = Actor.system()


@dataclass
class Claim:
    """One claim by the test's own books: nothing here is read from the product."""

    id: UUID
    customer: Customer
    due: date
    amount: Decimal
    paid: Decimal = Decimal(0)
    disputed_from: date | None = None
    hold_id: UUID | None = None
    promised_until: date | None = None

    def is_free(self, day: date) -> bool:
        """Whether anybody may be asked for it."""
        is_promised = self.promised_until is not None and day <= self.promised_until
        return self.paid < self.amount and self.disputed_from is None and not is_promised


@dataclass
class Year:
    """The company, its customers, and what will happen on which day."""

    organization: Organization
    random: Random
    first: date
    last: date
    claims: dict[UUID, Claim] = field(default_factory=dict)
    kinds: dict[UUID, list[tuple[date, str]]] = field(default_factory=dict)
    to_do: dict[date, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    sent_to: list[tuple[UUID, date, bool]] = field(default_factory=list)  # claim, day, whether it might be asked
    withheld: int = 0

    def begin(self, customers: int) -> None:
        """Reminders are on; the customers' claims and what they will do are drawn."""
        with in_organization(self.organization):
            ReminderSettings.objects.create(organization=self.organization, is_on=True, minimum=Decimal(50))
            for currency in ("DKK", "SEK"):
                ExchangeRate.objects.create(
                    organization=self.organization, currency=currency, day=self.first, rate=Decimal(1), source="prøve"
                )
        for number in range(customers):
            self._draw_customer(number)
        middle = self.first + (self.last - self.first) / 2
        self.to_do[middle].append((self._edit_plan,))

    def walk(self) -> None:
        """Every morning of the year; now and then the day is decided twice, as when clocks go back."""
        day = self.first
        while day <= self.last:
            for act, *values in self.to_do.pop(day, ()):
                act(*values, day)
            self._morning(day)
            day += timedelta(days=1)

    def _draw_customer(self, number: int) -> None:
        kind, country = self.random.choice(KINDS), self.random.choice(COUNTRIES)
        customer = builders.make_customer(
            self.organization,
            name=f"Kunde {number}",
            kind=kind,
            country=country,
            organization_number="",
            email=f"k{number}@kunde.example",
            language=self.random.choice(["nb", "da", "sv", "en"]),
        )
        self.kinds[customer.pk] = [(date.min, kind)]
        if self.random.random() < 0.1:
            self.to_do[self._some_day()].append((self._change_kind, customer))
        for _claim in range(self.random.choice([1, 1, 2, 4])):
            self.to_do[self._some_day()].append((self._invoice, customer))

    def _some_day(self) -> date:
        return self.first + timedelta(days=self.random.randrange((self.last - self.first).days - 20))

    def _invoice(self, customer: Customer, day: date) -> None:
        amount = Decimal(self.random.randint(20_000, 900_000)) / 100
        due = day + timedelta(days=14)
        if customer.country == "NO" and self.random.random() < 0.1:
            lines = [builders.line(quantity=Decimal(1), unit_price=amount, vat_treatment="exempt")]
            invoice = builders.make_finalized_invoice(self.organization, customer, lines, day)
            assert invoice.receivable_id is not None
            assert invoice.due_date is not None
            claim_id, due = invoice.receivable_id, invoice.due_date
        else:
            with in_organization(self.organization):
                terms = ClaimTerms(amount=amount, day=day, due=due, currency=_currency_of(customer))
                claim_id = open_claim(self.organization, customer.pk, terms)
        claim = self.claims[claim_id] = Claim(claim_id, customer, due, amount)
        self._draw_behaviour(claim)

    def _draw_behaviour(self, claim: Claim) -> None:
        chance = self.random.random
        how = self.random.choice(["early", "on time", "late", "late", "very late", "parts", "never", "credited"])
        days = {"early": (-12, -1), "on time": (0, 0), "late": (3, 25), "very late": (26, 90), "parts": (1, 20)}
        if how in days:
            first = claim.due + timedelta(days=self.random.randint(*days[how]))
            share = Decimal("0.4") if how == "parts" else Decimal(1)
            self.to_do[first].append((self._pay, claim, share))
            if how == "parts" and chance() < 0.6:
                self.to_do[first + timedelta(days=self.random.randint(5, 40))].append((self._pay, claim, Decimal(1)))
        if how == "credited":
            self.to_do[claim.due + timedelta(days=self.random.randint(2, 40))].append((self._credit, claim))
        if chance() < 0.12:
            self.to_do[claim.due + timedelta(days=self.random.randint(-3, 30))].append((self._dispute, claim))
        if chance() < 0.1:
            self.to_do[claim.due + timedelta(days=self.random.randint(1, 30))].append((self._promise, claim))

    def _pay(self, claim: Claim, share: Decimal, day: date) -> None:
        amount = round_amount((claim.amount - claim.paid) * share)
        if amount > 0:
            by_hand.pay(self.organization, str(amount), claim.id, day=day, currency=_currency_of(claim.customer))
            claim.paid += amount

    def _credit(self, claim: Claim, day: date) -> None:
        owed = claim.amount - claim.paid
        if owed > 0:
            with in_organization(self.organization):
                terms = ClaimTerms(amount=-owed, day=day, currency=_currency_of(claim.customer))
                credit = open_claim(self.organization, claim.customer.pk, terms)
                use_credit(self.organization, credit, claim.id, actor=ROBOT, day=day)
            claim.paid = claim.amount

    def _dispute(self, claim: Claim, day: date) -> None:
        if claim.paid < claim.amount:
            claim.hold_id = self._hold(claim, day, kind="dispute")
            claim.disputed_from = day
            if self.random.random() < 0.7:
                self.to_do[day + timedelta(days=self.random.randint(3, 40))].append((self._end_dispute, claim))

    def _end_dispute(self, claim: Claim, day: date) -> None:
        assert claim.hold_id is not None
        with in_organization(self.organization):
            if Hold.objects.of(self.organization).filter(pk=claim.hold_id, released_at=None).exists():
                release_hold(self.organization, claim.hold_id, reason="Avklart", actor=ROBOT, now=at(day))
        claim.disputed_from = None

    def _promise(self, claim: Claim, day: date) -> None:
        if claim.paid < claim.amount:
            claim.promised_until = day + timedelta(days=self.random.randint(2, 15))
            self._hold(claim, day, kind="promise", until=claim.promised_until)

    def _hold(self, claim: Claim, day: date, **how: Any) -> UUID:
        with in_organization(self.organization):
            return place_hold(self.organization, claim.id, reason="Avtalt", actor=ROBOT, now=at(day), **how).pk

    def _change_kind(self, customer: Customer, day: date) -> None:
        kind = "business" if self.kinds[customer.pk][-1][1] == "consumer" else "consumer"
        with in_organization(self.organization):
            Customer.objects.of(self.organization).filter(pk=customer.pk).update(kind=kind)
        self.kinds[customer.pk].append((day, kind))

    def _edit_plan(self, _day: date) -> None:
        """Norwegian consumers get a plan of the company's own, five days later in everything that comes late."""
        with in_organization(self.organization):
            plan = ReminderPlan.objects.create(
                organization=self.organization, name="Rolig", country="NO", debtor="consumer", spacing_days=9
            )
            for level in lawful_plan("NO", DebtorKind.CONSUMER).levels:
                ReminderLevel.objects.create(
                    organization=self.organization,
                    plan=plan,
                    position=level.position,
                    step=level.step.value,
                    days=level.days + (5 if level.days > 0 else 0),
                    wants_fee=level.wants_fee,
                    wants_interest=level.wants_interest,
                    deadline_days=level.deadline_days,
                    needs_approval=level.needs_approval,
                )

    def _morning(self, day: date) -> None:
        organization, now = self.organization, at(day)
        with in_organization(organization):
            open_run(organization, actor=ROBOT, today=day, now=now)
            if self.random.random() < 0.1:
                assert open_run(organization, actor=ROBOT, today=day, now=now) is None
            waiting = Reminder.objects.of(organization).filter(state=ReminderState.WAITING, step="collection_notice")
            ids = [key for key in waiting.values_list("pk", flat=True) if self.random.random() < 0.6]
            if ids:
                approve_steps(organization, ids, actor=ROBOT, now=now)
            ids = next_to_send(organization, through=day, most=500)
            sent = send_chunk(organization, ids, actor=ROBOT, today=day, now=now).sent if ids else 0
        if sent:
            self._look_whom(day)
            self._hand_over(day)
            with organization_context(organization.pk):
                settle_letters(organization, actor=ROBOT, today=day, now=now)

    def _look_whom(self, day: date) -> None:
        with in_organization(self.organization):
            rows = Reminder.objects.of(self.organization).filter(state=ReminderState.SENT, sent_at=at(day))
            self.sent_to += [
                (key, day, self.claims[key].is_free(day)) for key in rows.values_list("receivable_id", flat=True)
            ]

    def _hand_over(self, day: date) -> None:
        """What the delivery worker does but for drawing and mailing; some claims are credited while it draws."""
        with in_organization(self.organization):
            queued = list(Delivery.objects.of(self.organization).filter(state=states.QUEUED).order_by("pk"))
        for delivery in queued:
            with in_organization(self.organization):
                parcel = deliveries.begin_delivery(self.organization, delivery.pk, now=at(day))
            assert parcel is not None
            if self.random.random() < 0.05:
                self._credit(self.claims[parcel.stands_on[0].receivable_id], day)
                self.withheld += 1
            self._let_go(delivery, parcel, day)

    def _let_go(self, delivery: Delivery, parcel: Any, day: date) -> None:
        with in_organization(self.organization):
            try:
                refuse_what_changed(self.organization, parcel.stands_on, today=day)
                deliveries.mark_handing_over(self.organization, delivery.pk, now=at(day))
                outcome = Outcome(states.SENT)
            except ClaimHasChanged:
                outcome = Outcome(states.GIVEN_UP, reason_code=states.CLAIM_CHANGED)
            deliveries.settle_attempt(self.organization, delivery.pk, outcome, now=at(day))


def _currency_of(customer: Customer) -> str:
    return {"DK": "DKK", "SE": "SEK"}.get(customer.country, "NOK")


def at(day: date) -> datetime:
    """The morning of a day."""
    return datetime(day.year, day.month, day.day, 6, 30, tzinfo=UTC)
