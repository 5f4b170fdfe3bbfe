"""Making packs in tests, and checking them as somebody does who has only Python."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from foundation import files
from invoicing.actions import proof
from invoicing.models import Attachment
from invoicing.proof_pack.packing import Scope
from invoicing.proof_pack.writing import PackWriter
from tenants import sealing
from tenants.models import Organization
from tests import builders


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checker said."""

    code: int
    report: dict[str, Any]

    @property
    def problems(self) -> list[str]:
        """Every place that is not as it was."""
        return list(self.report["problems"])


def books(organization: Organization) -> Organization:
    """An invoice with much on it, another, a credit note of the first, an attachment; all files made, all sealed."""
    source = {"kind": "backlog_item", "id": "7", "label": "Timeliste uke 46", "approved_by": "Prosjektleder"}
    rich = builders.line("Rådgivning «kveld»", source=source, dimensions={"project": "7"}, detail="Etter avtale")
    draft = builders.make_draft(organization, lines=[rich, builders.line("Reise")], note="Takk for oppdraget")
    attach(organization, draft.pk, "timeliste uke 46.csv", b"uke;timer\n46;2\n")
    [first] = builders.finalize_drafts(organization, [draft.pk])
    builders.make_finalized_invoice(organization)
    note = builders.make_credit_note_draft(organization, first)
    builders.finalize_drafts(organization, [note.pk])
    builders.run_background()
    sealing.seal(organization.pk)
    return organization


def attach(organization: Organization, draft_id: Any, name: str, content: bytes) -> None:
    """Put a file on a draft as the desk keeps it."""
    with builders.in_organization(organization):
        Attachment.objects.create(
            organization=organization,
            invoice_id=draft_id,
            position=1,
            name=name,
            content_type="text/csv",
            sha256=files.store(str(organization.pk), content),
            size_bytes=len(content),
            added_by="Olga Owner",
        )


def period_pack(organization: Organization, folder: Path, moment: datetime | None = None) -> Path:
    """The pack of everything that was issued in November 2026."""
    scope = Scope(
        moment=moment or timezone.now(),
        taken_by="Olga Owner",
        language="nb",
        first_day=datetime(2026, 11, 1, tzinfo=UTC).date(),
        last_day=datetime(2026, 11, 30, tzinfo=UTC).date(),
    )
    with builders.in_organization(organization):
        path, _fingerprint = proof.pack(organization, scope, folder)
    return path


def check(pack: Path, folder: Path, *options: str) -> Checked:
    """Run the pack's own checker in an empty folder, by a Python that sees no package but its own."""
    folder.mkdir(exist_ok=True)
    script = folder / "check.py"
    if not script.exists():
        with zipfile.ZipFile(pack) as archive:
            script.write_bytes(archive.read("check.py"))
    command = [sys.executable, "-I", "-S", str(script), str(pack), "--json", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={})
    assert done.stdout, done.stderr
    return Checked(done.returncode, json.loads(done.stdout))


def rewritten(pack: Path, folder: Path, changes: Mapping[str, bytes | None]) -> Path:
    """The pack with other members, written anew with a manifest that agrees with them."""
    writer = PackWriter(folder)
    with zipfile.ZipFile(pack) as archive:
        for name in archive.namelist()[:-1]:
            content = changes.get(name, archive.read(name))
            if content is not None:
                writer.add(name, content)
    return writer.finish()[0]
