"""Read returned mail from a mailbox file, a folder of messages or a Maildir."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from invoicing.delivery.mailbox import messages_of
from invoicing.tasks.mail import take_messages


class Command(BaseCommand):
    """Tell each mail's delivery what became of it; the mailbox itself stays as it is."""

    help = "Read delivery status notifications from a mailbox file (mbox), a folder, a Maildir or one message."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the mailbox")

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["path"]
        if not path.exists():
            raise CommandError(_("%(path)s is not there.") % {"path": path}, returncode=2)
        read = 0

        def counted() -> Any:
            nonlocal read
            for message in messages_of(path):
                read += 1
                yield message

        taken = take_messages(counted())
        self.stdout.write(
            _("%(read)s messages read, %(taken)s of them about our mails.") % {"read": read, "taken": taken}
        )
