"""Check EHF files by the rules in force and by our own."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from foundation.xml import MAX_BYTES
from invoicing.documents.ehf_checks import CheckResult, Finding, check_ehf
from invoicing.documents.ehf_own_rules import OWN_LAYER
from invoicing.documents.ehf_rules.rule_sets import RuleSet, rules_in_force


class Command(BaseCommand):
    """Say of each file whether it would be accepted, and what to mend."""

    help = "Check EHF files by the rules in force and by our own."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an EHF invoice or credit note")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        files: list[Path] = options["files"]
        for missing in (file for file in files if not file.is_file()):
            raise CommandError(_("There is no file %(file)s.") % {"file": missing}, returncode=2)
        today = timezone.localdate()
        try:
            rules = rules_in_force(today)
            results = [(file, check_ehf(_read(file), today=today)) for file in files]
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        if options["json"]:
            answer = {"rules": rules.to_json(today), "files": [_as_json(*result) for result in results]}
            self.stdout.write(json.dumps(answer))
        else:
            self.stdout.write(_as_text(rules, results, today))
        refused = sum(not result.is_accepted for _file, result in results)
        if refused:
            text = _("%(refused)s of %(count)s files would be refused.")
            raise CommandError(text % {"refused": refused, "count": len(files)}, returncode=1)


def _read(file: Path) -> bytes:
    """The file, or so much of it that the reader of XML sees that it is too large."""
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


def _as_json(file: Path, result: CheckResult) -> dict[str, object]:
    return {
        "file": str(file),
        "accepted": result.is_valid,  # by the official rules; what we refuse beyond them stands under "own"
        "fatal": _rules(finding for finding in result.fatal if finding.layer != OWN_LAYER),
        "warning": _rules(finding for finding in result.warnings if finding.layer != OWN_LAYER),
        "own": _rules(finding for finding in result.fatal if finding.layer == OWN_LAYER),
        "own_warning": _rules(finding for finding in result.warnings if finding.layer == OWN_LAYER),
    }


def _rules(findings: Iterable[Finding]) -> list[str]:
    return sorted({finding.rule for finding in findings})


def _as_text(rules: RuleSet, results: Iterable[tuple[Path, CheckResult]], today: date) -> str:
    lines = [_("Rules: %(rules)s") % {"rules": rules.description}]
    if rules.is_outdated(today):
        lines.append(_("A newer release is mandatory by now; install it with install_ehf_rules."))
    for file, result in results:
        verdict = _("%(file)s: accepted") if result.is_accepted else _("%(file)s: refused")
        lines.append(verdict % {"file": file})
        lines += [_finding(_("refuses"), finding) for finding in result.fatal]
        lines += [_finding(_("warns"), finding) for finding in result.warnings]
    return "\n".join(lines)


def _finding(verb: str, finding: Finding) -> str:
    return f"  {verb} {finding.rule}: {finding.sentence}\n    {finding.text}"
