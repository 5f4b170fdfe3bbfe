"""What is special in Wave: one address, products on lines, objections inside answers that succeed. No server."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from accounting_sync.mapping.entries import Entry, Target
from accounting_sync.providers.base import Answer, Call, CannotBeTaken, ListKind, Mode, ProblemKind, Stage
from accounting_sync.providers.refusing import refuse_what_is_not_taken
from accounting_sync.providers.wave import Wave
from tests.ledgers.contracts import MISSING, is_here
from tests.ledgers.entries import business, credit_of, payment, samples, settled
from tests.ledgers.system import OUR_ACCOUNTS, LedgerRequest
from tests.ledgers.systems.wave import BUSINESS, NOT_SOLD_ON, Ledger, row_id

TARGETS = replace(
    Ledger.targets,
    accounts={
        number: Target(row_id(number), number, facts={} if number in NOT_SOLD_ON else {"product": "yes"})
        for number in OUR_ACCOUNTS
    },
)
SAMPLES = samples(TARGETS)
WAVE = Wave({"business": BUSINESS}, Mode.DOCUMENT)
PARTY = business(TARGETS, remote_id="customer-1")


def test_a_sale_is_saved_under_our_number_with_our_vat_and_sent_to_nobody() -> None:
    call = WAVE.build("create", replace(SAMPLES["sale"], party=PARTY, order_reference="PO-7"), {})

    assert (call.method, call.path, call.is_reading) == ("POST", "/graphql/public", False)
    assert call.body["query"].startswith("mutation CreateInvoice(")
    assert call.body["variables"]["input"] == {
        "businessId": BUSINESS,
        "customerId": "customer-1",
        "status": "SAVED",
        "invoiceNumber": "F-2026-00001",
        "invoiceDate": "2026-03-16",
        "dueDate": "2026-03-30",
        "currency": "NOK",
        "items": [
            {
                "productId": "product-3000",
                "description": "Rådgivning, mars",
                "quantity": Decimal(1),
                "unitPrice": Decimal("1000.00"),
                "taxes": [{"salesTaxId": "tax-25", "amount": Decimal("250.00")}],
            }
        ],
        "memo": "[2026-00001] Faktura F-2026-00001",
        "disableAmexPayments": True,
        "disableCreditCardPayments": True,
        "disableBankPayments": True,
        "poNumber": "PO-7",
    }


def test_wave_says_what_it_cannot_do() -> None:
    credit = credit_of(TARGETS, SAMPLES["sale"], None, "K-1")

    assert WAVE.stage == Stage.PREVIEW
    assert any("credit notes" in str(sentence) for sentence in WAVE.unverified)
    with pytest.raises(CannotBeTaken, match="Wave takes no credit notes"):
        refuse_what_is_not_taken(WAVE, credit)
    with pytest.raises(CannotBeTaken, match="Wave takes no payments"):
        refuse_what_is_not_taken(WAVE, payment(TARGETS, "2026-00061", [settled(SAMPLES["sale"], None)]))
    refuse_what_is_not_taken(WAVE, SAMPLES["sale"])


def refused() -> dict[str, tuple[Entry, str]]:
    """What Wave cannot take, and a word of the sentence that says so."""
    sale, foreign = SAMPLES["sale"], SAMPLES["foreign"]
    item = sale.items[0]
    off = replace(foreign.items[0], base_net=foreign.items[0].base_net + Decimal("0.02"))
    return {
        "an account that is no product": (replace(sale, items=[replace(item, account=Target("a", "3000"))]), "3000"),
        "VAT without a tax": (replace(sale, items=[replace(item, vat=Target("none", "0"))]), "25 %"),
        "another amount in the books": (replace(foreign, items=[off]), str(off.base_net)),
    }


@pytest.mark.parametrize("case", refused())
def test_what_wave_has_no_place_for_is_refused_before_any_call(case: str) -> None:
    entry, word = refused()[case]

    with pytest.raises(CannotBeTaken, match=word):
        WAVE.refuse(entry)


def made(path: list[str], text: str) -> dict[str, Any]:
    """An invoice that was not made."""
    error = {"path": path, "message": text, "code": "INVALID"}
    return {"data": {"invoiceCreate": {"didSucceed": False, "inputErrors": [error], "invoice": None}}}


def broken(code: str) -> dict[str, Any]:
    """An error of the whole request."""
    return {"data": None, "errors": [{"message": "No", "path": ["invoiceCreate"], "extensions": {"code": code}}]}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, made(["input", "customerId"], "Customer could not be found."), ProblemKind.INVALID),
        (200, made(["input", "invoiceNumber"], "This number already exists."), ProblemKind.DUPLICATE),
        (200, broken("UNAUTHENTICATED"), ProblemKind.ACCESS_EXPIRED),
        (200, broken("FORBIDDEN"), ProblemKind.ACCESS_ENDED),
        (200, broken("INTERNAL_SERVER_ERROR"), ProblemKind.UNKNOWN),
        (200, None, ProblemKind.UNKNOWN),
        (401, broken("UNAUTHENTICATED"), ProblemKind.ACCESS_EXPIRED),
        (429, None, ProblemKind.RATE_LIMITED),
        (400, broken("GRAPHQL_VALIDATION_FAILED"), ProblemKind.INVALID),
        (502, None, ProblemKind.UNKNOWN),
    ],
)
def test_its_objections_are_understood_whatever_the_status(status: int, body: Any, kind: ProblemKind) -> None:
    call = WAVE.build("create", replace(SAMPLES["sale"], party=PARTY), {})

    problem = WAVE.problem(call, Answer(status, body=body))

    assert problem is not None
    assert problem.kind == kind
    asked = WAVE.problem(WAVE.fetch(ListKind.ACCOUNTS), Answer(200, body=broken("INTERNAL_SERVER_ERROR")))
    assert asked is not None
    assert asked.kind == ProblemKind.TRANSIENT


def listed(alias: str, *nodes: dict[str, Any], page: int = 1, pages: int = 1) -> Answer:
    """A page of one list of the business."""
    told = {"pageInfo": {"currentPage": page, "totalPages": pages}, "edges": [{"node": node} for node in nodes]}
    return Answer(200, body={"data": {"business": {alias: told}}})


def alias_of(call: Call) -> str:
    """What a call wants its list of customers to be called."""
    return str(call.body["query"]).split(": customers(")[0].split()[-1]


def test_a_customer_is_looked_for_by_the_name_that_the_answer_gives_the_list() -> None:
    row = {"id": "1", "name": "Fjordbygg", "displayId": "10001", "email": "Faktura@fjordbygg.example",
           "internalNotes": "974760673", "isArchived": False, "modifiedAt": "2026-03-16T10:00:00.000Z"}  # fmt: skip
    other = row | {"id": "2", "displayId": "20002", "email": None, "internalNotes": None}
    calls = WAVE.find_customer(PARTY)

    found = [[one.id for one in WAVE.found_customers(listed(alias_of(call), row, other))] for call in calls]

    assert [alias_of(call).partition("_")[0] for call in calls] == ["notes", "number", "email"]
    assert found == [["1"], ["1"], ["1"]]
    everybody = alias_of(WAVE.list_customers(None))
    assert [one.id for one in WAVE.found_customers(listed(everybody, row, other))] == ["1", "2"]


def test_pages_go_on_until_the_longest_list_ends() -> None:
    asked = WAVE.fetch(ListKind.ACCOUNTS)

    following = WAVE.next_page(asked, listed("products", page=1, pages=2))

    assert following is not None
    assert following.body["variables"] == {"business": BUSINESS, "page": 2, "pageSize": 100}
    assert WAVE.next_page(following, listed("products", page=2, pages=2)) is None


@pytest.mark.skipif(not is_here(), reason=MISSING)
@pytest.mark.parametrize(
    ("query", "variables", "word"),
    [
        ("query { busines(id: 1) { id } }", {}, "busines"),
        (
            "mutation M($input: InvoiceCreateInput!) { invoiceCreate(input: $input) { didSucceed } }",
            {"input": {"businessId": "1", "customerId": "2", "invoiceNo": "F-1"}},
            "invoiceNo",
        ),
        ("query {", {}, "Syntax Error"),
    ],
)
def test_the_schema_catches_what_it_does_not_know(query: str, variables: dict[str, Any], word: str) -> None:
    request = LedgerRequest(
        method="POST",
        host="gql.waveapps.com",
        path="/graphql/public",
        body={"query": query, "variables": variables},
    )

    assert any(word in text for text in Ledger().check(request))
