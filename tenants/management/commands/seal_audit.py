"""Chain the audit lines that have been committed since the sealer's last round."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tenants import sealing


class Command(BaseCommand):
    """What the timetable does each minute: for a restored database, or one whose application was stopped."""

    help = "Chain the audit lines that have been committed since the sealer's last round."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"Sealed: {sealing.seal_everywhere()}")
