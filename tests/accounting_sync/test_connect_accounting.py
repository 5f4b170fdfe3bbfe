"""From choosing a system to pushing: through its own page, its lists, the mapping, the preview and the start date.

Covers M-033, M-061 and M-120: several systems, mapped and looked at before anything is pushed.
"""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounting_sync.models import (
    AccountMapping,
    Connection,
    ConnectionState,
    Permit,
    RemoteChoice,
    SyncItem,
    SyncState,
)
from accounting_sync.providers.registry import adapters
from accounting_sync.secrets import open_secrets
from foundation.log_secrets import WithoutSecrets
from tenants.models import AuditEntry, Notice, Organization, OutboxRow
from tests import builders
from tests.accounting_sync.connected import push, served
from tests.ledgers.oauth import CLIENT, CLIENT_SECRET
from tests.ledgers.server import LedgerServer
from tests.ledgers.systems.fiken import COMPANY, Ledger
from tests.payments.by_hand import pay

NAMES = {"1500": "Kundefordringer", "1920": "Bankinnskudd", "3000": "Salgsinntekt, avgiftspliktig"}


@pytest.fixture
def fiken(settings: Any, shared: object) -> Iterator[LedgerServer]:
    """A company in Fiken, in which the application is registered."""
    with LedgerServer(Ledger()) as server, served(server, settings):
        settings.LEDGER_CLIENTS = {"fiken": {"id": CLIENT, "secret": CLIENT_SECRET}}
        for number, name in NAMES.items():
            server.system.accounts[number]["name"] = name
        yield server
        server.assert_obeyed()


@pytest.fixture
def browser(owner: Any, client_of: Callable[[Any], Client]) -> Client:
    """The owner's browser."""
    return client_of(owner)


def address(name: str, organization: Organization, *ids: Any) -> str:
    return reverse(f"accounting_sync:{name}", args=[organization.slug, *ids])


def create(browser: Client, organization: Organization, **typed: Any) -> Connection:
    """A new connection to Fiken, as somebody makes it on the page."""
    form = {"name": "Fiken", "knows_what_is_unverified": "on", **typed}
    answer = browser.post(address("create_connection", organization) + "?system=fiken", form)
    assert answer.status_code == 302, answer.content.decode()
    return the_connection(organization)


def the_connection(organization: Organization) -> Connection:
    with builders.in_organization(organization):
        return Connection.objects.of(organization).order_by("-created_at")[0]


def way_back(browser: Client, organization: Organization, row: Connection, decision: str = "allow") -> str:
    """Go to Fiken's own page, decide there, and return the address that Fiken sends the browser back to."""
    page = browser.post(address("enter_system", organization, row.pk))
    place = unescape(page.content.decode().partition('content="1;url=')[2].partition('"')[0])
    assert "code_challenge_method=S256" in place
    assert httpx2.get(place).status_code == 200
    parts = urlsplit(httpx2.post(place, data={"decision": decision}).headers["location"])
    assert parts.path == "/accounting/return/"
    return f"{parts.path}?{parts.query}"


def let_in(browser: Client, organization: Organization) -> Connection:
    """A connection that Fiken lets in and whose lists were read."""
    row = create(browser, organization)
    assert browser.get(way_back(browser, organization, row)).status_code == 302
    builders.run_background()
    return the_connection(organization)


def save_all(browser: Client, organization: Organization, row: Connection, **changed: str) -> Any:
    """Save the mapping page as it is shown, with what is not proposed filled in."""
    page = browser.get(address("show_mapping", organization, row.pk))
    form = {
        line.row.key: line.value for part in page.context["parts"] for line in (*part.lines, *part.unused)
    } | changed
    return browser.post(address("save_mapping", organization, row.pk), form)


def missing(browser: Client, organization: Organization, row: Connection) -> list[str]:
    own = browser.get(address("show_mapping", organization, row.pk)).context["own"]
    return [each.key for each in own if each.is_missing]


PUSH = {"name": "Fiken", "start_day": "2026-01-01", "opening": "none", "push_time": "at_once", "push_hour": "6"}


def test_m_120_connect_map_preview_and_activate(
    organization: Organization, browser: Client, fiken: LedgerServer
) -> None:
    customer = builders.make_customer(organization)
    invoice = builders.make_finalized_invoice(organization, customer)
    pay(organization, str(invoice.payable_amount), invoice.receivable_id)
    groups = browser.get(address("choose_system", organization)).context["groups"]
    offered = {offer["slug"]: offer["is_set_up"] for _heading, offers in groups for offer in offers}
    assert set(offered) == set(adapters())
    assert (offered["fiken"], offered["xero"]) == (True, False), "the operator has registered the one and not the other"
    assert {offer["slug"] for offer in groups[0][1]} >= {"fiken", "tripletex"}, "the own country comes first"

    row = let_in(browser, organization)

    assert row.state == ConnectionState.SETTING_UP
    assert row.options == {"company": COMPANY}, "the only company is chosen by itself"
    assert row.lists_read_at is not None
    with builders.in_organization(organization):
        kinds = set(RemoteChoice.objects.of(organization).values_list("kind", flat=True))
        proposed = {
            mapping.local_key: (mapping.remote_id, mapping.is_suggested)
            for mapping in AccountMapping.objects.of(organization)
        }
    assert kinds == {"companies", "accounts", "vat_codes", "payment_accounts", "projects"}
    assert proposed["1500"] == ("1500", True)
    assert proposed["1920"] == ("1920:10001", True), "money goes to accounts of money"
    assert proposed["standard:25:NO"] == ("HIGH", True)

    refused = browser.post(address("update_push_terms", organization, row.pk), {**PUSH, "version": row.version})
    assert refused.status_code == 422, "nobody has looked at the suggestions"
    assert save_all(browser, organization, row).status_code == 302
    assert missing(browser, organization, row) == []

    preview = browser.get(address("show_preview", organization, row.pk))
    shown = [each["one"] for each in preview.context["vouchers"]]
    assert {each.kind for each in shown} == {"sale", "payment"}
    assert all(each.goes and each.difference == 0 for each in shown)
    assert preview.context["difference"] == 0
    assert all(len(each.payload_hash) == 64 and each.payload_hash in preview.content.decode() for each in shown)

    done = browser.post(address("update_push_terms", organization, row.pk), {**PUSH, "version": row.version})
    assert done.status_code == 302, done.content.decode()
    row = the_connection(organization)
    assert (row.state, str(row.start_day)) == (ConnectionState.ACTIVE, "2026-01-01")
    items = push(organization, row, rounds=2)
    assert {item.state for item in items} == {SyncState.CONFIRMED}

    second = builders.make_finalized_invoice(organization, customer)  # the customer is linked by now
    again = browser.get(address("show_preview", organization, row.pk)).context["vouchers"]
    previewed = next(each["one"] for each in again if each["one"].number == str(second.number))
    items = push(organization, row, rounds=2)
    pushed = {item.number: item.payload_hash for item in items}
    assert pushed[str(second.number)] == previewed.payload_hash, "what was shown is what was pushed"


def test_a_way_back_counts_once_for_who_began_it_and_for_minutes(
    *,
    organization: Organization,
    other_organization: Organization,
    browser: Client,
    accountant: Any,
    case_worker: Any,
    stranger: Any,
    client_of: Callable[[Any], Client],
    fiken: LedgerServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    row = create(browser, organization)
    denied = browser.get(way_back(browser, organization, row, "deny"), follow=True).content.decode()
    assert "Fiken" in denied
    with builders.in_organization(organization):
        assert Permit.objects.of(organization).get().problem
    assert the_connection(organization).secrets_sealed is None

    back = way_back(browser, organization, row)
    assert client_of(accountant).get(back).status_code == 410, "somebody else has begun it"
    assert client_of(case_worker).get(back).status_code == 403
    assert client_of(stranger).get(back).status_code == 410, "of another organization"
    assert browser.get(back.replace("state=", "state=x")).status_code == 410, "not signed here"
    assert Client().get(back).status_code == 302, "sign in first"
    with builders.in_organization(organization):
        Permit.objects.of(organization).filter(used_at=None).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert browser.get(back).status_code == 410, "too late"
    assert the_connection(organization).secrets_sealed is None

    back = way_back(browser, organization, row)
    assert browser.get(back).status_code == 302
    assert browser.get(back).status_code == 410, "used before"
    builders.run_background()
    row = the_connection(organization)
    assert open_secrets(row)["access_token"].startswith("access-")
    assert _told_secrets(browser, organization, row, caplog.text) == []


def test_what_an_accounting_system_sends_back_stands_in_no_log() -> None:
    said = '"GET /accounting/return/?code=abc123&state=x.y:z HTTP/1.1" 302'
    record = logging.LogRecord("django.server", logging.INFO, "", 0, said, None, None)

    assert WithoutSecrets().filter(record)
    assert record.getMessage() == '"GET /accounting/return/?… HTTP/1.1" 302'


def _told_secrets(browser: Client, organization: Organization, row: Connection, logged: str) -> list[str]:
    """Keys and tokens in any page, log, audit line, notice or message to a worker."""
    own = set(open_secrets(row).values()) | {CLIENT_SECRET}
    names = ("show_connection", "show_mapping", "show_preview", "panel_connection", "export_mapping")
    texts = [logged, *(browser.get(address(name, organization, row.pk)).content.decode() for name in names)]
    with builders.in_organization(organization):
        texts += [str(entry.facts) for entry in AuditEntry.objects.of(organization)]
        texts += [str(notice.facts) for notice in Notice.objects.of(organization)]
        texts += [f"{each.payload}{each.last_error}" for each in OutboxRow.objects.of(organization)]
        texts += [str(permit.returned) + permit.problem for permit in Permit.objects.of(organization)]
    return [secret for secret in own for text in texts if secret in text]


def test_keys_are_pasted_once_and_shown_by_their_last_letters(organization: Organization, browser: Client) -> None:
    place = address("create_connection", organization) + "?system=d365-finance"
    typed = {"tenant": "t-1", "environment": "https://x", "company": "USMF", "journal": "GEN", "customer_group": "10"}
    typed |= {"name": "Finance", "client_id": "app-1", "client_secret": "very-secret-value-9876"}

    assert browser.post(place, typed).status_code == 422, "it is a preview: somebody has to know"
    knows = {**typed, "knows_what_is_unverified": "on"}
    assert browser.post(place, {**knows, "client_secret": ""}).status_code == 422
    assert browser.post(place, knows).status_code == 302
    assert browser.post(place, knows).status_code == 422, "the name is taken"

    row = the_connection(organization)
    page = browser.get(address("show_connection", organization, row.pk)).content.decode()
    assert "••••9876" in page
    assert _told_secrets(browser, organization, row, "") == ["app-1"] * page.count("app-1")
    new = {"client_id": "", "client_secret": "another-secret-4321"}
    assert browser.post(address("update_keys", organization, row.pk), new).status_code == 302
    assert open_secrets(the_connection(organization)) == {"client_id": "app-1", "client_secret": "another-secret-4321"}
    with builders.in_organization(organization):
        waiting = OutboxRow.objects.of(organization).filter(kind="accounting_sync.read_lists")
        assert waiting.count() == 1, "however often it is asked for, a worker is asked once"


def test_a_code_that_vanished_is_told_and_mapping_it_anew_lets_vouchers_go(
    organization: Organization, browser: Client, fiken: LedgerServer
) -> None:
    builders.make_finalized_invoice(organization)
    row = let_in(browser, organization)
    save_all(browser, organization, row)
    browser.post(address("update_push_terms", organization, row.pk), {**PUSH, "version": row.version})
    gone = fiken.system.accounts.pop("3000")
    browser.post(address("refresh_lists", organization, row.pk))
    builders.run_background()

    assert "account:3000" in missing(browser, organization, row)
    with builders.in_organization(organization):
        assert Notice.objects.of(organization).filter(kind="connection.mapping_lost").count() == 1
    [item] = push(organization, the_connection(organization))
    assert (item.state, item.reason) == (SyncState.BLOCKED, {"code": "unmapped", "keys": ["account:3000"]})

    one_row = {"row": "account:3000", "account:3000": "3001", "account:1500": "nonsense"}
    answer = browser.post(address("save_mapping", organization, row.pk), one_row, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert 'hx-swap-oob="true"' in answer.content.decode()
    with builders.in_organization(organization):
        assert SyncItem.objects.of(organization).get().state == SyncState.WAITING
    wrong = browser.post(address("save_mapping", organization, row.pk), {"account:3000": "9876"})
    assert wrong.status_code == 422
    assert missing(browser, organization, row) == []
    fiken.system.accounts["3000"] = gone


def test_mappings_go_out_as_csv_and_come_back_whole_or_not_at_all(
    organization: Organization, browser: Client, fiken: LedgerServer
) -> None:
    customer = builders.make_customer(organization, name="=cmd|x")
    builders.make_finalized_invoice(organization, customer)
    fiken.system.accounts["3001"]["name"] = "=SUM(A1)"
    row = let_in(browser, organization)
    save_all(browser, organization, row)
    form = {"customer": str(customer.number), "place": "account:3000", "target": "3001"}
    assert browser.post(address("add_exception", organization, row.pk), form).status_code == 302
    answer = browser.get(address("export_mapping", organization, row.pk))
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert {"kind": "account", "ours": "3000", "customer": str(customer.number), "remote_id": "3001"}.items() <= next(
        each for each in rows if each["customer"]
    ).items()
    assert all(not each["remote_name"].startswith("=") for each in rows)
    with builders.in_organization(organization):
        before = set(AccountMapping.objects.of(organization).values_list("local_key", "customer_id", "remote_id"))
        AccountMapping.objects.of(organization).delete()

    assert _import(browser, organization, row, text.replace("3001", "9999")) == 422
    with builders.in_organization(organization):
        assert not AccountMapping.objects.of(organization).exists()
    assert _import(browser, organization, row, text) == 302

    with builders.in_organization(organization):
        after = set(AccountMapping.objects.of(organization).values_list("local_key", "customer_id", "remote_id"))
        exception = AccountMapping.objects.of(organization).get(customer__isnull=False)
    assert after == before
    assert browser.post(address("remove_exception", organization, row.pk, exception.pk)).status_code == 302
    with builders.in_organization(organization):
        assert not AccountMapping.objects.of(organization).filter(customer__isnull=False).exists()


def _import(browser: Client, organization: Organization, row: Connection, text: str) -> int:
    file = SimpleUploadedFile("mapping.csv", text.encode(), "text/csv")
    return browser.post(address("import_mapping", organization, row.pk), {"file": file}).status_code


def test_access_that_ended_comes_back_with_all_mappings_and_ending_it_wipes_the_keys(
    organization: Organization, browser: Client, fiken: LedgerServer
) -> None:
    builders.make_finalized_invoice(organization)
    row = let_in(browser, organization)
    save_all(browser, organization, row)
    browser.post(address("update_push_terms", organization, row.pk), {**PUSH, "version": row.version})
    fiken.system.revoke()
    push(organization, the_connection(organization))
    assert the_connection(organization).state == ConnectionState.ACCESS_ENDED
    fiken.system.is_revoked = False

    assert browser.get(way_back(browser, organization, row)).status_code == 302
    builders.run_background()

    row = the_connection(organization)
    assert (row.state, row.problem, row.lane) == (ConnectionState.ACTIVE, "", None)
    assert missing(browser, organization, row) == []
    assert [item.state for item in push(organization, row, rounds=2)] == [SyncState.CONFIRMED]
    browser.post(address("pause_connection", organization, row.pk))
    assert the_connection(organization).state == ConnectionState.PAUSED
    browser.post(address("resume_connection", organization, row.pk))
    assert the_connection(organization).state == ConnectionState.ACTIVE

    assert browser.get(address("disconnect", organization, row.pk)).status_code == 200
    assert browser.post(address("disconnect", organization, row.pk)).status_code == 302
    builders.run_background()
    row = the_connection(organization)
    assert (row.state, row.secrets_sealed) == (ConnectionState.CLOSED, None)
    assert fiken.count("POST", "/oauth/revoke") == 1
    with builders.in_organization(organization):
        assert OutboxRow.objects.of(organization).get(kind="accounting_sync.revoke_access").payload == {}
        assert SyncItem.objects.of(organization).count() == 1
    assert browser.get(address("show_connection", organization, row.pk)).status_code == 200
    refused = browser.post(address("resume_connection", organization, row.pk), follow=True)
    assert refused.status_code == 200
    assert the_connection(organization).state == ConnectionState.CLOSED


def test_the_pages_ask_the_database_no_more_often_with_more_to_show(
    organization: Organization, browser: Client, fiken: LedgerServer
) -> None:
    builders.make_finalized_invoice(organization)
    row = let_in(browser, organization)
    pages = ("show_connection", "show_mapping", "show_preview")
    counts = [_count(browser, address(name, organization, row.pk)) for name in pages]
    customer = builders.make_customer(organization, name="En Til AS")
    for _more in range(3):
        builders.make_finalized_invoice(organization, customer)

    assert [_count(browser, address(name, organization, row.pk)) for name in pages] == counts
    assert max(counts) < 30


def _count(browser: Client, place: str) -> int:
    with CaptureQueriesContext(database) as captured:
        answer = browser.get(place)
    assert answer.status_code == 200
    assert len(answer.content) < 100_000
    return len(captured)
