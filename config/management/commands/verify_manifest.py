"""Check a billing run's manifest by itself: no database is asked."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing_backlog.runs.manifest import verify_manifest

SIZE_MAX = 512 * 1024 * 1024


class Command(BaseCommand):
    """Whole or not, with the place of everything that was altered."""

    help = "Check the manifest of a billing run, byte for byte; needs no database."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            if path.stat().st_size > SIZE_MAX:
                raise CommandError(f"{path} is larger than any manifest.", returncode=2)
            problems = verify_manifest(path.read_bytes())
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps({"file": str(path), "whole": not problems, "problems": problems}))
        elif not problems:
            self.stdout.write(f"{path}: whole")
        if problems and not options["json"]:
            raise CommandError("\n".join(f"{path}: {problem}" for problem in problems), returncode=1)
        if problems:
            raise CommandError(f"{path}: {len(problems)} problems", returncode=1)
