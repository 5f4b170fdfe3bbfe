"""Dinero: the exact documents that are sent, what is refused by name, and what its errors mean."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from accounting_sync.mapping.entries import Entry, EntryKind, Remote, Target
from accounting_sync.providers.base import Answer, Call, CannotBeTaken, Mode, ProblemKind
from accounting_sync.providers.dinero import Dinero
from tests.ledgers.entries import (
    Made,
    Sold,
    business,
    credit_of,
    document,
    payment,
    payout,
    settled,
    settlement,
    write_off,
)
from tests.ledgers.systems.dinero import COMPANY, Ledger

MONEY = {number: Target(number, number, "", {"deposit": "yes"}) for number in Ledger.targets.money}
TARGETS = replace(Ledger.targets, money=MONEY)
PARTY = business(TARGETS, remote_id="4d3c0f7e-0000-4000-8000-000000000001")
ADAPTER = Dinero({**Ledger.options}, Mode.DOCUMENT)
VOUCHERS = Dinero({**Ledger.options}, Mode.JOURNAL)
INVOICE = Remote(id="4d3c0f7e-0000-4000-8000-000000000002", facts={"kind": "invoice"})


def sale(*sold: Sold, number: str = "20017", **made: Any) -> Entry:
    """A sale to a customer that is linked."""
    return document(TARGETS, Made(number=number, party=PARTY, **made), sold or (Sold(net=Decimal("1000.00")),))


def test_m_033_a_sale_is_computed_drafted_and_booked_under_our_number() -> None:
    entry = sale()
    line = {
        "Description": "Rådgivning, mars",
        "AccountNumber": 3000,
        "BaseAmountValue": Decimal("1000.00"),
        "Quantity": 1,
        "Discount": 0,
        "Unit": "parts",
        "LineType": "Product",
    }
    body = {
        "Guid": entry.key,
        "ContactGuid": PARTY.remote_id,
        "ExternalReference": "20017",
        "Currency": "DKK",
        "Date": "2026-03-16",
        "ShowLinesInclVat": False,
        "Description": "Faktura 20017",
        "ProductLines": [line],
        "PaymentConditionType": "Netto",
        "PaymentConditionNumberOfDays": 14,
    }
    computed, made = (ADAPTER.build(step, entry, {}) for step in ("preview", "create"))
    assert (computed.path, computed.body, computed.is_reading) == (f"/v1/{COMPANY}/invoices/fetch", body, True)
    assert (made.path, made.body, made.is_reading) == (f"/v1/{COMPANY}/invoices", body, False)
    booked = ADAPTER.build("book", entry, {"look": Remote(id=entry.key, version="00AB")})
    assert booked.body == {"Timestamp": "00AB", "Number": 20017}

    credit = ADAPTER.build("create", credit_of(TARGETS, entry, INVOICE, "20018"), {})
    assert credit.path == f"/v1/{COMPANY}/sales/creditnotes"
    assert credit.body["CreditNoteFor"] == INVOICE.id
    assert [row["BaseAmountValue"] for row in credit.body["ProductLines"]] == [Decimal("1000.00")]


def test_m_033_what_dinero_computes_otherwise_goes_no_further() -> None:
    row = {"TotalInclVat": Decimal("1250.01"), "TotalVat": Decimal("250.01"), "Number": 0, "Guid": sale().key}

    with pytest.raises(CannotBeTaken, match=r"1250\.01"):
        ADAPTER.parse("preview", sale(), Answer(200, {}, row))


def test_lines_whose_vat_rounds_otherwise_than_ours_become_one() -> None:
    thirds = sale(*[Sold(net=Decimal("33.33"), text=text) for text in ("En", "To", "Tre")])

    (line,) = ADAPTER.build("create", thirds, {}).body["ProductLines"]
    assert (line["BaseAmountValue"], line["Description"]) == (Decimal("99.99"), "En; To; Tre")


def test_a_payment_names_the_version_of_the_invoice_that_it_pays() -> None:
    paid = payment(TARGETS, "2026-00031", [settled(sale(), INVOICE, Decimal(400))])

    assert list(ADAPTER.steps(paid)) == ["look:0", "pay:0"]
    call = ADAPTER.build("pay:0", paid, {"look:0": Remote(id="", version="00AC")})
    assert call.path == f"/v1/{COMPANY}/invoices/{INVOICE.id}/payments"
    assert call.body == {
        "Timestamp": "00AC",
        "DepositAccountNumber": 1920,
        "RemainderIsFee": False,
        "Description": "[2026-00031] Innbetaling",
        "Amount": Decimal(400),
        "PaymentDate": "2026-03-25",
        "ExternalReference": "2026-00031/0",
    }


def refused() -> dict[str, Entry]:
    """What Dinero cannot take, by the word that its refusal must have."""
    one = sale()
    of = settled(one, INVOICE)
    own = {**one.items[0].account.facts, "vat": "UMF"}
    wrong = replace(one.items[0], account=Target("3000", "3000", "", own))
    return {
        "converts": sale(currency="EUR", rate=Decimal("7.46")),
        "digits": sale(number="F-17"),
        "decides": replace(one, items=[wrong]),
        "credit note": settlement(TARGETS, "2026-00040", of, of),
        "payments only": payment(TARGETS, "2026-00041", [of], is_payout=True),
        "were sent there": payment(TARGETS, "2026-00042", [settled(one, None)]),
        "accounts for payments": write_off(TARGETS, "2026-00043", of),
        "pays invoices and nothing": replace(payment(TARGETS, "2026-00044", [of]), money=None),
    }


@pytest.mark.parametrize("word", list(refused()))
def test_what_dinero_cannot_take_is_refused_by_name(word: str) -> None:
    with pytest.raises(CannotBeTaken, match=word):
        ADAPTER.refuse(refused()[word])


def test_a_payout_is_a_manual_voucher_without_vat_codes() -> None:
    entry = payout(TARGETS, "2026-00050")
    assert entry.kind == EntryKind.JOURNAL
    ADAPTER.refuse(entry)

    body = ADAPTER.build("create", entry, {}).body
    assert (body["VoucherDate"], body["ExternalReference"]) == ("2026-03-25", "2026-00050")
    assert {row["AccountVatCode"] for row in body["Lines"]} == {"none"}
    assert sum(row["Amount"] for row in body["Lines"]) == 0
    assert all(row["Description"].startswith("[2026-00050] ") for row in body["Lines"])


def test_m_033_a_sale_as_a_manual_voucher_has_our_vat_to_the_oere() -> None:
    thirds = sale(*[Sold(net=Decimal("33.33")) for _ in range(3)])

    rows = VOUCHERS.build("create", thirds, {}).body["Lines"]

    told = [(row["AccountNumber"], row["Amount"], row["AccountVatCode"]) for row in rows]
    # Dinero adds 8.33 to each item; the øre that is over in our 25.00 stands on the VAT account.
    revenue = (3000, Decimal("-33.33"), "U25")
    assert told == [(1500, Decimal("124.99"), "none"), *[revenue] * 3, (2700, Decimal("-0.01"), "none")]
    assert [row["Description"].startswith("[20017]") for row in rows] == [True, False, False, False, False]
    back = VOUCHERS.build("create", credit_of(TARGETS, sale(), None, "20018"), {}).body["Lines"]
    assert [row["Amount"] for row in back] == [Decimal("-1250.00"), Decimal("1000.00")]
    foreign = VOUCHERS.build("create", sale(currency="EUR", rate=Decimal("7.46")), {}).body["Lines"]
    assert foreign[0]["Amount"] == Decimal("9325.00")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, {"Code": 48, "Message": "The plan does not allow the API."}, ProblemKind.ACCESS_ENDED),
        (400, {"Code": 58, "Message": "Timestamp is not the latest."}, ProblemKind.CONFLICT),
        (400, {"Code": 42, "Message": "The number 7 is already taken."}, ProblemKind.DUPLICATE),
        (400, {"Code": 42, "Message": "Regnskabsåret er låst."}, ProblemKind.PERIOD_CLOSED),
        (400, {"Code": 42, "Message": "x", "ValidationErrors": {"Date": "is missing"}}, ProblemKind.INVALID),
        (429, None, ProblemKind.RATE_LIMITED),
    ],
)
def test_m_131_its_errors_have_names(status: int, body: object, kind: ProblemKind) -> None:
    problem = ADAPTER.problem(Call(method="POST", path="/v1/1/invoices"), Answer(status, {}, body))

    assert problem is not None
    assert problem.kind == kind
