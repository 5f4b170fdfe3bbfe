"""Files of vouchers that were made, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from accounting_sync.files.asked import Asked
from accounting_sync.models import (
    Connection,
    ConnectionState,
    ExportFormat,
    ExportRun,
    ExportScope,
    FileExportSettings,
)
from accounting_sync.queries.exported_vouchers import Count, count_chosen, voucher_marks
from tenants.models import Organization

COUNTED = (ExportFormat.JOURNAL_CSV, ExportFormat.GBAT10)  # a SAF-T file is always of a whole period


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the files of one format have come."""

    format: ExportFormat
    latest: ExportRun | None
    fresh: Count  # what no file of the format holds


def list_exports(organization: Organization) -> QuerySet[ExportRun]:
    """The files, the newest first."""
    return ExportRun.objects.of(organization).order_by("-number")


def get_export(organization: Organization, export_id: UUID) -> ExportRun:
    """One file, or 404."""
    found = ExportRun.objects.of(organization).filter(pk=export_id).first()
    if found is None:
        raise Http404
    return found


def export_of_job(organization: Organization, job_id: UUID) -> ExportRun | None:
    """The file that a job has made, if it got that far."""
    return ExportRun.objects.of(organization).filter(job_id=job_id).first()


def last_export_number(organization: Organization) -> int:
    """The number that was taken last; 0 before the first."""
    last: int | None = list_exports(organization).values_list("number", flat=True).first()
    return last or 0


def standings(organization: Organization, today: date) -> list[Standing]:
    """How far each format has come, and what is new since."""
    marks = voucher_marks(organization)
    return [
        Standing(
            each,
            list_exports(organization).filter(format=each).first(),
            count_chosen(organization, Asked(format=each, scope=ExportScope.NEW, first=None, last=today), marks),
        )
        for each in COUNTED
    ]


def get_export_settings(organization: Organization) -> FileExportSettings:
    """How GBAT10 files are written; as they begin, where nobody has said anything."""
    found = FileExportSettings.objects.of(organization).first()
    return found or FileExportSettings(organization=organization)


def lock_export_settings(organization: Organization) -> FileExportSettings:
    """The same, stored and locked: whoever has it takes the next number."""
    fresh = FileExportSettings(organization=organization)
    FileExportSettings.objects.bulk_create([fresh], ignore_conflicts=True)
    return FileExportSettings.objects.of(organization).select_for_update(no_key=True).get()


def pushed_systems(organization: Organization) -> list[str]:
    """The names of the accounting systems to which vouchers are pushed anyway."""
    found = Connection.objects.of(organization).filter(state=ConnectionState.ACTIVE).order_by("name")
    return list(found.values_list("name", flat=True))
