"""Sending what is planned: read again under the claims' locks, and either gone whole or held back with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy

from customers.channels import Channel
from customers.models import Customer
from foundation import rows
from foundation.ids import uuid7
from foundation.money import ZERO
from invoicing.actions.demands import NewDemand, send_demands
from invoicing.dispatching.plain import Recipient
from invoicing.papers.demand import Demand
from invoicing.papers.demand_queries import ways_to
from payments import queries as ledger
from payments.actions.additions import NewAddition, open_additions
from payments.actions.reminding import note_reminded
from payments.additions import Addition, additions_of
from payments.models import Receivable
from payments.voucher_words import book_text
from reminders.actions.pausing import lock_or_make_settings
from reminders.charging import Asked, Ready, asked_of, owed_since_due
from reminders.law import current_law
from reminders.letters import Desk, Item, demand_of, furthest, stands_on
from reminders.models import Reminder, ReminderLetter, ReminderLevel, ReminderState
from reminders.policy.deciding import Decision
from reminders.policy.law import Reason
from reminders.queries import sending as facts
from reminders.queries.due import Decided, Deciding, OpenClaim, deciding_on, open_claims_by_id, reason_as_kept
from reminders.queries.plans import levels_by_id
from reminders.queries.reminders import lock_to_send
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

CHUNK = 50
PAPER_DAYS = 3  # until a letter is printed and posted
# Days that the law gives, which nobody hurries by hand: a deadline that runs, and the days between two fees.
LAWFUL_WAITS = frozenset({"deadline", "fee_spacing"})
# What the books say of an addition.
TEXTS = {
    "fee": gettext_lazy("Reminder fee on %(number)s"),
    "compensation": gettext_lazy("Compensation for late payment of %(number)s"),
    "interest": gettext_lazy("Interest on %(number)s"),
}

_WITHHELD = ("state", "reason", "changed_at")
_SENT = (
    "state", "letter", "step", "day", "owed", "held", "fee", "compensation", "interest", "deadline", "additions",
    "sent_at", "withdrawn_at", "changed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chunk:
    """What became of some reminders."""

    sent: int = 0
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class _Batch:
    """What is read once for all letters of a chunk, after the claims were locked."""

    organization: Organization
    desk: Desk
    deciding: Deciding
    claims: Mapping[UUID, OpenClaim]
    receivables: Mapping[UUID, Receivable]
    postings: Mapping[UUID, list[tuple[date, Decimal]]]
    interest: Mapping[UUID, Decimal]
    additions: Mapping[UUID, list[Addition]]
    customers: Mapping[UUID, Customer]
    ways: Mapping[UUID, tuple[Recipient, ...]]
    levels: Mapping[str, ReminderLevel]
    bookable: frozenset[str]  # currencies that the books have a rate of the day for


@transaction.atomic
def send_chunk(organization: Organization, ids: Iterable[UUID], *, actor: Actor, today: date, now: datetime) -> Chunk:
    """Send those of these reminders that are planned, in one transaction.

    What a payment, a hold or a change of the plan has made wrong since it was planned is held back with its reason.
    Fees are those of today, interest runs through today; both are opened as claims of their own that name the
    principal. What another worker has in hand is left to it.
    """
    settings = lock_or_make_settings(organization)
    if settings.is_paused:
        return Chunk()
    planned = lock_to_send(organization, ids)
    if not planned:
        return Chunk()
    batch = _read(organization, planned, today)
    held, ready = [], []
    for reminder in planned:
        found = _decided(batch, reminder, today)
        if isinstance(found, Reason):
            held.append((reminder, found))
        else:
            ready.append((reminder, found))
    letters = [_letter(batch, group, today) for group in _groups(ready, company=settings.consolidates)]
    reachable = [letter for letter in letters if letter.recipients]
    held += [
        (item.reminder, Reason("nobody_to_send_to")) for one in letters if not one.recipients for item in one.items
    ]
    _write(batch, reachable, actor=actor, today=today, now=now)
    _withhold(organization, held, now)
    return Chunk(sum(len(letter.items) for letter in reachable), len(held))


def _read(organization: Organization, planned: Sequence[Reminder], today: date) -> _Batch:
    ids = sorted({reminder.receivable_id for reminder in planned})
    receivables = ledger.lock_receivables(organization.pk, ids)
    customer_ids = sorted({reminder.customer_id for reminder in planned})
    return _Batch(
        organization=organization,
        desk=Desk.of(organization, today),
        deciding=deciding_on(organization, today, current_law()),
        claims=open_claims_by_id(organization, ids, day=today),
        receivables=receivables,
        postings=facts.postings_of(organization, ids),
        interest=facts.interest_before(organization, ids),
        additions=additions_of(organization.pk, ids),
        customers=facts.customers_by_id(organization, customer_ids),
        ways=ways_to(organization, customer_ids),
        levels=levels_by_id(organization),
        bookable=_bookable(organization, {claim.currency for claim in receivables.values()}, today),
    )


def _decided(batch: _Batch, reminder: Reminder, today: date) -> Ready | Reason:
    """The step as it stands under the lock, or why it must not go."""
    claim = batch.claims.get(reminder.receivable_id)
    if claim is None:
        return Reason("settled")
    decided = batch.deciding.about(claim)
    decision = decided.decision
    if decision.kind == "send" and decision.level is not None:
        if (decision.level.position, decision.round) != (reminder.position, reminder.round):
            return Reason("plan_changed")
        return Ready(claim, decided.plan, decision.level)
    return by_hand_or(decided, reminder) or _why_not(decision)


def by_hand_or(decided: Decided, reminder: Reminder) -> Ready | None:
    """A step that a person asked for before its day goes where nothing but the plan's own day speaks against it."""
    decision, level = decided.decision, decided.decision.level
    is_early = decision.kind == "wait" and decision.reason.code not in LAWFUL_WAITS and reminder.run_id is None
    if is_early and level is not None and (level.position, decision.round) == (reminder.position, reminder.round):
        return Ready(decided.claim, decided.plan, level)
    return None


def _why_not(decision: Decision) -> Reason:
    is_told = decision.kind in {"stop", "never"} or decision.reason.code == "below_minimum"
    return decision.reason if is_told else Reason("plan_changed")


@dataclass(frozen=True, slots=True)
class _Letter:
    """One letter about to be written."""

    id: UUID
    customer: Customer
    items: Sequence[Item]
    demand: Demand
    recipients: tuple[Recipient, ...]


_Group = list[tuple[Reminder, Ready]]


def _groups(ready: Sequence[tuple[Reminder, Ready]], *, company: bool) -> list[_Group]:
    """One letter per claim, or one for all claims of a customer in a currency where that is wanted."""
    groups: dict[tuple[object, str], _Group] = {}
    for reminder, found in ready:
        own = found.claim.consolidates
        together = company if own is None else own
        key = (reminder.customer_id if together else reminder.pk, found.claim.currency)
        groups.setdefault(key, []).append((reminder, found))
    return list(groups.values())


def _letter(batch: _Batch, group: _Group, today: date) -> _Letter:
    items: list[Item] = []
    has_charged = False
    for reminder, found in sorted(group, key=lambda each: (each[1].claim.due_date, each[0].pk)):
        asked = _asked(batch, found, today, may_charge=not has_charged)
        has_charged = has_charged or asked.fee + asked.compensation > 0  # one letter bears one fee
        claim = found.claim
        postings = batch.postings.get(claim.receivable_id, [])
        items.append(
            Item(
                reminder=reminder,
                claim=claim,
                receivable=batch.receivables[claim.receivable_id],
                asked=asked,
                original=sum((amount for _day, amount in postings if amount > 0), ZERO),
                additions=batch.additions.get(claim.receivable_id, ()),
                level=batch.levels.get(found.level.key),
            )
        )
    customer = batch.customers[group[0][0].customer_id]
    demand = demand_of(batch.desk, customer, items)
    return _Letter(uuid7(), customer, items, demand, batch.ways.get(customer.pk, ()))


def _bookable(organization: Organization, currencies: set[str], today: date) -> frozenset[str]:
    """Currencies in which a fee or interest can be booked today; a letter in another goes without them."""
    foreign = currencies - {organization.base_currency}
    known = {one for one in foreign if ledger.exchange_rate(organization, one, today) is not None}
    return frozenset({organization.base_currency, *known})


def days_to_leave(ways: Sequence[Recipient]) -> int:
    """How many days a letter may take to leave: none by e-mail, some by post, by which its deadline is longer."""
    return PAPER_DAYS if ways and ways[0].channel == Channel.PAPER else 0


def _asked(batch: _Batch, found: Ready, today: date, *, may_charge: bool) -> Asked:
    claim = found.claim
    is_bookable = claim.currency in batch.bookable
    postings = batch.postings.get(claim.receivable_id, [])
    owed = owed_since_due(claim.due_date, postings, held=claim.held) if is_bookable else []
    return asked_of(
        found,
        owed=owed,
        interest_before=batch.interest.get(claim.receivable_id, ZERO),
        law=batch.deciding.law,
        day=today,
        extra_days=days_to_leave(batch.ways.get(claim.customer_id, ())),
        may_charge=may_charge and is_bookable,
    )


def _write(batch: _Batch, letters: Sequence[_Letter], *, actor: Actor, today: date, now: datetime) -> None:
    """Open the fees and interest, keep and send the letters, and write down that each step has happened."""
    if not letters:
        return
    organization = batch.organization
    opened = _open_additions(organization, letters, today=today, now=now)
    send_demands(organization, [_new_demand(letter) for letter in letters], actor=actor, now=now)
    rows.insert(organization.pk, [_row(organization, letter, actor, now) for letter in letters])
    changed = []
    for letter in letters:
        for item in letter.items:
            _mark_sent(item, letter, opened.get(item.reminder.pk, []), today, now)
            changed.append(item.reminder)
    rows.update(organization.pk, changed, _SENT)
    note_reminded(organization.pk, [(each.receivable_id, each.step, now) for each in changed])
    audit.record_each(
        actor,
        "reminder.sent",
        [(item.receivable, _facts(item)) for letter in letters for item in letter.items],
        now=now,
    )


def _open_additions(
    organization: Organization, letters: Sequence[_Letter], *, today: date, now: datetime
) -> dict[UUID, list[str]]:
    """The claims for fee, compensation and interest; their ids by reminder."""
    additions: list[NewAddition] = []
    opened: dict[UUID, list[str]] = {}
    for letter in letters:
        for item in letter.items:
            asked = item.asked
            amounts = {"fee": asked.fee, "compensation": asked.compensation, "interest": asked.interest}
            for kind, amount in amounts.items():
                if amount > 0:
                    text = book_text(organization, TEXTS[kind], number=item.claim.number)
                    principal = item.claim.receivable_id
                    new = NewAddition(id=uuid7(), principal_id=principal, kind=kind, amount=amount, text=text)
                    additions.append(new)
                    opened.setdefault(item.reminder.pk, []).append(str(new.id))
    if additions:
        open_additions(organization, additions, day=today, now=now)
    return opened


def _new_demand(letter: _Letter) -> NewDemand:
    return NewDemand(
        id=letter.id,
        kind=letter.demand.kind,
        customer_id=letter.customer.pk,
        demand=letter.demand,
        key="first",
        recipients=letter.recipients[:1],
        chain=letter.recipients[1:],
        stands_on=stands_on(letter.items, until=letter.demand.day + timedelta(days=days_to_leave(letter.recipients))),
    )


def _row(organization: Organization, letter: _Letter, actor: Actor, now: datetime) -> ReminderLetter:
    return ReminderLetter(
        id=letter.id,
        organization_id=organization.pk,
        customer_id=letter.customer.pk,
        step=furthest(letter.items).value,
        paper_id=letter.id,
        currency=letter.demand.currency,
        total=letter.demand.to_pay,
        deadline=letter.demand.deadline,
        sent_by=actor.name,
        sent_at=now,
    )


def _mark_sent(item: Item, letter: _Letter, additions: list[str], today: date, now: datetime) -> None:
    reminder, asked = item.reminder, item.asked
    reminder.state = ReminderState.SENT
    reminder.letter_id = letter.id
    reminder.day = today
    reminder.owed, reminder.held = item.claim.asked, item.claim.held
    reminder.fee, reminder.compensation, reminder.interest = asked.fee, asked.compensation, asked.interest
    reminder.deadline = asked.deadline
    reminder.additions = additions
    reminder.sent_at = reminder.changed_at = now
    reminder.withdrawn_at = None


def _facts(item: Item) -> dict[str, str]:
    asked = {"fee": item.asked.fee, "compensation": item.asked.compensation, "interest": item.asked.interest}
    return {
        "about": item.reminder.step,
        "amount": str(item.claim.asked),
        **{name: str(amount) for name, amount in asked.items() if amount},
    }


def _withhold(organization: Organization, held: Sequence[tuple[Reminder, Reason]], now: datetime) -> None:
    for reminder, reason in held:
        reminder.state, reminder.reason, reminder.changed_at = ReminderState.WITHHELD, reason_as_kept(reason), now
    rows.update(organization.pk, [reminder for reminder, _reason in held], _WITHHELD)


@transaction.atomic
def hold_stumbled(organization: Organization, reminder_ids: Iterable[UUID], *, now: datetime) -> int:
    """Hold back what an error kept from being written, so that it keeps no other letter back; how many."""
    planned = lock_to_send(organization, reminder_ids)
    _withhold(organization, [(reminder, Reason("stumbled")) for reminder in planned], now)
    return len(planned)
