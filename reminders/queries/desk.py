"""What the desk of reminders shows: what comes, what is held back and by whom, and what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from customers.models import Customer
from payments import queries as payments
from payments.models import CustomerHold, Hold
from reminders.models import PlanChoice, Reminder, ReminderLetter, ReminderSettings, ReminderState, StepChoice
from reminders.policy.law import Law, Reason, Step
from reminders.queries.due import OpenClaim, deciding_on, open_claims_by_id, stream_open
from reminders.queries.plans import DEBTOR_OF, Plans, list_plans, settings_of
from tenants.models import Organization

AHEAD_DAYS: Final = 14
STANDING: Final = (ReminderState.WAITING, ReminderState.PLANNED)


@dataclass(frozen=True, slots=True)
class Coming:
    """The next step of one claim: on which day, why, and where it stands when its day has come."""

    claim: OpenClaim
    step: str
    position: int
    on: date
    reason: Reason | dict[str, Any]
    needs_approval: bool
    state: str = ""  # waiting or planned; empty where the day is still to come
    reminder_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """A claim that is due and would be asked for, and the code of what keeps it back."""

    claim: OpenClaim
    code: str


@dataclass(slots=True)
class Desk:
    """What one pass over the open claims found: what comes within the days ahead, and what is kept back."""

    plans: Plans
    settings: ReminderSettings
    coming: list[Coming] = field(default_factory=list)
    stopped: list[Stopped] = field(default_factory=list)


def look_around(organization: Organization, *, today: date, law: Law) -> Desk:
    """What goes out today and in the days ahead, the next first, and what is kept back; in one pass over the ledger.

    What was decided already stands as it was decided.
    """
    desk = _ahead(organization, today, law)
    decided = list(Reminder.objects.of(organization).filter(state__in=STANDING, day__lte=today).order_by("day", "id"))
    standing = {reminder.receivable_id for reminder in decided}
    claims = {each.claim.receivable_id: each.claim for each in desk.coming}
    claims |= open_claims_by_id(organization, standing - set(claims), day=today)
    found = [each for each in desk.coming if each.claim.receivable_id not in standing]
    for reminder in decided:
        claim = claims.get(reminder.receivable_id)
        if claim is not None and claim.asked > 0 and not claim.stops:  # what changed is held back when it is sent
            found.append(_decided(reminder, claim, today))
    desk.coming = sorted(found, key=lambda each: (each.on, each.claim.due_date, each.claim.number))
    desk.stopped.sort(key=lambda each: (each.claim.due_date, each.claim.number))
    return desk


def _ahead(organization: Organization, today: date, law: Law) -> Desk:
    deciding = deciding_on(organization, today, law)
    last = today + timedelta(days=AHEAD_DAYS)
    desk = Desk(deciding.plans, settings_of(organization))
    for claim in stream_open(organization, day=today, through=last + timedelta(days=deciding.plans.longest_ahead)):
        decision = deciding.about(claim).decision
        level, on = decision.level, decision.on
        if level is not None and on is not None and on <= last:
            waits = desk.settings.needs_approval or level.needs_approval or level.step is Step.COLLECTION
            desk.coming.append(Coming(claim, level.step.value, level.position, on, decision.reason, waits))
        elif decision.kind == "stop" and claim.due_date < today:
            desk.stopped.append(Stopped(claim, decision.reason.code))
    return desk


def _decided(reminder: Reminder, claim: OpenClaim, today: date) -> Coming:
    return Coming(
        claim=claim,
        step=reminder.step,
        position=reminder.position,
        on=max(reminder.day, today),
        reason=reminder.reason,
        needs_approval=reminder.state == ReminderState.WAITING,
        state=reminder.state,
        reminder_id=reminder.pk,
    )


def count_waiting(organization: Organization, *, through: date) -> int:
    """How many steps wait for approval; collection waits for somebody who hands the claim over instead."""
    waiting = Reminder.objects.of(organization).filter(state=ReminderState.WAITING, day__lte=through)
    return waiting.exclude(step=StepChoice.COLLECTION).count()


def waiting_through(organization: Organization, day: date, *, most: int) -> list[UUID]:
    """The reminders that wait for approval, the oldest first."""
    waiting = Reminder.objects.of(organization).filter(state=ReminderState.WAITING, day__lte=day)
    return list(waiting.exclude(step=StepChoice.COLLECTION).order_by("id").values_list("pk", flat=True)[:most])


def waiting_of(organization: Organization, receivable_ids: Iterable[UUID]) -> list[UUID]:
    """The reminders of these claims that wait for somebody to approve them."""
    waiting = Reminder.objects.of(organization).filter(
        receivable_id__in=list(receivable_ids), state=ReminderState.WAITING
    )
    return list(waiting.order_by("id").values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Held:
    """A claim that would be asked for, and what keeps it back: who said so, why, until when."""

    claim: OpenClaim
    code: str
    hold: Hold | None = None
    customer_hold: CustomerHold | None = None
    choice: PlanChoice | None = None

    @property
    def reason(self) -> str:
        """What was written about it."""
        fact = self.hold or self.customer_hold or self.choice
        return fact.reason if fact else ""

    @property
    def made_by(self) -> str:
        """Who did it."""
        fact = self.hold or self.customer_hold or self.choice
        return fact.made_by if fact else ""

    @property
    def made_at(self) -> datetime | None:
        """When."""
        fact = self.hold or self.customer_hold or self.choice
        return fact.made_at if fact else None

    @property
    def until(self) -> date | None:
        """Its last day, where it has one."""
        fact = self.hold or self.customer_hold
        return fact.until if fact else None


def with_their_facts(organization: Organization, stopped: Sequence[Stopped], *, today: date) -> list[Held]:
    """These claims with the holds and choices that keep them back; three questions, however many there are."""
    claims = [each.claim.receivable_id for each in stopped]
    customers = {each.claim.customer_id for each in stopped}
    holds: dict[UUID, Hold] = {}
    for hold in payments.standing_holds(organization, claims, today=today):
        holds.setdefault(hold.receivable_id, hold)
    standing = CustomerHold.objects.of(organization).filter(customer_id__in=customers, released_at=None)
    of_customers: dict[UUID, CustomerHold] = {}
    for each in standing.filter(Q(until=None) | Q(until__gte=today)).order_by("-made_at", "-id"):
        of_customers.setdefault(each.customer_id, each)
    stops = PlanChoice.objects.of(organization).filter(is_stopped=True)
    choices = {
        choice.receivable_id or choice.customer_id: choice
        for choice in stops.filter(Q(receivable_id__in=claims) | Q(customer_id__in=customers))
    }
    return [_held(each, holds, of_customers, choices) for each in stopped]


def _held(
    stopped: Stopped,
    holds: dict[UUID, Hold],
    of_customers: dict[UUID, CustomerHold],
    choices: dict[UUID | None, PlanChoice],
) -> Held:
    claim, code = stopped.claim, stopped.code
    if code.startswith("held"):
        hold = holds.get(claim.receivable_id)
        return Held(claim, code, hold=hold, customer_hold=None if hold else of_customers.get(claim.customer_id))
    if code == "customer_is_stopped":
        return Held(claim, code, choice=choices.get(claim.customer_id))
    if code == "claim_is_stopped":
        return Held(claim, code, choice=choices.get(claim.receivable_id))
    return Held(claim, code)


@dataclass(frozen=True, slots=True)
class LetterSearch:
    """Which letters are looked for."""

    words: str = ""
    step: str = ""
    first: datetime | None = None
    last: datetime | None = None  # not itself
    customer_id: UUID | None = None


def list_letters(organization: Organization, search: LetterSearch) -> QuerySet[ReminderLetter]:
    """The letters that were sent with what they added to the claims."""
    rows = ReminderLetter.objects.of(organization).select_related("customer")
    if search.words:
        about = Reminder.objects.of(organization).filter(receivable__document_number=search.words)
        rows = rows.filter(
            Q(customer__name__icontains=search.words) | Q(pk__in=about.filter(letter__isnull=False).values("letter"))
        )
    if search.step:
        rows = rows.filter(step=search.step)
    if search.customer_id:
        rows = rows.filter(customer_id=search.customer_id)
    if search.first:
        rows = rows.filter(sent_at__gte=search.first)
    if search.last:
        rows = rows.filter(sent_at__lt=search.last)
    return rows


@dataclass(frozen=True, slots=True)
class Added:
    """What a letter was about and what it added."""

    numbers: tuple[str, ...] = ()
    fee: Decimal = Decimal(0)  # compensation included
    interest: Decimal = Decimal(0)


def added_by(organization: Organization, letter_ids: Iterable[UUID]) -> dict[UUID, Added]:
    """What each of these letters was about and added; one question."""
    found: dict[UUID, Added] = {}
    rows = Reminder.objects.of(organization).filter(letter_id__in=list(letter_ids)).select_related("receivable")
    for reminder in rows.order_by("receivable__due_date", "id"):
        assert reminder.letter_id is not None
        before = found.get(reminder.letter_id, Added())
        found[reminder.letter_id] = Added(
            (*before.numbers, reminder.receivable.document_number),
            before.fee + reminder.fee + reminder.compensation,
            before.interest + reminder.interest,
        )
    return found


def get_letter(organization: Organization, letter_id: UUID) -> ReminderLetter:
    """One letter with its customer and paper, or 404."""
    rows = ReminderLetter.objects.of(organization).select_related("customer", "paper")
    letter = rows.filter(pk=letter_id).first()
    if letter is None:
        raise Http404
    return letter


def reminders_of_letter(organization: Organization, letter_id: UUID) -> list[Reminder]:
    """What a letter asked for, claim by claim."""
    rows = Reminder.objects.of(organization).filter(letter_id=letter_id).select_related("receivable")
    return list(rows.order_by("receivable__due_date", "id"))


def letters_of_customer(organization: Organization, customer_id: UUID, *, most: int) -> list[ReminderLetter]:
    """The newest letters to one customer."""
    rows = ReminderLetter.objects.of(organization).filter(customer_id=customer_id)
    return list(rows.order_by("-sent_at", "-id")[:most])


def count_letters(organization: Organization, *, most: int) -> int:
    """How many letters were sent, counted as far as `most`."""
    return ReminderLetter.objects.of(organization).order_by()[:most].count()


def names_of_plans(organization: Organization) -> dict[UUID, str]:
    """What the plans in use are called; one question."""
    return dict(list_plans(organization).values_list("pk", "name"))


def customers_by_plan(organization: Organization) -> tuple[int, int]:
    """How many customers are reminded by the standard plans, and how many have a plan of their own."""
    customers = Customer.objects.of(organization).filter(kind__in=list(DEBTOR_OF), archived_at=None).count()
    own = PlanChoice.objects.of(organization).filter(customer__isnull=False, plan__isnull=False).count()
    return max(customers - own, 0), own


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the sending of a day has come."""

    sent: int = 0
    planned: int = 0
    waiting: int = 0
    withheld: int = 0

    @property
    def is_sending(self) -> bool:
        """Whether something is about to leave."""
        return self.planned > 0

    @property
    def total(self) -> int:
        """What is to be sent that day, and what was."""
        return self.sent + self.planned


def next_places(
    organization: Organization, receivable_ids: Iterable[UUID], *, today: date, law: Law
) -> dict[UUID, int]:
    """The place in its plan of the step that comes next for each of these claims; none where nothing comes."""
    deciding = deciding_on(organization, today, law)
    found: dict[UUID, int] = {}
    for receivable_id, claim in open_claims_by_id(organization, receivable_ids, day=today).items():
        level = deciding.about(claim).decision.level
        if level is not None:
            found[receivable_id] = level.position
    return found


def asked_sums(claims: Iterable[OpenClaim]) -> dict[str, Decimal]:
    """What is asked for these claims, by currency."""
    sums: dict[str, Decimal] = {}
    for claim in claims:
        sums[claim.currency] = sums.get(claim.currency, Decimal(0)) + claim.asked
    return dict(sorted(sums.items()))


def open_sums(rows: Iterable[Stopped]) -> dict[str, Decimal]:
    """What is open on these claims, by currency."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row.claim.currency] = sums.get(row.claim.currency, Decimal(0)) + row.claim.open
    return dict(sorted(sums.items()))
