"""Hand outbox rows to the workers until told to stop."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants import outbox, relay


class Command(BaseCommand):
    """Run the relay; SIGTERM and SIGINT end it after the round that is under way."""

    help = "Hand outbox rows to the workers until told to stop."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round only")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["once"]:
            try:
                handed = outbox.hand_out_due_rows()
            except outbox.BrokerIsAway as error:
                raise CommandError(str(error), returncode=1) from error
        else:
            with relay.stopping_on(signal.SIGTERM, signal.SIGINT) as stop:
                handed = relay.run(stop)
        self.stdout.write(f"Handed out: {handed}")
