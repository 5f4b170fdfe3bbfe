"""Write the ledger of a period as SAF-T Financial 1.30."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from config.organization_figures import organization_ids
from foundation.dates import Period
from foundation.errors import DomainError
from payments.saft.writer import Summary, write_saft
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise ArgumentTypeError(f"{written!r} is no day; write it as 2026-11-30") from error


class Command(BaseCommand):
    """Accounts, customers, VAT codes and vouchers of a period in one file, counted again after it is written."""

    help = "Write the ledger of a period as SAF-T Financial 1.30."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", required=True)
        parser.add_argument("--from", dest="first", metavar="DAY", type=_day, required=True)
        parser.add_argument("--to", dest="last", metavar="DAY", type=_day, required=True)
        parser.add_argument("--out", metavar="FILE", type=Path, required=True)
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        slug, path = options["organization"], options["out"]
        ids = organization_ids(slug) if slug else []
        if not ids:
            raise CommandError(_("There is no organization %(slug)s.") % {"slug": slug}, returncode=2)
        if options["last"] < options["first"]:
            raise CommandError(_("The last day comes before the first one."), returncode=2)
        period = Period(options["first"], options["last"])
        try:
            with organization_context(ids[0]):
                with transaction.atomic():
                    organization = Organization.objects.get(pk=ids[0])
                summary = write_saft(organization, period, path, made_on=local_today(organization))
        except (DomainError, OSError) as refusal:
            raise CommandError(str(refusal), returncode=1) from refusal
        assert summary is not None  # nobody stops it
        self._tell(slug, path, summary, is_json=options["json"])

    def _tell(self, slug: str, path: Path, summary: Summary, *, is_json: bool) -> None:
        if is_json:
            answer = {"organization": slug, "file": str(path), "version": "1.30", **summary.to_json()}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self.stdout.write(
                f"{slug}: {summary.transactions} vouchers, debit {summary.total_debit}, credit {summary.total_credit}, "
                f"{summary.accounts} accounts and {summary.customers} customers in {path}"
            )
