"""A mail server in a process of its own that counts what it gets and keeps nothing.

python -m bench.mail_sink FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.invoicing import mail_server


class CountingHouse(mail_server.MailHouse):
    """Takes everything; only the count stays."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """One more."""
        self.seen_data += 1
        return "250 2.0.0 queued"


def main(folder: str) -> None:
    """Print certificate and port, serve until the input ends, then print how many mails came."""
    certificate = mail_server.write_certificate(Path(folder))
    house = CountingHouse()
    with mail_server.running(certificate, house=house):
        print(certificate, house.port, flush=True)
        sys.stdin.read()
    print(house.seen_data, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
