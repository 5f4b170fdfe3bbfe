"""A new accounting system is one class and one description of its API: here a tiny one, made from nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from accounting_sync.mapping.entries import Entry, EntryKind, Remote, Target
from accounting_sync.models import SyncState
from accounting_sync.providers import registry
from accounting_sync.providers.base import Adapter, Answer, Call, CannotBeTaken, Choice, ListKind, Mode, Rate
from accounting_sync.providers.entering import Key, StaticKeys
from tenants.models import Organization
from tests import builders
from tests.accounting_sync.connected import connect, push, served, talk, told
from tests.ledgers.faults import Fault
from tests.ledgers.server import LedgerServer
from tests.ledgers.system import (
    OUR_ACCOUNTS,
    OUR_VAT,
    Contract,
    HeldDocument,
    LedgerAnswer,
    LedgerRequest,
    System,
    Targets,
    answers,
)

HOST = "api.kladdebok.example"
NUMBER_MAX = 40


class Kladdebok(Adapter):
    """A book of journal entries, and nothing else."""

    slug = "kladdebok"
    label = "Kladdebok"
    countries = frozenset({"NO"})
    entering = StaticKeys(
        keys=(Key("token", "Token"),), headers=lambda secrets: {"Authorization": f"Token {secrets['token']}"}
    )
    limits = (Rate(50, 1.0),)
    modes = (Mode.JOURNAL,)
    takes = {Mode.JOURNAL: frozenset(EntryKind)}
    lists = (ListKind.ACCOUNTS,)
    has_customers = False

    def base(self) -> str:
        """Where it is."""
        return f"https://{HOST}"

    def refuse(self, entry: Entry) -> None:
        """Only a number that it has no room for."""
        if len(_number(entry)) > NUMBER_MAX:
            raise CannotBeTaken(f"Kladdebok has no room for the number {entry.number}.")

    def steps(self, entry: Entry) -> Sequence[str]:
        """One call makes the whole."""
        return ("create",)

    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The postings as they are."""
        lines = [{"account": line.account.code, "amount": line.amount} for line in entry.lines]
        return Call(
            method="POST", path="/entries", body={"number": _number(entry), "day": str(entry.day), "lines": lines}
        )

    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """What was made."""
        return _remote(answer.body)

    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """By our number."""
        return Call(method="GET", path="/entries", query=[("number", _number(entry))])

    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """All that bears it."""
        return [_remote(row) for row in answer.body]

    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The same question tells what stands there."""
        return Call(method="GET", path="/entries", query=[("number", _number(entry))])

    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """The one that stands there."""
        [row] = answer.body
        return _remote(row)

    def fetch(self, kind: ListKind) -> Call:
        """The accounts."""
        return Call(method="GET", path="/accounts")

    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """Their codes."""
        return [Choice(code, code, code) for code in answer.body]

    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """All entries of the days."""
        return [Call(method="GET", path="/entries", query=[("first", str(first)), ("last", str(last))])]

    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """Nothing but entries of ours stands there."""
        return [_remote(row) for row in answer.body]


def _number(entry: Entry) -> str:
    return f"{entry.kind}-{entry.number}"


def _remote(row: Mapping[str, Any]) -> Remote:
    debits = sum((Decimal(line["amount"]) for line in row["lines"] if line["amount"] > 0), Decimal(0))
    number = row["number"].partition("-")[2]
    return Remote(id=str(row["id"]), number=number, day=date.fromisoformat(row["day"]), total=debits)


class Ledger(System):
    """How it behaves."""

    slug = "kladdebok"
    hosts = (HOST,)
    targets = Targets(
        accounts={number: Target(number, number) for number in OUR_ACCOUNTS},
        vat={(treatment, rate): Target("-", "-") for treatment, rate in OUR_VAT},
    )

    def secrets(self) -> dict[str, str]:
        """The key that it knows."""
        return {"token": "a-token-of-kladdebok"}

    def authorized(self, request: LedgerRequest) -> bool:
        """Whether the call bears it."""
        return request.headers.get("authorization") == "Token a-token-of-kladdebok"

    def expire(self) -> None:
        """A key does not expire."""

    @answers("POST /entries")
    def make(self, request: LedgerRequest) -> LedgerAnswer:
        """Keep an entry."""
        number, day = request.body["number"], date.fromisoformat(request.body["day"])
        debits = sum((line["amount"] for line in request.body["lines"] if line["amount"] > 0), Decimal(0))
        held = HeldDocument(
            id=self.next_id(), number=number, kind="journal", day=day, currency="NOK", total=debits,
            facts={"lines": request.body["lines"]},
        )  # fmt: skip
        self.hold(held)
        return LedgerAnswer(201, self._row(held))

    @answers("GET /entries")
    def look(self, request: LedgerRequest) -> LedgerAnswer:
        """What bears a number, or stands on one of the days."""
        number, first, last = (request.asked(name) for name in ("number", "first", "last"))
        found = self.numbered(number) if number else [one for one in self.documents() if first <= str(one.day) <= last]
        return LedgerAnswer(200, [self._row(held) for held in found])

    @answers("GET /accounts")
    def list_accounts(self, request: LedgerRequest) -> LedgerAnswer:
        """All account codes."""
        return LedgerAnswer(200, list(OUR_ACCOUNTS))

    def _row(self, held: HeldDocument) -> dict[str, Any]:
        return {"id": int(held.id), "number": held.number, "day": str(held.day), "lines": held.facts["lines"]}


LINE = {
    "type": "object",
    "required": ["account", "amount"],
    "properties": {"account": {"type": "string"}, "amount": {"type": "number"}},
}
ENTRY = {
    "type": "object",
    "required": ["number", "day", "lines"],
    "properties": {
        "id": {"type": "integer"},
        "number": {"type": "string", "maxLength": NUMBER_MAX},
        "day": {"type": "string", "format": "date"},
        "lines": {"type": "array", "items": LINE},
    },
}


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _told(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": "It is so.", **_json(schema)}


DESCRIPTION = {
    "openapi": "3.0.3",
    "info": {"title": "Kladdebok", "version": "1"},
    "servers": [{"url": f"https://{HOST}"}],
    "paths": {
        "/entries": {
            "post": {"requestBody": {"required": True, **_json(ENTRY)}, "responses": {"201": _told(ENTRY)}},
            "get": {
                "parameters": [
                    {"name": name, "in": "query", "schema": {"type": "string"}} for name in ("number", "first", "last")
                ],
                "responses": {"200": _told({"type": "array", "items": ENTRY})},
            },
        },
        "/accounts": {"get": {"responses": {"200": _told({"type": "array", "items": {"type": "string"}})}}},
    },
}


@pytest.fixture
def kladdebok(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[LedgerServer]:
    """The module, its line in the registry, its description, and its behaviour."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(DESCRIPTION))
    module = ModuleType("accounting_sync.providers.kladdebok")
    module.Kladdebok = Kladdebok  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(registry, "ADAPTERS", (*registry.ADAPTERS, ("kladdebok", "Kladdebok")))
    monkeypatch.setattr(Ledger, "contracts", (Contract(file=str(file), host=HOST),), raising=False)
    registry.adapters.cache_clear()
    try:
        with LedgerServer(Ledger()) as server, served(server, settings):
            yield server
            server.assert_obeyed()
    finally:
        registry.adapters.cache_clear()


def test_a_voucher_goes_through_a_new_adapter_once(organization: Organization, kladdebok: LedgerServer) -> None:
    invoice = builders.make_finalized_invoice(organization)
    connection = connect(organization, kladdebok)
    kladdebok.faults.next(Fault.DROP_ANSWER, "POST /entries")

    [item] = push(organization, connection, rounds=2)

    assert told(item)[0] == SyncState.CONFIRMED
    [held] = kladdebok.system.documents()
    assert held.total == invoice.payable_amount
    assert {line["account"] for line in held.facts["lines"]} == {"1500", "2700", "3000"}
    with talk(organization, connection) as opened:
        [listing] = opened.adapter.list_pushed(held.day, held.day)
        [listed] = opened.adapter.pushed(listing, opened.ask(listing))
    assert (listed.id, listed.number, listed.total) == (held.id, str(invoice.number), held.total)
