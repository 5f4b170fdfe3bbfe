"""The list of the backlog as a file: begun once, written piece by piece, kept for whoever asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing_backlog.listing.exported import header, rows_of
from foundation import files
from foundation.spreadsheets import FileFormat, csv_style_of, open_table
from foundation.transactions import read_only
from tenants import jobs
from tenants.audit import Actor
from tenants.jobs import Work
from tenants.models import Job, Organization

EXPORT = "billing_backlog.export_backlog"
CHUNK = 500


@transaction.atomic
def start_export(
    organization: Organization, item_ids: Sequence[UUID], file_format: FileFormat, *, actor: Actor, key: str
) -> Job:
    """Begin the job that writes these items into a file; under one key it is begun once."""
    parameters = {"file_format": file_format.value, "ids": [str(item_id) for item_id in item_ids]}
    return jobs.start(organization, EXPORT, actor=actor, parameters=parameters, key=key)


def write_export(work: Work) -> None:
    """Write the items in the order in which they were chosen; a job that is stopped leaves no file."""
    parameters = work.job.parameters
    file_format, ids = FileFormat(parameters["file_format"]), [UUID(text) for text in parameters["ids"]]
    folder = Path(settings.DATA_DIR) / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as made:
        path = Path(made) / "table"
        table = open_table(path, file_format, title=_("Billing backlog"), style=csv_style_of(get_language() or "en"))
        table.write_header(header())
        done = 0
        is_kept = jobs.tell_progress(work, done=0, total=len(ids))
        while is_kept and done < len(ids):
            chunk = ids[done : done + CHUNK]
            with read_only():
                for row in rows_of(work.job.organization, chunk):
                    table.write(row)
            done += len(chunk)
            is_kept = jobs.tell_progress(work, done=done, total=len(ids))
        table.close()
        if is_kept:
            size = path.stat().st_size
            sha256 = files.store_file(str(work.job.organization_id), path)
            jobs.complete(
                work,
                {
                    "sha256": sha256,
                    "name": f"{_('Billing backlog')}.{file_format.value}",
                    "size": size,
                    "content_type": file_format.content_type,
                    "rows": done,
                },
            )
