"""Customers on both sides: our changes are told at once, theirs are read, and nobody is made before an invoice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounting_sync.fetching.customers import read_customers, send_customers
from accounting_sync.lanes import LaneIsLost
from accounting_sync.models import Connection, CustomerChangeState, CustomerLink, LinkState, SyncState
from accounting_sync.providers.registry import adapters
from accounting_sync.queries.customer_changes import has_links_to_tell
from accounting_sync.tasks import changes as fetching
from accounting_sync.tasks import pushing
from config.celery import app
from customers.models import Customer
from tenants.models import AuditEntry, Organization
from tests import builders
from tests.accounting_sync.adapter_suite import ledger_of
from tests.accounting_sync.connected import connect, push, served, talk, told
from tests.accounting_sync.known_customers import (
    change,
    changes_of,
    changes_told,
    known,
    link,
    link_of,
    open_change,
    read,
    read_all,
    row_there,
    stored,
)
from tests.ledgers.contracts import MISSING, is_here
from tests.ledgers.faults import Fault
from tests.ledgers.server import LedgerServer
from tests.ledgers.system import Refused

pytestmark = pytest.mark.skipif(not is_here(), reason=MISSING)
TELLING = [slug for slug, adapter in adapters().items() if adapter.tells_customers]
TAKING = [slug for slug, adapter in adapters().items() if adapter.updates_customers]
PERSON = {"kind": "consumer", "organization_number": "", "name": "Kari Anne Nordmann"}
LONG = {"name": f"Fjordbygg {'Entreprenør og Anleggsdrift ' * 5}AS", "street": f"{'Øvre Sandakerbakken ' * 4}112 B"}
EMPTY = {"email": "", "street": "", "postal_code": "", "city": "", "organization_number": "", "buyer_reference": ""}


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, LedgerServer]]:
    """One server for each accounting system, started when it is first asked for."""
    with ExitStack() as stack:

        class Started(dict[str, LedgerServer]):
            def __missing__(self, slug: str) -> LedgerServer:
                self[slug] = stack.enter_context(LedgerServer(ledger_of(slug)()))
                return self[slug]

        yield Started()


@pytest.fixture
def there(request: Any, servers: dict[str, LedgerServer], settings: Any, shared: object) -> Iterator[LedgerServer]:
    """A company with empty books in the system that the test names; Fiken where it names none."""
    server = servers[getattr(request, "param", "fiken")]
    server.reset()
    with served(server, settings):
        yield server
        server.assert_obeyed()


def names_there(server: LedgerServer) -> list[str]:
    """What customers are called there."""
    return sorted(str(party["name"]) for party in server.system.customers())


# There and back.


@pytest.mark.parametrize("there", TELLING, indirect=True)
@pytest.mark.parametrize("values", [{}, PERSON, LONG, EMPTY], ids=["business", "person", "long", "bare"])
def test_what_was_just_told_comes_back_without_a_change(
    organization: Organization, there: LedgerServer, values: dict[str, Any]
) -> None:
    connection, customer = known(organization, there, **values)

    assert read(organization, connection) == 0

    assert changes_of(organization) == []
    link = link_of(organization, customer)
    assert link.state == LinkState.LINKED
    assert link.there["name"]


@pytest.mark.parametrize("there", TAKING, indirect=True)
def test_m_121_a_change_here_is_told_once_and_comes_back_as_none(
    organization: Organization, there: LedgerServer
) -> None:
    connection, customer = known(organization, there)
    for name, street in (("Fjordbygg Vest AS", "Strandgata 7"), ("Fjordbygg Øst AS", "Strandgata 9")):
        change(organization, customer, name=name, street=street)
        with builders.in_organization(organization):
            assert has_links_to_tell(connection, timezone.now())

        push(organization, connection)  # systems that count versions are asked how it stands by now

        assert names_there(there) == [name]
        assert read_all(organization, connection) == 0
        calls = len(there.calls)
        push(organization, connection)
        assert len(there.calls) == calls, "nothing is said of it any more"
        with builders.in_organization(organization):
            assert not has_links_to_tell(connection, timezone.now())
    assert changes_of(organization) == []


@pytest.mark.parametrize("there", TELLING, indirect=True)
def test_a_customer_renamed_there_is_found_and_one_deleted_there_is_missed(
    organization: Organization, there: LedgerServer
) -> None:
    connection, customer = known(organization, there)
    read(organization, connection)
    remote_id = link_of(organization, customer).remote_id

    there.system.rename_customer(remote_id, "Fjordbygg Entreprenør AS")
    assert read_all(organization, connection) == 1
    assert changes_of(organization) == [
        (CustomerChangeState.OPEN, {"name": [customer.name, "Fjordbygg Entreprenør AS"]})
    ]
    assert read_all(organization, connection) == 0

    there.system.delete_customer(remote_id)
    read_all(organization, connection)
    assert link_of(organization, customer).state == LinkState.MISSING
    assert [state for state, _fields in changes_of(organization)] == [CustomerChangeState.GONE]


def test_customers_merged_there_are_missed_and_found_anew_by_whom_they_became(
    organization: Organization, there: LedgerServer
) -> None:
    connection, customer = known(organization, there)
    kept = builders.make_customer(organization, name="Fjordbygg Holding AS", organization_number="")
    kept_link = link(organization, connection, kept)
    gone = link_of(organization, customer)
    read(organization, connection)

    there.system.merge_customers(kept_link.remote_id, gone.remote_id)
    read_all(organization, connection)

    assert link_of(organization, customer).state == LinkState.MISSING
    assert link_of(organization, kept).state == LinkState.LINKED
    builders.make_finalized_invoice(organization, customer)
    [item] = push(organization, connection)
    assert told(item) == (SyncState.BLOCKED, "customer")


# Sending.


def test_who_is_found_there_is_not_overwritten_before_something_is_changed_here(
    organization: Organization, there: LedgerServer
) -> None:
    connection, customer = known(organization, there)
    with builders.in_organization(organization):
        CustomerLink.objects.of(organization).all().delete()
    [party] = there.system.customers()
    there.system.rename_customer(str(party["id"]), "Fjordbygg (ikke rør) AS")

    found = link(organization, connection, customer)
    push(organization, connection)

    assert found.pushed_version == customer.version
    assert names_there(there) == ["Fjordbygg (ikke rør) AS"]
    assert changes_told(there) == 0
    assert read(organization, connection) == 1
    assert open_change(organization).fields == {"name": [customer.name, "Fjordbygg (ikke rør) AS"]}
    change(organization, customer, name="Fjordbygg Nord AS")
    push(organization, connection)
    assert names_there(there) == ["Fjordbygg Nord AS"]


@pytest.mark.parametrize("is_off", ["connection", "erased"])
def test_nothing_is_told_where_nobody_wants_it_or_the_person_is_forgotten(
    organization: Organization, there: LedgerServer, is_off: str
) -> None:
    connection, customer = known(organization, there)
    change(organization, customer, name="Fjordbygg Nord AS")
    with builders.in_organization(organization):
        if is_off == "connection":
            Connection.objects.of(organization).update(sends_customers=False)
            connection.refresh_from_db()
        else:
            Customer.objects.of(organization).filter(pk=customer.pk).update(erased_at=timezone.now())
        assert not has_links_to_tell(connection, timezone.now())

    push(organization, connection)

    assert names_there(there) == [customer.name]


def test_what_is_refused_stays_with_its_customer_and_is_told_again_when_it_changes(
    organization: Organization, there: LedgerServer
) -> None:
    connection, customer = known(organization, there)
    other = builders.make_customer(organization, name="Havglimt AS", organization_number="")
    link(organization, connection, other)
    builders.make_finalized_invoice(organization, other)
    change(organization, customer, name="Avvist AS")
    change(organization, other, name="Havglimt Nord AS")
    with refusing(there, "Avvist AS", "Navnet er ikke tillatt"):
        [item] = push(organization, connection)

    assert told(item)[0] == SyncState.CONFIRMED, "a customer keeps no voucher back"
    assert link_of(organization, customer).refused == "Navnet er ikke tillatt"
    assert names_there(there) == [customer.name, "Havglimt Nord AS"]
    before = changes_told(there)
    push(organization, connection)
    assert changes_told(there) == before, "it is not sent for ever"
    change(organization, customer, name="Godtatt AS")
    push(organization, connection)
    assert names_there(there) == ["Godtatt AS", "Havglimt Nord AS"]
    assert link_of(organization, customer).refused == ""


@contextmanager
def refusing(server: LedgerServer, name: str, words: str) -> Iterator[None]:
    """Fiken takes no customer of this name."""
    system: Any = server.system
    keep = system._keep_contact

    def choosy(number: str, body: dict[str, Any]) -> None:
        if body["name"] == name:
            raise Refused(400, {"error": "invalid", "error_description": words})
        keep(number, body)

    system._keep_contact = choosy
    try:
        yield
    finally:
        del system._keep_contact


def test_who_is_gone_when_a_change_is_told_is_missing_and_its_vouchers_wait(
    organization: Organization, there: LedgerServer
) -> None:
    connection, customer = known(organization, there)
    there.system.delete_customer(link_of(organization, customer).remote_id)
    change(organization, customer, name="Fjordbygg Nord AS")
    builders.make_finalized_invoice(organization, customer)

    [item] = push(organization, connection)

    assert link_of(organization, customer).state == LinkState.MISSING
    assert told(item) == (SyncState.BLOCKED, "customer")
    with builders.in_organization(organization):
        verbs = AuditEntry.objects.of(organization).filter(subject_id=customer.pk).values_list("verb", flat=True)
        assert "customer_link.missing" in verbs


@pytest.mark.parametrize("fault", [Fault.DROP_ANSWER, Fault.DROP_BEFORE, Fault.BROKEN, Fault.TOO_MANY, Fault.CONFLICT])
def test_after_a_silence_or_a_limit_the_lane_rests_and_the_change_is_told_again(
    organization: Organization, there: LedgerServer, fault: Fault
) -> None:
    connection, customer = known(organization, there)
    change(organization, customer, name="Fjordbygg Nord AS")
    there.faults.next(fault, "PUT */contacts*", seconds=90, times=2 if fault == Fault.CONFLICT else 1)

    push(organization, connection)

    with builders.in_organization(organization):
        connection.refresh_from_db()
        assert (connection.sleeps_until is None) == (fault == Fault.CONFLICT), "busy is one customer, not all"
        behind = link_of(organization, customer)
        assert behind.pushed_version < stored(organization, customer).version
        assert (behind.next_at is None) == (fault == Fault.TOO_MANY)
        CustomerLink.objects.of(organization).update(next_at=None)
    push(organization, connection)
    assert names_there(there) == ["Fjordbygg Nord AS"]
    assert link_of(organization, customer).failures == 0


def test_what_fails_time_and_again_is_given_up_and_shown(organization: Organization, there: LedgerServer) -> None:
    connection, customer = known(organization, there)
    change(organization, customer, name="Fjordbygg Nord AS")
    with builders.in_organization(organization):
        CustomerLink.objects.of(organization).update(failures=11)
    there.faults.next(Fault.BROKEN, "PUT */contacts*")

    push(organization, connection)

    link = link_of(organization, customer)
    assert link.refused
    assert link.pushed_version == stored(organization, customer).version


@pytest.mark.parametrize("there", ["tripletex", "quickbooks", "business-central"], indirect=True)
def test_a_stale_version_is_read_anew_and_the_change_told_once_more(
    organization: Organization, there: LedgerServer
) -> None:
    connection, customer = known(organization, there)
    link = link_of(organization, customer)
    with there.system.lock:  # somebody has saved it there
        party = there.system.parties[link.remote_id]
        party["version"] = 7
        row = party.get("row", {})
        row |= {name: value for name, value in (("SyncToken", "7"), ("@odata.etag", 'W/"7"')) if name in row}
    change(organization, customer, name="Fjordbygg Nord AS", organization_number="", email="ny@fjordbygg.example")

    push(organization, connection)

    assert names_there(there) == ["Fjordbygg Nord AS"]
    assert link_of(organization, customer).refused == ""


# Reading.


def test_a_change_there_is_open_until_it_is_the_same_again(organization: Organization, there: LedgerServer) -> None:
    connection, customer = known(organization, there)
    read(organization, connection)
    link = link_of(organization, customer)
    with row_there(there, link) as row:
        row["address"] = {"streetAddress": "Kaia 3", "postCode": "5003", "city": "BERGEN", "country": "NO"}
        row["email"] = "FAKTURA@fjordbygg.example"
        row["organizationNumber"] = f"NO {customer.organization_number} MVA"

    assert read(organization, connection) == 1
    assert open_change(organization).fields == {
        "street": ["Storgata 1", "Kaia 3"], "postal_code": ["0155", "5003"], "city": ["Oslo", "BERGEN"]
    }  # fmt: skip
    with row_there(there, link) as row:
        row["address"] = {"streetAddress": "storgata  1", "postCode": "5003", "city": "", "country": "Norge"}
    assert read(organization, connection) == 0
    assert open_change(organization).fields == {"postal_code": ["0155", "5003"]}
    change(organization, customer, postal_code="5003")
    with builders.in_organization(organization):  # this system does not take it
        Connection.objects.of(organization).update(sends_customers=False)
    read(organization, connection)
    assert [state for state, _fields in changes_of(organization)] == [CustomerChangeState.GONE]


def test_what_only_we_have_changed_is_no_change_there(organization: Organization, there: LedgerServer) -> None:
    connection, customer = known(organization, there)
    read(organization, connection)
    with builders.in_organization(organization):
        Connection.objects.of(organization).update(sends_customers=False)
    change(organization, customer, name="Fjordbygg Nord AS", city="Bodø")

    assert read_all(organization, connection) == 0

    assert changes_of(organization) == []
    there.system.rename_customer(link_of(organization, customer).remote_id, "Fjordbygg Sør AS")
    assert read_all(organization, connection) == 1
    assert open_change(organization).fields == {"name": ["Fjordbygg Nord AS", "Fjordbygg Sør AS"]}


def test_a_private_persons_number_there_is_not_even_kept(organization: Organization, there: LedgerServer) -> None:
    connection, customer = known(organization, there, **PERSON)
    link = link_of(organization, customer)
    with row_there(there, link) as row:
        row["organizationNumber"] = "15838412345"

    assert read(organization, connection) == 0
    assert "organization_number" not in link_of(organization, customer).there


def test_what_cannot_be_shown_is_kept_as_text(organization: Organization, there: LedgerServer) -> None:
    connection, customer = known(organization, there)
    there.system.rename_customer(link_of(organization, customer).remote_id, "Fjord\x00bygg\u202e\n<b>AS")

    assert read(organization, connection) == 1
    assert open_change(organization).fields["name"][1] == "Fjord bygg <b>AS"


def test_who_is_put_away_there_is_missing_until_it_is_back(organization: Organization, there: LedgerServer) -> None:
    connection, customer = known(organization, there)
    read(organization, connection)
    link = link_of(organization, customer)
    with row_there(there, link) as row:
        row["inactive"] = True
    builders.make_finalized_invoice(organization, customer)

    read(organization, connection)
    assert link_of(organization, customer).state == LinkState.MISSING
    assert told(push(organization, connection)[0]) == (SyncState.BLOCKED, "customer")
    with row_there(there, link) as row:
        row["inactive"] = False
    read(organization, connection)

    assert link_of(organization, customer).state == LinkState.LINKED
    assert told(push(organization, connection)[0])[0] == SyncState.CONFIRMED


def test_a_list_without_somebody_who_can_be_found_all_the_same_makes_nobody_missing(
    organization: Organization, there: LedgerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, customer = known(organization, there)
    adapter = adapters()["fiken"]
    monkeypatch.setattr(
        adapter, "list_customers", lambda self, _since: self._page("/contacts", ("name", "Nobody is called so"))
    )

    read_all(organization, connection)

    assert link_of(organization, customer).state == LinkState.LINKED


def test_reading_many_customers_takes_a_few_statements(
    organization: Organization, there: LedgerServer, django_assert_max_num_queries: Any
) -> None:
    connection, _customer = known(organization, there)
    more = [
        builders.make_customer(organization, name=f"Kunde {number} AS", organization_number="", email="")
        for number in range(8)
    ]
    for each in more:
        there.system.rename_customer(link(organization, connection, each).remote_id, f"Ny {each.name}")
    with talk(organization, connection) as opened, django_assert_max_num_queries(14):
        assert read_customers(opened, now=timezone.now()) == 8


# How soon.


def test_m_133_both_ways_in_time_and_contacts_with_the_first_invoice(
    organization: Organization, there: LedgerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From there within four hours, from here within a minute, and nobody is made there before an invoice."""
    handed: list[tuple[str, dict[str, Any]]] = []
    for module in (pushing, fetching):
        monkeypatch.setattr(module, "start_task", lambda name, **ids: handed.append((name, ids)))

    def run(sweep: Any) -> None:
        handed.clear()
        sweep()
        for name, ids in handed:
            app.tasks[name](**ids)

    timetable = app.conf.beat_schedule
    minute = timetable["push-vouchers"]
    asked = timetable["fetch-accounting-changes"]
    assert (minute["task"], asked["task"]) == ("accounting_sync.push_vouchers", "accounting_sync.fetch_changes")
    assert minute["schedule"] <= 60
    at_worst = fetching.ASKED_AGAIN_AFTER + timedelta(seconds=asked["schedule"] + fetching.fetch_connection.time_limit)
    assert at_worst + pushing.REST_MAX <= timedelta(hours=4)

    connection = connect(organization, there)
    customer = builders.make_customer(organization, name="Ny Kunde AS", organization_number="")
    for sweep in (pushing.push_vouchers, fetching.fetch_changes):
        run(sweep)
    assert there.system.customers() == [], "nobody is made there before an invoice"
    builders.make_finalized_invoice(organization, customer)
    run(pushing.push_vouchers)
    assert names_there(there) == ["Ny Kunde AS"]

    change(organization, customer, name="Ny Kunde Nord AS")
    run(pushing.push_vouchers)
    assert names_there(there) == ["Ny Kunde Nord AS"], "what is changed here is there with the next minute"

    there.system.rename_customer(link_of(organization, customer).remote_id, "Ny Kunde Sør AS")
    run(fetching.fetch_changes)
    assert changes_of(organization) == [], "it was asked a moment ago"
    with builders.in_organization(organization):
        connection.refresh_from_db()
        assert connection.changes_read_at is not None
        Connection.objects.of(organization).update(changes_read_at=connection.changes_read_at - timedelta(minutes=56))
    run(fetching.fetch_changes)
    assert open_change(organization).fields == {"name": ["Ny Kunde Nord AS", "Ny Kunde Sør AS"]}


def test_a_lane_that_is_lost_meanwhile_writes_nothing(organization: Organization, there: LedgerServer) -> None:
    connection, customer = known(organization, there)
    change(organization, customer, name="Fjordbygg Nord AS")
    with talk(organization, connection) as first:
        Connection.objects.of(organization).filter(pk=connection.pk).update(
            lane_until=timezone.now() - timedelta(hours=1)
        )
        with pytest.raises(LaneIsLost):
            send_customers(first, now=timezone.now())
    behind = link_of(organization, customer)
    assert behind.pushed_version < stored(organization, customer).version
