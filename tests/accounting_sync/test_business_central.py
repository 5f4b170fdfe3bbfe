"""What is special in Business Central: journals and sales documents, VAT out of what includes it. No server."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from accounting_sync.mapping.entries import Entry, EntryItem, Remote
from accounting_sync.providers.base import Answer, Call, CannotBeTaken, Mode, ProblemKind
from accounting_sync.providers.business_central import BusinessCentral
from accounting_sync.providers.computing import parts_that_bear, vat_within
from tests.ledgers.entries import credit_of, payment, samples, settled
from tests.ledgers.systems.business_central import COMPANY, CUSTOMER, Ledger

TARGETS = Ledger.targets
SAMPLES = samples(TARGETS)
JOURNALS = BusinessCentral(Ledger.options, Mode.JOURNAL)
DOCUMENTS = BusinessCentral(Ledger.options, Mode.DOCUMENT)
OWN = f"/companies({COMPANY})"
POST = Call(method="POST", path="/journals")


def linked(entry: Entry) -> Entry:
    """With the customer that Business Central knows."""
    assert entry.party is not None
    party = replace(entry.party, remote_id="11111111-1111-4111-8111-111111111111", remote_number="D10001")
    lines = [replace(line, party=party) if line.party is not None else line for line in entry.lines]
    return replace(entry, party=party, lines=lines)


def journal_lines(entry: Entry) -> list[tuple[str, str, Decimal, str, str]]:
    """Type, number, amount, VAT code and text of the journal lines that a voucher becomes."""
    done = {step: Remote(id="J") for step in JOURNALS.steps(entry)}
    calls = [JOURNALS.build(step, entry, done) for step in JOURNALS.steps(entry) if step.startswith("line:")]
    assert {call.path for call in calls} == {f"{OWN}/journals(J)/journalLines"}
    assert [call.body["lineNumber"] for call in calls] == [10_000 * number for number in range(1, len(calls) + 1)]
    names = ("accountType", "accountNumber", "amount", "taxCode", "description")
    return [tuple(call.body.get(name, "") for name in names) for call in calls]


def test_a_voucher_has_a_journal_of_its_own_with_vat_inside_its_lines() -> None:
    sale = linked(SAMPLES["sale"])
    credit = linked(credit_of(TARGETS, SAMPLES["sale"], None, "K-1"))
    paid = linked(payment(TARGETS, "2026-00061", [settled(SAMPLES["sale"], None, Decimal(250))]))

    assert JOURNALS.steps(sale) == ("journal:260316", "line:260316:0", "line:260316:1", "post", "clear")
    assert JOURNALS.steps(replace(sale, day=sale.day.replace(month=4)))[0] == "journal:260416"
    assert journal_lines(sale) == [
        (CUSTOMER, "D10001", Decimal("1250.00"), "", "[2026-00001 F-2026-00001] Fjordbygg & Sønner AS"),
        ("", "3000", Decimal("-1250.00"), "HØY", "[2026-00001] Rådgivning, mars"),
    ]
    assert [line[1:3] for line in journal_lines(credit)] == [("3000", Decimal(1250)), ("D10001", Decimal(-1250))]
    assert [line[:3] for line in journal_lines(paid)] == [
        ("", "1920", Decimal(250)),
        (CUSTOMER, "D10001", Decimal(-250)),
    ]
    code = JOURNALS.build("journal:260316", sale, {}).body["code"]
    assert len(code) == 10
    assert code.isalnum()


def test_a_document_is_a_sales_document_with_our_number_beside_its_own() -> None:
    sale = linked(replace(SAMPLES["foreign"], order_reference="PO-7"))
    credit = linked(credit_of(TARGETS, SAMPLES["sale"], None, "K-1"))

    assert DOCUMENTS.build("create:260316", sale, {}).body == {
        "externalDocumentNumber": "F-2026-00004",
        "customerNumber": "D10001",
        "postingDate": "2026-03-16",
        "dueDate": "2026-03-30",
        "invoiceDate": "2026-03-16",
        "currencyCode": "EUR",
        "customerPurchaseOrderReference": "PO-7",
        "salesInvoiceLines": [
            {
                "lineType": "Account",
                "lineObjectNumber": "3100",
                "description": "Rådgivning, mars",
                "quantity": 1,
                "unitPrice": Decimal("812.40"),
                "taxCode": "EKSPORT",
            }
        ],
    }
    assert DOCUMENTS.build("create:260318", credit, {}).path == f"{OWN}/salesCreditMemos"
    posting = DOCUMENTS.build("post", sale, {"create:260316": Remote(id="S")})
    assert posting.path == f"{OWN}/salesInvoices(S)/Microsoft.NAV.post", "and never postAndSend"


def test_an_amount_is_parted_so_that_exactly_our_vat_is_in_it() -> None:
    seed = 20_260_316
    random = Random(seed)
    for rate in (Decimal(25), Decimal(15), Decimal(12), Decimal(6)):
        for _ in range(200):
            gross = Decimal(random.randint(500, 10**7)) / 100 * random.choice((1, -1))
            off = Decimal(random.choice((-1, 0, 1))) / 100
            vat = vat_within(gross, rate) + off
            parts = parts_that_bear(gross, vat, rate)
            assert parts is not None, (seed, gross, vat, rate)
            assert (sum(parts), sum(vat_within(part, rate) for part in parts)) == (gross, vat), (seed, gross, vat)
            assert len(parts) <= (4 if off else 1)
    assert parts_that_bear(Decimal("1250.00"), Decimal("240.00"), Decimal(25)) is None


def with_vat(entry: Entry, vat: str) -> Entry:
    """The sale with another VAT on its only line."""
    (item,) = entry.items
    changed: EntryItem = replace(item, vat_amount=Decimal(vat), base_vat_amount=Decimal(vat))
    return replace(entry, items=[changed], vat_total=Decimal(vat))


@pytest.mark.parametrize(
    ("adapter", "entry", "words"),
    [
        (JOURNALS, SAMPLES["foreign"], "no foreign currency"),
        (JOURNALS, replace(SAMPLES["sale"], number="F" * 21), "20 characters"),
        (JOURNALS, with_vat(SAMPLES["sale"], "240.00"), "another VAT"),
        (DOCUMENTS, with_vat(SAMPLES["sale"], "249.99"), "another VAT"),
        (DOCUMENTS, replace(SAMPLES["sale"], number="F" * 36), "35 characters"),
        (DOCUMENTS, payment(TARGETS, "1", [settled(SAMPLES["foreign"], None)], currency="EUR"), "no foreign currency"),
    ],
)
def test_what_it_cannot_take_is_refused_before_any_call(adapter: BusinessCentral, entry: Entry, words: str) -> None:
    with pytest.raises(CannotBeTaken, match=words):
        adapter.refuse(entry)


def test_a_draft_with_another_total_is_not_posted() -> None:
    sale = linked(SAMPLES["sale"])
    draft = {"id": "S", "totalAmountIncludingTax": Decimal("1250.01"), "totalTaxAmount": Decimal("250.00")}

    with pytest.raises(CannotBeTaken, match=r"1250\.01 with VAT, and the document has 1250\.00"):
        DOCUMENTS.parse("create:260316", sale, Answer(201, body=draft))
    assert (
        DOCUMENTS.parse("create:260316", sale, Answer(201, body={**draft, "totalAmountIncludingTax": 1250})).id == "S"
    )


def error(code: str, text: str) -> dict[str, Any]:
    """As Business Central writes it."""
    return {"error": {"code": code, "message": f"{text}  CorrelationId:  7e4b."}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error("Internal_EntityWithSameKeyExists", "The journal already exists."), ProblemKind.DUPLICATE),
        (
            400,
            error("Application_DialogException", "Posting Date is not within your range of allowed posting dates."),
            ProblemKind.PERIOD_CLOSED,
        ),
        (400, error("Application_DialogException", "There is nothing to post."), ProblemKind.DUPLICATE),
        (400, error("Application_DialogException", "Gen. Posting Type must have a value."), ProblemKind.INVALID),
        (409, error("Request_EntityChanged", "Another user has changed it."), ProblemKind.CONFLICT),
        (401, error("Authentication_InvalidCredentials", "The server rejected it."), ProblemKind.ACCESS_EXPIRED),
        (504, None, ProblemKind.UNKNOWN),
    ],
)
def test_its_words_are_understood(status: int, body: Any, kind: ProblemKind) -> None:
    problem = JOURNALS.problem(POST, Answer(status, body=body))

    assert problem is not None
    assert problem.kind == kind
    assert "CorrelationId" not in problem.text
    assert JOURNALS.problem(replace(POST, method="DELETE"), Answer(404)) is None, "a journal that is gone is away"


def test_a_voucher_that_goes_on_upon_the_next_page_is_left_to_it() -> None:
    def row(number: int, debit: int, credit: int, voucher: int) -> dict[str, Any]:
        return {
            "id": str(number),
            "entryNumber": number,
            "documentNumber": f"F-{voucher}",
            "postingDate": "2026-03-16",
            "accountNumber": "1500" if debit else "3000",
            "description": f"[{voucher} F-{voucher}] A" if debit else f"[{voucher}] B",
            "debitAmount": Decimal(debit),
            "creditAmount": Decimal(credit),
        }

    (call,) = JOURNALS.list_pushed(SAMPLES["sale"].day, SAMPLES["sale"].day)
    rows = [row(7, 100, 0, 1), row(8, 0, 100, 1), row(9, 100, 0, 1), row(10, 0, 100, 1), row(11, 50, 0, 2)]
    page = Answer(200, body={"value": rows, "@odata.nextLink": "https://api.businesscentral.dynamics.com/next"})

    following = JOURNALS.next_page(call, page)

    assert [(one.number, one.total) for one in JOURNALS.pushed(call, page)] == [("F-1", Decimal(100))] * 2
    assert following is not None
    assert dict(following.query)["$filter"].endswith("startswith(description,'[') and entryNumber gt 10")
