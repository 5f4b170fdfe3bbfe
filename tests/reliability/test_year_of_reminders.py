"""A year of random customers: whatever they do, nobody is charged beyond the law and the books hold (M-011, M-018).

The law is written down here once more, by hand and apart from the product: NO inkassoforskriften §§ 1-2, 1-3 and
forsinkelsesrenteloven § 3 a; DK renteloven §§ 9 a, 9 b; SE lag (1981:739).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from uuid import UUID

from payments.models import Allocation, Receivable
from reminders.models import Reminder, ReminderLetter, ReminderState
from tests import builders
from tests.builders import in_organization
from tests.reliability import invariants
from tests.reliability.reminder_year import Year
from tests.reliability.servers import OwnServer
from tests.reliability.world import new_organization

CUSTOMERS = builders.scaled(2_000, 24)
# Over the end of a half-year, and over both changes of the clock in the long run.
FIRST, LAST = (date(2025, 5, 15), date(2026, 5, 15)) if builders.IS_FULL else (date(2025, 12, 4), date(2026, 4, 3))
SPACING_MIN = 7  # of every plan in the test
SIX_MONTHS = timedelta(days=181)


def test_a_year_of_reminders_stays_within_the_law_and_the_books_hold(server: OwnServer) -> None:
    organization = new_organization()
    year = Year(organization, Random(builders.SEED), FIRST, LAST)
    year.begin(CUSTOMERS)
    year.walk()

    with in_organization(organization):
        sent = list(
            Reminder.objects.of(organization)
            .filter(state=ReminderState.SENT)
            .select_related("receivable", "customer")
            .order_by("day", "position")
        )
        letters = list(ReminderLetter.objects.of(organization))
        waived = set(
            Allocation.objects.of(organization).filter(kind="waived").values_list("receivable__principal_id", flat=True)
        )
        added = set(Receivable.objects.of(organization).filter(kind="fee").values_list("principal_id", flat=True))
    print(
        f"seed {builders.SEED}: {CUSTOMERS} customers, {len(year.claims)} claims, {len(letters)} letters,"
        f" {year.withheld} credited while a letter was drawn, {len(added)} with a fee, {len(waived)} of it taken back"
    )
    assert [told for told in year.sent_to if not told[2]] == []
    assert all(letter.settled_at for letter in letters)
    assert sum(letter.withdrawn_reason == "claim_changed" for letter in letters) == year.withheld
    by_claim = defaultdict(list)
    for reminder in sent:
        if reminder.withdrawn_at is None:
            by_claim[reminder.receivable_id].append(reminder)
    for claim_id, steps in by_claim.items():
        _assert_lawful(steps, year, claim_id)
    assert len(by_claim) > CUSTOMERS // 2
    assert len(added) > CUSTOMERS // 5
    invariants.assert_ledger_balances(server, organization.pk)
    invariants.assert_whole(organization)


def _assert_lawful(steps: list[Reminder], year: Year, claim_id: UUID) -> None:
    """The letters of one claim, the oldest first, against the law of its debtor's country."""
    claim = year.claims[claim_id]
    told = [(step.step, step.day, step.fee, step.compensation, step.deadline) for step in steps]
    assert [step.position for step in steps] == sorted({step.position for step in steps}), told
    for before, after in pairwise(steps):
        assert (after.day - before.day).days >= SPACING_MIN, told
    for step in steps:
        assert step.day > claim.due or step.step == "notice", told
        if step.fee or step.compensation or step.interest:
            assert step.day > claim.due, told
        is_business = _kind_on(year, claim.customer.pk, step.day) != "consumer"
        assert is_business or not step.compensation, told
    _COUNTRIES[claim.customer.country](steps, claim.due)
    owed = claim.amount * max((steps[-1].day - claim.due).days, 0)
    assert sum(step.interest for step in steps) <= owed * Decimal("0.13") / 365 + Decimal("0.05"), told


def _kind_on(year: Year, customer_id: UUID, day: date) -> str:
    return [kind for since, kind in year.kinds[customer_id] if since <= day][-1]


def _norwegian(steps: list[Reminder], due: date) -> None:
    charged = [step for step in steps if step.fee + step.compensation]
    fees = [step for step in charged if step.fee]
    for step in fees:
        assert step.fee <= (35 if step.day < date(2026, 1, 1) else 38)
        assert step.day >= due + timedelta(days=14)  # § 1-2: at the earliest 14 days after the due date
        assert step.deadline is not None
        assert step.deadline >= step.day + timedelta(days=14)
        assert sum(step.day - SIX_MONTHS <= each.day <= step.day for each in fees) <= 2
    for first, second in pairwise(fees):
        assert first.deadline is not None
        assert second.day > first.deadline  # the second only when the deadline of the first was missed
    compensation = max((_norwegian_compensation(step.day) for step in steps), default=Decimal(0))
    assert sum(step.compensation for step in steps) <= compensation
    if any(step.compensation for step in steps):
        assert sum(step.fee + step.compensation for step in steps) <= compensation  # the larger, not the sum


def _norwegian_compensation(_day: date) -> Decimal:
    return Decimal(470)  # the highest of the half-years that the test comes to: 460 and 430, 470 before


def _danish(steps: list[Reminder], _due: date) -> None:
    fees = [step for step in steps if step.fee]
    assert len(fees) <= 3
    assert all(step.fee <= 100 for step in fees)
    assert all((after.day - before.day).days >= 10 for before, after in pairwise(fees))
    assert sum(step.compensation for step in steps) in {0, 310}


def _swedish(steps: list[Reminder], _due: date) -> None:
    for step in steps:
        assert step.fee == 0 or step.step == "collection_notice"  # no reminder fee was agreed
        assert step.fee <= 180
    assert sum(step.compensation for step in steps) in {0, 450}
    assert not any(step.fee for step in steps) or not any(step.compensation for step in steps)


_COUNTRIES = {"NO": _norwegian, "DK": _danish, "SE": _swedish}
