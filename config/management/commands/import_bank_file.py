"""Read a bank file and take it in, or say what would become of it, or line by line why it is refused."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.transactions import read_only
from payments.actions import bank_files
from payments.actions.bank_rehearsal import LineReport, rehearse, report_lines
from payments.bank import queries as bank_queries
from payments.bank.csv_mappings import columns_of, header_of
from payments.bank.words import sentence_of, sentence_with_line
from payments.bank_files.csv_guess import guess_mapping, looks_like_csv
from payments.bank_files.detect import detect_format, read_bank_file
from payments.bank_files.faults import BankFileRefused, Fault, FaultCode
from payments.bank_files.lines import BankFileContent, BankFileFormat, read_bounded
from payments.bank_files.report import report
from payments.models import BankFileSource, BankFileState
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.clock import local_today
from tenants.context import organization_context
from tenants.models import Organization


class Command(BaseCommand):
    """All or nothing: a file whose grammar, totals or accounts are wrong is refused with every line that says so."""

    help = "Import a bank file: OCR giro, AvtaleGiro, camt.053, camt.054, BGMAX or CSV."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--organization", metavar="SLUG", help="whose bank accounts the file tells of")
        parser.add_argument("--parse-only", action="store_true", help="read and check; needs no organization")
        parser.add_argument("--dry-run", action="store_true", help="say what would become of each line; change nothing")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["parse_only"] and not options["organization"]:
            raise CommandError(
                "Name the company with --organization, or only read the file with --parse-only.", returncode=2
            )
        data = _bytes_of(options["file"])
        found: BankFileFormat | None = None
        content: BankFileContent | None = None
        lines: list[LineReport] = []
        faults: tuple[Fault, ...] = ()
        try:
            if isinstance(data, BankFileRefused):
                raise data
            found = detect_format(data)
            if options["parse_only"]:
                content = read_bank_file(data, csv_mapping=guess_mapping(data) if looks_like_csv(data) else None)
            else:
                content, lines = _import(options, data)
        except BankFileRefused as refusal:
            faults = refusal.faults
        self._say(options, content, lines, found, faults)

    def _say(
        self,
        options: dict[str, Any],
        content: BankFileContent | None,
        lines: Sequence[LineReport],
        found: BankFileFormat | None,
        faults: tuple[Fault, ...],
    ) -> None:
        if options["json"]:
            answer = _answer(content, found, faults)
            if not options["parse_only"]:
                answer["lines"] = [_line(line) for line in lines]
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        elif content:
            self.stdout.write("\n".join([_as_text(content), *(_line_as_text(line) for line in lines)]))
        if content is None:
            raise CommandError("\n".join(["The file is refused.", *map(sentence_with_line, faults)]), returncode=1)


def _bytes_of(path: Path) -> bytes | BankFileRefused:
    try:
        with path.open("rb") as file:
            return read_bounded(file)
    except BankFileRefused as refusal:
        return refusal
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=2) from error


def _import(options: dict[str, Any], data: bytes) -> tuple[BankFileContent, list[LineReport]]:
    """Read the file as the organization knows it, and take it in unless it is a rehearsal."""
    organization = _organization(options["organization"])
    with organization_context(organization.pk):
        with read_only():
            saved = bank_queries.mapping_of_header(organization, header_of(data))
            content = read_bank_file(data, csv_mapping=columns_of(saved) if saved else None)
            today = local_today(organization)
            if options["dry_run"]:
                return content, rehearse(organization, content, today=today)
        return content, _take(organization, content, data, options["file"].name)


def _organization(slug: str) -> Organization:
    for organization_id in tenants.all_organization_ids():
        with organization_context(organization_id), read_only():
            organization = tenants.get_open_organization(organization_id)
        if organization.slug == slug:
            return organization
    raise CommandError(f"There is no organization {slug}.", returncode=2)


def _take(organization: Organization, content: BankFileContent, data: bytes, name: str) -> list[LineReport]:
    upload = bank_files.Upload(name=name, data=data, source=BankFileSource.COMMAND)
    file = bank_files.take_whole_file(
        organization, upload, actor=Actor.system(), today=local_today(organization), now=timezone.now()
    )
    if file.state == BankFileState.REFUSED:
        raise BankFileRefused(Fault(told["line"], FaultCode(told["code"]), told["values"]) for told in file.faults)
    with read_only():
        return report_lines(organization, file, content)


def _answer(content: BankFileContent | None, found: BankFileFormat | None, faults: tuple[Fault, ...]) -> dict[str, Any]:
    kind = content.format if content else found
    return {
        "accept_file": content is not None,
        "format": kind.value if kind else None,
        "errors": [{"line": fault.line, "message": sentence_of(fault)} for fault in faults],
        "parsed": report(content) if content else None,
    }


def _line(line: LineReport) -> dict[str, str]:
    return {
        "amount": f"{line.amount:.2f}",
        "reference": line.reference,
        "outcome": line.outcome,
        "reason": line.reason,
    }


def _line_as_text(line: LineReport) -> str:
    return f"  {line.amount:>14.2f}  {line.reference:<25}  {line.outcome}  {line.reason}"


def _as_text(content: BankFileContent) -> str:
    head = f"{content.format.value}: {len(content.lines)} lines, {len(content.mandates)} mandates"
    accounts = [f"  {part.account}: {part.count} lines, {part.total} {part.currency}" for part in content.statements]
    return "\n".join([head, *accounts, *(f"  {sentence_with_line(warning)}" for warning in content.warnings)])
