"""Hand out every finalized document of an organization as PDF and EHF, with a manifest of hashes."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from config.organization_figures import BACKUP, organization_ids
from foundation.errors import DomainError
from invoicing.exporting import MANIFEST, export_documents
from tenants.context import organization_context
from tenants.database.routing import reading_through
from tenants.models import Organization


class Command(BaseCommand):
    """Write <number>.pdf, <number>.xml and manifest.json; a file that is missing is never made here."""

    help = "Hand out every finalized document of an organization as PDF and EHF, with a manifest of hashes."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", required=True)
        parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="made when it is not there")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        slug, folder = options["organization"], options["out"]
        ids = organization_ids(slug) if slug else []
        if not ids:
            raise CommandError(_("There is no organization %(slug)s.") % {"slug": slug}, returncode=2)
        if folder.exists() and not folder.is_dir():
            raise CommandError(_("%(folder)s is not a folder.") % {"folder": folder}, returncode=2)
        try:
            with organization_context(ids[0]), reading_through(BACKUP):
                entries = export_documents(Organization.objects.get(pk=ids[0]), folder)
        except (DomainError, OSError) as refusal:
            raise CommandError(str(refusal), returncode=1) from refusal
        if options["json"]:
            answer = {"organization": slug, "documents": len(entries), "manifest": str(folder / MANIFEST)}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self.stdout.write(f"{slug}: {len(entries)} documents in {folder}")
