"""What is special in Dynamics 365 Finance, ZipBooks and Hiveage, which are only tried out yet. No server."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings

from accounting_sync.mapping.entries import Entry, LinePart, Remote, Target
from accounting_sync.mapping.suggesting import OwnAccount, suggest_account, suggest_vat
from accounting_sync.providers.base import Adapter, Answer, Call, CannotBeTaken, Choice, Mode, ProblemKind, Stage
from accounting_sync.providers.business_central import BusinessCentral
from accounting_sync.providers.d365_finance import D365Finance
from accounting_sync.providers.hiveage import Hiveage
from accounting_sync.providers.tokens import EntryRefused, renew
from accounting_sync.providers.zipbooks import ZipBooks
from tests.ledgers.entries import samples
from tests.ledgers.server import LedgerServer
from tests.ledgers.system import LedgerRequest, System
from tests.ledgers.systems import business_central, d365_finance

TARGETS = d365_finance.Ledger.targets
SAMPLES = samples(TARGETS)
D365 = D365Finance(d365_finance.Ledger.options, Mode.JOURNAL)
ZIPBOOKS = ZipBooks({}, Mode.DOCUMENT)
HIVEAGE = Hiveage({"subdomain": "nordlys"}, Mode.DOCUMENT)
DAY = date(2026, 3, 16)


def linked(entry: Entry) -> Entry:
    """With a customer that is known there."""
    assert entry.party is not None
    party = replace(entry.party, remote_id="5", remote_number="10001")
    lines = [replace(line, party=party) if line.party is not None else line for line in entry.lines]
    return replace(entry, party=party, lines=lines)


def test_they_are_offered_with_what_is_not_verified() -> None:
    for adapter in (D365, ZIPBOOKS, HIVEAGE):
        assert adapter.stage == Stage.PREVIEW
        assert all(str(sentence).endswith(".") for sentence in adapter.unverified)


def test_d365_takes_our_lines_as_they_are_in_a_journal_of_their_own() -> None:
    sale = linked(SAMPLES["sale"])
    steps = D365.steps(sale)
    done = {steps[0]: Remote(id="NOR1-7")}

    calls = [D365.build(step, sale, done) for step in steps]

    assert calls[0].body == {
        "dataAreaId": "NOR1",
        "JournalName": "BILAG",
        "Description": f"[2026-00001] F-2026-00001 {sale.key[:8]}/260316",
    }
    assert calls[1].body == {
        "dataAreaId": "NOR1",
        "JournalBatchNumber": "NOR1-7",
        "LineNumber": 1,
        "TransDate": "2026-03-16T12:00:00Z",
        "AccountType": "Cust",
        "AccountDisplayValue": "10001",
        "DebitAmount": Decimal("1250.00"),
        "CurrencyCode": "NOK",
        "Text": "[2026-00001] Faktura F-2026-00001",
        "Document": "F-2026-00001",
        "DocumentDate": "2026-03-16T12:00:00Z",
        "Voucher": "2026-00001",
        "Invoice": "F-2026-00001",
        "DueDate": "2026-03-30T12:00:00Z",
        "PaymentReference": "0000000000018",
    }
    told = [(call.body["AccountDisplayValue"], call.body["CreditAmount"]) for call in calls[2:]]
    assert told == [("3000", Decimal("1000.00")), ("2700", Decimal("250.00"))]
    assert D365.base() == "https://nordlys-test.operations.dynamics.com"
    (week, rest) = D365.list_pushed(DAY, date(2026, 3, 24))
    assert "2026-03-16T00:00:00Z and TransDate le 2026-03-22T23:59:59Z" in dict(week.query)["$filter"]
    assert "2026-03-23T00:00:00Z and TransDate le 2026-03-24T23:59:59Z" in dict(rest.query)["$filter"]


@pytest.mark.parametrize("typed", ["evil.example/#", "evil.example?", "a@evil.example", "Nordlys-Test/../x"])
def test_what_is_typed_never_leaves_the_domain_of_the_system(typed: str) -> None:
    finance = D365Finance({**d365_finance.Ledger.options, "environment": typed}, Mode.JOURNAL).base()
    hiveage = Hiveage({"subdomain": typed}, Mode.DOCUMENT).base()

    assert finance.startswith("https://")
    assert finance.endswith(".operations.dynamics.com")
    assert hiveage.endswith(".hiveage.com/api")
    assert not set(f"{finance}{hiveage}".replace("https://", "").replace("/api", "")) & set("/#?@")


@pytest.mark.parametrize(
    ("adapter", "system"),
    [
        (D365, d365_finance.Ledger),
        (BusinessCentral(business_central.Ledger.options, Mode.JOURNAL), business_central.Ledger),
    ],
)
def test_keys_become_a_token_of_the_right_tenant_and_environment(adapter: Adapter, system: type[System]) -> None:
    with LedgerServer(system()) as server, override_settings(LEDGER_HOSTS=server.hosts):
        secrets = server.system.secrets()
        server.system.expire()
        grant = renew(adapter, secrets, today=DAY)

        assert server.system.authorized(request_with(grant.secrets["access_token"]))
        assert not server.system.authorized(request_with(secrets["access_token"]))
        assert grant.seconds == 3599
        server.system.revoke()
        with pytest.raises(EntryRefused) as refused:
            renew(adapter, secrets, today=DAY)
        assert refused.value.problem.kind == ProblemKind.ACCESS_ENDED


def request_with(token: str) -> LedgerRequest:
    """A request that carries a token."""
    return LedgerRequest(method="GET", host="", path="/", headers={"authorization": f"Bearer {token}"})


def d365_error(text: str) -> dict[str, Any]:
    """As Dynamics 365 writes it."""
    inner = {"message": f"Write failed for table row of type 'LedgerJournalLineEntity'. Infolog: Error: {text}"}
    return {"error": {"code": "", "message": "An error has occurred.", "innererror": inner}}


@pytest.mark.parametrize(
    ("adapter", "status", "body", "kind", "text"),
    [
        (D365, 400, d365_error("The record already exists."), ProblemKind.DUPLICATE, "The record already exists."),
        (D365, 400, d365_error("Fiscal period is not open."), ProblemKind.PERIOD_CLOSED, "Fiscal period is not open."),
        (D365, 400, d365_error("Account is not found."), ProblemKind.INVALID, "Account is not found."),
        (
            HIVEAGE,
            422,
            {"errors": {"statement_no": ["has already been taken"]}},
            ProblemKind.DUPLICATE,
            "statement_no has already been taken",
        ),
        (HIVEAGE, 422, {"errors": ["Date is missing"]}, ProblemKind.INVALID, "Date is missing"),
        (ZIPBOOKS, 422, {"errors": [{"detail": "No contact."}]}, ProblemKind.INVALID, "No contact."),
        (ZIPBOOKS, 500, None, ProblemKind.UNKNOWN, ""),
    ],
)  # fmt: skip
def test_their_words_are_understood(adapter: Adapter, status: int, body: Any, kind: ProblemKind, text: str) -> None:
    problem = adapter.problem(Call(method="POST", path="/x"), Answer(status, body=body))

    assert problem is not None
    assert (problem.kind, problem.text) == (kind, text)


def test_what_d365_cannot_take_is_refused_before_any_call() -> None:
    nobody = [replace(line, party=None) if line.part == LinePart.RECEIVABLE else line for line in SAMPLES["sale"].lines]
    for entry, words in (
        (SAMPLES["foreign"], "foreign currency"),
        (replace(SAMPLES["sale"], number="F" * 21), "20 characters"),
        (replace(SAMPLES["sale"], lines=nobody), "no customer"),
    ):
        with pytest.raises(CannotBeTaken, match=words):
            D365.refuse(entry)


def test_zipbooks_and_hiveage_add_up_lines_with_vat_beside_them() -> None:
    mixed = linked(SAMPLES["discount"])
    zipbooks = ZIPBOOKS.build("create", mixed, {}).body
    hiveage = HIVEAGE.build("create", mixed, {}).body["invoice"]

    lines = [(line["attributes"]["name"], line["attributes"]["rate"]) for line in zipbooks["included"]]
    assert lines == [
        ("Rådgivning, mars", "333.33"),
        ("Rådgivning, mars", "333.33"),
        ("Rabatt", "-66.67"),
        ("Øreavrunding", "0.25"),
        ("VAT 25 %", "150.00"),
    ]
    assert [(line["description"], f"{line['price']}") for line in hiveage["items_attributes"]] == lines
    assert zipbooks["data"]["relationships"]["contact"] == {"data": {"type": "contact", "id": "5"}}
    assert (hiveage["statement_no"], hiveage["connection_id"]) == ("F-2026-00003", 5)
    assert not hiveage["send_reminders"]
    assert HIVEAGE.build("send", mixed, {"create": Remote(id="h")}).path == "/invs/h/mark_as_sent", "never deliver"


def test_where_there_is_one_way_only_it_is_proposed_for_everything() -> None:
    page = Answer(200, body={"data": []})
    own = OwnAccount("3000", "Salgsinntekt")
    for adapter in (ZIPBOOKS, HIVEAGE):
        accounts, codes = ([as_target(row) for row in adapter.listed(kind, page)] for kind in adapter.lists)
        found = suggest_account(own, accounts, is_our_chart=False)
        assert found == accounts[0]
        assert suggest_vat("standard", Decimal(25), codes) == suggest_vat("export", Decimal(0), codes) == codes[0]


def as_target(row: Choice) -> Target:
    """As a mapping keeps it."""
    return Target(row.id, row.code, row.label, row.facts)


def test_days_that_cannot_be_asked_for_are_picked_from_the_pages() -> None:
    rows = [{"hash_key": f"i{day}", "statement_no": f"F-{day}", "date": f"2026-03-{day}", "state": "sent"}
            for day in (15, 16, 17, 18)]  # fmt: skip
    (call,) = HIVEAGE.list_pushed(DAY, date(2026, 3, 17))
    full = Answer(200, body=rows * 25)

    assert [one.number for one in HIVEAGE.pushed(call, Answer(200, body=rows))] == ["F-16", "F-17"]
    following = HIVEAGE.next_page(call, full)
    assert following is not None
    assert dict(following.query)["page"] == "2"
    assert [one.number for one in HIVEAGE.pushed(following, Answer(200, body=rows))] == ["F-16", "F-17"]
