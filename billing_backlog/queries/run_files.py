"""Finance targets, what runs have exported for them, their files, and what the receiver has answered."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Exists, F, Max, Model, OuterRef, Q, QuerySet, Sum
from django.http import Http404

from billing_backlog.models import (
    BacklogItem,
    BillingRun,
    Facility,
    FileReceipt,
    FinanceTarget,
    PostingString,
    ReturnedError,
    RunFile,
    RunFileRow,
    TransferAttempt,
)
from billing_backlog.queries.runs import facilities_of
from billing_backlog.runs.filing import Dimension, Posted, Posting
from tenants.models import Organization

_M = TypeVar("_M", bound=Model)

FILES_SHOWN = 100
ROWS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run whose export waits to be generated into a file."""

    run: BillingRun
    lines: int
    customers: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Awaited:
    """A run for the same target that is not done, and who it waits for."""

    run: BillingRun
    facilities: list[str]


def list_targets(organization: Organization) -> QuerySet[FinanceTarget]:
    """The finance systems, those in use first."""
    return FinanceTarget.objects.of(organization).order_by("-is_active", "name")


def active_targets(organization: Organization) -> QuerySet[FinanceTarget]:
    """The finance systems in use, by name."""
    return FinanceTarget.objects.of(organization).filter(is_active=True).order_by("name")


def has_targets(organization: Organization) -> bool:
    """Whether anything is invoiced elsewhere."""
    return FinanceTarget.objects.of(organization).exists()


def get_target(organization: Organization, target_id: UUID) -> FinanceTarget:
    """One finance system, or 404."""
    return _one(FinanceTarget.objects.of(organization).filter(pk=target_id))


def lock_target(organization: Organization, target_id: UUID) -> FinanceTarget:
    """One finance system, locked: its order numbers are given one file at a time; or 404."""
    return _one(FinanceTarget.objects.of(organization).select_for_update().filter(pk=target_id))


def target_named(organization: Organization, name: str) -> FinanceTarget | None:
    """The finance system with that name, if there is one."""
    return FinanceTarget.objects.of(organization).filter(name=name).first()


def posting_strings(organization: Organization, target: FinanceTarget) -> list[PostingString]:
    """The target's posting strings by group."""
    return list(PostingString.objects.of(organization).filter(target=target).order_by("group"))


def posting_of(organization: Organization, target: FinanceTarget) -> Posting:
    """How the target's lines are posted."""
    strings = {
        each.group: Posted(
            article=each.article,
            values=tuple(each.values),
            header_text=each.header_text,
            contact_department=each.contact_department,
        )
        for each in posting_strings(organization, target)
    }
    return Posting(dimensions=[Dimension(**each) for each in target.dimensions], strings=strings)


def prepared_runs(organization: Organization, target: FinanceTarget) -> list[Prepared]:
    """The runs that are ready for generation: exported, and not in a file yet (M-144)."""
    waiting = RunFileRow.objects.of(organization).filter(run__target=target, order=None, taken_back_at=None)
    sums = {
        run_id: (lines, customers, amount or Decimal(0))
        for run_id, lines, customers, amount in waiting.order_by()
        .values("run_id")
        .annotate(
            lines=Count("pk"),
            customers=Count("customer_id", distinct=True),
            amount=Sum("net_amount", filter=Q(is_charged=True)),
        )
        .values_list("run_id", "lines", "customers", "amount")
    }
    runs = BillingRun.objects.of(organization).filter(pk__in=list(sums)).order_by("until", "name")
    return [Prepared(run, *sums[run.pk]) for run in runs]


def awaited_runs(organization: Organization, target: FinanceTarget, until: date) -> list[Awaited]:
    """The runs for the target through that day that are not exported yet, with who has not finished (M-146)."""
    open_runs = BillingRun.objects.of(organization).filter(
        target=target, until__lte=until, generated_at=None, undone_at=None
    )
    return [Awaited(run, _unfinished(organization, run)) for run in open_runs.order_by("until", "name")]


def _unfinished(organization: Organization, run: BillingRun) -> list[str]:
    return [
        f"{place.facility} ({place.taken_by or place.facility.case_worker or '–'})"
        for place in facilities_of(organization, run)
        if place.finished_at is None
    ]


def waiting_rows(organization: Organization, run_ids: Collection[UUID]) -> list[RunFileRow]:
    """What these runs have exported and no file holds yet, locked, customer by customer and day by day."""
    found = RunFileRow.objects.of(organization).filter(run_id__in=list(run_ids), order=None, taken_back_at=None)
    found = found.select_related("customer", "item__facility", "item__project", "item__product")
    return list(found.select_for_update(of=("self",)).order_by("customer__number", "item__day", "item_id"))


def waits_for_file(organization: Organization, run: BillingRun) -> bool:
    """Whether rows that the run has exported are in no file yet."""
    return RunFileRow.objects.of(organization).filter(run=run, order=None, taken_back_at=None).exists()


def files_of_run(organization: Organization, run: BillingRun) -> list[RunFile]:
    """The standing files that hold rows of the run, the newest first."""
    held = RunFileRow.objects.of(organization).filter(run=run, order__isnull=False).values("order__file_id")
    return list(with_stage(organization).filter(pk__in=held, undone_at=None).order_by("-day", "-number"))


def runs_of_file(organization: Organization, file: RunFile) -> list[BillingRun]:
    """The runs that are merged in a file."""
    held = RunFileRow.objects.of(organization).filter(order__file=file).values("run_id")
    return list(BillingRun.objects.of(organization).filter(pk__in=held).order_by("until", "name"))


def with_stage(organization: Organization) -> QuerySet[RunFile]:
    """Files with what their stage is told by: `open_errors`, how many returned rows are not sent again."""
    found = RunFile.objects.of(organization).select_related("target")
    return found.annotate(
        open_errors=Count("returned_errors", filter=~Exists(_again(organization, "returned_errors__row"))),
        errors=Count("returned_errors"),
    )


def _again(organization: Organization, row: str) -> QuerySet[RunFileRow]:
    """A later row of the same item that stands: what was returned is corrected and sent again."""
    return RunFileRow.objects.of(organization).filter(
        item=OuterRef(f"{row}__item"), taken_back_at=None, pk__gt=OuterRef(row)
    )


def list_files(organization: Organization) -> list[RunFile]:
    """The newest files."""
    return list(with_stage(organization).order_by("-day", "-number")[:FILES_SHOWN])


def get_file(organization: Organization, file_id: UUID) -> RunFile:
    """One file with its stage, or 404."""
    return _one(with_stage(organization).filter(pk=file_id))


def lock_file(organization: Organization, file_id: UUID) -> RunFile:
    """One file, locked until the end of the transaction; or 404."""
    found = RunFile.objects.of(organization).select_related("target").select_for_update(of=("self",))
    return _one(found.filter(pk=file_id))


def numbers_of_day(organization: Organization, day: date) -> int:
    """The highest running number that a file of that day has."""
    return RunFile.objects.of(organization).filter(day=day).aggregate(most=Max("number"))["most"] or 0


def rows_of_file(organization: Organization, file: RunFile) -> QuerySet[RunFileRow]:
    """The rows of a file in the order of their numbers."""
    found = RunFileRow.objects.of(organization).filter(order__file=file)
    return found.select_related("order", "customer", "item").order_by("order__number", "line")


def file_rows_of(organization: Organization, item: BacklogItem) -> list[RunFileRow]:
    """Where an item was exported to, the newest first."""
    found = RunFileRow.objects.of(organization).filter(item=item).select_related("run", "order__file")
    return list(found.order_by("-pk")[:ROWS_SHOWN])


def lock_rows(organization: Organization, row_ids: Iterable[UUID]) -> list[RunFileRow]:
    """These rows, locked."""
    found = RunFileRow.objects.of(organization).select_for_update()
    return list(found.filter(pk__in=list(row_ids)).order_by("pk"))


def facilities_returned(organization: Organization, file: RunFile) -> QuerySet[Facility]:
    """The facilities of which the receiver has returned rows."""
    returned = ReturnedError.objects.of(organization).filter(file=file).values("row__item__facility_id")
    return Facility.objects.of(organization).filter(pk__in=returned).order_by("number")


def attempts_of(organization: Organization, file: RunFile) -> list[TransferAttempt]:
    """The attempts at handing a file over, the newest first."""
    return list(TransferAttempt.objects.of(organization).filter(file=file).order_by("-made_at", "-id")[:ROWS_SHOWN])


def receipts_of(organization: Organization, file: RunFile) -> list[FileReceipt]:
    """The receipts for a file, the newest first."""
    return list(FileReceipt.objects.of(organization).filter(file=file).order_by("-made_at", "-id")[:ROWS_SHOWN])


def errors_of(organization: Organization, file: RunFile) -> list[ReturnedError]:
    """The returned rows of a file, each with whether it is sent again, in the order of the file."""
    told = ReturnedError.objects.of(organization).filter(file=file).select_related("row__order", "row__item")
    found = told.annotate(is_corrected=Exists(_again(organization, "row")))
    return list(found.order_by(F("row__order__number"), F("row__line"))[:ROWS_SHOWN])


def open_errors_of(organization: Organization, file: RunFile) -> int:
    """How many returned rows of a file are not sent again."""
    found = ReturnedError.objects.of(organization).filter(file=file)
    return found.exclude(Exists(_again(organization, "row"))).count()


def correction_of(organization: Organization, file: RunFile) -> BillingRun | None:
    """The run under way that sends the file's returned rows again."""
    found = BillingRun.objects.of(organization).filter(corrects=file, undone_at=None, generated_at=None)
    return found.first()


def facility_groups(organization: Organization) -> list[str]:
    """The groups that facilities are in."""
    found = Facility.objects.of(organization).exclude(group="").order_by("group").values_list("group", flat=True)
    return list(found.distinct())


def _one(found: QuerySet[_M]) -> _M:
    one = found.first()
    if one is None:
        raise Http404
    return one
