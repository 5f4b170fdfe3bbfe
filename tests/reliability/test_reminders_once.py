"""Four processes remind over and over while they are killed and while customers pay, dispute and overpay.

What the mail server received decides: each step of each claim at most once, and nothing to whom had paid, disputed or
money with us before the letter was let go (cases 2, 12, 14; M-011).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from django.db.models import Sum
from django.utils import timezone

from invoicing.dispatching import states
from invoicing.models import Delivery, MailServer
from payments.models import Allocation, Receivable
from reminders.actions.withdrawing import settle_letters
from reminders.models import DunningRun, Reminder, ReminderLetter, ReminderSettings, ReminderState
from tenants.context import organization_context
from tenants.models import Organization, OutboxRow, OutboxState
from tests import builders
from tests.invoicing import mail_server
from tests.invoicing.mail_server import MailHouse
from tests.reliability import invariants, processes
from tests.reliability.dunning_crew import robot
from tests.reliability.servers import OwnServer
from tests.reliability.world import new_organization

CLAIMS = builders.scaled(120, 5)
TURNS = builders.scaled(1_000, 34)
KILLS = builders.scaled(60, 4)
DAYS = 24
QUIET = 2  # customers to whose claims nothing happens
FIRST = date(2026, 3, 12)  # four days before the claims fall due
ISSUED = date(2026, 3, 2)
SECONDS_MAX = 900
FORGET_OWNER = "DELETE FROM tenants_environment"
END_LEASES = "UPDATE tenants_outboxrow SET lease_until = now() - interval '1 second' WHERE organization_id = %s"
MAKE_DUE = "UPDATE tenants_outboxrow SET not_before = now() WHERE organization_id = %s AND state = 'new'"


@dataclass
class Stormed:
    """A company after the storm, and what the mail server has of it."""

    organization: Organization
    house: MailHouse
    happened: list[dict[str, str]]
    killed: int
    turns: int


def test_each_step_reaches_its_debtor_at_most_once_and_never_one_who_has_paid(
    server: OwnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _storm(server, tmp_path, monkeypatch) as stormed:
        organization = stormed.organization
    with builders.in_organization(organization):
        deliveries = {str(one.pk): one for one in Delivery.objects.of(organization).select_related("dispatch")}
        letters = {one.paper_id: one for one in ReminderLetter.objects.of(organization)}
        received = [deliveries[str(got.message["Message-ID"])[1:].split("@")[0]] for got in stormed.house.got]
        print(
            f"seed {builders.SEED}: {stormed.turns} turns, {stormed.killed} killed, {len(letters)} letters,"
            f" {len(received)} mails, {len(stormed.happened)} things happened"
        )
        _each_step_came_once(received, letters)
        _nobody_was_written_to_after_it_was_over(received, stormed.happened)
        _fees_stand_for_letters_that_went(organization, received, letters)
        runs = DunningRun.objects.of(organization).count()
    assert runs <= DAYS + 1
    assert 0 < stormed.killed <= KILLS
    assert stormed.turns >= TURNS
    assert len(received) >= QUIET  # it was a storm of letters, too
    invariants.assert_ledger_balances(server, organization.pk)
    invariants.assert_whole(organization)


@contextmanager
def _storm(server: OwnServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stormed]:
    certificate = mail_server.write_certificate(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with server.superuser() as session:
        session.execute(FORGET_OWNER)  # each test is an installation of its own, and only one of them may send
    organization = new_organization()
    claims = _claims(organization)
    with mail_server.running(certificate) as house:
        with builders.in_organization(organization):
            MailServer.objects.create(organization=organization, host="127.0.0.1", port=house.port)
            ReminderSettings.objects.create(organization=organization, is_on=True)
        plan = {
            "organization": str(organization.pk),
            "seed": builders.SEED,
            "turns": TURNS,
            "kills": KILLS,
            "first": FIRST.isoformat(),
            "days": DAYS,
            "happens": 0.15,
            "claims": claims,
            "quiet": QUIET,
        }
        (folder / "plan.json").write_text(json.dumps(plan))
        (folder / "happened").touch()
        environment = server.environment | {"BILAG_DATA_DIR": str(folder)}
        said = folder / "said"
        arguments = ("tests.reliability.dunning_crew", str(folder))
        with processes.child(*arguments, environment=environment, said=said) as crew:
            assert crew.wait(timeout=SECONDS_MAX) == 0, said.read_text()[-4_000:]
        last = FIRST + timedelta(days=DAYS)
        monkeypatch.setattr("invoicing.tasks.deliveries.local_today", lambda _organization: last)
        _work_off(server, organization, last)
        happened = [json.loads(line) for line in (folder / "happened").read_text().splitlines()]
        turns = (folder / "turns").stat().st_size
        yield Stormed(organization, house, happened, int((folder / "killed").read_text()), turns)


def _claims(organization: Organization) -> list[tuple[str, str]]:
    drafts = []
    for place in range(CLAIMS):
        customer = builders.make_customer(
            organization,
            name=f"Kunde {place}",
            kind="consumer",
            organization_number="",
            email=f"k{place}@kunde.example",
        )
        drafts.append(builders.make_draft(organization, customer, [builders.line(quantity=Decimal(2))], ISSUED).pk)
    made = []
    for start in range(0, CLAIMS, 50):
        made += builders.finalize_drafts(organization, drafts[start : start + 50], ISSUED)
    return [(str(invoice.receivable_id), str(invoice.customer_id)) for invoice in made]


def _work_off(server: OwnServer, organization: Organization, day: date) -> None:
    """What those who died had in hand is taken up again, and every letter is settled."""
    for _round in range(20):
        with server.superuser() as session:
            session.execute(END_LEASES, [organization.pk])
            session.execute(MAKE_DUE, [organization.pk])
        builders.run_background()
        with builders.in_organization(organization):
            waiting = OutboxRow.objects.of(organization).filter(state__in=[OutboxState.NEW, OutboxState.SENDING])
            is_done = not waiting.exists()
        if is_done:
            break
    with organization_context(organization.pk):
        settle_letters(organization, actor=robot(), today=day, now=timezone.now())


def _each_step_came_once(received: list[Delivery], letters: dict[UUID, ReminderLetter]) -> None:
    steps = Counter(
        (claim["receivable"], letters[one.subject_id].step) for one in received for claim in one.dispatch.stands_on
    )
    assert set(steps.values()) == {1}, steps


def _nobody_was_written_to_after_it_was_over(received: list[Delivery], happened: list[dict[str, str]]) -> None:
    """What had been committed before the letter was let go must have kept it back."""
    over: dict[str, datetime] = {}
    by_customer = defaultdict(list)
    for told in happened:
        moment = datetime.fromisoformat(told["at"])
        over[told["claim"]] = min(over.get(told["claim"], moment), moment)
        by_customer[told["claim"]].append(told["what"])
    for one in received:
        assert one.handing_over_at is not None
        for claim in one.dispatch.stands_on:
            ended = over.get(claim["receivable"])
            assert ended is None or one.handing_over_at <= ended, (claim, by_customer[claim["receivable"]])


def _fees_stand_for_letters_that_went(
    organization: Organization, received: list[Delivery], letters: dict[UUID, ReminderLetter]
) -> None:
    """Fees and interest are owed for letters that went, or may have gone; those of all others are taken back."""
    went = {one.subject_id for one in received}
    unsure = set(Delivery.objects.of(organization).filter(state=states.UNKNOWN).values_list("subject_id", flat=True))
    for letter in letters.values():
        assert letter.settled_at is not None, _told_of(organization, letter)
        if letter.paper_id in went:
            assert letter.withdrawn_at is None
        else:
            assert letter.withdrawn_at is not None or letter.paper_id in unsure
    sent = Reminder.objects.of(organization).filter(state=ReminderState.SENT, withdrawn_at=None)
    asked = sent.aggregate(fees=Sum("fee"), interest=Sum("interest"))
    for kind, amount in (("fee", asked["fees"]), ("interest", asked["interest"])):
        assert _standing(organization, kind) == (amount or 0), kind


def _told_of(organization: Organization, letter: ReminderLetter) -> list[str]:
    """Where the deliveries of a letter stand, for who reads why the test failed."""
    rows = Delivery.objects.of(organization).filter(subject_id=letter.paper_id)
    return [f"{row.recipient} {row.state} {row.reason_code} {row.handing_over_at} {row.attempts}" for row in rows]


def _standing(organization: Organization, kind: str) -> Decimal:
    """What was added to claims and not taken back."""
    added = Receivable.objects.of(organization).filter(kind=kind)
    opened = added.filter(postings__voucher__kind__in=["fee", "interest"]).aggregate(
        all=Sum("postings__currency_amount")
    )
    waived = (
        Allocation.objects.of(organization).filter(receivable__kind=kind, kind="waived").aggregate(all=Sum("amount"))
    )
    return (opened["all"] or Decimal(0)) - (waived["all"] or Decimal(0))
