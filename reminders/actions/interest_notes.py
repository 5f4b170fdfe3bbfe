"""Notes of interest: a letter of its own for what has run on claims that were paid late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy

from foundation import rows
from foundation.ids import uuid7
from invoicing.actions.demands import NewDemand, send_demands
from invoicing.dispatching.plain import Recipient, StandsOn
from invoicing.papers.demand import Demand, DemandedClaim, InterestPart
from invoicing.papers.demand_queries import ways_to
from invoicing.papers.reading import language_of
from invoicing.parties import buyer_of
from payments import queries as ledger
from payments.actions.additions import NewAddition, open_additions
from payments.voucher_words import book_text
from reminders.actions.pausing import lock_or_make_settings
from reminders.law import current_law
from reminders.letters import Desk
from reminders.models import Reminder, ReminderLetter, ReminderState
from reminders.models.runs import AFTER_EVERY_STEP, INTEREST_NOTE
from reminders.queries.interest import LateClaim, list_late, notes_before
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

AT_ONCE_MAX = 200
DEADLINE_DAYS = 14


@transaction.atomic
def send_interest_notes(
    organization: Organization, receivable_ids: Iterable[UUID], *, actor: Actor, today: date, now: datetime
) -> int:
    """Send a note of interest for each of these claims, once each; how many went.

    What nobody can be reached with is left for later. The interest is opened as a claim of its own, without VAT.
    """
    lock_or_make_settings(organization)
    ids = list(dict.fromkeys(receivable_ids))[:AT_ONCE_MAX]
    ledger.lock_receivables(organization.pk, ids)
    late = list_late(organization, today=today, law=current_law(), ids=ids)
    ways = ways_to(organization, {each.customer.pk for each in late})
    desk = Desk.of(organization, today)
    notes = [(each, uuid7(), uuid7()) for each in late if ways.get(each.customer.pk)]
    additions = [
        NewAddition(
            id=addition_id,
            principal_id=each.receivable.pk,
            kind="interest",
            amount=each.amount,
            text=book_text(organization, gettext_lazy("Interest on %(number)s"), number=each.receivable),
            due_date=today + timedelta(days=DEADLINE_DAYS),
        )
        for each, _paper, addition_id in notes
    ]
    if not additions:
        return 0
    open_additions(organization, additions, day=today, now=now)
    demands = [
        replace(_demand(desk, each, paper_id, ways[each.customer.pk]), stands_on=(StandsOn(addition_id, each.amount),))
        for each, paper_id, addition_id in notes
    ]
    send_demands(organization, demands, actor=actor, now=now)
    _keep(organization, notes, actor=actor, today=today, now=now)
    return len(notes)


def _demand(desk: Desk, late: LateClaim, paper_id: UUID, ways: Sequence[Recipient]) -> NewDemand:
    claim = late.receivable
    assert claim.due_date is not None
    language = language_of(late.customer, desk.organization)
    parts = zip(late.interest.parts, late.interest.rounded_parts(), strict=True)
    demand = Demand(
        language=language,
        kind=INTEREST_NOTE,
        step=INTEREST_NOTE,
        day=desk.day,
        currency=claim.currency,
        deadline=desk.day + timedelta(days=DEADLINE_DAYS),
        claims=(
            DemandedClaim(
                receivable_id=str(claim.pk),
                document_number=claim.document_number,
                issue_date=claim.issue_date,
                due_date=claim.due_date,
                original=late.original,
                paid=late.original,
                open=late.original - late.original,
                interest=late.amount,
                reference=claim.kid or claim.document_number,
                parts=tuple(
                    InterestPart(
                        first=part.first,
                        last=part.last,
                        days=part.days,
                        rate=part.rate,
                        principal=part.principal,
                        amount=amount,
                    )
                    for part, amount in parts
                ),
            ),
        ),
        account=desk.account(claim.currency),
        seller=desk.seller(language),
        buyer=buyer_of(late.customer),
    )
    return NewDemand(
        id=paper_id,
        kind=INTEREST_NOTE,
        customer_id=late.customer.pk,
        demand=demand,
        key="first",
        recipients=tuple(ways[:1]),
        chain=tuple(ways[1:]),
    )


def _keep(
    organization: Organization,
    notes: Sequence[tuple[LateClaim, UUID, UUID]],
    *,
    actor: Actor,
    today: date,
    now: datetime,
) -> None:
    """The letters, and beside the steps of each claim the note: once for each."""
    deadline = today + timedelta(days=DEADLINE_DAYS)
    letters = [
        ReminderLetter(
            id=paper_id,
            organization_id=organization.pk,
            customer_id=late.customer.pk,
            step=INTEREST_NOTE,
            paper_id=paper_id,
            currency=late.receivable.currency,
            total=late.amount,
            deadline=deadline,
            sent_by=actor.name,
            sent_at=now,
        )
        for late, paper_id, _addition in notes
    ]
    rows.insert(organization.pk, letters)
    before = notes_before(organization, [late.receivable.pk for late, _paper, _addition in notes])
    made = [
        Reminder(
            id=uuid7(),
            organization_id=organization.pk,
            receivable_id=late.receivable.pk,
            customer_id=late.customer.pk,
            letter_id=paper_id,
            round=before[late.receivable.pk] + 1,
            position=AFTER_EVERY_STEP,
            step=INTEREST_NOTE,
            state=ReminderState.SENT,
            day=today,
            interest=late.amount,
            deadline=deadline,
            additions=[str(addition_id)],
            decided_by=actor.name,
            sent_at=now,
            changed_at=now,
        )
        for late, paper_id, addition_id in notes
    ]
    rows.insert(organization.pk, made)
    told = [(late.receivable, {"about": INTEREST_NOTE, "interest": str(late.amount)}) for late, _paper, _add in notes]
    audit.record_each(actor, "reminder.sent", told, now=now)
