"""Write a proof pack of the documents of a period."""

from __future__ import annotations

import json
import shutil
import tempfile
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from config.organization_figures import BACKUP, organization_ids
from foundation.errors import DomainError
from invoicing.actions.proof import pack, refuse_period
from invoicing.proof_pack.packing import Scope
from tenants.context import organization_context
from tenants.database.routing import reading_through
from tenants.models import Organization


class Command(BaseCommand):
    """One zip with every document of the period, what proves it, and a checker that needs only Python."""

    help = "Write a proof pack: every document of a period with its files, history, hashes and an offline checker."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", required=True)
        parser.add_argument("--from", metavar="DAY", type=date.fromisoformat, required=True, dest="first_day")
        parser.add_argument("--to", metavar="DAY", type=date.fromisoformat, required=True, dest="last_day")
        parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="the zip to write")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        slug, out = options["organization"], options["out"]
        ids = organization_ids(slug) if slug else []
        if not ids:
            raise CommandError(_("There is no organization %(slug)s.") % {"slug": slug}, returncode=2)
        if out.is_dir() or not out.parent.is_dir():
            raise CommandError(_("%(file)s cannot be written there.") % {"file": out}, returncode=2)
        try:
            with organization_context(ids[0]), reading_through(BACKUP):
                answer = self._write(Organization.objects.get(pk=ids[0]), options)
        except (DomainError, OSError) as refusal:
            raise CommandError(str(refusal), returncode=1) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self.stdout.write(f"{slug}: {answer['documents']} documents in {out}, fingerprint {answer['fingerprint']}")

    def _write(self, organization: Organization, options: dict[str, Any]) -> dict[str, Any]:
        out = options["out"]
        scope = Scope(
            moment=timezone.now(),
            taken_by="make_proof",
            language=organization.language,
            first_day=options["first_day"],
            last_day=options["last_day"],
        )
        count = refuse_period(organization, scope)
        with tempfile.TemporaryDirectory(dir=out.parent) as folder:
            path, fingerprint = pack(organization, scope, Path(folder))
            shutil.move(path, out)
        size = out.stat().st_size
        told = {"organization": organization.slug, "documents": count, "file": str(out), "size": size}
        return told | {"fingerprint": fingerprint}
