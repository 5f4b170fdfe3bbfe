import os
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.calculation import DocumentInput, LineInput, totals
from invoicing.posting import PostingPart, Sale, SaleLine, SalePosting, SaleVat, sale_postings

EXAMPLES = 3_000 if os.environ.get("BILAG_TEST_SCALE") == "full" else 100
VAT_ACCOUNTS = {"25": "2700", "15": "2701", "12": "2702", "0": "2700"}
VAT_CODES = {"25": "3", "15": "31", "12": "33", "0": "6"}

charged_lines = st.builds(
    LineInput,
    quantity=st.decimals(min_value=-10, max_value=500, places=2),
    unit_price=st.decimals(min_value=0, max_value=3_000, places=2),
    vat_category=st.just("S"),
    vat_rate_percent=st.sampled_from(["25", "15", "12", "0"]).map(Decimal),
)
rates = st.one_of(st.just(Decimal(1)), st.decimals(min_value="0.01", max_value=20, places=6))


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    """A sale made of a document that went through the arithmetic."""
    given_lines = tuple(draw(st.lists(charged_lines, max_size=10)))
    document = DocumentInput(
        lines=given_lines,
        prices_include_vat=draw(st.booleans()),
        discount_percent=draw(st.sampled_from([Decimal(0), Decimal(10), Decimal("33.3")])),
        prepaid=draw(st.sampled_from([Decimal(0), Decimal("99.99")])),
        rounding_unit=draw(st.sampled_from([None, Decimal(1)])),
    )
    computed = totals(document)
    accounts = st.sampled_from(["3000", "3010", "3100"])
    dimensions = st.sampled_from([(), (("project", "1001"),), (("project", "1001"), ("department", "20"))])
    return sale(
        kind=draw(st.sampled_from(["invoice", "credit_note"])),
        lines=[
            SaleLine(
                account_number=draw(accounts),
                vat_code=VAT_CODES[str(given_line.vat_rate_percent)],
                net_amount=line.net_after_document_discount,
                dimensions=draw(dimensions),
            )
            for given_line, line in zip(given_lines, computed.lines, strict=True)
        ],
        vat=[
            SaleVat(
                account_number=VAT_ACCOUNTS[str(row.vat_rate_percent)],
                vat_code=VAT_CODES[str(row.vat_rate_percent)],
                vat_amount=row.vat_amount,
            )
            for row in computed.vat
        ],
        rounding=computed.rounding,
        prepaid=computed.prepaid,
        payable=computed.payable,
        exchange_rate=draw(rates),
    )


def sale(**changes: Any) -> Sale:
    values: dict[str, Any] = {
        "kind": "invoice",
        "lines": [revenue("1000.00")],
        "vat": [vat("250.00")],
        "payable": Decimal("1250.00"),
        "receivable_account": "1500",
        "rounding_account": "7770",
        "prepaid_account": "2900",
    } | changes
    return Sale(**values)


def revenue(amount: str, account: str = "3000", code: str = "3", **dimensions: str) -> SaleLine:
    return SaleLine(
        account_number=account, vat_code=code, net_amount=Decimal(amount), dimensions=tuple(dimensions.items())
    )


def vat(amount: str, account: str = "2700", code: str = "3", base: str | None = None) -> SaleVat:
    return SaleVat(
        account_number=account,
        vat_code=code,
        vat_amount=Decimal(amount),
        base_currency_vat_amount=None if base is None else Decimal(base),
    )


def rows(postings: tuple[SalePosting, ...]) -> list[tuple[str, str, str]]:
    return [(posting.account_number, posting.vat_code, str(posting.amount)) for posting in postings]


def test_a_sale_is_the_receivable_against_revenue_and_vat() -> None:
    postings = sale_postings(sale())
    assert rows(postings) == [("1500", "", "1250.00"), ("3000", "3", "-1000.00"), ("2700", "3", "-250.00")]
    assert [posting.part for posting in postings] == [PostingPart.RECEIVABLE, PostingPart.REVENUE, PostingPart.VAT]


def test_a_credit_note_is_the_mirror_of_the_sale() -> None:
    assert rows(sale_postings(sale(kind="credit_note"))) == [
        ("1500", "", "-1250.00"),
        ("3000", "3", "1000.00"),
        ("2700", "3", "250.00"),
    ]


def test_a_payment_request_posts_its_claim_against_the_advances_and_neither_revenue_nor_vat() -> None:
    asked = sale(kind="payment_request", vat=[], payable=Decimal("1000.00"))
    postings = sale_postings(asked)
    assert [(each.account_number, each.amount, each.vat_code) for each in postings] == [
        ("1500", Decimal("1000.00"), ""),
        ("2900", Decimal("-1000.00"), ""),
    ]
    assert [each.amount for each in sale_postings(replace(asked, kind="withdrawal"))] == [-1000, 1000]
    with pytest.raises(ValueError, match="without VAT"):
        sale_postings(sale(kind="payment_request"))


def test_revenue_is_one_posting_per_account_code_and_dimensions() -> None:
    postings = sale_postings(
        sale(
            lines=[
                revenue("100.00", project="1", department="20"),
                revenue("200.00", department="20", project="1"),  # the same dimensions in another order
                revenue("300.00", project="2"),
                revenue("400.00", account="3100", code="6"),
                revenue("0.00", account="3900"),
            ],
            vat=[vat("150.00"), vat("0.00", code="6")],
            payable=Decimal("1150.00"),
        )
    )
    assert rows(postings) == [
        ("1500", "", "1150.00"),
        ("3000", "3", "-300.00"),
        ("3000", "3", "-300.00"),
        ("3100", "6", "-400.00"),
        ("2700", "3", "-150.00"),
    ]
    assert postings[1].dimensions == (("department", "20"), ("project", "1"))


def test_rounding_and_what_is_prepaid_have_accounts_of_their_own() -> None:
    postings = sale_postings(sale(rounding=Decimal("0.40"), prepaid=Decimal("250.40"), payable=Decimal("1000.00")))
    assert rows(postings) == [
        ("1500", "", "1000.00"),
        ("2900", "", "250.40"),
        ("3000", "3", "-1000.00"),
        ("2700", "3", "-250.00"),
        ("7770", "", "-0.40"),
    ]


def test_rates_on_one_account_keep_their_codes_apart() -> None:
    postings = sale_postings(
        sale(
            lines=[revenue("100.00"), revenue("100.00", code="31")],
            vat=[vat("25.00"), vat("15.00", code="31")],
            payable=Decimal("240.00"),
        )
    )
    assert rows(postings)[-2:] == [("2700", "3", "-25.00"), ("2700", "31", "-15.00")]


def test_a_foreign_currency_is_converted_with_one_rate_and_revenue_takes_the_rest() -> None:
    postings = sale_postings(
        sale(
            lines=[revenue("33.33"), revenue("33.33", account="3100"), revenue("33.34", account="3200")],
            vat=[vat("25.00")],
            payable=Decimal("125.00"),
            exchange_rate=Decimal("11.7455"),
        )
    )
    # 125.00 * 11.7455 = 1468.1875, 25.00 * 11.7455 = 293.6375: 1468.19 - 293.64 = 1174.55 is left for revenue.
    assert rows(postings) == [
        ("1500", "", "1468.19"),
        ("3000", "3", "-391.48"),
        ("3100", "3", "-391.48"),
        ("3200", "3", "-391.59"),
        ("2700", "3", "-293.64"),
    ]
    assert [str(posting.currency_amount) for posting in postings] == ["125.00", "-33.33", "-33.33", "-33.34", "-25.00"]


def test_vat_in_the_base_currency_is_what_the_document_says() -> None:
    postings = sale_postings(
        sale(vat=[vat("250.00", base="2936.40")], exchange_rate=Decimal("11.7455"), payable=Decimal("1250.00"))
    )
    assert rows(postings)[-1] == ("2700", "3", "-2936.40")
    assert sum(posting.amount for posting in postings) == 0


def test_a_document_of_free_lines_posts_nothing() -> None:
    assert sale_postings(sale(lines=[revenue("0.00")], vat=[vat("0.00")], payable=Decimal("0.00"))) == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"payable": Decimal("1250.01")}, "are not what is payable"),
        ({"kind": "order"}, "not a kind of document"),
        ({"exchange_rate": Decimal(0)}, "greater than zero"),
        ({"exchange_rate": Decimal(-1)}, "greater than zero"),
    ],
)
def test_what_cannot_be_posted_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        sale_postings(sale(**changes))


@settings(max_examples=EXAMPLES)
@given(sales())
def test_every_voucher_is_zero_in_both_currencies(given_sale: Sale) -> None:
    postings = sale_postings(given_sale)
    assert sum(posting.amount for posting in postings) == 0
    assert sum(posting.currency_amount for posting in postings) == 0
    assert all(posting.amount or posting.currency_amount for posting in postings)
    assert len({(posting.account_number, posting.vat_code, posting.dimensions) for posting in postings}) == len(
        postings
    )


@settings(max_examples=EXAMPLES)
@given(sales())
def test_receivable_vat_and_revenue_are_what_the_document_says(given_sale: Sale) -> None:
    sign = 1 if given_sale.kind == "invoice" else -1
    postings = sale_postings(given_sale)
    in_currency = {part: Decimal(0) for part in PostingPart}
    for posting in postings:
        in_currency[posting.part] += posting.currency_amount * sign
    assert in_currency[PostingPart.RECEIVABLE] == given_sale.payable
    assert in_currency[PostingPart.PREPAID] == given_sale.prepaid
    assert in_currency[PostingPart.REVENUE] == -sum(line.net_amount for line in given_sale.lines)
    assert in_currency[PostingPart.VAT] == -sum(row.vat_amount for row in given_sale.vat)
    assert in_currency[PostingPart.ROUNDING] == -given_sale.rounding


@settings(max_examples=EXAMPLES)
@given(sales())
def test_no_posting_is_far_from_its_converted_amount(given_sale: Sale) -> None:
    # Six converted sums may each be half an øre off, and one part of revenue may take all of it.
    for posting in sale_postings(given_sale):
        exact = posting.currency_amount * given_sale.exchange_rate
        assert abs(posting.amount - exact) < Decimal("0.05")
        if given_sale.exchange_rate == 1:
            assert posting.amount == posting.currency_amount


@settings(max_examples=EXAMPLES)
@given(sales())
def test_credit_mirrors_sale_to_the_ore(given_sale: Sale) -> None:
    invoice = sale_postings(replace(given_sale, kind="invoice"))
    credit = sale_postings(replace(given_sale, kind="credit_note"))
    assert [(-one.amount, -one.currency_amount, one.dimensions) for one in invoice] == [
        (one.amount, one.currency_amount, one.dimensions) for one in credit
    ]
