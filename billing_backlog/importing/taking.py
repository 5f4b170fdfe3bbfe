"""Batch after batch of a file's rows into the backlog, or only as if; and what all of them come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.items import take_items
from billing_backlog.file_words import sentence_of
from billing_backlog.finance_files.faults import Fault
from billing_backlog.importing.planning import Planned, Rules, plan
from billing_backlog.intake.plain import Outcome, Taken
from billing_backlog.models import BacklogItem
from billing_backlog.source_files.rows import Reading, SourceRow
from foundation.canonical import digest
from tenants.audit import Actor
from tenants.models import Organization

BATCH_SIZE = 500
NAMED_MAX = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the file: as it was read, or with what is wrong with it."""

    line: int
    row: SourceRow | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def order(self) -> str:
        """What the sender calls it."""
        return f"{self.row.order} {self.row.order_line}".strip() if self.row else self.faults[0].order


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a row, or would become of it."""

    entry: Entry
    outcome: Outcome
    reason: str = ""
    unknown_payer: str = ""
    digest: str = ""
    items: tuple[BacklogItem, ...] = ()


@dataclass(slots=True)
class Sums:
    """Counts by outcome, sums by customer, VAT and kind of what is new, and who is unknown."""

    outcomes: Counter[str] = field(default_factory=Counter)
    groups: dict[str, dict[tuple[str, str], list[Any]]] = field(
        default_factory=lambda: {"customer": {}, "vat": {}, "kind": {}}
    )
    unknown: Counter[str] = field(default_factory=Counter)
    told: Decimal = Decimal(0)

    def add(self, result: Result) -> None:
        """Count one row."""
        self.outcomes[result.outcome.value] += 1
        if result.unknown_payer:
            self.unknown[result.unknown_payer] += 1
        if result.entry.row is not None:
            self.told += result.entry.row.told_amount
        for item in result.items:
            labels = {
                "customer": f"{item.customer.number} {item.customer.name}",
                "vat": item.vat_treatment,
                "kind": item.kind,
            }
            for name, label in labels.items():
                group = self.groups[name].setdefault((label, item.currency), [0, Decimal(0)])
                group[0] += 1
                group[1] += item.amount

    def to_json(self) -> dict[str, Any]:
        """As a job keeps them; the largest customers only, with the number of all."""
        told: dict[str, Any] = {"counts": dict(self.outcomes), "told": f"{self.told:.2f}"}
        for name, group in self.groups.items():
            largest = sorted(group.items(), key=lambda pair: -abs(pair[1][1]))
            told[name] = [
                {"label": label, "currency": currency, "count": count, "amount": f"{amount:.2f}"}
                for (label, currency), (count, amount) in largest[:NAMED_MAX]
            ]
            told[f"{name}_count"] = len(group)
        totals: dict[str, Decimal] = {}
        for (_label, currency), (_count, amount) in self.groups["kind"].items():
            totals[currency] = totals.get(currency, Decimal(0)) + amount
        told["totals"] = {currency: f"{amount:.2f}" for currency, amount in sorted(totals.items())}
        told["unknown"] = self.unknown.most_common(NAMED_MAX)
        return told


def entries_of(reading: Reading) -> list[Entry]:
    """Every row of the file in its order, the bad ones with all of their faults."""
    bad: dict[int, list[Fault]] = {}
    for fault in reading.faults:
        bad.setdefault(fault.line, []).append(fault)
    found = [Entry(row.line, row) for row in reading.rows]
    found += [Entry(line, faults=tuple(faults)) for line, faults in bad.items()]
    return sorted(found, key=lambda entry: entry.line)


def batches_of(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """The entries in pieces that one transaction takes."""
    for start in range(0, len(entries), BATCH_SIZE):
        yield entries[start : start + BATCH_SIZE]


def rehearse_batch(
    organization: Organization, rules: Rules, entries: Sequence[Entry], *, actor: Actor, now: datetime
) -> list[Result]:
    """What would become of the rows: the very same is done and taken back, so nothing is left of it."""
    with transaction.atomic():
        results = take_batch(organization, rules, entries, actor=actor, now=now)
        transaction.set_rollback(True)
    return results


@transaction.atomic
def take_batch(
    organization: Organization, rules: Rules, entries: Sequence[Entry], *, actor: Actor, now: datetime
) -> list[Result]:
    """Take the good rows into the backlog; what was taken before is known, and what is refused says why."""
    planned = dict(
        zip(
            (entry.line for entry in entries if entry.row),
            plan(organization, rules, [entry.row for entry in entries if entry.row]),
            strict=True,
        )
    )
    good = [one for one in planned.values() if one.new is not None]
    answers = take_items(organization, [one.new for one in good if one.new], actor=actor, now=now)
    taken = dict(zip((one.row.line for one in good), answers, strict=True))
    fresh = [key for answer in answers if answer.outcome is Outcome.NEW for key in answer.item_ids]
    items = BacklogItem.objects.of(organization).filter(pk__in=fresh).select_related("customer")
    by_id = {item.pk: item for item in items}
    return [_result(entry, planned.get(entry.line), taken.get(entry.line), by_id) for entry in entries]


def _result(entry: Entry, planned: Planned | None, answer: Taken | None, items: dict[Any, BacklogItem]) -> Result:
    if planned is None:
        reason = " ".join(sentence_of(fault) for fault in entry.faults)
        return Result(entry, Outcome.REFUSED, reason, digest=digest([entry.line, reason])[:16])
    if answer is None:
        return Result(entry, Outcome.REFUSED, planned.problem, planned.unknown_payer, planned.digest)
    if answer.outcome is Outcome.REFUSED:
        return Result(entry, answer.outcome, answer.sentence, digest=planned.digest)
    found = tuple(items[key] for key in answer.item_ids) if answer.outcome is Outcome.NEW else ()
    return Result(entry, answer.outcome, words_of(answer.outcome, found), digest=planned.digest, items=found)


def words_of(outcome: Outcome, items: Sequence[BacklogItem] = ()) -> str:
    """An outcome in words."""
    if outcome is Outcome.NEW:
        if any(item.is_over_limit for item in items):
            return _("New, over the limit of its contract")
        return _("New")
    if outcome is Outcome.KNOWN:
        return _("Taken before, the same")
    return _("Taken before in other words. Correct the item in the backlog instead.")
