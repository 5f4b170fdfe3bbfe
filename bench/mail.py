"""Mails rendered and handed to a mail server one by one, against smtplib that sends the same bytes made beforehand.

Both open an encrypted connection for each mail: a delivery is a task of its own, so that each recipient has an answer
of his own and nobody waits for another's server. The floor reads nothing and writes nothing down. Ours reads the
document and the rules, makes a link, renders two forms of the letter, encodes its files, and writes down, in commits
of their own because a process may die between any two of them, that the mail is taken in hand, is about to leave, and
what the server said: three commits and some thirty statements, which is what the bar pays for.
"""

from __future__ import annotations

import json
import os
import smtplib
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

from django.conf import settings

from bench import measure, world
from invoicing import tasks
from invoicing.actions import dispatch
from invoicing.actions.documents import render_documents
from invoicing.dispatching.plain import Recipient, Sending
from invoicing.models import Delivery, MailServer
from tenants.models import Organization, OutboxRow
from tests import builders

DOCUMENTS = 10
RECIPIENTS = 10
WARM = 50  # mails before the measured ones
MAIL_BYTES = 45_000  # about a letter with its PDF, as mail
RATIO_MAX = 9.0
GROWTH_MB_MAX = 24.0


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Seconds per mail in one run over real connections with TLS, and how the process grows meanwhile."""
    count = 200 if quick else 1_000
    with tempfile.TemporaryDirectory(prefix="bench-sink-") as folder, _Sink(folder) as sink:
        # The floor before and after, so that whatever else the machine does meanwhile weighs on both.
        before = _floor(sink.port, count // 2)
        ours = _ours(sink.port, count)
        floor = (before + _floor(sink.port, count // 2)) / 2
        taken = sink.close()
    expected = 2 * count + WARM
    if (taken, ours["sent"]) != (expected, count + WARM):
        raise RuntimeError(f"The server took {taken} mails of {expected}, and {ours['sent']} say that they were sent.")
    return [
        measure.row(f"mail: {count:,} over SMTP", ours["seconds"] * 1000, floor * 1000, "ms/mail", bar=RATIO_MAX),
        measure.limit_row(f"mail: {count:,}, memory on top", ours["grown_mb"], GROWTH_MB_MAX, "MB", decimals=1),
    ]


class _Sink:
    """The mail server in a process of its own."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def __enter__(self) -> _Sink:
        command = [sys.executable, "-m", "bench.mail_sink", self._folder]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        certificate, port = self._process.stdout.readline().split()
        self.port = int(port)
        self._before = os.environ.get("SSL_CERT_FILE")
        os.environ["SSL_CERT_FILE"] = certificate
        return self

    def close(self) -> int:
        """Stop it; how many mails it took."""
        told, _errors = self._process.communicate(timeout=30)
        return int(told.split()[-1])

    def __exit__(self, *_error: object) -> None:
        if self._before is None:
            os.environ.pop("SSL_CERT_FILE", None)
        else:
            os.environ["SSL_CERT_FILE"] = self._before
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _ours(port: int, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.mail_worker", str(port), str(count)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return told


def _floor(port: int, count: int) -> float:
    """Seconds per mail of a program that does nothing but connect, encrypt and send."""
    content = b"Subject: Bench\r\n\r\n" + (b"0123456789abcdef" * 4 + b"\r\n") * (MAIL_BYTES // 66)
    trusted = ssl.create_default_context()
    start = perf_counter()
    for place in range(count):
        with smtplib.SMTP("127.0.0.1", port, "bench", timeout=20) as connection:
            connection.starttls(context=trusted)
            connection.sendmail("faktura@bench.example", f"post{place}@kunde.example", content)
    return (perf_counter() - start) / count


def own_folder(folder: Path) -> Path:
    """Files of the bench lie apart."""
    settings.DATA_DIR, settings.FILES_DIR = folder, folder / "files"
    return folder


def prepare(port: int, count: int) -> tuple[Organization, list[UUID]]:
    """A company with finalized documents and so many deliveries that wait for a worker; the ids of their effects."""
    organization = world.make_organization(1)
    invoices = [builders.make_finalized_invoice(organization) for _place in range(DOCUMENTS)]
    with builders.in_organization(organization):
        MailServer.objects.create(organization=organization, host="127.0.0.1", port=port)
    for invoice in invoices:
        with builders.in_organization(organization):
            render_documents(organization, invoice.pk, actor=builders.actor_of(organization))
    for place in range(-(-count // RECIPIENTS)):
        people = tuple(
            Recipient("email", f"post{place}-{one}@kunde.example", "", is_copy=one > 0) for one in range(RECIPIENTS)
        )
        sending = Sending("again", f"bench:{place}", people)
        with builders.in_organization(organization):
            dispatch.dispatch_document(
                organization,
                invoices[place % DOCUMENTS].pk,
                sending,
                actor=builders.actor_of(organization),
                now=datetime.now(UTC),
            )
    with builders.in_organization(organization):
        rows = OutboxRow.objects.of(organization).filter(kind=dispatch.HAND_OVER).order_by("created_at", "id")
        ids = list(rows.values_list("pk", flat=True)[:count])
        OutboxRow.objects.of(organization).filter(pk__in=ids).update(state="sending", attempts=1)
    return organization, ids


def hand_over(organization: Organization, row_ids: Sequence[UUID]) -> None:
    """What a worker does for each delivery, one after the other."""
    for row_id in row_ids:
        tasks.deliveries.hand_over(str(organization.pk), str(row_id))


def sent_count(organization: Organization) -> int:
    """How many deliveries say that a server has taken them."""
    with builders.in_organization(organization):
        return Delivery.objects.of(organization).filter(state="sent").count()


def status_kb(name: str) -> int:
    """A figure of this process, in kilobytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])
