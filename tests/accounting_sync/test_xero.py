"""What is special in Xero: the bodies of its calls, its refusals, its words for what went wrong. No server."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounting_sync.mapping.entries import Entry, EntryKind, Remote
from accounting_sync.providers.base import Answer, Call, CannotBeTaken, Mode, ProblemKind
from accounting_sync.providers.xero import Xero
from tests.ledgers.entries import Booked, credit_of, payment, payout, plain_line, samples, settled, settlement, voucher
from tests.ledgers.systems.xero import CATEGORY, PROJECT, TENANT, Ledger, account_id, ticks

TARGETS = Ledger.targets
SAMPLES = samples(TARGETS)
XERO = Xero({"tenant": TENANT}, Mode.DOCUMENT)
INVOICE = Remote(id="11111111-1111-4111-8111-111111111111", facts={"kind": "invoice"})
NOTE = Remote(id="22222222-2222-4222-8222-222222222222", facts={"kind": "credit"})
PUT = Call(method="PUT", path="/Invoices")


def linked(entry: Entry) -> Entry:
    """With the customer that Xero knows."""
    assert entry.party is not None
    return replace(entry, party=replace(entry.party, remote_id="33333333-3333-4333-8333-333333333333"))


def sold() -> Entry:
    """A sale with a project on its line."""
    sale = linked(SAMPLES["sale"])
    item = replace(sale.items[0], dimensions={"project": TARGETS.dimensions["project"]["P-1"]})
    return replace(sale, items=[item], order_reference="PO-7")


def test_a_sale_bears_our_number_our_vat_and_our_key() -> None:
    call = XERO.build("create", sold(), {})

    assert (call.method, call.path, call.query) == ("PUT", "/Invoices", (("unitdp", "4"),))
    assert call.headers == {"xero-tenant-id": TENANT, "Idempotency-Key": f"{sold().key}-create"}
    assert call.body == {
        "Invoices": [
            {
                "Type": "ACCREC",
                "InvoiceNumber": "F-2026-00001",
                "Contact": {"ContactID": "33333333-3333-4333-8333-333333333333"},
                "Date": "2026-03-16",
                "DueDate": "2026-03-30",
                "LineAmountTypes": "Exclusive",
                "LineItems": [
                    {
                        "Description": "Rådgivning, mars",
                        "Quantity": Decimal(1),
                        "UnitAmount": Decimal("1000.00"),
                        "AccountCode": "3000",
                        "TaxType": "TAX001",
                        "TaxAmount": Decimal("250.00"),
                        "Tracking": [{"TrackingCategoryID": CATEGORY, "TrackingOptionID": PROJECT}],
                    }
                ],
                "CurrencyCode": "NOK",
                "Status": "AUTHORISED",
                "SentToContact": True,
                "Reference": "PO-7 0000000000018",
            }
        ]
    }


def test_a_credit_note_and_what_settles_claims() -> None:
    credit = linked(credit_of(TARGETS, SAMPLES["sale"], INVOICE, "K-1"))
    paid = payment(TARGETS, "2026-00061", [settled(SAMPLES["sale"], INVOICE, Decimal(250))])
    used = settlement(TARGETS, "2026-00062", settled(credit, NOTE), settled(SAMPLES["sale"], INVOICE))

    [note] = XERO.build("create", credit, {}).body["CreditNotes"]
    paying, using = XERO.build("pay:0", paid, {}), XERO.build("use:0", used, {})

    assert (note["Type"], note["CreditNoteNumber"], "DueDate" in note) == ("ACCRECCREDIT", "K-1", False)
    assert paying.body == {
        "Payments": [
            {
                "Invoice": {"InvoiceID": INVOICE.id},
                "Account": {"AccountID": account_id("1920")},
                "Date": "2026-03-25",
                "Amount": Decimal(250),
                "Reference": "[2026-00061] Innbetaling",
            }
        ]
    }
    assert (using.path, using.body) == (
        f"/CreditNotes/{NOTE.id}/Allocations",
        {"Allocations": [{"Invoice": {"InvoiceID": INVOICE.id}, "Amount": Decimal("1250.00"), "Date": "2026-03-25"}]},
    )


def with_facts(entry: Entry, **facts: str) -> Entry:
    """With what Xero's list tells of the account of its money and of its lines."""
    lines = [replace(line, account=replace(line.account, facts=facts)) for line in entry.lines]
    money = replace(entry.money, account=replace(entry.money.account, facts=facts)) if entry.money else None
    return replace(entry, lines=lines, money=money)


def refused() -> dict[str, tuple[Entry, str]]:
    """What Xero cannot take, and a word of the sentence that says so."""
    claim = settled(SAMPLES["sale"], INVOICE)
    paid = payment(TARGETS, "2026-00061", [claim])
    credit = credit_of(TARGETS, SAMPLES["sale"], INVOICE, "K-1")
    journal = voucher(
        TARGETS,
        Booked(label="2026-00070", kind=EntryKind.JOURNAL, voucher_kind="reversal", text="Rettelse"),
        (plain_line(TARGETS, "7770", Decimal(3)), plain_line(TARGETS, "2900", Decimal(-3))),
    )
    return {
        "a comma": (replace(SAMPLES["sale"], number="F,1"), "comma"),
        "another amount in the books": (SAMPLES["foreign"], "9449.43"),
        "never pushed": (payment(TARGETS, "2026-00061", [settled(SAMPLES["sale"], None)]), "F-2026-00001"),
        "money back for an invoice": (payment(TARGETS, "2026-00061", [claim], is_payout=True), "credit notes"),
        "no payments to the account": (with_facts(paid, payments="no"), "1920"),
        "more than is settled": (replace(paid, settles=[replace(claim, amount=Decimal(1))]), "wholly"),
        "a note used the other way": (
            settlement(TARGETS, "2026-00062", claim, settled(credit, NOTE)),
            "one credit note",
        ),
        "a journal on claims": (replace(journal, lines=SAMPLES["fee"].lines), "claims"),
        "a journal with VAT": (replace(journal, lines=SAMPLES["sale"].lines[1:]), "VAT"),
        "a journal on a bank": (with_facts(payout(TARGETS, "2026-00071"), type="BANK"), "bank account"),
    }


@pytest.mark.parametrize("case", refused())
def test_what_xero_has_no_place_for_is_refused_before_any_call(case: str) -> None:
    entry, word = refused()[case]

    with pytest.raises(CannotBeTaken, match=word):
        XERO.refuse(entry)


def test_a_small_foreign_amount_comes_out_as_ours() -> None:
    small = replace(
        SAMPLES["foreign"],
        total=Decimal("20.00"),
        base_total=Decimal("232.63"),
        items=[replace(SAMPLES["foreign"].items[0], net=Decimal("20.00"), base_net=Decimal("232.63"))],
    )
    XERO.refuse(small)

    [invoice] = XERO.build("create", linked(small), {}).body["Invoices"]

    assert (invoice["CurrencyCode"], invoice["CurrencyRate"]) == ("EUR", Decimal("0.085973"))


def objection(text: str) -> dict[str, Any]:
    """A refusal of its validation."""
    return {"ErrorNumber": 10, "Message": "A validation exception occurred",
            "Elements": [{"ValidationErrors": [{"Message": text}]}]}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (400, objection("Invoice # must be unique."), ProblemKind.DUPLICATE, "unique"),
        (
            400,
            objection("The document date cannot be before the end of year lock date, currently set at 31-Jul-2013"),
            ProblemKind.PERIOD_CLOSED,
            "31-Jul-2013",
        ),
        (400, objection("Account code '1' is not a valid code for this document."), ProblemKind.INVALID, "code '1'"),
        (401, {"Title": "Unauthorized", "Detail": "TokenExpired"}, ProblemKind.ACCESS_EXPIRED, "TokenExpired"),
        (403, {"Detail": "AuthenticationUnsuccessful"}, ProblemKind.ACCESS_ENDED, "Authentication"),
        (
            200,
            {"Invoices": [{"HasErrors": True, "ValidationErrors": [{"Message": "Invoice # must be unique."}]}]},
            ProblemKind.DUPLICATE,
            "unique",
        ),
        (503, None, ProblemKind.UNKNOWN, ""),
    ],
)
def test_its_words_are_understood(status: int, body: Any, kind: ProblemKind, text: str) -> None:
    problem = XERO.problem(PUT, Answer(status, body=body))

    assert problem is not None
    assert problem.kind == kind
    assert text in problem.text
    assert XERO.problem(PUT, Answer(200, body={"Invoices": [{"InvoiceID": INVOICE.id}]})) is None


def test_the_later_lock_date_closes_the_books() -> None:
    row = {"PeriodLockDate": ticks(date(2026, 1, 31)), "EndOfYearLockDate": ticks(date(2025, 12, 31))}

    assert XERO.closed_through(Answer(200, body={"Organisations": [row]})) == date(2026, 1, 31)
    assert XERO.closed_through(Answer(200, body={"Organisations": [{}]})) is None
