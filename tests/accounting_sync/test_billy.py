"""Billy: the exact vouchers and invoices that are sent, what is refused by name, and what its errors mean."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounting_sync.mapping.entries import Entry, EntryLine, Remote
from accounting_sync.providers.base import Answer, Call, CannotBeTaken, Mode, ProblemKind
from accounting_sync.providers.billy import Billy
from tests.ledgers.entries import Made, Sold, business, credit_of, document, payment, settled, settlement, write_off
from tests.ledgers.systems.billy import DAYBOOK, Ledger

TARGETS = Ledger.targets
PARTY = business(TARGETS, remote_id="contact-7")
DAYBOOKS = Billy({**Ledger.options}, Mode.JOURNAL)
INVOICES = Billy({**Ledger.options}, Mode.DOCUMENT)
INVOICE = Remote(id="invoice-9", facts={"kind": "invoice"})


def sale(*sold: Sold, number: str = "20017", **made: Any) -> Entry:
    """A sale to a customer that is linked."""
    return document(TARGETS, Made(number=number, party=PARTY, **made), sold or (Sold(net=Decimal("1000.00")),))


def sent(entry: Entry) -> Any:
    """What goes to the daybook."""
    return DAYBOOKS.build("create", entry, {}).body["daybookTransaction"]


def test_m_033_a_sale_in_a_daybook_is_a_claim_against_amounts_with_vat() -> None:
    claim = {"accountId": "account-1500", "side": "debit", "amount": Decimal("1250.00"), "taxRateId": None}
    line = {"accountId": "account-3000", "side": "credit", "amount": Decimal("1250.00"), "taxRateId": "tax-25"}
    assert sent(sale()) == {
        "daybookId": DAYBOOK,
        "entryDate": "2026-03-16",
        "voucherNo": "20017",
        "description": "[2026-20017] Faktura 20017",
        "apiType": "bilag-document",
        "state": "approved",
        "lines": [
            {**claim, "text": "Faktura 20017", "priority": 0},
            {**line, "text": "Rådgivning, mars", "priority": 1},
        ],
    }
    sides = [(row["side"], row["amount"]) for row in sent(credit_of(TARGETS, sale(), None, "20018"))["lines"]]
    assert sides == [("credit", Decimal("1250.00")), ("debit", Decimal("1250.00"))]
    foreign = sent(sale(currency="EUR", rate=Decimal("7.46")))["lines"]
    assert [row["amount"] for row in foreign] == [Decimal("9325.00"), Decimal("9325.00")]


def test_vat_of_a_daybook_is_ours_to_the_oere_however_lines_round() -> None:
    thirds = sale(*[Sold(net=Decimal("33.33")) for _ in range(3)])
    rows = [row for row in sent(thirds)["lines"] if row["taxRateId"]]

    carved = [(row["amount"] * 25 / 125).quantize(Decimal("0.01")) for row in rows]
    assert (sum(row["amount"] for row in rows), sum(carved)) == (thirds.total, thirds.vat_total)


def test_m_033_an_invoice_stays_a_draft_until_its_sums_are_ours() -> None:
    entry = sale()
    steps = list(INVOICES.steps(entry))
    assert steps == ["seek:0", "product:0", "seek", "create", "look", "approve"]
    done = {step: Remote(id="") for step in steps[:3]}
    made = INVOICES.build("product:0", entry, done)
    assert made.body == {
        "product": {"name": "bilag-3000", "productNo": "bilag-3000", "accountId": "account-3000"},
    }
    assert INVOICES.build("product:0", entry, {"seek:0": Remote(id="", version="product-3")}).is_reading

    done |= {"product:0": Remote(id="", version="product-3")}
    invoice = INVOICES.build("create", entry, done).body["invoice"]
    line = {
        "productId": "product-3",
        "description": "Rådgivning, mars",
        "quantity": 1,
        "unitPrice": Decimal("1000.00"),
        "taxRateId": "tax-25",
        "priority": 0,
    }
    assert invoice == {
        "type": "invoice",
        "contactId": "contact-7",
        "entryDate": "2026-03-16",
        "state": "draft",
        "invoiceNo": "20017",
        "externalId": entry.key,
        "taxMode": "excl",
        "currencyId": "DKK",
        "lines": [line],
        "paymentTermsMode": "date",
        "dueDate": "2026-03-30",
    }
    row = {"id": "invoice-9", "invoiceNo": "20017", "grossAmount": Decimal("1250.01"), "tax": Decimal("250.01")}
    with pytest.raises(CannotBeTaken, match=r"1250\.01"):
        INVOICES.parse("look", entry, Answer(200, {}, {"invoice": row}))
    with pytest.raises(CannotBeTaken, match="20017 is taken"):
        INVOICES.parse("seek", entry, Answer(200, {}, {"invoices": [row]}))
    own = Answer(200, {}, {"invoices": [{**row, "externalId": entry.key}]})
    assert INVOICES.build("create", entry, {"seek": INVOICES.parse("seek", entry, own)}).path == "/invoices/invoice-9"


def test_a_payment_and_a_payout_name_the_document() -> None:
    of = settled(sale(), INVOICE, Decimal(400))
    paid = INVOICES.build("pay:0", payment(TARGETS, "2026-00031", [of]), {}).body["bankPayment"]
    assert paid == {
        "entryDate": "2026-03-25",
        "cashAmount": Decimal(400),
        "cashSide": "debit",
        "cashAccountId": "account-1920",
        "associations": [{"subjectReference": "invoice:invoice-9"}],
        "contactId": "contact-7",
    }
    back = INVOICES.build("pay:0", payment(TARGETS, "2026-00032", [of], is_payout=True), {})
    assert back.body["bankPayment"]["cashSide"] == "credit"


def test_what_billy_cannot_take_as_invoices_is_refused_by_name() -> None:
    of = settled(sale(), INVOICE)
    refused = {
        "by hand": settlement(TARGETS, "2026-00040", of, of),
        "were sent there": payment(TARGETS, "2026-00041", [settled(sale(), None)]),
        "of documents": write_off(TARGETS, "2026-00042", of),
        "converts": sale(currency="EUR", rate=Decimal("7.46")),
        "VAT than ours": sale(
            *[Sold(net=Decimal("33.33"), account=number) for number in ("3000", "3001", "3002")],
        ),
    }
    for word, entry in refused.items():
        with pytest.raises(CannotBeTaken, match=word):
            INVOICES.refuse(entry)
        if word != "VAT than ours":
            line: EntryLine = entry.lines[0]
            assert sent(entry)["lines"][0]["accountId"] == line.account.id


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (
            422,
            {"errorMessage": "Not valid.", "validationErrors": {"record": {"entryDate": ["The period is locked."]}}},
            ProblemKind.PERIOD_CLOSED,
        ),
        (422, {"errorMessage": "Not valid."}, ProblemKind.INVALID),
        (401, {"errorMessage": "No."}, ProblemKind.ACCESS_EXPIRED),
        (404, {"errorMessage": "Not found."}, ProblemKind.MISSING),
        (502, None, ProblemKind.UNKNOWN),
    ],
)
def test_m_131_its_errors_have_names(status: int, body: object, kind: ProblemKind) -> None:
    problem = DAYBOOKS.problem(Call(method="POST", path="/invoices"), Answer(status, {}, body))

    assert problem is not None
    assert problem.kind == kind
