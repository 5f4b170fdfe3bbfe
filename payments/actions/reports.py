"""Reports and SAF-T files as jobs: begun once, written by a worker piece by piece, kept for whoever asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from foundation import files
from foundation.dates import Period
from foundation.errors import DomainError
from foundation.spreadsheets import FileFormat, csv_style_of, open_table
from foundation.transactions import read_only
from payments.reports.asked import Asked
from payments.reports.tables import TABLES, Table
from payments.saft.writer import write_saft
from tenants import jobs
from tenants.audit import Actor
from tenants.jobs import Work
from tenants.models import Job, Organization

EXPORT = "payments.export_report"
SAFT = "payments.write_saft"
CHUNK = 1_000  # rows between two words of how far it has come


class TooManyRows(DomainError):
    """The format holds fewer rows than the report has."""


@transaction.atomic
def export_report(
    organization: Organization, report: str, asked: Asked, *, file_format: FileFormat, actor: Actor, key: str
) -> Job:
    """Begin the job that writes a report into a file; under one key it is begun once."""
    parameters = {"report": report, "file_format": file_format.value, "asked": asked.to_json()}
    return jobs.start(organization, EXPORT, actor=actor, parameters=parameters, key=key)


@transaction.atomic
def start_saft(organization: Organization, period: Period, *, actor: Actor, key: str) -> Job:
    """Begin the job that writes the ledger of a period as SAF-T; under one key it is begun once."""
    parameters = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    return jobs.start(organization, SAFT, actor=actor, parameters=parameters, key=key)


def write_report(work: Work) -> None:
    """Write all rows of the report, and keep the file under its hash; a job that is stopped leaves none."""
    parameters = work.job.parameters
    asked, report = Asked.from_json(parameters["asked"]), TABLES[parameters["report"]]
    write_table_file(work, report, asked, f"{report.title} {_days_of(parameters['report'], asked)}")


def write_table_file(work: Work, report: Table, asked: Any, name: str) -> None:
    """Write a table as a job's file of the asked format, and keep it under its hash; a stopped job leaves none.

    The database is asked once, in one transaction; the file is written after it, so that its progress can be kept.
    """
    file_format = FileFormat(work.job.parameters["file_format"])
    with _folder() as folder:
        path = folder / "table"
        with (folder / "rows").open("w+", encoding="utf-8") as spool:
            total = _spool_rows(work.job.organization, report, asked, spool, most=file_format.rows_max)
            is_whole = _write_table(work, report, path, spool, total=total)
        if is_whole:
            _keep(work, path, f"{name}.{file_format.value}", file_format.content_type, total)


def _spool_rows(organization: Organization, report: Table, asked: Any, spool: TextIO, *, most: int | None) -> int:
    """Lay the rows aside on disk, outside memory, as they stand at one moment; returns how many."""
    count = 0
    with read_only():
        rows = iter(report.rows(organization, asked))
        while chunk := [list(row) for row in islice(rows, CHUNK)]:
            count += len(chunk)
            if most is not None and count > most:
                raise TooManyRows(
                    _("A file of this kind holds at most %(most)s rows. Choose CSV, or fewer days.") % {"most": most}
                )
            spool.write(json.dumps(chunk, default=_laid_aside) + "\n")
    return count


def _laid_aside(cell: object) -> object:
    """What JSON does not know of itself."""
    if isinstance(cell, Decimal):
        return {"amount": str(cell)}
    return {"day": cell.isoformat()} if isinstance(cell, date) else str(cell)


def _taken_up(cell: dict[str, str]) -> Decimal | date:
    return Decimal(cell["amount"]) if "amount" in cell else date.fromisoformat(cell["day"])


def _write_table(work: Work, report: Table, path: Path, spool: TextIO, *, total: int) -> bool:
    """Write the table from what was laid aside, keeping the job chunk by chunk; False when it was stopped."""
    file_format = FileFormat(work.job.parameters["file_format"])
    table = open_table(path, file_format, title=str(report.title), style=csv_style_of(get_language() or "en"))
    table.write_header(report.header(work.job.organization))
    spool.seek(0)
    is_kept, done = jobs.tell_progress(work, done=0, total=total), 0
    while is_kept and done < total:
        chunk = json.loads(spool.readline(), object_hook=_taken_up)
        for row in chunk:
            table.write(row)
        done += len(chunk)
        is_kept = jobs.tell_progress(work, done=done, total=total)
    table.close()
    return is_kept


def write_saft_file(work: Work, *, today: date) -> None:
    """Write the SAF-T file of the period, and keep it under its hash; a job that is stopped leaves none."""
    organization, parameters = work.job.organization, work.job.parameters
    period = Period(date.fromisoformat(parameters["first"]), date.fromisoformat(parameters["last"]))

    def tell(done: int, total: int) -> bool:
        return jobs.tell_progress(work, done=done, total=total)

    with _folder() as folder:
        path = folder / "saft.xml"
        summary = write_saft(organization, period, path, made_on=today, tell=tell)
        if summary is not None:
            # The tax administration asks for this shape of name: what it is, whose, and when it was made.
            name = f"SAF-T Financial_{organization.organization_number}_{today:%Y%m%d}.xml"
            _keep(work, path, name, "application/xml", summary.transactions)


def _days_of(report: str, asked: Asked) -> str:
    if report in {"ageing", "open_items", "sales_days"}:
        return asked.day.isoformat()
    return f"{asked.first.isoformat()} – {asked.last.isoformat()}"


@contextmanager
def _folder() -> Iterator[Path]:
    root = Path(settings.DATA_DIR) / "exports"
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=root) as folder:
        yield Path(folder)


def _keep(work: Work, path: Path, name: str, content_type: str, rows: int) -> None:
    size = path.stat().st_size
    sha256 = files.store_file(str(work.job.organization_id), path)
    jobs.complete(work, {"sha256": sha256, "name": name, "size": size, "content_type": content_type, "rows": rows})
