"""Every channel under every fault at once: what the receiving servers got is counted, and nothing ends in silence.

The worker is the real one. It is killed with SIGKILL by the mail server itself, at the very moment that counts: once
when the server has heard the recipient and seen no word, once when it has taken the mail and the answer is due.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils import timezone

from foundation.encryption import seal
from invoicing.actions import dispatch, printing
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import states
from invoicing.dispatching.plain import Recipient, Sending
from invoicing.documents.ehf_checks import check_ehf
from invoicing.models import AccessPoint, Delivery, MailServer, PrintBatch
from tenants.models import Organization, OutboxRow, OutboxState
from tests import builders
from tests.invoicing import mail_server
from tests.invoicing.mail_server import MailHouse
from tests.invoicing.peppol_servers import TOKEN, AccessPointSimulator, serving
from tests.reliability import processes
from tests.reliability.brokers import OwnBroker, own_broker
from tests.reliability.servers import OwnServer
from tests.reliability.world import new_organization

SETTLED_SECONDS_MAX = 150
FORGET_OWNER = "DELETE FROM tenants_environment"
END_LEASES = "UPDATE tenants_outboxrow SET lease_until = now() - interval '1 second' WHERE organization_id = %s"
MAKE_DUE = "UPDATE tenants_outboxrow SET not_before = now() WHERE organization_id = %s AND state = 'new'"
LATER = timedelta(days=4)  # longer than any channel has

KILLED_BEFORE, KILLED_AFTER = "killed-before@havglott.example", "killed-after@havglott.example"
REFUSED, ASKED_TO_WAIT, UNANSWERED = "nobody@havglott.example", "later@havglott.example", "silent@havglott.example"
LETTER = Recipient("paper", "Kaiveien 12, 0000 Nordhavn, NO")
EHF = Recipient("ehf", f"0192:{builders.CUSTOMER_ORGANIZATION_NUMBER}")


@dataclass
class HostileHouse(MailHouse):
    """A mail server that kills who speaks to it, refuses, asks to wait and hangs up, by the address."""

    kill_sender: Callable[[], None] = lambda: None
    heard: Counter[str] = field(default_factory=Counter)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's
        self.heard[address] += 1
        if address == KILLED_BEFORE and self.heard[address] == 1:
            self.kill_sender()
        if address == ASKED_TO_WAIT and self.heard[address] == 1:
            return "451 4.3.0 Try later"
        return (
            "550 5.1.1 No such user"
            if address == REFUSED
            else await super().handle_RCPT(server, session, envelope, address, options)
        )

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        self.hangs_up_after_data = UNANSWERED in envelope.rcpt_tos
        answer = await super().handle_DATA(server, session, envelope)
        if KILLED_AFTER in envelope.rcpt_tos:
            self.kill_sender()
        return answer


@dataclass
class Crew:
    """The relay and the worker as the processes that they are; whoever has been killed is started anew."""

    server: OwnServer
    broker: OwnBroker
    folder: Path
    house: HostileHouse
    running: ExitStack
    worker: subprocess.Popen[bytes] | None = None
    starts: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """Our database and broker, and the data folder of the test."""
        return self.server.environment | {"REDIS_URL": self.broker.url, "BILAG_DATA_DIR": str(self.folder)}

    def start_relay(self) -> None:
        """The relay, until the test ends."""
        command = [sys.executable, "manage.py", "run_relay"]
        said = self.folder / "relay"
        self.running.enter_context(processes.program(command, environment=self.environment, said=said))

    def work_until_nothing_waits(self, organization: Organization) -> None:
        """Let the worker work, and start it again after each death, until no effect is due or under way."""
        give_up = time.monotonic() + SETTLED_SECONDS_MAX
        while self._waiting(organization):
            assert time.monotonic() < give_up, (self.folder / "worker").read_text()[-4000:]
            if self.worker is None or self.worker.poll() is not None:
                self._end_leases(organization)
                self._start_worker()
            with self.server.superuser() as session:
                session.execute(MAKE_DUE, [organization.pk])
            time.sleep(0.1)

    def _start_worker(self) -> None:
        command, said = processes.worker_alone(), self.folder / "worker"
        self.worker = self.running.enter_context(processes.program(command, environment=self.environment, said=said))
        self.house.kill_sender = self.worker.kill
        self.starts += 1

    def _end_leases(self, organization: Organization) -> None:
        with self.server.superuser() as session:
            session.execute(END_LEASES, [organization.pk])

    @staticmethod
    def _waiting(organization: Organization) -> list[str]:
        with builders.in_organization(organization):
            rows = OutboxRow.objects.of(organization).filter(state__in=[OutboxState.NEW, OutboxState.SENDING])
            return [f"{row.kind} {row.state}" for row in rows]


def test_every_delivery_arrives_or_is_seen_and_nobody_gets_anything_twice(
    server: OwnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = mail_server.write_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with server.superuser() as session:
        session.execute(FORGET_OWNER)  # each test is an installation of its own, and only one of them may send
    organization, house = new_organization(), HostileHouse()
    point = AccessPointSimulator(faults=["delay", "busy", "refuse"])
    with ExitStack() as running:
        broker = running.enter_context(own_broker())
        broker.start()
        running.enter_context(mail_server.running(certificate, house))
        _name_servers(organization, house, running.enter_context(serving(point.answer)))
        made = _sent(organization)
        crew = Crew(server, broker, tmp_path, house, running)
        crew.start_relay()
        _flush_once_all_was_handed_out(organization, broker, len(made) - 1)
        crew.work_until_nothing_waits(organization)
        _print_what_took_over(organization, crew)

    assert crew.starts == 3  # the first, and one after each death
    now = _states(organization)
    assert now == {
        KILLED_BEFORE: "sent",
        KILLED_AFTER: "unknown",
        REFUSED: "bounced",
        ASKED_TO_WAIT: "sent",
        UNANSWERED: "unknown",
        "efaktura": "sent",
        "letter": "queued",
        "letter that took over": "sent",
        "ehf": "rejected sent sent",
    }
    assert Counter(got.recipients[0] for got in house.got) == dict.fromkeys(
        (KILLED_BEFORE, KILLED_AFTER, ASKED_TO_WAIT, UNANSWERED), 1
    )
    assert house.heard[KILLED_BEFORE] == house.heard[ASKED_TO_WAIT] == 2
    assert len(point.documents) == 2
    assert point.complaints == []
    for xml in point.documents.values():
        assert check_ehf(xml, today=builders.TODAY).fatal == ()
    assert len(list((tmp_path / "efaktura-out" / str(organization.pk)).glob("*.xml"))) == 1
    _assert_nothing_is_silent(organization)


def _name_servers(organization: Organization, house: MailHouse, address: str) -> None:
    sealed = seal(TOKEN, organization_id=organization.pk, column=AccessPoint.TOKEN_COLUMN)
    with builders.in_organization(organization):
        MailServer.objects.create(organization=organization, host="127.0.0.1", port=house.port)
        AccessPoint.objects.create(organization=organization, kind="phoss", address=address, token_sealed=sealed)


def _sent(organization: Organization) -> list[Delivery]:
    """Ten documents, each sent to one recipient."""
    customer = builders.make_customer(organization)
    mails = [Recipient("email", one) for one in (KILLED_BEFORE, KILLED_AFTER, REFUSED, ASKED_TO_WAIT, UNANSWERED)]
    made = []
    for recipient in (*mails, EHF, EHF, EHF, Recipient("efaktura", "00000000001"), LETTER):
        invoice = builders.make_finalized_invoice(organization, customer)
        chain = (LETTER,) if recipient.address == REFUSED else ()
        with builders.in_organization(organization):
            sending = Sending("first", "first", (recipient,), chain)
            act = dispatch.dispatch_document(
                organization, invoice.pk, sending, actor=builders.actor_of(organization), now=timezone.now()
            )
            made += sendings.deliveries_of_dispatch(organization, act)
    return made


def _flush_once_all_was_handed_out(organization: Organization, broker: OwnBroker, count: int) -> None:
    give_up = time.monotonic() + SETTLED_SECONDS_MAX
    while broker.count("default") < count:
        assert time.monotonic() < give_up
        time.sleep(0.05)
    broker.flush()
    assert broker.count("default") == 0


def _print_what_took_over(organization: Organization, crew: Crew) -> None:
    with builders.in_organization(organization):
        [letter] = Delivery.objects.of(organization).filter(channel="paper").exclude(follows=None)
        actor = builders.actor_of(organization)
        printing.make_print_batch(organization, [letter.pk], actor=actor, key="one")
    crew.work_until_nothing_waits(organization)
    with builders.in_organization(organization):
        [batch] = PrintBatch.objects.of(organization)
        printing.mark_printed(organization, batch.pk, actor=actor, now=timezone.now())
    crew.work_until_nothing_waits(organization)


def _states(organization: Organization) -> dict[str, str]:
    with builders.in_organization(organization):
        rows = list(Delivery.objects.of(organization))
    told: dict[str, list[str]] = {}
    for row in rows:
        letter = "letter that took over" if row.follows_id else "letter"
        name = {"email": row.recipient, "paper": letter}.get(row.channel, row.channel)
        told.setdefault(name, []).append(row.state)
    return {name: " ".join(sorted(found)) for name, found in told.items()}


def _assert_nothing_is_silent(organization: Organization) -> None:
    """Every document was handed to somebody, or stands in the queue of what nobody got once its time is up."""
    now = timezone.now() + LATER
    with builders.in_organization(organization):
        rows = list(Delivery.objects.of(organization))
        stuck = {delivery.subject_id for delivery in sendings.stuck_deliveries(organization, now)}
    reached = {delivery.subject_id for delivery in rows if delivery.state in states.HANDED_OVER}
    assert stuck | reached == {delivery.subject_id for delivery in rows}
    assert not stuck & reached
    assert len(stuck) == 4
