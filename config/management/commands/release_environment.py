"""Let this installation send, after a restore or a move."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants import environment


class Command(BaseCommand):
    """Says first what would be sent; with --yes it makes this installation the one that sends."""

    help = "Let this installation send, after a restore or a move."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="this is the place that shall send")

    def handle(self, *_args: Any, **options: Any) -> None:
        state = environment.lock("backup")
        if state is environment.Lock.NONE:
            self.stdout.write("Nothing is locked: this installation sends.")
            return
        due = environment.waiting()
        since = f", the oldest since {due.oldest}" if due.effects else ""
        self.stdout.write(f"{due.effects} effects would leave the house{since}.")
        if not options["yes"]:
            raise CommandError(
                "Nothing was changed. Make sure that no other installation sends from the same books, then add --yes.",
                returncode=1,
            )
        environment.release()
        self.stdout.write("This installation sends from now on.")
