"""Exporting the list against a plain cursor and a bare writer of the same values, and what it costs in memory."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from openpyxl import Workbook

from bench import listing_world, measure
from foundation.spreadsheets import FileFormat
from foundation.transactions import read_only
from invoicing.actions import export
from invoicing.listing.exported import ExportRequest
from tenants import jobs
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Job, JobState, Organization, User
from tests import builders

FIRST_NUMBER = 10_001
PROPERTIES = ("number", "customer", "standing", "issued", "due", "currency", "amount", "open", "order_reference", "kid")
# The same ten values of each row; how the document stands is worked out by the product alone.
FLOOR = """SELECT i.number, c.name, i.status, i.issue_date, i.due_date, i.currency, i.payable_amount, b.currency_amount,
    i.order_reference, i.kid
  FROM invoicing_invoice i
  JOIN customers_customer c ON c.organization_id = i.organization_id AND c.id = i.customer_id
  LEFT JOIN payments_receivablebalance b
    ON b.organization_id = i.organization_id AND b.receivable_id = i.receivable_id
  WHERE i.organization_id = %s AND i.number <= %s ORDER BY i.number, i.id"""
# Ours fixes the set, reads each row once more, tells progress and puts every value into the words of a language.
CSV_BAR, XLSX_BAR = 10.0, 2.0
GROWTH_MB_MAX = 48.0  # above what the process holds before
FLAT_MB_MAX = 12.0  # ten times the rows may cost this much more


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Seconds for a CSV and an XLSX of so many rows, and the peak of memory for a tenth of them and for all."""
    documents, count = (listing_world.QUICK, 20_000) if quick else (listing_world.FULL, 100_000)
    with listing_world.kept_database(documents), _own_folder() as folder:
        organization = _organization()
        _export(organization, FileFormat.CSV, 1_000)  # warms caches and plans
        _floor_csv(organization, folder, 1_000)
        rows = [
            _time_row(organization, FileFormat.CSV, count, lambda: _floor_csv(organization, folder, count), CSV_BAR),
            _time_row(organization, FileFormat.XLSX, count, lambda: _floor_xlsx(organization, folder, count), XLSX_BAR),
        ]
    for file_format in (FileFormat.CSV, FileFormat.XLSX):
        rows += _memory_rows(documents, file_format, count)
    return rows


def _memory_rows(documents: int, file_format: FileFormat, count: int) -> list[dict[str, Any]]:
    few, many = (_growth_mb(documents, file_format, rows) for rows in (count // 10, count))
    name = f"export: {file_format.value}, {count:,} rows"
    return [
        measure.limit_row(f"{name}, memory on top", many, GROWTH_MB_MAX, "MB", decimals=1),
        measure.limit_row(f"{name}, beyond a tenth's", many - few, FLAT_MB_MAX, "MB", decimals=1),
    ]


class _own_folder:  # noqa: N801 - read as a context manager's name
    """Files of the bench lie apart and are gone afterwards."""

    def __enter__(self) -> Path:
        self._folder = Path(tempfile.mkdtemp(prefix="bench-export-"))
        self._before = settings.DATA_DIR, settings.FILES_DIR
        settings.DATA_DIR, settings.FILES_DIR = self._folder, self._folder / "files"
        return self._folder

    def __exit__(self, *_error: object) -> None:
        settings.DATA_DIR, settings.FILES_DIR = self._before
        shutil.rmtree(self._folder)


def _organization() -> Organization:
    key = UUID("01900002-0001-7000-8000-000000000000")
    with organization_context(key), transaction.atomic():
        return Organization.objects.get(pk=key)


def _time_row(
    organization: Organization, file_format: FileFormat, count: int, floor: Callable[[], None], bar: float
) -> dict[str, Any]:
    ours = _seconds(lambda: _export(organization, file_format, count))
    return measure.row(f"export: {file_format.value}, {count:,} rows", ours, _seconds(floor), "s", bar=bar)


def _export(organization: Organization, file_format: FileFormat, count: int) -> None:
    """As a person has it done: the job is begun, and a worker makes the file."""
    with organization_context(organization.pk), read_only():
        actor = Actor.person(User.objects.get(email="owner@bench.example"))
    asked = ExportRequest(
        file_format=file_format,
        name="Bench",
        language="nb",
        properties=PROPERTIES,
        query=f"sort=number&f=1.number.le:{FIRST_NUMBER + count - 1}",
    )
    with organization_context(organization.pk):
        job = export.start_export(organization, asked, actor=actor, key=jobs.new_key(), today=builders.TODAY)
    builders.run_background(rounds=1)
    with organization_context(organization.pk), transaction.atomic():
        done = Job.objects.get(pk=job.pk)
    if (done.state, done.result.get("rows")) != (JobState.COMPLETE, count):
        raise RuntimeError(f"The export ended as {done.state}: {done.result} {done.problem}")


def _values(organization: Organization, count: int) -> Iterator[tuple[Any, ...]]:
    with organization_context(organization.pk), read_only():
        assert connection.connection is not None
        with connection.connection.cursor(name="floor") as cursor:
            cursor.itersize = 1_000
            cursor.execute(FLOOR, [organization.pk, FIRST_NUMBER + count - 1])
            yield from cursor


def _floor_csv(organization: Organization, folder: Path, count: int) -> None:
    with (folder / "floor.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(_values(organization, count))


def _floor_xlsx(organization: Organization, folder: Path, count: int) -> None:
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("Bench")
    for row in _values(organization, count):
        sheet.append(row)
    book.save(folder / "floor.xlsx")


def _seconds(work: Callable[[], None]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _growth_mb(documents: int, file_format: FileFormat, count: int) -> float:
    """How far a process of its own grows while it makes such a file: one that has done other work hides its growth."""
    command = [sys.executable, "-m", "bench.export_memory", str(documents), file_format.value, str(count)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(answer.stdout.split()[-1])


def growth_mb(documents: int, file_format: str, count: int) -> float:
    """Make one file, and by how many megabytes the peak of memory lay above what was held before."""
    with listing_world.kept_database(documents), _own_folder():
        organization = _organization()
        _export(organization, FileFormat(file_format), 100)
        before = _status_kb("VmRSS")
        _export(organization, FileFormat(file_format), count)
        return (_status_kb("VmHWM") - before) / 1024


def _status_kb(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])
