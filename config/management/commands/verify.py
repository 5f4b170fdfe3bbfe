"""Verify that numbers, chains, vouchers, balances, audit trail and files are whole."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.organization_figures import organization_ids
from config.verification import OrganizationReport, database_problems, verify_organization
from tenants import environment


class Command(BaseCommand):
    """Name every row that is not as it was finalized, posted or recorded; docs/verification.md says what is covered."""

    help = "Verify that numbers, chains, vouchers, balances, audit trail and files are whole."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", default="", help="only this one")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        slug = options["organization"]
        ids = organization_ids(slug)
        if slug and not ids:
            raise CommandError(f"There is no organization {slug}.", returncode=2)
        now = timezone.now()
        database = database_problems()
        reports: list[OrganizationReport] = []
        for organization_id in ids:
            report = verify_organization(organization_id, now=now)
            reports.append(report)
            if not options["json"]:
                self.stdout.write(_as_text(report))
        broken = sum(not report.is_whole for report in reports) + bool(database)
        if options["json"]:
            sends = environment.seen_lock("backup") is environment.Lock.NONE
            self.stdout.write(json.dumps({**_as_json(database, reports), "sends": sends}, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(["database: not whole", *database]) if database else "database: whole")
            if environment.seen_lock("backup") is not environment.Lock.NONE:
                self.stdout.write("sending: locked, see release_environment")
        if broken:
            raise CommandError("Not whole.", returncode=1)


def _as_json(database: list[str], reports: list[OrganizationReport]) -> dict[str, Any]:
    return {
        "whole": not database and all(report.is_whole for report in reports),
        "database": {"whole": not database, "problems": database},
        "organizations": [report.to_json() for report in reports],
    }


def _as_text(report: OrganizationReport) -> str:
    counts = (
        f"{report.documents} documents, {report.vouchers} vouchers, {report.audit_lines} audit lines, "
        f"{report.files} files"
    )
    if report.is_whole:
        return f"{report.slug}: whole ({counts})"
    return "\n".join([f"{report.slug}: not whole ({counts})", *(f"  {problem}" for problem in report.problems)])
