"""Finance files: prepared runs merged into one, written, kept by its hash, and taken back until it is handed over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.run_writing import Identity, Written, write_file
from billing_backlog.errors import FileIsNotReady, FileIsOnItsWay, SeriesIsUsedUp, WrongName
from billing_backlog.models import BillingRun, FinanceTarget, RunFile, RunFileRow, RunOrder
from billing_backlog.models.run_files import FILES_OF_DAY_MAX
from billing_backlog.queries import run_files as queries
from billing_backlog.queries.runs import lock_run
from customers.models import CustomerKind
from foundation import files, rows
from tenants import audit, jobs
from tenants.audit import Actor
from tenants.models import Job, Organization

GENERATE = "billing_backlog.generate_file"


@transaction.atomic
def start_file(
    organization: Organization, target_id: UUID, run_ids: Collection[UUID], *, typed_code: str, actor: Actor, key: str
) -> Job:
    """Begin the job that writes these prepared runs into one file, once target and system code are checked (M-148)."""
    target = queries.get_target(organization, target_id)
    _refuse_unchecked(target, typed_code)
    runs = _lock_prepared(organization, target, run_ids)
    _refuse_awaited(organization, target, runs)
    parameters = {"target": str(target.pk), "runs": [str(run.pk) for run in runs]}
    return jobs.start(organization, GENERATE, actor=actor, parameters=parameters, key=key)


def _refuse_unchecked(target: FinanceTarget, typed_code: str) -> None:
    if not target.is_active:
        raise FileIsNotReady(_("%(name)s is out of use.") % {"name": target})
    if typed_code.strip() != target.system_code:
        raise WrongName(
            _("Type our system code at %(name)s, “%(code)s”, to generate the file.")
            % {"name": target, "code": target.system_code},
            field="typed_code",
        )


def _lock_prepared(organization: Organization, target: FinanceTarget, run_ids: Collection[UUID]) -> list[BillingRun]:
    if not run_ids:
        raise FileIsNotReady(_("Choose what goes into the file."), field="run")
    prepared = {each.run.pk for each in queries.prepared_runs(organization, target)}
    runs = [lock_run(organization, run_id) for run_id in sorted(run_ids)]
    for run in runs:
        if run.pk not in prepared:
            raise FileIsNotReady(_("“%(name)s” is not ready for generation.") % {"name": run.name}, field="run")
    return runs


def _refuse_awaited(organization: Organization, target: FinanceTarget, runs: Sequence[BillingRun]) -> None:
    """Nothing is generated while somebody else still prepares the same period for the same receiver (M-146)."""
    awaited = queries.awaited_runs(organization, target, max(run.until for run in runs))
    if awaited:
        names = "; ".join(": ".join(filter(None, [each.run.name, ", ".join(each.facilities)])) for each in awaited)
        raise FileIsNotReady(_("Not finished yet: %(names)s.") % {"names": names})


@transaction.atomic
def generate_files(
    organization: Organization, target_id: UUID, run_ids: Collection[UUID], *, actor: Actor, today: date, now: datetime
) -> list[RunFile]:
    """Write the prepared runs into one file, and what is posted internally into another: all of it or nothing.

    Each customer gets one order under the next number of the series; the file its number of the day (M-147, M-151).
    """
    target = queries.lock_target(organization, target_id)
    runs = _lock_prepared(organization, target, run_ids)
    _refuse_awaited(organization, target, runs)
    waiting = queries.waiting_rows(organization, [run.pk for run in runs])
    inside = {row.customer_id for row in waiting if row.customer.kind == CustomerKind.INTERNAL}
    posted = inside if target.posts_internal else set()
    parts = [
        ([row for row in waiting if row.customer_id not in posted], False),
        ([row for row in waiting if row.customer_id in posted], True),
    ]
    made = []
    for part, is_posting in parts:
        if part:
            numbers = _take_numbers(target, part)
            identity = Identity(
                day=today,
                number=_next_number(organization, today),
                period=min(run.period_from for run in runs),
                is_posting=is_posting,
            )
            written = write_file(organization, target, part, numbers, identity, actor=actor)
            made.append(_keep(organization, target, part, numbers, written, actor=actor, now=now))
    target.save(update_fields=["order_next"])
    for run in runs:
        audit.record(actor, "billing_run.filed", run, files=[file.name for file in made])
    return made


def _take_numbers(target: FinanceTarget, part: Sequence[RunFileRow]) -> dict[UUID, int]:
    """The next numbers of the series, one for each customer."""
    customers = list(dict.fromkeys(row.customer_id for row in part))
    first = target.order_next
    if first + len(customers) - 1 > target.order_to:
        raise SeriesIsUsedUp(
            _("%(name)s has %(left)s order numbers left and %(needed)s are needed. Have a new series reserved.")
            % {"name": target, "left": target.order_to - first + 1, "needed": len(customers)}
        )
    target.order_next = first + len(customers)
    return {customer: first + place for place, customer in enumerate(customers)}


def _next_number(organization: Organization, day: date) -> int:
    number = queries.numbers_of_day(organization, day) + 1
    if number > FILES_OF_DAY_MAX:
        raise FileIsNotReady(_("A day has at most %(most)s files.") % {"most": FILES_OF_DAY_MAX})
    return number


def _keep(
    organization: Organization,
    target: FinanceTarget,
    part: Sequence[RunFileRow],
    numbers: dict[UUID, int],
    written: Written,
    *,
    actor: Actor,
    now: datetime,
) -> RunFile:
    space = str(organization.pk)
    file = RunFile(
        organization=organization,
        target=target,
        layout=written.layout,
        day=written.identity.day,
        number=written.identity.number,
        name=written.name,
        sha256=files.store(space, written.data),
        log_sha256=files.store(space, written.log),
        orders=written.totals.orders,
        lines=written.totals.lines,
        amount=written.totals.amount,
        made_at=now,
        made_by=actor.name,
    )
    rows.insert(organization.pk, [file])
    orders = {
        customer: RunOrder(
            organization=organization,
            file=file,
            target=target,
            customer_id=customer,
            number=number,
            amount=sum((row.net_amount for row in part if row.customer_id == customer), Decimal(0)),
        )
        for customer, number in numbers.items()
    }
    rows.insert(organization.pk, list(orders.values()))
    places: dict[UUID, int] = {}
    for row in part:
        places[row.customer_id] = places.get(row.customer_id, 0) + 1
        row.order, row.line = orders[row.customer_id], places[row.customer_id]
    rows.update(organization.pk, part, ["order", "line"])
    audit.record(
        actor, "run_file.generated", file, sha256=file.sha256, orders=file.orders, lines=file.lines,
        amount=str(file.amount),
    )  # fmt: skip
    return file


@transaction.atomic
def undo_file(organization: Organization, file_id: UUID, *, reason: str, actor: Actor, now: datetime) -> RunFile:
    """Take back a file that was not handed over: its runs are ready for generation again; its numbers stay used."""
    if not reason.strip():
        raise FileIsNotReady(_("Write why the file is taken back."), field="reason")
    file = queries.lock_file(organization, file_id)
    if file.undone_at is not None:
        return file
    if file.transferred_at is not None:
        raise FileIsOnItsWay(
            _("%(name)s was handed over. Note what the receiver returns as errors instead.") % {"name": file.name}
        )
    RunFileRow.objects.of(organization).filter(order__file=file).update(order=None, line=None)
    file.undone_at, file.undone_by, file.undone_reason = now, actor.name, reason.strip()
    file.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    audit.record(actor, "run_file.undone", file, reason=file.undone_reason)
    return file


@transaction.atomic
def note_download(organization: Organization, file_id: UUID, *, actor: Actor) -> None:
    """Write down that somebody has the file, which may hold national ids."""
    audit.record(actor, "run_file.downloaded", queries.lock_file(organization, file_id))
