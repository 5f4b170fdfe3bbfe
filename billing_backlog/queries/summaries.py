"""A contract in figures: its value, what is billed, on drafts and left, its limits and its coming run dates (M-060)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing_backlog.billing_methods import LimitScope, cut_off, run_dates
from billing_backlog.contract_terms import LimitOn
from billing_backlog.models import ContractLine, WriteOff
from billing_backlog.queries.contracts import WholeContract
from billing_backlog.queries.figures import Figures, Subject, figures_by, figures_in
from billing_backlog.queries.limits import Key, LimitBook, limit_book
from tenants.models import Organization

RUNS_AHEAD = 6
DAYS_AHEAD = 366
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One not-to-exceed amount: what of it is billed, on drafts or in the backlog, and what is left."""

    name: str
    limit_on: LimitOn
    amount: Decimal
    billed: Decimal
    taken: Decimal
    over: Decimal = ZERO  # unbilled work that is stopped by a limit

    @property
    def left(self) -> Decimal:
        """What may still be billed; negative when more was billed than was agreed."""
        return self.amount - self.taken

    @property
    def wanted(self) -> Decimal:
        """What all the work would come to."""
        return self.taken + self.over

    @property
    def billed_width(self) -> int:
        """The part that is billed, of a hundred."""
        return self._width(self.billed)

    @property
    def taken_width(self) -> int:
        """The part that is on drafts or unbilled, of a hundred."""
        return self._width(self.taken) - self.billed_width

    @property
    def over_width(self) -> int:
        """The part that the limit has stopped, of a hundred."""
        return 0 if not self.over else max(2, 100 - self.billed_width - self.taken_width)

    @property
    def x_over(self) -> int:
        """Where the part begins that the limit has stopped, of a hundred."""
        return self.billed_width + self.taken_width

    @property
    def is_near(self) -> bool:
        """Whether nine tenths or more are taken."""
        return self.taken * 10 >= self.amount * 9

    def _width(self, part: Decimal) -> int:
        whole = max(self.amount, self.wanted)
        return min(100, max(0, int(part * 100 / whole))) if whole else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingRun:
    """A day on which lines of a contract are billed, and through which day of work."""

    day: date
    cut_off: date
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractSummary:
    """What a contract is worth and how far it has come, in its own currency."""

    whole: WholeContract
    figures: Figures
    by_line: dict[UUID, Figures]
    meters: list[Meter]
    runs: list[ComingRun]

    @property
    def remaining(self) -> Decimal:
        """What of the value is neither billed nor on a draft."""
        return self.whole.value - self.figures.billed - self.figures.drafted

    @property
    def meter(self) -> Meter | None:
        """The limit of the whole contract."""
        return next((meter for meter in self.meters if meter.limit_on == LimitOn()), None)


def summary_of(organization: Organization, whole: WholeContract, *, today: date) -> ContractSummary:
    """The contract in figures."""
    contract = whole.contract
    found = figures_by(organization, Subject.CONTRACT, [contract.pk]).get(contract.pk, [])
    figures = figures_in(found, contract.currency)
    lines = figures_by(organization, Subject.LINE, [line.pk for line in whole.lines])
    by_line = {line.pk: figures_in(lines.get(line.pk, []), contract.currency) for line in whole.lines}
    return ContractSummary(
        whole=whole,
        figures=figures,
        by_line=by_line,
        meters=_meters(organization, whole, figures, by_line),
        runs=coming_runs(whole, today=today),
    )


def _meters(
    organization: Organization, whole: WholeContract, figures: Figures, by_line: dict[UUID, Figures]
) -> list[Meter]:
    bearers: list[Any] = [whole.contract, *whole.shares, *whole.lines]
    if not whole.line_limits and all(bearer.limit_amount is None for bearer in bearers):
        return []
    book = limit_book(organization, [whole.contract.pk])
    contract = whole.contract
    asked: list[tuple[Key, str, Figures | None]] = [
        ((LimitScope.CONTRACT, contract.pk, None), str(contract.number), figures)
    ]
    asked += [((LimitScope.LINE, line.pk, None), line.name, by_line.get(line.pk)) for line in whole.lines]
    asked += [
        ((LimitScope.CUSTOMER, contract.pk, share.customer_id), share.customer.name, None) for share in whole.shares
    ]
    asked += [
        ((LimitScope.LINE_CUSTOMER, *key), f"{_name(whole, key[0])} · {limit.customer}", None)
        for key, limit in whole.line_limits.items()
    ]
    return [meter for key, name, told in asked if (meter := _meter(book, key, name, told)) is not None]


def _name(whole: WholeContract, line_id: UUID) -> str:
    return next(line.name for line in whole.lines if line.pk == line_id)


def _meter(book: LimitBook, key: Key, name: str, figures: Figures | None) -> Meter | None:
    scope, subject, customer = key
    limit = book.as_limit(scope, subject, customer)
    if limit is None:
        return None
    is_line = scope in {LimitScope.LINE, LimitScope.LINE_CUSTOMER}
    return Meter(
        name=name,
        limit_on=LimitOn(line_id=subject if is_line else None, customer_id=customer),
        amount=limit.amount,
        billed=min(figures.billed, limit.taken) if figures else ZERO,
        taken=limit.taken,
        over=figures.over_limit if figures else ZERO,
    )


def coming_runs(whole: WholeContract, *, today: date, most: int = RUNS_AHEAD) -> list[ComingRun]:
    """The next days on which the contract's lines are billed, and which of them; lines of one day stand together."""
    days: dict[date, list[str]] = {}
    for line in whole.lines:
        for day in _runs_of(whole, line, today)[:most]:
            days.setdefault(day, []).append(line.name)
    return [ComingRun(day=day, cut_off=cut_off(day), lines=tuple(days[day])) for day in sorted(days)[:most]]


def _runs_of(whole: WholeContract, line: ContractLine, today: date) -> list[date]:
    if not line.frequency or line.schedule_day is None:
        return []
    contract = whole.contract
    until = today + timedelta(days=DAYS_AHEAD)
    # What was worked by the last day is billed by the run that follows it.
    ends = [day for day in (contract.ends_on, line.ended_on) if day is not None]
    dates = run_dates(
        line.frequency,
        line.schedule_day,
        starts_on=contract.starts_on,
        until=until,
        runs_per_month=line.runs_per_month,
    )
    coming = []
    for day in dates:
        if day < today:
            continue
        coming.append(day)
        if ends and day > min(ends):
            break
    return coming


def write_offs_of(organization: Organization, project_id: UUID, *, most: int) -> list[WriteOff]:
    """What was given up of a project's work, and taken back of that, the newest first."""
    found = WriteOff.objects.of(organization).filter(item__project_id=project_id)
    return list(found.select_related("item__contract").order_by("-made_at", "-id")[:most])
