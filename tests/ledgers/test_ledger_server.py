"""The server of the invented accounting systems catches what it is there to catch, and lies when it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from accounting_sync.providers.base import Rate
from tests.ledgers.contracts import FOLDER, MISSING, description, is_here, self_of
from tests.ledgers.faults import Fault
from tests.ledgers.oauth import CLIENT, CLIENT_SECRET, OAuthCodePages, Tokens, challenge_of
from tests.ledgers.server import LedgerServer
from tests.ledgers.system import Contract, LedgerAnswer, LedgerRequest, answers
from tests.ledgers.systems.fiken import COMPANY, Ledger

pytestmark = pytest.mark.skipif(not is_here(), reason=MISSING)
FILES = sorted(str(file.relative_to(FOLDER)) for file in Path(FOLDER).glob("*/*.yaml"))
OWN = f"/api/v2/companies/{COMPANY}"
# Bodies that the contract describes as any object at all: nothing can be misspelt in them.
OPEN_BODIES = {
    "POST /v1/{organizationId}/sales/creditnotes/fetch",
    "POST /v1/{organizationId}/invoices/fetch",
    "PUT /invs/{hash_key}",
}


class Person:
    """Somebody who speaks to the server as the product does."""

    def __init__(self, server: LedgerServer) -> None:
        self.server = server
        self.token = server.system.secrets()["access_token"]
        self.client = httpx2.Client(base_url=server.address, headers={"X-Ledger-Host": "api.fiken.no"}, timeout=10)

    def send(self, method: str, path: str, **told: Any) -> httpx2.Response:
        """One call, with the token unless another is told."""
        headers = {"Authorization": f"Bearer {told.pop('token', self.token)}"}
        return self.client.request(method, f"{OWN}{path}", headers=headers, **told)

    def sell(self, number: str = "F-1", **line: Any) -> httpx2.Response:
        """A sale to the first customer."""
        charged = {"description": "x", "vatType": "HIGH", "account": "3000", "netPrice": 1000, "vat": 250, **line}
        sale = {
            "date": "2026-03-16",
            "kind": "external_invoice",
            "paid": False,
            "currency": "NOK",
            "saleNumber": number,
        }
        customer = next(iter(self.server.system.parties))
        return self.send("POST", "/sales", json={**sale, "customerId": int(customer), "lines": [charged]})


@pytest.fixture(scope="module")
def server() -> Iterator[LedgerServer]:
    """Fiken's."""
    with LedgerServer(Ledger()) as started:
        yield started


@pytest.fixture
def someone(server: LedgerServer) -> Iterator[Person]:
    """A caller with a customer in empty books."""
    server.reset()
    caller = Person(server)
    assert caller.send("POST", "/contacts", json={"name": "Fjordbygg AS", "customer": True}).status_code == 201
    yield caller
    caller.client.close()


@pytest.mark.parametrize("file", FILES)
def test_a_misspelt_property_is_caught_in_every_contract(file: str) -> None:
    told = description(file)
    contract = Contract(file=file, host="ledger.example")
    missed = []
    for operation in told.operations:
        body = self_of(told.described, operation.declared.get("requestBody", {}))
        schema = next((one.get("schema") for kind, one in (body.get("content") or {}).items() if "json" in kind), None)
        if schema is None or operation.label in OPEN_BODIES:
            continue
        misspelt: Any = {"nmae": "x"}
        is_list = self_of(told.described, schema).get("type") == "array"
        request = LedgerRequest(
            method=operation.method,
            host="ledger.example",
            path="/",
            body=[misspelt] if is_list else misspelt,
            headers={"content-type": "application/json"},
        )
        if "unknown property nmae" not in told.request_breaches(contract, operation, request):
            missed.append(operation.label)

    assert missed == []


def test_what_breaks_the_contract_is_answered_and_remembered(someone: Person) -> None:
    server = someone.server
    wrong = [
        someone.sell(acount="3000"),
        someone.sell(netPrice="1000"),
        someone.send("GET", "/sales", params={"number": "F-1"}),
        someone.send("GET", "/no/such/thing"),
    ]
    breaches = list(server.violations)
    server.violations.clear()

    assert [answer.status_code for answer in wrong] == [400, 400, 400, 400]
    assert "unknown property lines.acount" in breaches[0]
    assert "netPrice" in breaches[1]
    assert "'1000' is not of type 'integer'" in breaches[1]
    assert "unknown query parameter number" in breaches[2]
    assert "no contract describes it" in breaches[3]
    assert server.system.documents() == []
    assert someone.sell().status_code == 201
    server.assert_obeyed()


def test_an_answer_outside_the_contract_is_a_fault_of_ours() -> None:
    class Careless(Ledger):
        @answers("GET /companies")
        def _companies(self, request: LedgerRequest) -> LedgerAnswer:
            return LedgerAnswer(200, [{"name": 17, "slgu": COMPANY}])

    with LedgerServer(Careless()) as server:
        caller = Person(server)
        headers = {"Authorization": f"Bearer {caller.token}"}
        assert caller.client.get("/api/v2/companies", headers=headers).status_code == 200
        told = "\n".join(server.violations)
        assert "17 is not of type 'string'" in told
        assert "unknown property slgu" in told
        with pytest.raises(AssertionError, match="slgu"):
            server.assert_obeyed()


def test_nobody_enters_without_a_token_that_holds(someone: Person) -> None:
    assert someone.send("GET", "/sales", token="another").status_code == 401
    someone.server.system.expire()
    assert someone.send("GET", "/sales").status_code == 401
    fresh = someone.server.system.secrets()["access_token"]
    assert someone.send("GET", "/sales", token=fresh).status_code == 200
    someone.server.system.revoke()
    assert someone.send("GET", "/sales", token=fresh).status_code == 401
    someone.server.assert_obeyed()


def test_each_fault_does_what_it_says(someone: Person) -> None:
    server, faults = someone.server, someone.server.faults

    def stand() -> int:
        return len(server.system.documents())

    for fault, stands in ((Fault.DROP_BEFORE, 0), (Fault.DROP_ANSWER, 1), (Fault.HALF, 2)):
        faults.next(fault, "POST /sales")
        with pytest.raises(httpx2.RemoteProtocolError):
            someone.sell()
        assert stand() == stands
    for fault, status, stands in (
        (Fault.BROKEN, 500, 2),
        (Fault.BROKEN_AFTER, 500, 3),
        (Fault.TOO_MANY, 429, 3),
        (Fault.ACCESS_EXPIRED, 401, 3),
        (Fault.CONFLICT, 409, 3),
        (Fault.DUPLICATED, 201, 5),
    ):
        faults.next(fault)
        assert someone.send("GET", "/sales").status_code == 200, "reading meets no fault that waits for writing"
        assert (someone.sell().status_code, stand()) == (status, stands)
    faults.next(Fault.TOO_MANY, "GET *", seconds=7, times=2)
    assert [someone.send("GET", "/sales").headers.get("retry-after") for _ in range(3)] == ["7", "7", None]
    faults.next(Fault.DROP_ANSWER, "POST */oauth/token")
    assert someone.send("GET", "/sales").status_code == 200
    with pytest.raises(httpx2.RemoteProtocolError):
        someone.client.post("/oauth/token", headers={"X-Ledger-Host": "fiken.no"}, data={"grant_type": "x"})
    faults.next(Fault.SLOW, "GET *", seconds=0.2)
    began = time.monotonic()
    someone.send("GET", "/sales")
    assert time.monotonic() - began >= 0.2
    assert list(faults.waiting) == []
    server.assert_obeyed()


def test_a_call_too_many_is_seen_and_so_are_two_at_once(someone: Person) -> None:
    server = someone.server
    server.calls.clear()
    for _ in range(4):
        someone.send("GET", "/sales")
    assert server.limits_exceeded([Rate(4, 10.0)]) == []
    someone.send("GET", "/sales")
    assert len(server.limits_exceeded([Rate(4, 10.0), Rate(100, 10.0)])) == 1
    assert server.most_at_once == 1

    server.faults.next(Fault.SLOW, "GET *", seconds=0.3, times=2)
    answered: list[int] = []
    callers = [
        threading.Thread(target=lambda: answered.append(someone.send("GET", "/sales").status_code)) for _ in range(2)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert sorted(answered) == [200, 429], "Fiken answers one call at a time"
    assert server.most_at_once == 2
    assert server.limits_exceeded([], concurrency=1) == ["2 calls at once"]
    assert server.limits_exceeded([], concurrency=2) == []


def test_what_happens_behind_our_back_happens(someone: Person) -> None:
    system = someone.server.system
    for number in ("F-1", "F-2", "F-3"):
        someone.sell(number)
    system.alter("F-1", Decimal(3))
    system.delete("F-2")
    system.double("F-3")
    system.pay("F-1", Decimal(5), date(2026, 3, 20))
    rows = {row["saleId"]: row for row in someone.send("GET", "/sales").json()}
    kept = {row["saleNumber"]: row for row in rows.values() if not row["deleted"]}

    assert sorted(row["saleNumber"] for row in rows.values()) == ["F-1", "F-2", "F-3", "F-3"]
    assert set(kept) == {"F-1", "F-3"}
    assert kept["F-1"]["netAmount"] == 1300
    assert kept["F-1"]["outstandingBalance"] == 1050
    assert [payment["amount"] for payment in kept["F-1"]["salePayments"]] == [500]
    someone.server.assert_obeyed()


def test_the_log_in_page_gives_a_code_for_a_verifier_and_each_refresh_token_once() -> None:
    pages = OAuthCodePages(
        label="Somewhere",
        authorize_path="/authorize",
        token_path="/token",
        revoke_path="/revoke",
        in_body=True,
        returned={"realmId": "9130"},
        tokens=Tokens(rotates=True),
    )
    verifier = "v" * 50
    query = {
        "response_type": ["code"],
        "client_id": [CLIENT],
        "redirect_uri": ["https://bilag.example/back"],
        "state": ["s1"],
        "code_challenge": [challenge_of(verifier)],
        "code_challenge_method": ["S256"],
    }

    def decide(decision: str) -> dict[str, list[str]]:
        form = {"decision": decision}
        sent = pages.answer(LedgerRequest(method="POST", host="", path="/authorize", query=query, form=form))
        assert sent is not None
        return parse_qs(urlsplit(sent.headers["Location"]).query)

    def token(**form: str) -> LedgerAnswer:
        own = {"client_id": CLIENT, "client_secret": CLIENT_SECRET}
        sent = pages.answer(LedgerRequest(method="POST", host="", path="/token", form=own | form))
        assert sent is not None
        return sent

    def exchanged(verified: str) -> LedgerAnswer:
        code = decide("allow")["code"][0]
        back = query["redirect_uri"][0]
        return token(grant_type="authorization_code", code=code, redirect_uri=back, code_verifier=verified)

    page = pages.answer(LedgerRequest(method="GET", host="", path="/authorize", query=query))
    assert page is not None
    assert b"Allow" in (page.content or b"")
    unguarded = {name: value for name, value in query.items() if not name.startswith("code_")}
    refused = pages.answer(LedgerRequest(method="GET", host="", path="/authorize", query=unguarded))
    assert refused is not None
    assert refused.status == 400
    assert decide("deny") == {"state": ["s1"], "error": ["access_denied"]}
    assert decide("allow")["realmId"] == ["9130"]
    assert exchanged("another").status == 400
    given = exchanged(verifier).body
    assert token(grant_type="refresh_token", refresh_token="unknown").body == {"error": "invalid_grant"}
    renewed = token(grant_type="refresh_token", refresh_token=given["refresh_token"]).body
    assert token(grant_type="refresh_token", refresh_token=given["refresh_token"]).status == 400
    assert token(grant_type="refresh_token", refresh_token=renewed["refresh_token"], client_secret="x").status == 401
    pages.answer(LedgerRequest(method="POST", host="", path="/revoke"))
    assert token(grant_type="refresh_token", refresh_token=renewed["refresh_token"]).status == 400
