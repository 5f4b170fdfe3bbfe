"""Money that was booked in the accounting system comes back once, and is never pushed there as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError
from django.db import connection as database
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounting_sync.actions import proposals as actions
from accounting_sync.actions.proposals import CannotBeTheSame, Known, ProposalIsSettled
from accounting_sync.actions.repairing import ItemIsElsewhere, Repair, look_again
from accounting_sync.fetching.payments import day_to_read_from, read_payments
from accounting_sync.models import AccountMapping, Connection, PaymentProposal, ProposalState, SyncState
from accounting_sync.providers.base import Adapter, Answer, RemotePayment
from accounting_sync.providers.fiken import Fiken
from accounting_sync.providers.registry import adapters
from accounting_sync.tasks.changes import fetch_changes, fetch_connection
from foundation.ids import uuid7
from invoicing.models import Invoice
from payments import queries as ledger
from payments.errors import NotYet
from payments.ledger import PeriodIsClosed
from payments.models import Payment, PeriodLock
from tenants.models import AuditEntry, Organization, User
from tests import builders
from tests.accounting_sync.connected import choose, compare, connect, items, push, served, talk, told
from tests.ledgers.faults import Fault
from tests.ledgers.server import LedgerServer
from tests.ledgers.systems.fiken import Ledger
from tests.payments.by_hand import owed, pay

ClientOf = Callable[[User], Client]
TELLING = sorted(slug for slug, adapter in adapters().items() if adapter.tells_payments)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = builders.TODAY


@pytest.fixture
def fiken(settings: Any, shared: object) -> Iterator[LedgerServer]:
    """A company in Fiken."""
    with LedgerServer(Ledger()) as server, served(server, settings):
        yield server
        server.assert_obeyed()


class Telling(Fiken):
    """Fiken, telling of payments that the company of the tests does not have."""

    def __init__(self, adapter: Adapter, told_of: Sequence[RemotePayment]) -> None:
        super().__init__(adapter.options_chosen, adapter.mode)
        self.told_of = told_of

    def paid(self, answer: Answer) -> Sequence[RemotePayment]:
        """These, whatever was asked for."""
        return self.told_of


def read(organization: Organization, connection: Connection, *, now: datetime = NOW, today: date = TODAY) -> int:
    """Read what was paid there."""
    with talk(organization, connection) as opened:
        opened.prepare()
        return read_payments(opened, today=today, now=now)


def proposals(organization: Organization) -> list[PaymentProposal]:
    """All of them in the order in which they were found."""
    with builders.in_organization(organization):
        return list(PaymentProposal.objects.of(organization).order_by("id"))


def take(organization: Organization, proposal: PaymentProposal, *, today: date = TODAY) -> Payment:
    """Register it on the bank account."""
    with builders.in_organization(organization):
        return actions.take_proposal(
            organization,
            proposal.pk,
            account_id=bank(organization),
            actor=builders.actor_of(organization),
            today=today,
            now=NOW,
        )


def bank(organization: Organization) -> UUID:
    """The account on which the bank stands."""
    return ledger.accounts_by_purpose(organization.pk)["bank"].pk


def payments(organization: Organization) -> list[Payment]:
    """All money that is registered."""
    with builders.in_organization(organization):
        return list(Payment.objects.of(organization).order_by("id"))


def there(server: LedgerServer) -> list[Decimal]:
    """Every payment that stands in the accounting system."""
    return [held.total for held in server.system.documents() if held.kind == "payment"]


def pushed_invoice(organization: Organization, server: LedgerServer, **changes: Any) -> tuple[Invoice, Connection]:
    """An invoice that stands there."""
    invoice = builders.make_finalized_invoice(organization)
    connection = connect(organization, server, **changes)
    [item] = push(organization, connection)
    assert told(item) == (SyncState.CONFIRMED, "")
    return invoice, connection


def found_payment(
    organization: Organization, server: LedgerServer, amount: str = "", **changes: Any
) -> tuple[Invoice, Connection, PaymentProposal]:
    """An invoice that was paid there, with the payment as it was found."""
    invoice, connection = pushed_invoice(organization, server, **changes)
    server.system.pay(str(invoice.number), Decimal(amount or invoice.payable_amount), TODAY)
    assert read(organization, connection) == 1
    [proposal] = proposals(organization)
    return invoice, connection, proposal


def test_a_payment_that_was_taken_is_not_pushed_there_as_well(organization: Organization, fiken: LedgerServer) -> None:
    invoice, connection, proposal = found_payment(organization, fiken)
    assert (proposal.amount, proposal.currency, proposal.day) == (invoice.payable_amount, "NOK", TODAY)
    assert (proposal.receivable_id, proposal.like_id, proposal.state) == (invoice.receivable_id, None, "open")

    payment = take(organization, proposal)
    push(organization, connection, rounds=2)

    assert there(fiken) == [invoice.payable_amount]
    assert owed(organization, invoice) == 0
    assert (payment.source, payment.method, payment.key) == (
        "accounting",
        "bank",
        f"accounting:{connection.pk}:{proposal.remote_id}",
    )
    item = items(organization, connection)[-1]
    assert (item.voucher_id, told(item), item.remote_id) == (
        payment.voucher_id,
        (SyncState.CONFIRMED, "came_back"),
        proposal.remote_id,
    )
    assert (item.amount, item.day, item.kind, item.customer_id) == (
        invoice.payable_amount,
        TODAY,
        "payment",
        invoice.customer_id,
    )
    [proposal] = proposals(organization)
    assert (proposal.state, proposal.payment_id) == (ProposalState.TAKEN, payment.pk)
    assert fiken.count("POST", "/payments") == 0
    repair = Repair(organization, [item.pk], builders.actor_of(organization), NOW)
    with builders.in_organization(organization), pytest.raises(ItemIsElsewhere):
        look_again(repair)


def test_another_connection_still_gets_the_payment(organization: Organization, fiken: LedgerServer) -> None:
    _invoice, _connection, proposal = found_payment(organization, fiken)
    other = connect(organization, fiken, name="Another company")

    payment = take(organization, proposal)
    choose(organization, other)

    assert payment.voucher_id in {item.voucher_id for item in items(organization, other)}


def test_reading_twice_proposes_once_and_takes_nothing_twice(organization: Organization, fiken: LedgerServer) -> None:
    invoice, connection, proposal = found_payment(organization, fiken)

    assert read(organization, connection) == 0
    take(organization, proposal)
    assert read(organization, connection, now=NOW + timedelta(hours=1)) == 0
    with pytest.raises(ProposalIsSettled):
        take(organization, proposal)

    assert len(proposals(organization)) == len(payments(organization)) == 1
    assert owed(organization, invoice) == 0


def sell_at_home(organization: Organization, connection: Connection) -> None:
    """Our VAT goes where that of the system's own country does: the organization of the tests is Norwegian."""
    with builders.in_organization(organization):
        for mapping in list(AccountMapping.objects.of(organization).filter(connection=connection, kind="vat")):
            rule, _colon, country = mapping.local_key.rpartition(":")
            if country != "NO":
                mapping.pk, mapping.local_key = uuid7(), f"{rule}:NO"
                mapping.save(force_insert=True)


@pytest.mark.parametrize("slug", TELLING)
def test_what_we_pushed_ourselves_never_comes_back(
    organization: Organization, settings: Any, shared: object, slug: str
) -> None:
    system = import_module(f"tests.ledgers.systems.{slug.replace('-', '_')}").Ledger
    with LedgerServer(system()) as server, served(server, settings):
        customer = builders.make_customer(organization)
        first, second = (builders.make_finalized_invoice(organization, customer) for _each in range(2))
        connection = connect(organization, server)
        sell_at_home(organization, connection)
        pay(organization, str(first.payable_amount + 500), first.receivable_id, second.receivable_id)
        pushed = push(organization, connection, rounds=2)
        assert {told(item) for item in pushed} == {(SyncState.CONFIRMED, "")}, [item.reason for item in pushed]

        assert read(organization, connection) == 0

        server.system.pay(str(second.number), Decimal(100), TODAY)
        assert read(organization, connection) == 1
        [proposal] = proposals(organization)
        assert (proposal.amount, proposal.receivable_id) == (Decimal(100), second.receivable_id)
        take(organization, proposal)
        before = there(server)
        push(organization, connection)
        assert there(server) == before
        assert read(organization, connection) == 0
        server.assert_obeyed()


def test_a_push_that_may_have_arrived_is_waited_for(organization: Organization, fiken: LedgerServer) -> None:
    invoice, connection = pushed_invoice(organization, fiken)
    pay(organization, str(invoice.payable_amount), invoice.receivable_id)
    fiken.faults.next(Fault.DROP_ANSWER, "POST */payments")
    assert told(push(organization, connection)[-1])[0] == SyncState.UNKNOWN
    assert there(fiken) == [invoice.payable_amount]

    assert read(organization, connection) == 0

    assert told(push(organization, connection)[-1])[0] == SyncState.CONFIRMED
    assert read(organization, connection) == 0
    assert there(fiken) == [invoice.payable_amount]


def test_by_rule_exactly_what_fits_is_taken(organization: Organization, fiken: LedgerServer) -> None:
    customer = builders.make_customer(organization)
    whole, part, too_much, twice = (builders.make_finalized_invoice(organization, customer) for _each in range(4))
    connection = connect(organization, fiken, applies_payments=True)
    push(organization, connection)
    fiken.system.pay(str(whole.number), whole.payable_amount, TODAY)
    fiken.system.pay(str(part.number), Decimal(10), TODAY)
    fiken.system.pay(str(too_much.number), too_much.payable_amount + 1, TODAY)
    for _each in range(2):
        fiken.system.pay(str(twice.number), twice.payable_amount, TODAY)

    assert read(organization, connection) == 5
    before = there(fiken)
    push(organization, connection)

    assert owed(organization, whole) == owed(organization, twice) == 0
    assert owed(organization, part) == part.payable_amount - 10
    assert owed(organization, too_much) == too_much.payable_amount
    states = {(each.receivable_id, each.state) for each in proposals(organization)}
    assert states == {
        (whole.receivable_id, "taken"),
        (part.receivable_id, "taken"),
        (too_much.receivable_id, "open"),
        (twice.receivable_id, "taken"),
        (twice.receivable_id, "open"),
    }
    assert {each.registered_by for each in payments(organization)} == {"Bilag"}
    assert there(fiken) == before


def test_by_rule_nothing_is_taken_that_may_be_known_or_is_closed(
    organization: Organization, fiken: LedgerServer
) -> None:
    known, closed = (builders.make_finalized_invoice(organization) for _each in range(2))
    connection = connect(organization, fiken, applies_payments=True)
    push(organization, connection)
    bank_file = pay(organization, str(known.payable_amount), known.receivable_id, source="bank_file")
    fiken.system.pay(str(known.number), known.payable_amount, TODAY - timedelta(days=2))
    fiken.system.pay(str(closed.number), closed.payable_amount, TODAY)
    fiken.system.pay(str(closed.number), Decimal(7), TODAY + timedelta(days=1))
    with builders.in_organization(organization):
        PeriodLock.objects.create(
            organization=organization, locked_through=TODAY, reason="October", made_by="Kari Nordmann"
        )

    assert read(organization, connection) == 3

    found = {(each.receivable_id, each.day): each for each in proposals(organization)}
    assert {each.state for each in found.values()} == {"open"}
    assert {each.like_id for each in found.values() if each.receivable_id == known.receivable_id} == {bank_file.pk}
    ahead = found[(closed.receivable_id, TODAY + timedelta(days=1))]
    with pytest.raises(NotYet):
        take(organization, ahead)
    shut = found[(closed.receivable_id, TODAY)]
    with pytest.raises(PeriodIsClosed):
        take(organization, shut)
    assert len(payments(organization)) == 1


def test_money_in_another_currency_waits_for_a_person(organization: Organization, fiken: LedgerServer) -> None:
    invoice, connection = pushed_invoice(organization, fiken, applies_payments=True)
    with talk(organization, connection) as opened:
        euros = RemotePayment(
            id="900", day=TODAY, currency="EUR", amount=Decimal(10), document_number=str(invoice.number)
        )
        opened.adapter = Telling(opened.adapter, [euros])
        assert read_payments(opened, today=TODAY, now=NOW) == 1

    [proposal] = proposals(organization)
    assert (proposal.state, proposal.currency) == ("open", "EUR")


def test_only_money_on_our_documents_is_proposed(organization: Organization, fiken: LedgerServer) -> None:
    invoice, connection = pushed_invoice(organization, fiken, start_day=TODAY - timedelta(days=10))
    number = str(invoice.number)
    assert invoice.kid
    rows: dict[str, dict[str, Any]] = {
        "by-number": {"document_number": number},
        "by-kid": {"kid": invoice.kid},
        "by-document": {"document_id": items(organization, connection)[0].remote_id},
        "of-theirs": {"document_number": "K-77", "document_id": "77", "kid": "0000000"},
        "ours-by-mark": {"document_number": number, "our_mark": "2026-00017"},
        "of-another-program": {"document_number": number, "our_mark": "BANK-1"},
        "before-us": {"document_number": number, "day": TODAY - timedelta(days=11)},
        "paid-back": {"document_number": number, "amount": Decimal(-5)},
        "nothing": {"document_number": number, "amount": Decimal(0)},
        "hostile\x00": {"document_number": number},
        "": {"document_number": number},
    }
    usual: dict[str, Any] = {"day": TODAY, "currency": "NOK", "amount": Decimal(5), "text": "a\x00\nb"}
    told_of = [RemotePayment(id=name, **usual | row) for name, row in rows.items()]
    with talk(organization, connection) as opened:
        opened.adapter = Telling(opened.adapter, told_of)
        read_payments(opened, today=TODAY, now=NOW)

    found = proposals(organization)
    assert {each.remote_id for each in found} == {"by-number", "by-kid", "by-document", "of-another-program"}
    assert {each.receivable_id for each in found} == {invoice.receivable_id}
    assert {each.text for each in found} == {"a b"}


def test_what_many_payments_need_is_asked_in_as_many_statements_as_for_one(
    organization: Organization, fiken: LedgerServer
) -> None:
    invoice, connection = pushed_invoice(organization, fiken)

    def statements(*names: str) -> int:
        paid = [
            RemotePayment(id=name, day=TODAY, currency="NOK", amount=Decimal(5), document_number=str(invoice.number))
            for name in names
        ]
        with talk(organization, connection) as opened:
            opened.prepare()
            opened.adapter = Telling(opened.adapter, paid)
            with CaptureQueriesContext(database) as captured:
                assert read_payments(opened, today=TODAY, now=NOW) == len(names)
        return len(captured)

    assert statements("one") == statements(*(f"one-of-{count}" for count in range(60)))


def test_more_than_is_open_stays_with_the_payer(organization: Organization, fiken: LedgerServer) -> None:
    invoice, connection, proposal = found_payment(organization, fiken, "100000")

    payment = take(organization, proposal)
    push(organization, connection)

    assert owed(organization, invoice) == 0
    assert payment.unapplied == Decimal(100000) - invoice.payable_amount
    assert there(fiken) == [Decimal(100000)]


@pytest.mark.parametrize("is_chosen", [True, False])
def test_money_that_is_known_is_not_pushed_any_more(
    organization: Organization, fiken: LedgerServer, *, is_chosen: bool
) -> None:
    invoice, connection = pushed_invoice(organization, fiken)
    fiken.system.pay(str(invoice.number), invoice.payable_amount, TODAY)
    ours = pay(organization, str(invoice.payable_amount), invoice.receivable_id, source="bank_file")
    if is_chosen:
        choose(organization, connection)
    assert read(organization, connection) == 1
    [proposal] = proposals(organization)
    assert proposal.like_id == ours.pk

    with builders.in_organization(organization):
        actor = builders.actor_of(organization)
        known = actions.say_it_is_known(organization, proposal.pk, ours.pk, actor=actor, now=NOW)
    push(organization, connection)

    assert known == Known.LEFT_OUT
    assert there(fiken) == [invoice.payable_amount]
    assert told(items(organization, connection)[-1]) == (SyncState.LEFT_OUT, "stands_there")
    [proposal] = proposals(organization)
    assert (proposal.state, proposal.payment_id) == (ProposalState.KNOWN, ours.pk)
    assert payments(organization) == [ours]


def test_money_that_was_pushed_before_stands_there_twice_and_that_is_said(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    invoice, connection = pushed_invoice(organization, fiken)
    ours = pay(organization, str(invoice.payable_amount), invoice.receivable_id, source="bank_file")
    push(organization, connection)
    fiken.system.pay(str(invoice.number), invoice.payable_amount, TODAY)
    assert read(organization, connection) == 1
    [proposal] = proposals(organization)
    assert proposal.like_id == ours.pk

    place = reverse("accounting_sync:say_it_is_known", args=[organization.slug, proposal.pk])
    page = client_of(owner).post(place, {"payment": ours.pk}, follow=True).content.decode()

    assert len(there(fiken)) == 2
    with translation.override("nb"):
        words = translation.gettext(
            "Noted. Our own voucher was pushed before, so the money stands there twice: delete one of them there."
        )
    assert words in page
    assert told(items(organization, connection)[-1]) == (SyncState.CONFIRMED, "")


def test_what_cannot_be_the_same_is_refused(organization: Organization, fiken: LedgerServer) -> None:
    _invoice, _connection, proposal = found_payment(organization, fiken)
    smaller = pay(organization, "1")

    with builders.in_organization(organization), pytest.raises(CannotBeTheSame):
        actions.say_it_is_known(organization, proposal.pk, smaller.pk, actor=builders.actor_of(organization), now=NOW)
    assert proposals(organization)[0].state == "open"


def test_a_payment_is_ignored_with_a_reason_and_registered_after_all(
    organization: Organization, owner: User, auditor: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    invoice, _connection, proposal = found_payment(organization, fiken)
    browser = client_of(owner)
    ignore, register = (
        reverse(f"accounting_sync:{name}", args=[organization.slug, proposal.pk])
        for name in ("ignore_proposal", "take_proposal")
    )
    lists = reverse("accounting_sync:list_proposals", args=[organization.slug])
    settled = reverse("accounting_sync:list_settled_proposals", args=[organization.slug])
    assert client_of(auditor).post(ignore, {"why": "Mine"}).status_code == 403
    assert client_of(auditor).post(register).status_code == 403
    assert register in browser.get(lists).content.decode()
    assert register not in client_of(auditor).get(lists).content.decode()

    assert browser.get(ignore).status_code == 200
    assert browser.post(ignore, {"why": " "}).status_code == 422
    assert browser.post(ignore, {"why": "Booked by mistake"}).status_code == 302
    assert register not in browser.get(lists).content.decode()
    page = browser.get(settled).content.decode()
    assert "Booked by mistake" in page
    assert register in page

    with builders.in_organization(organization):
        account = bank(organization)
    assert browser.post(register, {"account": "nonsense"}).status_code == 302
    assert proposals(organization)[0].state == "ignored"
    assert browser.post(register, {"account": account}).status_code == 302
    assert owed(organization, invoice) == 0
    with builders.in_organization(organization):
        verbs = list(
            AuditEntry.objects.of(organization)
            .filter(subject_id=proposal.pk)
            .order_by("id")
            .values_list("verb", flat=True)
        )
    assert verbs == ["payment_proposal.ignored", "payment_proposal.taken"]
    assert browser.post(register, {"account": account}, follow=True).status_code == 200
    assert len(payments(organization)) == 1


def test_a_registered_proposal_stays_registered(organization: Organization, fiken: LedgerServer) -> None:
    _invoice, _connection, proposal = found_payment(organization, fiken)
    take(organization, proposal)

    with builders.in_organization(organization), pytest.raises(DatabaseError, match="is registered"):
        PaymentProposal.objects.of(organization).filter(pk=proposal.pk).update(state="open", payment=None)


def test_another_organization_sees_and_settles_nothing(
    organization: Organization, other_organization: Organization, fiken: LedgerServer
) -> None:
    _invoice, _connection, proposal = found_payment(organization, fiken)

    with builders.in_organization(other_organization), pytest.raises(Http404):
        actions.ignore_proposal(
            other_organization, proposal.pk, why="Mine", actor=builders.actor_of(other_organization), now=NOW
        )
    assert proposals(organization)[0].state == "open"


def test_the_first_reading_goes_back_a_season_and_the_next_ones_some_days() -> None:
    connection = Connection(start_day=date(2026, 1, 1))

    def since(now: datetime) -> date:
        return day_to_read_from(connection, zone="Europe/Oslo", today=now.date(), now=now)

    assert since(NOW) == TODAY - timedelta(days=90)
    connection.changes_read_at = datetime(2026, 11, 21, 12, 5, tzinfo=UTC)
    assert since(datetime(2026, 11, 21, 13, 5, tzinfo=UTC)) == date(2026, 11, 18)
    assert since(datetime(2026, 11, 21, 15, 0, tzinfo=UTC)) == date(2026, 10, 7)
    connection.start_day = date(2026, 11, 20)
    assert since(datetime(2026, 11, 21, 15, 0, tzinfo=UTC)) == date(2026, 11, 20)


def test_every_connection_is_asked_each_hour_and_once(organization: Organization, fiken: LedgerServer) -> None:
    invoice, connection = pushed_invoice(organization, fiken)
    fiken.system.pay(str(invoice.number), Decimal(10), TODAY)

    assert fetch_changes() == 1
    assert fetch_connection(str(organization.pk), str(connection.pk)) == 1
    assert len(proposals(organization)) == 1
    assert fetch_changes() == 0
    assert fetch_connection(str(organization.pk), str(connection.pk)) == 0
    with builders.in_organization(organization):
        connection.refresh_from_db()
        assert connection.changes_read_at is not None
        Connection.objects.of(organization).update(changes_read_at=timezone.now() - timedelta(hours=1))
    assert fetch_changes() == 1


def test_a_system_that_fails_lets_the_lane_rest_and_is_read_again(
    organization: Organization, fiken: LedgerServer
) -> None:
    invoice, connection = pushed_invoice(organization, fiken)
    fiken.system.pay(str(invoice.number), Decimal(10), TODAY)
    fiken.faults.next(Fault.TOO_MANY, "GET */sales", seconds=90)

    assert fetch_connection(str(organization.pk), str(connection.pk)) == 0
    with builders.in_organization(organization):
        connection.refresh_from_db()
    assert connection.sleeps_until is not None
    assert connection.changes_read_at is None
    assert fetch_changes() == 0
    with builders.in_organization(organization):
        Connection.objects.of(organization).update(sleeps_until=None)
    assert fetch_connection(str(organization.pk), str(connection.pk)) == 1


def test_the_page_asks_no_more_often_with_more_to_show(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    invoice, connection, _proposal = found_payment(organization, fiken, "10")
    browser = client_of(owner)
    place = reverse("accounting_sync:list_proposals", args=[organization.slug])

    def count() -> int:
        with CaptureQueriesContext(database) as captured:
            assert browser.get(place).status_code == 200
        return len(captured)

    count()  # what the first visit of all keeps
    before = count()
    for amount in range(11, 14):
        fiken.system.pay(str(invoice.number), Decimal(amount), TODAY)
    assert read(organization, connection) == 3

    assert count() == before < 30
    assert browser.get(place).content.decode().count('role="row"') == 5


def test_the_rule_is_chosen_where_the_system_tells_payments(
    organization: Organization, owner: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    _invoice, connection = pushed_invoice(organization, fiken)
    place = reverse("accounting_sync:update_push_terms", args=[organization.slug, connection.pk])
    browser = client_of(owner)
    assert 'name="applies_payments"' in browser.get(place).content.decode()
    typed = {
        "name": connection.name,
        "start_day": connection.start_day,
        "opening": "none",
        "push_time": "at_once",
        "push_hour": 6,
        "version": 1,
        "applies_payments": "on",
    }

    assert browser.post(place, typed).status_code == 302

    with builders.in_organization(organization):
        connection.refresh_from_db()
    assert connection.applies_payments
    assert connection.sends_customers is False


def test_what_came_back_agrees_until_it_is_gone_there(organization: Organization, fiken: LedgerServer) -> None:
    invoice, connection = pushed_invoice(organization, fiken)
    fiken.system.pay(str(invoice.number), Decimal("500.00"), TODAY)
    read(organization, connection)
    take(organization, proposals(organization)[0])

    [month] = compare(organization, connection)
    assert (month.vouchers, month.agree, month.difference) == (2, 2, Decimal(0))

    [paid] = [held for held in fiken.system.documents() if held.kind == "payment"]
    del fiken.system.held[paid.id]
    [month] = compare(organization, connection)
    assert (month.differ, month.difference) == (1, Decimal(500))
    assert [each["code"] for each in month.findings] == ["gone"]
