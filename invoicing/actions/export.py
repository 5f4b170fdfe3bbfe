"""Exporting the list: begun once, written by a worker piece by piece into a file of its own, kept for its starter."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from foundation import files
from foundation.errors import DomainError
from foundation.spreadsheets import FileFormat, csv_style_of, open_table
from foundation.transactions import read_only
from invoicing.listing.exported import ExportRequest, Table
from invoicing.listing.selection import ordered_ids
from tenants import jobs
from tenants.audit import Actor
from tenants.jobs import Work
from tenants.models import Job, Organization

EXPORT = "invoicing.export_invoices"
CHUNK = 1_000
ID_BYTES = 16


class TooManyRows(DomainError):
    """The format holds fewer rows than the export would have."""


@transaction.atomic
def start_export(organization: Organization, asked: ExportRequest, *, actor: Actor, key: str, today: date) -> Job:
    """Begin the job that writes the file; under one key it is begun once. Refuses what the format cannot hold."""
    refuse_too_many(organization, asked, actor=actor, today=today)
    return jobs.start(organization, EXPORT, actor=actor, parameters=asked.to_json(), key=key)


def refuse_too_many(organization: Organization, asked: ExportRequest, *, actor: Actor, today: date) -> None:
    """Counted only as far as the format reaches, before anything is written."""
    most = asked.file_format.rows_max
    if most is None:
        return
    if asked.query is None:
        count = len(asked.ids)
    else:
        found = ordered_ids(organization, asked.query, today=today, user_id=actor.id)
        count = found.order_by()[: most + 1].count()
    if count > most:
        raise _too_many(asked.file_format)


def _too_many(file_format: FileFormat) -> TooManyRows:
    return TooManyRows(
        _("A %(format)s file holds at most %(most)s rows, and there are more. Choose CSV, or narrow the filter.")
        % {"format": file_format.value.upper(), "most": file_format.rows_max},
        field="file_format",
    )


def write_export(work: Work, *, today: date) -> Mapping[str, Any] | None:
    """Write the file and return what the job's page tells of it; None when the job was stopped meanwhile.

    Begun anew after a worker died: the file of the dead one is thrown away.
    """
    organization = work.job.organization
    asked = ExportRequest.from_json(work.job.parameters)
    with _folder_of(work.job) as folder:
        with (folder / "ids").open("w+b") as spool:
            total = _spool_ids(work, asked, spool, today)
            path = folder / "table"
            rows = _write_table(work, asked, path, spool, total=total, today=today)
        if rows is None:
            return None
        size = path.stat().st_size
        sha256 = files.store_file(str(organization.pk), path)
    return {
        "sha256": sha256,
        "name": asked.file_name,
        "size": size,
        "content_type": asked.file_format.content_type,
        "rows": rows,
    }


@contextmanager
def _folder_of(job: Job) -> Iterator[Path]:
    """A folder of the job's own, empty at first and gone afterwards."""
    folder = Path(settings.DATA_DIR) / "exports-under-way" / str(job.pk)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _spool_ids(work: Work, asked: ExportRequest, spool: BinaryIO, today: date) -> int:
    """Fix which documents are exported in which order, by one statement, outside memory; returns how many."""
    organization = work.job.organization
    count = 0
    if asked.query is None:
        for pk in asked.ids:
            spool.write(pk.bytes)
        count = len(asked.ids)
    else:
        with read_only():
            found = ordered_ids(organization, asked.query, today=today, user_id=work.job.started_by_id)
            for pk in found.iterator(chunk_size=CHUNK):
                spool.write(pk.bytes)
                count += 1
    most = asked.file_format.rows_max
    if most is not None and count > most:
        raise _too_many(asked.file_format)
    return count


def _write_table(
    work: Work, asked: ExportRequest, path: Path, spool: BinaryIO, *, total: int, today: date
) -> int | None:
    table_file = open_table(path, asked.file_format, title=asked.name, style=csv_style_of(asked.language))
    with read_only():
        table = Table(work.job.organization, asked, today=today)
    table_file.write_header(table.header())
    rows = done = 0
    jobs.tell_progress(work, done=0, total=total)
    for chunk in _chunks(spool):
        with read_only():
            for row in table.rows(chunk):
                table_file.write(row)
                rows += 1
        done += len(chunk)
        if not jobs.tell_progress(work, done=done, total=total):
            table_file.close()
            return None
    table_file.close()
    return rows


def _chunks(spool: BinaryIO) -> Iterator[list[UUID]]:
    spool.seek(0)
    ids = (UUID(bytes=piece) for piece in iter(lambda: spool.read(ID_BYTES), b""))
    while chunk := list(islice(ids, CHUNK)):
        yield chunk
