"""Four workers that decide and send the same company's reminders over and over; some are killed, others go on.

    python -m tests.reliability.dunning_crew FOLDER

reads FOLDER/plan.json and ends when as many turns are taken as it says. A turn is a morning of the day that the turns
have come to: decide, send, hand over what is due, look what became of letters, and let something happen to a claim.
Whoever is killed dies at a point of its own choosing: before and after mail leaves, between a letter and its commit.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import OperationalError

from foundation.errors import DomainError

WORKERS = 4
GIVE_UP_SECONDS = 900.0
POLL_SECONDS = 0.01
# Where somebody may die: module, name, and whether the step itself has been taken then.
POINTS = (
    ("invoicing.tasks.deliveries", "hand", False),
    ("invoicing.tasks.deliveries", "hand", True),
    ("invoicing.actions.deliveries", "mark_handing_over", True),
    ("invoicing.actions.deliveries", "settle_attempt", True),
    ("reminders.actions.sending", "send_demands", True),
    ("reminders.actions.sending", "note_reminded", True),
    ("reminders.actions.run", "plan_decided", True),
)


def main(folder: Path) -> int:
    """Run the crew until its turns are taken; keeps how many were killed."""
    import django

    django.setup()
    import config.celery
    import invoicing.tasks
    import reminders.tasks
    import tests.builders
    from invoicing.documents import pdf

    loaded = (config.celery, invoicing.tasks, reminders.tasks, tests.builders)  # once, before the forks
    assert all(loaded)
    config.celery.app.conf.task_always_eager = True
    pdf.warm_up()
    crew = Crew(folder, json.loads((folder / "plan.json").read_text()))
    crew.run()
    (folder / "killed").write_text(str(crew.killed))
    return 0


class Crew:
    """The workers that live, and what becomes of the others."""

    def __init__(self, folder: Path, plan: dict[str, Any]) -> None:
        self.folder = folder
        self.plan = plan
        self.random = random.Random(plan["seed"])
        self.workers: set[int] = set()
        self.started = self.killed = 0

    def run(self) -> None:
        """Keep four at work until the turns are taken."""
        give_up = time.monotonic() + GIVE_UP_SECONDS
        for _index in range(WORKERS):
            self.start()
        while self.workers:
            if time.monotonic() > give_up:
                self.end_all()
                raise SystemExit(f"Not done after {GIVE_UP_SECONDS} seconds.")
            for pid, status in self.ended():
                self.workers.discard(pid)
                if os.WIFSIGNALED(status):
                    self.killed += 1
                    self.start()
                elif status:
                    self.end_all()
                    raise SystemExit("A worker gave up.")
            time.sleep(POLL_SECONDS)

    def start(self) -> None:
        """Fork a worker; those who are to die are given their point."""
        self.started += 1
        is_to_die = self.started <= self.plan["kills"]
        seed = f"{self.plan['seed']}-{self.started}"
        pid = os.fork()
        if pid == 0:
            try:
                Worker(self.folder, self.plan, random.Random(seed), is_to_die=is_to_die).run()
                os._exit(0)
            except BaseException as error:  # noqa: BLE001 - whatever it is, a fork must not go on as its parent
                import traceback

                traceback.print_exc()
                print(f"worker {seed}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
                os._exit(1)
        self.workers.add(pid)

    def ended(self) -> Iterator[tuple[int, int]]:
        """The processes that have ended since the last look."""
        while self.workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            yield pid, status

    def end_all(self) -> None:
        """Let no worker outlive the crew."""
        for pid in self.workers:
            os.kill(pid, signal.SIGKILL)


class Worker:
    """One that takes turns until there are enough."""

    def __init__(self, folder: Path, plan: dict[str, Any], chance: random.Random, *, is_to_die: bool) -> None:
        self.folder = folder
        self.plan = plan
        self.random = chance
        self.first = date.fromisoformat(plan["first"])
        if is_to_die:
            set_fuse(chance.choice(POINTS), burns=chance.randint(1, 2))

    def run(self) -> None:
        """Take turns; what the others have in hand or changed meanwhile is theirs."""
        from tenants.context import organization_context

        with organization_context(UUID(self.plan["organization"])):
            while (turn := self.next_turn()) <= self.plan["turns"]:
                today = self.first + timedelta(days=turn * self.plan["days"] // self.plan["turns"])
                for act in (self.decide, self.send, self.hand_over, self.settle, self.happen):
                    try:
                        act(today)
                    except OperationalError:  # a lock that others hold: the next turn comes by again
                        from django.db import connection

                        connection.close()

    def next_turn(self) -> int:
        """Turns are counted by the size of a file, which grows whole whoever is killed."""
        with (self.folder / "turns").open("ab") as counted:
            counted.write(b".")
            counted.flush()
            return counted.tell()

    @property
    def organization(self) -> Any:
        """The company, read anew."""
        from foundation.transactions import read_only
        from tenants.models import Organization

        with read_only():
            return Organization.objects.get(pk=UUID(self.plan["organization"]))

    def decide(self, today: date) -> None:
        """The morning's decision."""
        from reminders.actions.run import open_run

        open_run(self.organization, actor=robot(), today=today, now=at(today))

    def send(self, today: date) -> None:
        """Some of what is planned."""
        from foundation.transactions import read_only
        from reminders.actions.sending import send_chunk
        from reminders.queries.reminders import next_to_send

        organization = self.organization
        with read_only():
            ids = next_to_send(organization, through=today, most=4)
        send_chunk(organization, ids, actor=robot(), today=today, now=at(today))

    def hand_over(self, today: date) -> None:
        """What the relay would hand to workers is worked on here, by the calendar of the turn."""
        from invoicing.tasks import deliveries
        from tenants.outbox import hand_out_due_rows

        setattr(deliveries, "local_today", lambda _organization: today)  # noqa: B010 - a clock that tests set
        hand_out_due_rows()

    def settle(self, today: date) -> None:
        """What became of letters."""
        from reminders.actions.withdrawing import settle_letters

        settle_letters(self.organization, actor=robot(), today=today, now=at(today))

    def happen(self, today: date) -> None:
        """Now and then a claim is paid, disputed or credited, or its customer pays too much; told once committed."""
        if self.random.random() > self.plan["happens"]:
            return
        # The first of the customers leave everything as it is: they get every letter.
        claim_id, customer_id = self.random.choice(self.plan["claims"][self.plan["quiet"] :])
        happens = self.random.choice([pay, pay, dispute, pay_too_much])
        try:
            happens(self.organization, UUID(claim_id), UUID(customer_id), today)
        except DomainError:  # somebody else was quicker: the claim is settled
            return
        told = {"claim": claim_id, "what": happens.__name__, "at": datetime.now(UTC).isoformat()}
        with (self.folder / "happened").open("ab") as line:
            line.write(json.dumps(told).encode() + b"\n")


def set_fuse(point: tuple[str, str, bool], *, burns: int) -> None:
    """Die by SIGKILL, as power fails, at the given passage of the point."""
    from importlib import import_module

    module, name, is_after = point
    place = import_module(module)
    step: Callable[..., Any] = getattr(place, name)
    passed = 0

    def burn(*values: Any, **more: Any) -> Any:
        nonlocal passed
        passed += 1
        if passed >= burns and not is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = step(*values, **more)
        if passed >= burns:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(place, name, burn)


def pay(organization: Any, claim_id: UUID, _customer_id: UUID, today: date) -> None:
    """The whole of what is open, additions too."""
    from payments.additions import additions_of
    from payments.queries import balances
    from tests import builders
    from tests.payments import by_hand

    with builders.in_organization(organization):
        ids = [claim_id, *(each.receivable_id for each in additions_of(organization.pk, [claim_id])[claim_id])]
        owed = sum((each.currency_amount for each in balances(organization.pk, ids).values()), Decimal(0))
    if owed > 0:
        by_hand.pay(organization, str(owed), *ids, day=today)


def dispute(organization: Any, claim_id: UUID, _customer_id: UUID, _today: date) -> None:
    """The customer does not agree."""
    from payments.holds import place_hold
    from tests import builders

    with builders.in_organization(organization):
        place_hold(organization, claim_id, kind="dispute", reason="Feil", actor=robot(), now=datetime.now(UTC))


def pay_too_much(organization: Any, _claim_id: UUID, customer_id: UUID, today: date) -> None:
    """Money that nobody knows the use of yet covers what the customer owes."""
    from tests.payments import by_hand

    by_hand.pay(organization, "90000.00", customer_id=customer_id, day=today)


def robot() -> Any:
    """Who acts."""
    from tenants.audit import Actor

    return Actor.system()


def at(day: date) -> datetime:
    """The morning of a day."""
    return datetime(day.year, day.month, day.day, 7, tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
