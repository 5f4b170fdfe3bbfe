"""What is special in Akaunting: totals that it adds up itself, and a host that somebody typed (M-033). No server."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from accounting_sync.mapping.entries import Entry, EntryItem, Remote
from accounting_sync.providers.akaunting import Akaunting
from accounting_sync.providers.base import Answer, Call, CannotBeTaken, Mode, ProblemKind
from accounting_sync.providers.fiken import Fiken
from accounting_sync.providers.public_address import AddressRefused, pinned
from accounting_sync.providers.transport import Carrier, NotSent
from tests.ledgers.entries import payment, samples, settled, write_off
from tests.ledgers.systems.akaunting import Ledger

TARGETS = Ledger.targets
SAMPLES = samples(TARGETS)
AKAUNTING = Akaunting(Ledger.options, Mode.DOCUMENT)
INVOICE = Remote(id="71", facts={"category": "11"})
POST = Call(method="POST", path="/documents")


def linked(entry: Entry) -> Entry:
    """With the customer that Akaunting knows."""
    assert entry.party is not None
    return replace(entry, party=replace(entry.party, remote_id="5"))


def on_a_bank(entry: Entry) -> Entry:
    """With money on what Akaunting lists as a bank account."""
    assert entry.money is not None
    account = replace(entry.money.account, facts={"type": "bank"})
    return replace(entry, money=replace(entry.money, account=account))


def test_a_sale_is_added_to_nothing_and_told_once() -> None:
    body = AKAUNTING.build("create", linked(SAMPLES["sale"]), {}).body

    assert body["items"] == [
        {
            "item_id": 77,
            "name": "Rådgivning, mars",
            "description": "",
            "quantity": 1,
            "price": Decimal("1000.00"),
            "tax_ids": [31],
        }
    ]
    assert body["amount"] == 0, "what is told here is added to what the lines come to"
    kept = ("type", "document_number", "status", "issued_at", "contact_id", "category_id", "currency_rate", "notes")
    assert {name: body[name] for name in kept} == {
        "type": "invoice",
        "document_number": "F-2026-00001",
        "status": "sent",
        "issued_at": "2026-03-16 00:00:00",
        "contact_id": 5,
        "category_id": 11,
        "currency_rate": 1,
        "notes": "KID 0000000000018",
    }
    assert AKAUNTING.build("create", linked(SAMPLES["foreign"]), {}).body["currency_rate"] == Decimal("0.08597343")


def test_lines_below_zero_go_into_the_lines_of_their_tax() -> None:
    lines = AKAUNTING.build("create", linked(SAMPLES["discount"]), {}).body["items"]

    assert [(line["price"], line.get("tax_ids")) for line in lines] == [
        (Decimal("599.99"), [31]),
        (Decimal("0.25"), None),
    ]


def test_money_bears_our_voucher_as_number_and_reference() -> None:
    one = payment(TARGETS, "2026-00061", [settled(SAMPLES["sale"], INVOICE, Decimal(250))])
    two = payment(TARGETS, "2026-00062", [settled(SAMPLES["sale"], INVOICE), settled(SAMPLES["person"], INVOICE)])

    call = AKAUNTING.build("pay:0", one, {})

    assert call.path == "/documents/71/transactions"
    names = ("number", "reference", "account_id", "amount", "document_id", "category_id")
    assert [call.body[name] for name in names] == ["2026-00061", "[2026-00061]", 21, 250, 71, 11]
    assert [AKAUNTING.build(step, two, {}).body["number"] for step in AKAUNTING.steps(two)] == [
        "2026-00062/0",
        "2026-00062/1",
    ]


def several(entry: Entry, *nets: str) -> Entry:
    """The sale with a line of each net and tax, whose taxes are a little more than half an øre together."""
    (item,) = entry.items
    taxes = ("31", "32", "33")
    items: list[EntryItem] = [
        replace(
            item, net=Decimal(net), vat_amount=Decimal(0), vat=replace(TARGETS.vat["standard", Decimal(25)], id=tax)
        )
        for net, tax in zip(nets, taxes, strict=False)
    ]
    rates = {"31": "25", "32": "15", "33": "12"}
    items = [replace(one, vat=replace(one.vat, facts={"rate": rates[one.vat.id]})) for one in items if one.vat]
    return replace(entry, items=items, total=sum((one.net for one in items), Decimal(0)), vat_total=Decimal(0))


PAID = on_a_bank(payment(TARGETS, "2026-00061", [settled(SAMPLES["sale"], INVOICE)]))
REFUSED: dict[str, tuple[Entry, str]] = {
    "taxes that are rounded together": (several(SAMPLES["sale"], "0.01", "0.02", "0.03"), "another total"),
    "a discount larger than its tax's lines": (
        replace(SAMPLES["discount"], items=SAMPLES["discount"].items[2:]),
        "below zero",
    ),
    "money back": (replace(PAID, is_payout=True), "back to a customer"),
    "a loss": (write_off(TARGETS, "2026-00062", settled(SAMPLES["fee"], INVOICE)), "by money only"),
    "never pushed": (replace(PAID, settles=[replace(PAID.settles[0], remote=None)]), "does not stand"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_it_cannot_take_is_refused_before_any_call(case: str) -> None:
    entry, words = REFUSED[case]
    money = entry.money or PAID.money

    with pytest.raises(CannotBeTaken, match=words):
        AKAUNTING.refuse(replace(entry, money=money))
    AKAUNTING.refuse(PAID)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (422, {"message": "Invalid.", "errors": {"document_number": ["It is taken."]}}, ProblemKind.DUPLICATE),
        (422, {"message": "Invalid.", "errors": {"number": ["It is taken."]}}, ProblemKind.DUPLICATE),
        (422, {"message": "Invalid.", "errors": {"currency_code": ["It is unknown."]}}, ProblemKind.INVALID),
        (500, {"message": 'Attempt to read property "type" on null'}, ProblemKind.INVALID),
        (500, {"message": "Server Error"}, ProblemKind.UNKNOWN),
        (403, {"message": "This action is unauthorized."}, ProblemKind.ACCESS_ENDED),
        (429, None, ProblemKind.RATE_LIMITED),
    ],
)
def test_its_words_are_understood(status: int, body: Any, kind: ProblemKind) -> None:
    problem = AKAUNTING.problem(POST, Answer(status, body=body))

    assert problem is not None
    assert problem.kind == kind
    assert body is None or problem.text in (body["message"], "It is taken.", "It is unknown.")


@pytest.mark.parametrize(
    "typed",
    [
        "http://app.akaunting.com",
        "app.akaunting.com",
        "https://app.akaunting.com/",
        " app.akaunting.com/api ",
        "app.akaunting.com/api/",
    ],
)
def test_the_typed_host_is_always_asked_over_https(typed: str) -> None:
    assert Akaunting({"host": typed}, Mode.DOCUMENT).base() == "https://app.akaunting.com/api"


def leading_to(*addresses: str) -> Callable[..., list[tuple[Any, ...]]]:
    """A resolver that knows only these addresses."""
    return lambda *_asked, **_told: [(0, 0, 0, "", (address, 443)) for address in addresses]


@pytest.mark.parametrize(
    ("typed", "addresses", "words"),
    [
        ("books.example", ["10.0.0.7"], "private network"),
        ("books.example", ["93.184.215.14", "169.254.169.254"], "private network"),
        ("books.example", ["::ffff:192.168.1.1"], "private network"),
        ("books.example", ["fd00::1"], "private network"),
        ("user@books.example", ["93.184.215.14"], "https"),
        ("books.example", [], "not known"),
    ],
)
def test_a_host_inside_a_private_network_is_never_spoken_to(
    monkeypatch: pytest.MonkeyPatch, typed: str, addresses: list[str], words: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", leading_to(*addresses))
    adapter = Akaunting({**Ledger.options, "host": typed}, Mode.DOCUMENT)

    with Carrier(adapter) as carrier, pytest.raises(NotSent, match=words):
        carrier.send(Call(method="GET", path="/ping"), {})


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", leading_to("93.184.215.14"))

    address, name, host = pinned("https://books.example/api/ping?page=1")

    assert (str(address), name, host) == ("https://93.184.215.14/api/ping?page=1", "books.example", "books.example")
    settings.IS_PRODUCTION = True
    monkeypatch.setattr(socket, "getaddrinfo", leading_to("127.0.0.1"))
    with pytest.raises(AddressRefused, match="private network"):
        pinned("https://books.example/api")
    assert not Fiken.host_is_typed
