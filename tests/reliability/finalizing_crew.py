"""Many clients that finalize at once, each a process of its own; some are killed, and others take their place.

    python -m tests.reliability.finalizing_crew FOLDER

reads FOLDER/plan.json and ends when every job of every client is acknowledged in FOLDER/acknowledged. It is the parent
of its clients and kills them itself, so that no process number is ever another's.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

KILL_PAUSE_SECONDS = (0.02, 0.25)
POLL_SECONDS = 0.01
GIVE_UP_SECONDS = 600.0


def main(folder: Path) -> int:
    """Run the crew until all is acknowledged; returns how many clients were killed."""
    import django

    django.setup()
    import config.celery
    import invoicing.actions.finalize
    import invoicing.tasks

    loaded = (config.celery, invoicing.actions.finalize, invoicing.tasks)  # once, before the forks
    assert all(loaded)
    plan: dict[str, Any] = json.loads((folder / "plan.json").read_text())
    crew = Crew(folder, plan)
    crew.run()
    (folder / "killed").write_text(str(crew.killed))
    return 0


class Crew:
    """The clients that live, and the one who kills them."""

    def __init__(self, folder: Path, plan: dict[str, Any]) -> None:
        self.folder = folder
        self.plan = plan
        self.random = random.Random(plan["seed"])
        self.clients: dict[int, int] = {}  # index by process number
        self.killed = 0

    def run(self) -> None:
        """Start every client, kill some, replace the dead, until all have done their jobs."""
        for index in range(self.plan["clients"]):
            self.start(index)
        give_up = time.monotonic() + GIVE_UP_SECONDS
        next_kill = time.monotonic() + self.random.uniform(*KILL_PAUSE_SECONDS)
        while self.clients:
            if time.monotonic() > give_up:
                self.end_all()
                raise SystemExit(f"Not done after {GIVE_UP_SECONDS} seconds.")
            self.reap()
            if self.killed < self.plan["kills"] and time.monotonic() > next_kill and self.clients:
                os.kill(self.random.choice(list(self.clients)), signal.SIGKILL)
                self.killed += 1
                next_kill = time.monotonic() + self.random.uniform(*KILL_PAUSE_SECONDS)
            time.sleep(POLL_SECONDS)

    def start(self, index: int) -> None:
        """Fork a client."""
        pid = os.fork()
        if pid == 0:
            try:
                Client(self.folder, index, self.plan).run()
                os._exit(0)
            except BaseException as error:  # noqa: BLE001 - whatever it is, a fork must not go on as its parent
                print(f"client {index}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
                os._exit(1)
        self.clients[pid] = index

    def reap(self) -> None:
        """Put a new client in the place of each that was killed."""
        for pid, status in self.ended():
            index = self.clients.pop(pid)
            if os.WIFSIGNALED(status):
                self.start(index)
            elif status:
                self.end_all()
                raise SystemExit(f"Client {index} gave up.")

    def ended(self) -> Iterator[tuple[int, int]]:
        """The processes that have ended since the last look."""
        while self.clients:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            yield pid, status

    def end_all(self) -> None:
        """Let no client outlive the crew."""
        for pid in self.clients:
            os.kill(pid, signal.SIGKILL)


class Client:
    """Finalizes its drafts and notes what it was told; begins anew where its predecessor was killed."""

    def __init__(self, folder: Path, index: int, plan: dict[str, Any]) -> None:
        self.folder = folder / "acknowledged"
        self.index = index
        self.jobs: list[list[str]] = plan["jobs"][index]
        self.organization_id = UUID(plan["organization"])
        self.today = date.fromisoformat(plan["today"])
        self.random = random.Random(f"{plan['seed']}-{index}")

    def run(self) -> None:
        """Every job that is not acknowledged yet."""
        from tenants.context import organization_context

        with organization_context(self.organization_id):
            for number, drafts in enumerate(self.jobs):
                note = self.folder / f"{self.index}-{number}.json"
                if not note.exists():
                    self.acknowledge(note, self.until_told(drafts))

    def until_told(self, drafts: list[str]) -> dict[str, int]:
        """Try the same drafts again until the database has answered."""
        from django.db import DatabaseError, InterfaceError, OperationalError, connection

        while True:
            try:
                return self.finalize(drafts)
            except (OperationalError, InterfaceError):
                try:
                    connection.close()
                except DatabaseError:
                    connection.connection = None
                time.sleep(self.random.uniform(0.02, 0.2))

    def finalize(self, drafts: list[str]) -> dict[str, int]:
        """The numbers that these drafts have got, now or before."""
        from foundation.transactions import read_only
        from invoicing.actions.finalize import finalize_invoices
        from invoicing.errors import InvoiceAlreadyFinalized
        from invoicing.models import Invoice
        from tenants.audit import Actor
        from tenants.models import Organization

        ids = [UUID(draft) for draft in drafts]
        with read_only():
            organization = Organization.objects.get(pk=self.organization_id)
        try:
            invoices = finalize_invoices(
                organization, ids, actor=Actor.system(f"Client {self.index}"), today=self.today
            )
        except InvoiceAlreadyFinalized:
            with read_only():
                invoices = list(Invoice.objects.of(organization).filter(pk__in=ids))
        return {str(invoice.pk): int(str(invoice.number)) for invoice in invoices}

    def acknowledge(self, note: Path, numbers: dict[str, int]) -> None:
        """Write what was told, whole or not at all."""
        half = note.with_suffix(".half")
        half.write_text(json.dumps(numbers))
        half.rename(note)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
