"""Fill an empty database and the file store from a backup."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.backup.reading import restore_backup
from foundation.errors import DomainError


class Command(BaseCommand):
    """All of it, checked byte by byte, or nothing; afterwards nothing is sent until release_environment is run."""

    help = "Fill an empty database and the file store from a backup."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")

    def handle(self, *_args: Any, **options: Any) -> None:
        path = Path(options["file"])
        if not path.is_file():
            raise CommandError(f"There is no file {path}.", returncode=2)
        try:
            manifest = restore_backup(path, tell=self.stdout.write)
        except (DomainError, OSError) as error:
            raise CommandError(str(error), returncode=1) from error
        self.stdout.write(
            f"Restored what was written {manifest['made_at']}. Nothing is sent from here yet: look around, run verify, "
            "and when this is the place that shall send, run release_environment."
        )
