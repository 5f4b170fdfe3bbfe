"""What is special in QuickBooks Online: items, one currency for each customer, its refusals and codes. No server."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounting_sync.mapping.entries import Entry, EntryKind, Remote, Target
from accounting_sync.providers.base import Answer, Call, CannotBeTaken, ListKind, Mode, ProblemKind
from accounting_sync.providers.quickbooks import QuickBooks
from tests.ledgers.entries import (
    Booked,
    credit_of,
    payment,
    plain_line,
    samples,
    settled,
    settlement,
    voucher,
    write_off,
)
from tests.ledgers.system import OUR_ACCOUNTS
from tests.ledgers.systems.quickbooks import REALM, Ledger, account_id

TARGETS = replace(
    Ledger.targets,
    accounts={
        number: Target(account_id(number), number, f"Konto {number}", {"type": "Expense", "item": f"90{number}"})
        for number in OUR_ACCOUNTS
    },
    vat={key: replace(target, facts={"rate_id": f"1{target.id}"}) for key, target in Ledger.targets.vat.items()},
    money={"1920": Target(account_id("1920"), "1920", "Bank", {"type": "Bank"})},
)
SAMPLES = samples(TARGETS)
QUICKBOOKS = QuickBooks({"realmId": REALM, "untaxed": "9"}, Mode.DOCUMENT)
INVOICE, MEMO = Remote(id="201", facts={"kind": "invoice"}), Remote(id="202", facts={"kind": "credit"})
OWN = f"/v3/company/{REALM}"
POST = Call(method="POST", path=f"{OWN}/invoice")


def linked(entry: Entry, currency: str = "NOK") -> Entry:
    """With the customer that QuickBooks knows."""
    assert entry.party is not None
    party = replace(entry.party, remote_id="58", facts={"currency": currency})
    settles = [replace(each, party=party) for each in entry.settles]
    lines = [replace(line, party=party) if line.party else line for line in entry.lines]
    return replace(entry, party=party, settles=settles, lines=lines)


def test_a_sale_tells_the_vat_of_each_rate_and_makes_the_items_that_are_missing() -> None:
    sale = linked(SAMPLES["discount"])
    new = replace(sale.items[-1], account=replace(sale.items[-1].account, facts={}))
    sale = replace(sale, items=[*sale.items[:-1], new])

    assert QUICKBOOKS.steps(sale) == ("prepare:item:0", "create")
    item = QUICKBOOKS.build("prepare:item:0", sale, {})
    call = QUICKBOOKS.build("create", sale, {"prepare:item:0": Remote(id="77")})

    assert item.body == {
        "Name": "7740 Konto 7740",
        "Type": "Service",
        "IncomeAccountRef": {"value": account_id("7740")},
    }
    assert (call.method, call.path) == ("POST", f"{OWN}/invoice")
    assert call.query == (("minorversion", "75"), ("requestid", f"{sale.key}-create"))
    told = {name: value for name, value in call.body.items() if name != "Line"}
    assert told == {
        "DocNumber": "F-2026-00003",
        "TxnDate": "2026-03-16",
        "DueDate": "2026-03-30",
        "CustomerRef": {"value": "58"},
        "CurrencyRef": {"value": "NOK"},
        "GlobalTaxCalculation": "TaxExcluded",
        "TxnTaxDetail": {
            "TotalTax": Decimal("150.00"),
            "TaxLine": [
                {
                    "Amount": Decimal("150.00"),
                    "DetailType": "TaxLineDetail",
                    "TaxLineDetail": {
                        "TaxRateRef": {"value": "12"},
                        "PercentBased": True,
                        "TaxPercent": Decimal(25),
                        "NetAmountTaxable": Decimal("599.99"),
                    },
                }
            ],
        },
        "PrivateNote": "[2026-00003] Faktura F-2026-00003",
        "EmailStatus": "NotSet",
    }
    details = [line["SalesItemLineDetail"] for line in call.body["Line"]]
    assert [detail["ItemRef"]["value"] for detail in details] == ["903000", "903000", "903000", "77"]
    assert [detail["TaxCodeRef"]["value"] for detail in details] == ["2", "2", "2", "9"]


def test_money_comes_as_a_payment_and_a_loss_is_a_journal_entry_that_is_used_on_the_invoice() -> None:
    claim = settled(SAMPLES["sale"], INVOICE)
    paid = linked(payment(TARGETS, "2026-00061", [claim]))
    lost = linked(write_off(TARGETS, "2026-00065", claim))

    assert (QUICKBOOKS.steps(paid), QUICKBOOKS.steps(lost)) == (("pay:0",), ("create", "use"))
    paying = QUICKBOOKS.build("pay:0", paid, {})
    losing, using = QUICKBOOKS.build("create", lost, {}), QUICKBOOKS.build("use", lost, {"create": Remote(id="301")})

    assert paying.body["TotalAmt"] == Decimal("1250.00")
    assert paying.body["DepositToAccountRef"] == {"value": account_id("1920")}
    assert paying.body["Line"] == [
        {"Amount": Decimal("1250.00"), "LinkedTxn": [{"TxnId": "201", "TxnType": "Invoice"}]},
    ]
    sides = [line["JournalEntryLineDetail"] for line in losing.body["Line"]]
    assert [(side["PostingType"], side["AccountRef"]["value"]) for side in sides] == [
        ("Debit", account_id("7830")),
        ("Credit", account_id("1500")),
    ]
    assert sides[1]["Entity"] == {"Type": "Customer", "EntityRef": {"value": "58"}}
    assert (using.path, using.body["TotalAmt"]) == (f"{OWN}/payment", 0)
    assert [line["LinkedTxn"][0]["TxnType"] for line in using.body["Line"]] == ["Invoice", "JournalEntry"]


def refused() -> dict[str, tuple[Entry, str]]:
    """What QuickBooks cannot take, and a word of the sentence that says so."""
    sale, claim = SAMPLES["sale"], settled(SAMPLES["sale"], INVOICE)
    several = replace(sale.items[0], vat=Target("21", "25 % (to satser)"))
    numbered = replace(sale.lines[0], account=Target("1", "1500", facts={"numbers": "theirs"}))
    journal = voucher(
        TARGETS,
        Booked(label="2026-00070", kind=EntryKind.JOURNAL, voucher_kind="reversal", text="Rettelse"),
        (plain_line(TARGETS, "7770", Decimal(3)), plain_line(TARGETS, "2900", Decimal(-3))),
    )
    other = replace(claim, party=replace(sale.party, remote_id="59") if sale.party else None)
    return {
        "numbers of its own": (replace(sale, lines=[numbered]), "custom transaction numbers"),
        "a long number": (replace(sale, number="F" * 22), "21"),
        "a code of several rates": (replace(sale, items=[several]), "one rate"),
        "another currency of the customer": (linked(SAMPLES["foreign"]), "NOK"),
        "never pushed": (payment(TARGETS, "2026-00061", [settled(sale, None)]), "F-2026-00001"),
        "money back for an invoice": (payment(TARGETS, "2026-00061", [claim], is_payout=True), "credit memos"),
        "a memo used the other way": (
            settlement(TARGETS, "2026-00062", claim, settled(credit_of(TARGETS, sale, INVOICE, "K-1"), MEMO)),
            "credit memos",
        ),
        "a loss of two customers": (
            replace(write_off(TARGETS, "2026-00065", claim), settles=[claim, other]),
            "one customer",
        ),
        "a journal on claims": (replace(journal, lines=SAMPLES["fee"].lines), "open"),
        "a journal with VAT": (replace(journal, lines=sale.lines[1:]), "VAT"),
    }


@pytest.mark.parametrize("case", refused())
def test_what_quickbooks_has_no_place_for_is_refused_before_any_call(case: str) -> None:
    entry, word = refused()[case]

    with pytest.raises(CannotBeTaken, match=word):
        QUICKBOOKS.refuse(entry)


def test_a_foreign_sale_goes_out_at_the_shortest_rate_that_gives_our_amounts() -> None:
    foreign = linked(replace(SAMPLES["foreign"], exchange_rate=Decimal("11.63150172")), "EUR")

    QUICKBOOKS.refuse(foreign)
    body = QUICKBOOKS.build("create", foreign, {}).body

    assert (body["CurrencyRef"], body["ExchangeRate"]) == ({"value": "EUR"}, Decimal("11.6315"))
    item = replace(foreign.items[0], base_net=foreign.items[0].base_net + Decimal("0.02"))
    with pytest.raises(CannotBeTaken, match=str(item.base_net)):
        QUICKBOOKS.refuse(replace(foreign, items=[item]))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "6140", ProblemKind.DUPLICATE),
        (400, "6240", ProblemKind.DUPLICATE),
        (400, "6210", ProblemKind.PERIOD_CLOSED),
        (400, "5010", ProblemKind.CONFLICT),
        (400, "610", ProblemKind.MISSING),
        (400, "6000", ProblemKind.INVALID),
        (401, "3200", ProblemKind.ACCESS_EXPIRED),
        (403, "3100", ProblemKind.ACCESS_ENDED),
        (429, "003001", ProblemKind.RATE_LIMITED),
        (500, "10000", ProblemKind.UNKNOWN),
        (200, "6000", ProblemKind.INVALID),
    ],
)
def test_its_codes_are_understood(status: int, code: str, kind: ProblemKind) -> None:
    body = {"Fault": {"Error": [{"Message": "Short", "Detail": "The whole sentence", "code": code}]}}

    problem = QUICKBOOKS.problem(POST, Answer(status, body=body))

    assert problem is not None
    assert (problem.kind, problem.text) == (kind, "The whole sentence")


def test_its_lists_tell_items_rates_and_whose_numbers_it_uses() -> None:
    answered: dict[str, Any] = {
        "Account": [{"Id": "79", "AcctNum": "3000", "Name": "Salg", "AccountType": "Income"}],
        "Item": [{"Id": "5", "Type": "Service", "IncomeAccountRef": {"value": "79"}}],
        "Preferences": [{"SalesFormsPrefs": {"CustomTxnNumbers": False}}],
        "TaxRate": [{"Id": "3", "RateValue": 25}, {"Id": "4", "RateValue": -25}],
        "TaxCode": [
            {"Id": "2", "Name": "25 %", "SalesTaxRateList": {"TaxRateDetail": [{"TaxRateRef": {"value": "3"}}]}},
            {"Id": "7", "Name": "RC", "SalesTaxRateList": {
                "TaxRateDetail": [{"TaxRateRef": {"value": "3"}}, {"TaxRateRef": {"value": "4"}}]}},
            {"Id": "8", "Name": "Kjøp"},
        ],
    }  # fmt: skip
    answer = Answer(
        200, body={"BatchItemResponse": [{"QueryResponse": {name: rows}} for name, rows in answered.items()]}
    )

    [account] = QUICKBOOKS.listed(ListKind.ACCOUNTS, answer)
    codes = {choice.id: choice.facts for choice in QUICKBOOKS.listed(ListKind.VAT_CODES, answer)}

    assert (account.code, account.facts) == ("3000", {"type": "Income", "numbers": "theirs", "item": "5"})
    assert codes == {"2": {"rate": "25", "rate_id": "3"}, "7": {"rate": "0"}}


def test_a_payment_there_is_told_without_what_a_credit_memo_paid() -> None:
    link = {"Invoice": {"TxnId": "201", "TxnType": "Invoice"}, "Memo": {"TxnId": "202", "TxnType": "CreditMemo"}}
    row = {
        "Id": "9", "TxnDate": "2026-03-20", "TotalAmt": 750, "CurrencyRef": {"value": "NOK"}, "PaymentRefNum": "12345",
        "Line": [{"Amount": 1250, "LinkedTxn": [link["Invoice"]]}, {"Amount": 500, "LinkedTxn": [link["Memo"]]}],
    }  # fmt: skip

    [paid] = QUICKBOOKS.paid(Answer(200, body={"QueryResponse": {"Payment": [row, row | {"TotalAmt": 0}]}}))

    assert (paid.amount, paid.document_id, paid.our_mark) == (Decimal("750.00"), "201", "")


def test_pages_of_a_query_go_on_until_one_is_not_full() -> None:
    [asked, *_] = QUICKBOOKS.list_pushed(date(2026, 3, 1), date(2026, 3, 31))

    following = QUICKBOOKS.next_page(asked, Answer(200, body={"QueryResponse": {"Invoice": [{}] * 1000}}))

    assert following is not None
    assert dict(following.query)["query"].endswith("<= '2026-03-31' startposition 1001 maxresults 1000")
    assert QUICKBOOKS.next_page(following, Answer(200, body={"QueryResponse": {}})) is None
