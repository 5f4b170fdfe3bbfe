import os
from decimal import Decimal

import pytest

from invoicing.documents.facts import Document, DocumentBody
from invoicing.posting import Sale, SaleLine, SaleVat, sale_postings
from payments.reference import is_valid_kid
from tests.invoicing.random_documents import KID, random_documents
from tests.invoicing.vat_oracle import mistakes

COUNT = 10_000 if os.environ.get("BILAG_TEST_SCALE") == "full" else 300
SEED = 20_261_121


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return list(random_documents(SEED, COUNT))


def test_the_same_seed_gives_the_same_documents(documents: list[Document]) -> None:
    assert list(random_documents(SEED, 50)) == documents[:50]
    assert list(random_documents(SEED + 1, 50)) != documents[:50]


def test_every_document_is_what_the_oracle_says(documents: list[Document]) -> None:
    assert {document.number: mistakes(document.body) for document in documents if mistakes(document.body)} == {}


def test_every_voucher_says_what_its_document_says(documents: list[Document]) -> None:
    for document in documents:
        body = document.body
        sign = 1 if body.kind == "invoice" else -1
        postings = sale_postings(sale_of(body))
        assert sum(posting.amount for posting in postings) == 0, document.number
        receivable = [posting for posting in postings if posting.account_number == "1500"]
        expected = body.exchange.payable if body.exchange else body.totals.payable
        assert sum(posting.amount for posting in receivable) == sign * expected, document.number
        vat = sum(posting.amount for posting in postings if posting.account_number == "2700")
        assert vat == -sign * (body.exchange.vat if body.exchange else body.totals.vat), document.number


def test_every_document_comes_back_from_its_snapshot(documents: list[Document]) -> None:
    for document in documents[:100]:
        assert DocumentBody.from_json(document.body.to_json()) == document.body


def test_the_documents_are_of_every_sort(documents: list[Document]) -> None:
    bodies = [document.body for document in documents]
    assert {body.kind for body in bodies} == {"invoice", "credit_note"}
    assert {body.currency for body in bodies} == {"NOK", "EUR", "SEK", "DKK"}
    lines = [line for body in bodies for line in body.lines]
    assert {line.vat_category for line in lines} == {"S", "Z", "E", "G", "AE", "O"}
    assert {str(line.vat_rate_percent) for line in lines} == {"25", "15", "12", "11.11", "0"}
    assert {line.charge_kind for line in lines} == {"chargeable", "complimentary", "non_chargeable"}
    assert any(line.quantity < 0 for line in lines)
    assert {bool(body.document_discount.parts) for body in bodies} == {True, False}
    assert {body.prices_include_vat for body in bodies} == {True, False}
    assert all(body.totals.payable >= 0 for body in bodies)
    assert all(is_valid_kid(document.kid, [KID]) for document in documents if document.kid)


def sale_of(body: DocumentBody) -> Sale:
    """Revenue by line; the document discount as a line of its own per category, which posts the same sum."""
    discounts = [
        SaleLine(account_number="3080", vat_code=part.vat_category, net_amount=-part.amount)
        for part in body.document_discount.parts
    ]
    lines = [
        SaleLine(account_number="3000", vat_code=line.vat_category, net_amount=line.net_amount) for line in body.lines
    ]
    return Sale(
        kind=body.kind,
        lines=[*lines, *discounts],
        vat=[
            SaleVat(
                account_number="2700",
                vat_code=str(row.vat_rate_percent),
                vat_amount=row.vat_amount,
                base_currency_vat_amount=row.base_currency_vat_amount,
            )
            for row in body.vat
        ],
        rounding=body.totals.rounding,
        prepaid=body.totals.prepaid,
        payable=body.totals.payable,
        receivable_account="1500",
        rounding_account="7770",
        prepaid_account="2900",
        exchange_rate=body.exchange.rate if body.exchange else Decimal(1),
    )
