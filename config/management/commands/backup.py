"""Write the whole database and all stored files into one file."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.backup.writing import write_backup
from foundation.errors import DomainError


class Command(BaseCommand):
    """One consistent moment, taken with the login that reads everything and writes nothing."""

    help = "Write the whole database and all stored files into one file."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--out", required=True, metavar="FILE", help="a new file; a folder gets one named by the time"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        path = Path(options["out"])
        if path.is_dir():
            path = path / f"bilag-{now:%Y%m%dT%H%M%SZ}.tar"
        tell = (lambda _line: None) if options["json"] else self.stdout.write
        try:
            manifest = write_backup(path, now=now, tell=tell)
        except (DomainError, OSError) as error:
            raise CommandError(str(error), returncode=1) from error
        size = path.stat().st_size
        if options["json"]:
            members = len(manifest["members"])
            self.stdout.write(json.dumps({"file": str(path), "size": size, "members": members}, ensure_ascii=False))
        else:
            self.stdout.write(f"{path}: {len(manifest['members'])} members, {size} bytes")
