"""What a person does about customers that were changed there: take over, keep ours, choose, look anew, send again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounting_sync.models import CustomerChange, CustomerChangeState, CustomerLink, LinkState, SyncState
from accounting_sync.views.customer_changes import LABELS
from customers.models import Customer
from tenants.models import AuditEntry, Organization, User
from tests import builders
from tests.accounting_sync.connected import connect, push, served, told
from tests.accounting_sync.known_customers import (
    change,
    changes_of,
    changes_told,
    known,
    link_of,
    open_change,
    read,
    read_all,
    row_there,
    stored,
)
from tests.ledgers.contracts import MISSING, is_here
from tests.ledgers.server import LedgerServer
from tests.ledgers.systems.fiken import Ledger

pytestmark = pytest.mark.skipif(not is_here(), reason=MISSING)
ClientOf = Callable[[User], Client]
NEW_NUMBER = "974760673"


@pytest.fixture
def fiken(settings: Any, shared: object) -> Iterator[LedgerServer]:
    """A company in Fiken."""
    with LedgerServer(Ledger()) as server, served(server, settings):
        yield server
        server.assert_obeyed()


@pytest.fixture
def browser(owner: User, client_of: ClientOf) -> Client:
    """The owner's browser."""
    return client_of(owner)


def page(organization: Organization, name: str = "list_customer_changes", *things: Any) -> str:
    """An address of these pages."""
    return reverse(f"accounting_sync:{name}", args=[organization.slug, *things])


def changed_there(organization: Organization, server: LedgerServer, **values: Any) -> tuple[Any, Customer]:
    """A customer of whom Fiken knows another name, e-mail address and city."""
    connection, customer = known(organization, server)
    read(organization, connection)
    told = {"name": "Fjordbygg Entreprenør AS", "email": "post@fjordbygg.example", "city": "Bergen"} | values
    city = told.pop("city")
    with row_there(server, link_of(organization, customer)) as row:
        row.update(told)
        row["address"] = row["address"] | {"city": city}
    assert read(organization, connection) == 1
    return connection, customer


def decide(browser: Client, organization: Organization, verb: str, *names: str, seen: str = "") -> Any:
    """Press a button of the only open change."""
    row = open_change(organization)
    sent = {"field": list(names), "seen": seen or row.found_at.isoformat()}
    return browser.post(page(organization, verb, row.pk), sent)


def test_chosen_fields_become_ours_and_are_not_told_back(
    organization: Organization, browser: Client, fiken: LedgerServer
) -> None:
    connection, customer = changed_there(organization, fiken)
    shown = browser.get(page(organization)).content.decode()
    for words in (customer.name.replace("&", "&amp;"), "Fjordbygg Entreprenør AS", "Bergen", connection.name):
        assert words in shown

    answer = decide(browser, organization, "take_customer_change", "name", "email")

    assert answer.status_code == 302
    ours = stored(organization, customer)
    assert (ours.name, ours.email, ours.city) == ("Fjordbygg Entreprenør AS", "post@fjordbygg.example", "Oslo")
    assert ours.version == customer.version + 1
    assert link_of(organization, customer).pushed_version == ours.version
    push(organization, connection)
    assert changes_told(fiken) == 0
    assert read_all(organization, connection) == 0, "who decided has decided about the city, too"
    assert [state for state, _fields in changes_of(organization)] == [CustomerChangeState.TAKEN]
    with builders.in_organization(organization):
        verbs = set(AuditEntry.objects.of(organization).filter(subject_id=customer.pk).values_list("verb", flat=True))
    assert {"customer.changed", "customer_change.taken"} <= verbs


def test_what_was_changed_here_meanwhile_is_told_all_the_same(
    organization: Organization, browser: Client, fiken: LedgerServer
) -> None:
    connection, customer = changed_there(organization, fiken)
    change(organization, customer, phone="+47 22 22 22 22")

    decide(browser, organization, "take_customer_change", "name")
    push(organization, connection)

    assert changes_told(fiken) == 1
    told = fiken.system.parties[link_of(organization, customer).remote_id]["told"]
    assert (told["name"], told["phoneNumber"]) == ("Fjordbygg Entreprenør AS", "+47 22 22 22 22")


def test_ours_is_kept_until_something_else_is_said_there(
    organization: Organization, browser: Client, fiken: LedgerServer
) -> None:
    connection, customer = changed_there(organization, fiken)

    decide(browser, organization, "ignore_customer_change")

    assert stored(organization, customer).name == customer.name
    assert read_all(organization, connection) == 0
    assert [state for state, _fields in changes_of(organization)] == [CustomerChangeState.IGNORED]
    assert "Fjordbygg Entreprenør AS" not in browser.get(page(organization)).content.decode()
    fiken.system.rename_customer(link_of(organization, customer).remote_id, "Fjordbygg Konkursbo AS")
    assert read_all(organization, connection) == 1
    assert open_change(organization).fields == {"name": [customer.name, "Fjordbygg Konkursbo AS"]}


@pytest.mark.parametrize(
    ("there", "word"),
    [
        ({"organizationNumber": "923609017"}, "923609017"),
        ({"email": "not an address"}, "not an address"),
        ({"address": {"postCode": "0155 Oslo sentrum", "country": "NO"}}, "0155 Oslo sentrum"),
        ({"address": {"country": "ZX"}}, "ZX"),
        ({"name": "x" * 190}, "x" * 190),
    ],
)
def test_what_does_not_fit_is_refused_with_the_name_of_its_field_and_nothing_is_half_done(
    organization: Organization, browser: Client, fiken: LedgerServer, there: dict[str, Any], word: str
) -> None:
    connection, customer = known(organization, fiken)
    read(organization, connection)
    with row_there(fiken, link_of(organization, customer)) as row:
        row.update({"name": "Fjordbygg Entreprenør AS"} | there)
    read(organization, connection)
    found = open_change(organization)

    answer = decide(browser, organization, "take_customer_change", *found.fields)

    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'role="alert"' in text
    [wrong] = [name for name, (_ours, theirs) in found.fields.items() if theirs == word]
    with translation.override("nb"):
        label = str(LABELS[wrong])
    assert f"{label}: " in text
    assert stored(organization, customer).version == customer.version
    assert [state for state, _fields in changes_of(organization)] == [CustomerChangeState.OPEN]
    with builders.in_organization(organization):
        assert not AuditEntry.objects.of(organization).filter(verb="customer_change.taken").exists()
    if wrong != "name":
        assert decide(browser, organization, "take_customer_change", "name").status_code == 302


def test_the_electronic_address_follows_the_organization_number(
    organization: Organization, browser: Client, fiken: LedgerServer
) -> None:
    connection, customer = known(organization, fiken)
    number = customer.organization_number
    change(organization, customer, wants_ehf=True, endpoint_scheme="0192", endpoint_id=number)
    push(organization, connection)
    read(organization, connection)
    with row_there(fiken, link_of(organization, customer)) as row:
        row["organizationNumber"] = f"{NEW_NUMBER[:3]} {NEW_NUMBER[3:6]} {NEW_NUMBER[6:]}"
    read(organization, connection)

    assert decide(browser, organization, "take_customer_change", "organization_number").status_code == 302

    ours = stored(organization, customer)
    assert (ours.organization_number, ours.endpoint_id) == (NEW_NUMBER, NEW_NUMBER)
    assert read_all(organization, connection) == 0


@pytest.mark.parametrize("verb", ["take_customer_change", "ignore_customer_change"])
def test_what_nobody_has_seen_is_not_decided_and_twice_is_as_good_as_once(
    organization: Organization, browser: Client, fiken: LedgerServer, verb: str
) -> None:
    _connection, customer = changed_there(organization, fiken)
    row = open_change(organization)

    assert decide(browser, organization, verb, "name", seen=timezone.now().isoformat()).status_code == 422
    assert decide(browser, organization, verb, "name", seen="").status_code == 302
    version = stored(organization, customer).version
    again = browser.post(page(organization, verb, row.pk), {"field": ["name"], "seen": row.found_at.isoformat()})
    assert again.status_code == 422
    assert stored(organization, customer).version == version


def test_at_least_one_field_is_chosen_and_only_those_that_are_shown(
    organization: Organization, browser: Client, fiken: LedgerServer
) -> None:
    _connection, customer = changed_there(organization, fiken)

    for names in ([], ["notes"], ["version"]):
        assert decide(browser, organization, "take_customer_change", *names).status_code == 422
    assert stored(organization, customer).version == customer.version


def test_strangers_get_404_and_members_without_the_right_403(
    organization: Organization, stranger: User, auditor: User, client_of: ClientOf, fiken: LedgerServer
) -> None:
    changed_there(organization, fiken)
    row = open_change(organization)
    for verb in ("take_customer_change", "ignore_customer_change"):
        assert client_of(auditor).post(page(organization, verb, row.pk)).status_code == 403
        assert client_of(stranger).post(page(organization, verb, row.pk)).status_code == 404
        own = reverse(f"accounting_sync:{verb}", args=["fremmed", row.pk])
        assert client_of(stranger).post(own).status_code == 404
    shown = client_of(auditor).get(page(organization)).content.decode()
    assert "Fjordbygg Entreprenør AS" in shown
    assert page(organization, "take_customer_change", row.pk) not in shown


def test_who_is_gone_there_is_looked_for_anew_and_its_vouchers_go_on(
    organization: Organization, browser: Client, fiken: LedgerServer
) -> None:
    connection, customer = known(organization, fiken)
    read(organization, connection)
    fiken.system.delete_customer(link_of(organization, customer).remote_id)
    read_all(organization, connection)
    builders.make_finalized_invoice(organization, customer)
    [item] = push(organization, connection)
    assert told(item) == (SyncState.BLOCKED, "customer")
    link = link_of(organization, customer)
    for address in (page(organization), page(organization, "show_connection", connection.pk)):
        assert page(organization) in browser.get(address).content.decode()
    assert page(organization) in browser.get(page(organization, "show_item", item.pk)).content.decode()

    browser.post(page(organization, "forget_link", link.pk))

    assert told(push(organization, connection)[0])[0] == SyncState.CONFIRMED
    assert len(fiken.system.customers()) == 1


def test_of_several_who_fit_a_person_chooses(organization: Organization, browser: Client, fiken: LedgerServer) -> None:
    connection, customer = known(organization, fiken)
    link = link_of(organization, customer)
    told_there = [{"id": link.remote_id, "number": "20001", "name": "Fjordbygg AS", "organization_number": ""}]
    with builders.in_organization(organization):
        CustomerLink.objects.of(organization).update(state="conflict", remote_id="", candidates=told_there)
    assert "Fjordbygg AS" in browser.get(page(organization)).content.decode()

    browser.post(page(organization, "choose_link", link.pk), {"remote_id": "elsewhere"})
    assert link_of(organization, customer).state == LinkState.CONFLICT
    browser.post(page(organization, "choose_link", link.pk), {"remote_id": link.remote_id})

    chosen = link_of(organization, customer)
    assert (chosen.state, chosen.remote_id) == (LinkState.LINKED, link.remote_id)
    push(organization, connection)
    assert changes_told(fiken) == 0, "what stands there is not overwritten"


def test_what_was_refused_is_sent_again_when_somebody_says_so(
    organization: Organization, browser: Client, fiken: LedgerServer
) -> None:
    connection, customer = known(organization, fiken)
    newer = change(organization, customer, name="Fjordbygg Nord AS")
    with builders.in_organization(organization):
        CustomerLink.objects.of(organization).update(refused="Navnet er ikke tillatt", pushed_version=newer.version)
    assert "Navnet er ikke tillatt" in browser.get(page(organization)).content.decode()

    browser.post(page(organization, "tell_again", link_of(organization, customer).pk))
    push(organization, connection)

    assert [party["name"] for party in fiken.system.customers()] == ["Fjordbygg Nord AS"]
    assert "Navnet er ikke tillatt" not in browser.get(page(organization)).content.decode()


def test_the_tab_counts_what_waits_and_many_changes_are_paged_without_more_statements(
    organization: Organization,
    browser: Client,
    fiken: LedgerServer,
    django_assert_max_num_queries: Any,
) -> None:
    overview = reverse("accounting_sync:show_overview", args=[organization.slug])
    assert page(organization) not in browser.get(overview).content.decode()
    connection = connect(organization, fiken)
    assert page(organization) in browser.get(overview).content.decode()
    customers = [builders.make_customer(organization, name=f"Kunde {number:02} AS") for number in range(25)]
    with builders.in_organization(organization):
        CustomerChange.objects.bulk_create(
            CustomerChange(
                organization=organization, connection=connection, customer=each, fields={"city": ["Oslo", "Bergen"]}
            )
            for each in customers
        )
    assert "<small>25</small>" in browser.get(overview).content.decode()

    with django_assert_max_num_queries(24):
        first = browser.get(page(organization)).content.decode()

    assert first.count("Bergen") == 20
    after = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert browser.get(f"{page(organization)}{after}").content.decode().count("Bergen") == 5
