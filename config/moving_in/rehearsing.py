"""The rehearsal: every row of every file planned on the books as they stand, and the sums against the control total.

It writes nothing that anybody sees: its answer is a file of its own, under its hash, which the job names. The switch
plans once more and holds itself to the same digests.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from config.importing.customers import CustomerImport
from config.importing.planning import Existing, Kind, Outcome, Planned, Rules, Seen, plan, rows_of
from config.importing.products import ProductImport
from config.importing.running import BATCH_SIZE, sentence
from config.moving_in.asked import MoveInRequest, table_of
from config.moving_in.likely import Counted, likely_rows
from config.moving_in.open_items import Known, PlannedItem, plan_items
from config.moving_in.standing import Standing, aged_sums, books_as_they_stand, number_problems
from foundation import files
from foundation.errors import DomainError
from foundation.transactions import read_only
from payments import queries as ledger
from payments.actions.opening import refuse_opened
from payments.ledger import PeriodIsClosed
from tenants import jobs
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.jobs import Work
from tenants.models import Job, Organization

REHEARSE = "config.rehearse_move_in"
NOTHING = Decimal("0.00")


@dataclass(slots=True)
class MovePlan:
    """Everything that would move, and everything that speaks against it."""

    customers: list[Planned] = field(default_factory=list)
    products: list[Planned] = field(default_factory=list)
    items: list[PlannedItem] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # of the whole, beside those of rows
    total: Decimal = NOTHING
    control_total: Decimal = NOTHING

    @property
    def difference(self) -> Decimal:
        """What the control total has more than the rows that are taken."""
        return self.control_total - self.total

    @property
    def refused(self) -> int:
        """How many rows cannot be taken."""
        records = sum(row.outcome is Outcome.REFUSE for row in (*self.customers, *self.products))
        return records + sum(row.item is None for row in self.items)

    @property
    def may_switch(self) -> bool:
        """Whether every row is taken, the total agrees to the øre, and nothing else is in the way."""
        return not self.refused and not self.difference and not self.problems

    @property
    def digests(self) -> list[str]:
        """One for every row: the same for the same plan on the same books."""
        records = [row.digest for row in (*self.customers, *self.products)]
        return [*records, *(row.digest for row in self.items)]


@transaction.atomic
def start_rehearsal(organization: Organization, asked: MoveInRequest, *, actor: Actor, key: str) -> Job:
    """Begin the job that says of every row what would become of it; the request is kept with it."""
    refuse_opened(organization)
    return jobs.start(organization, REHEARSE, actor=actor, parameters=asked.to_json(), key=key)


def rehearse(work: Work) -> None:
    """Plan everything and keep what was found, row by row."""
    organization = work.job.organization
    asked = MoveInRequest.from_json(work.job.parameters)
    with read_only():
        found = plan_move(organization, asked)
    told = list(_told(found))
    report = files.store(str(organization.pk), json.dumps(told, ensure_ascii=False).encode())
    digests = files.store(str(organization.pk), json.dumps(found.digests).encode())
    jobs.complete(work, {**_summary(asked, found), "report": report, "digests": digests})


def plan_move(organization: Organization, asked: MoveInRequest) -> MovePlan:
    """What would become of every row on the books as they stand; reads only."""
    found = MovePlan(control_total=asked.control_total)
    found.customers = _plan_records(organization, asked, "customers", CustomerImport)
    found.products = _plan_records(organization, asked, "products", ProductImport)
    standing = books_as_they_stand(organization)
    numbers = [*standing.customer_numbers, *_new_numbers(found.customers)]
    if "open_items" in asked.files:
        found.items = _plan_items(organization, asked, standing, set(numbers))
    found.total = sum((row.item.base_amount for row in found.items if row.item is not None), NOTHING)
    found.problems = [*_day_problems(organization, asked), *number_problems(standing, asked, found.items, numbers)]
    return found


def _plan_records(organization: Organization, asked: MoveInRequest, kind: str, make: Any) -> list[Planned]:
    file = asked.files.get(kind)
    if file is None:
        return []
    table = table_of(organization, file)
    planner: Kind = make(organization)
    rules = Rules(planner, Existing.UPDATE, table.decimal_mark)
    rows, seen = rows_of(table, file.mapping), Seen()
    planned: list[Planned] = []
    for start in range(0, len(rows), BATCH_SIZE):
        planned += plan(rules, rows[start : start + BATCH_SIZE], seen)
    return planned


def _plan_items(
    organization: Organization, asked: MoveInRequest, standing: Standing, customers: set[int]
) -> list[PlannedItem]:
    file = asked.files["open_items"]
    table = table_of(organization, file)
    known = Known(
        day=asked.day,
        base_currency=organization.base_currency,
        decimal_mark=table.decimal_mark,
        customers=customers,
        taken_numbers=standing.document_numbers,
        taken_kids=standing.kids,
    )
    return plan_items(known, rows_of(table, file.mapping))


def _new_numbers(customers: Sequence[Planned]) -> Iterator[int]:
    for row in customers:
        if row.outcome is Outcome.CREATE and row.incoming is not None and "number" in row.incoming.values:
            yield int(row.incoming.values["number"])


def _day_problems(organization: Organization, asked: MoveInRequest) -> Iterator[str]:
    if asked.day > local_today(organization):
        yield _("The day on which the books move is still to come. Choose today or an earlier day.")
    closed = ledger.lock_of_period(organization)
    if closed is not None and asked.day <= closed:
        yield str(PeriodIsClosed(asked.day, closed))
    try:
        refuse_opened(organization)
    except DomainError as refusal:
        yield str(refusal)


def _told(found: MovePlan) -> Iterator[dict[str, str]]:
    """Every row as the page shows it."""
    for kind, rows in (("customers", found.customers), ("products", found.products)):
        for row in rows:
            yield {"kind": kind, "label": row.label, "outcome": row.outcome.value, "reason": sentence(row)}
    for item in found.items:
        outcome = Outcome.REFUSE if item.item is None else Outcome.CREATE
        reason = " ".join(item.problems)
        yield {
            "kind": "open_items",
            "label": item.label,
            "outcome": outcome.value,
            "reason": reason,
            "amount": str(item.counted),
        }


def _summary(asked: MoveInRequest, found: MovePlan) -> dict[str, Any]:
    counted = [Counted(row.line, row.counted, row.item is None) for row in found.items]
    labels = {row.line: row.label for row in found.items}
    records = {"customers": found.customers, "products": found.products}
    counts = {kind: dict(Counter(row.outcome.value for row in rows)) for kind, rows in records.items()}
    taken = [row.item for row in found.items if row.item is not None]
    counts["open_items"] = {"create": len(taken), "refuse": len(found.items) - len(taken)}
    return {
        "counts": counts,
        "total": str(found.total),
        "difference": str(found.difference),
        "refused": found.refused,
        "problems": found.problems,
        "may_switch": found.may_switch,
        "ageing": [str(amount) for amount in aged_sums(taken, asked.day)],
        "likely": [
            {"label": labels[row.line], "amount": str(row.amount), "guess": guess.value}
            for row, guess in likely_rows(counted, found.difference)
        ],
        "rehearsed_at": timezone.now().isoformat(),
    }
