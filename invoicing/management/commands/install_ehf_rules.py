"""Install newer EHF rules from a folder with `sch/` and `xsd/`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.errors import DomainError
from invoicing.documents.ehf_rules.installation import Installation, install_rules
from invoicing.documents.ehf_rules.rule_sets import RuleSet, rules_in_force


class Command(BaseCommand):
    """Install rules, say what they are and which are in force now."""

    help = "Install newer EHF rules from a folder with sch/ and xsd/; they are tried before they are used."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the folder with sch/ and xsd/")
        parser.add_argument(
            "--mandatory-from",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="the day from which the release must be followed (default: by OpenPeppol's calendar)",
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["path"]
        if not path.is_dir():
            raise CommandError(_("%(path)s is not a folder.") % {"path": path}, returncode=2)
        today = timezone.localdate()
        try:
            done = install_rules(path, mandatory_from=options["mandatory_from"], today=today)
            in_force = rules_in_force(today)
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(done, in_force, today)))
        else:
            self.stdout.write(_as_text(done, in_force))


def _as_json(done: Installation, in_force: RuleSet, today: date) -> dict[str, object]:
    return {
        "installed": done.rules.to_json(today),
        "is_new": done.is_new,
        "examples": done.examples,
        "in_force": in_force.to_json(today),
    }


def _as_text(done: Installation, in_force: RuleSet) -> str:
    sentence = _("Installed: %(rules)s; mandatory from %(day)s; %(count)s examples judged rightly.")
    if not done.is_new:
        sentence = _("Already installed: %(rules)s; mandatory from %(day)s; %(count)s examples judged rightly.")
    day = done.rules.mandatory_from.isoformat()
    first = sentence % {"rules": done.rules.description, "day": day, "count": done.examples}
    return f"{first}\n" + _("In force today: %(rules)s.") % {"rules": in_force.description}
