"""Reports on work as files: begun once, written by a worker, kept for whoever asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import transaction

from billing_backlog.reports.asked import WorkAsked
from billing_backlog.reports.tables import WORK_REPORTS, WorkReport
from foundation.spreadsheets import Cell, FileFormat
from payments.actions.reports import write_table_file
from payments.reports.tables import Table
from tenants import jobs
from tenants.audit import Actor
from tenants.jobs import Work
from tenants.models import Job, Organization

EXPORT = "billing_backlog.export_report"


@transaction.atomic
def export_report(
    organization: Organization, report: str, asked: WorkAsked, *, file_format: FileFormat, actor: Actor, key: str
) -> Job:
    """Begin the job that writes a report on work into a file; under one key it is begun once."""
    parameters = {"report": report, "file_format": file_format.value, "asked": asked.to_json()}
    return jobs.start(organization, EXPORT, actor=actor, parameters=parameters, key=key)


def write_report(work: Work) -> None:
    """Write all rows of the report, and keep the file under its hash; a job that is stopped leaves none."""
    parameters = work.job.parameters
    report, asked = WORK_REPORTS[parameters["report"]], WorkAsked.from_json(parameters["asked"])
    write_table_file(work, _table(report), asked, f"{report.title} {asked.today.isoformat()}")


def _table(report: WorkReport) -> Table:
    def header(_organization: Organization) -> Sequence[str]:
        return [str(column.label) for column in report.columns]

    def rows(organization: Organization, asked: WorkAsked) -> Iterator[Sequence[Cell]]:
        return (answer.cells for answer in report.rows(organization, asked))

    return Table(report.title, header, rows)
