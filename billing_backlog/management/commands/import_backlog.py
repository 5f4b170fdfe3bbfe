"""Take a file of work into the backlog, or say what would become of each row."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing_backlog.file_words import own_system_words, sentence_with_place
from billing_backlog.importing.reading import ImportRequest, format_of
from billing_backlog.importing.running import import_at_once
from billing_backlog.importing.taking import Result, Sums
from billing_backlog.intake.plain import Outcome, is_own_system
from billing_backlog.models import ItemKind
from billing_backlog.source_files import batches
from billing_backlog.source_files.rows import Reading
from foundation.errors import DomainError
from foundation.transactions import read_only
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization

SYSTEMS = {"lg04": "LG04", "visma_fl": "Visma FL", "table": "file"}


class Command(BaseCommand):
    """The good rows are taken and the others named; the same file again takes nothing new."""

    help = "Import billable work from a file: CSV, XLSX, LG04 or Visma FL."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--organization", metavar="SLUG", required=True, help="whose work the file tells of")
        parser.add_argument("--system", metavar="NAME", default="", help="who tells: its order numbers are its own")
        parser.add_argument("--kind", choices=ItemKind.values, default="", help="of rows that do not say it")
        parser.add_argument("--prices-include-vat", action="store_true")
        parser.add_argument("--whole-quantities", action="store_true", help="Visma FL: quantities have no decimals")
        parser.add_argument("--dry-run", action="store_true", help="say what would become of each row; change nothing")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        content = _bytes_of(options["file"])
        found = format_of(content)
        asked = ImportRequest(
            name=options["file"].name[:100],
            system=(options["system"] or SYSTEMS[found.value])[:40],
            kind=options["kind"] or ("time" if found.value == "table" else "booking"),
            price_includes_vat=options["prices_include_vat"],
            quantity_has_decimals=not options["whole_quantities"],
        )
        if is_own_system(asked.system):
            raise CommandError(own_system_words(asked.system), returncode=1)
        organization = _organization(options["organization"])
        with organization_context(organization.pk):
            try:
                reading, results, sums = import_at_once(
                    organization, content, asked, actor=Actor.system(), is_rehearsal=options["dry_run"]
                )
            except DomainError as refusal:
                if options["json"]:
                    self.stdout.write(json.dumps(_refused(found.value, refusal), ensure_ascii=False))
                raise CommandError(str(refusal), returncode=1) from refusal
        self._say(options, found.value, reading, results, sums)

    def _say(self, options: dict[str, Any], name: str, reading: Reading, results: list[Result], sums: Sums) -> None:
        told = [result for result in results if result.outcome is not Outcome.NEW]
        if options["json"]:
            self.stdout.write(json.dumps(_answer(name, reading, told, sums), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_as_text(name, reading, told, sums)))
        refused = sums.outcomes[Outcome.REFUSED.value] + sums.outcomes[Outcome.DIFFERS.value]
        if refused:
            raise CommandError(f"{refused} of {len(results)} rows are refused; the others are good.", returncode=1)


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(batches.BYTES_MAX + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=2) from error


def _organization(slug: str) -> Organization:
    for organization_id in tenants.all_organization_ids():
        with organization_context(organization_id), read_only():
            organization = tenants.get_open_organization(organization_id)
        if organization.slug == slug:
            return organization
    raise CommandError(f"There is no organization {slug}.", returncode=2)


def _refused(name: str, refusal: DomainError) -> dict[str, Any]:
    return {"accept_file": False, "format": name, "errors": [{"line": 0, "message": str(refusal)}], "rows": []}


def _answer(name: str, reading: Reading, told: list[Result], sums: Sums) -> dict[str, Any]:
    errors = [row for row in told if row.outcome in {Outcome.REFUSED, Outcome.DIFFERS}]
    return {
        "accept_file": True,
        "format": name,
        "count": reading.count,
        "errors": [{"line": row.entry.line, "order": row.entry.order, "message": row.reason} for row in errors],
        "warnings": [sentence_with_place(fault) for fault in reading.warnings],
        "rows": [
            {"line": row.entry.line, "order": row.entry.order, "outcome": row.outcome.value, "reason": row.reason}
            for row in told
        ],
        **sums.to_json(),
    }


def _as_text(name: str, reading: Reading, told: list[Result], sums: Sums) -> list[str]:
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(sums.outcomes.items()))
    totals = ", ".join(f"{amount} {currency}" for currency, amount in sums.to_json()["totals"].items())
    lines = [f"{name}: {reading.count} rows: {counts}" + (f"; new: {totals}" if totals else "")]
    lines += [f"  line {row.entry.line}  {row.entry.order}  {row.outcome.value}  {row.reason}" for row in told]
    return lines + [f"  {sentence_with_place(fault)}" for fault in reading.warnings]
