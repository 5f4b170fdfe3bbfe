"""What holds for every document, tried on random ones and against the oracle."""

import os
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.calculation import DocumentInput, DocumentTotals, LineInput, LineTotals, totals
from tests.invoicing.vat_oracle import amounts_of_input

EXAMPLES = 5_000 if os.environ.get("BILAG_TEST_SCALE") == "full" else 150
SLACK = Decimal("0.02")

categories = st.sampled_from(
    [
        ("S", "25"),
        ("S", "25.00"),
        ("S", "15"),
        ("S", "12"),
        ("S", "11.11"),
        ("S", "6"),
        ("Z", "0"),
        ("E", "0"),
        ("AE", "0"),
    ]
)
quantities = st.one_of(
    st.integers(min_value=-20, max_value=500).map(Decimal),
    st.decimals(min_value=-50, max_value=5_000, places=3),
    st.decimals(min_value=0, max_value=10**6, places=6),
)
prices = st.one_of(
    st.decimals(min_value=0, max_value=5_000, places=2),
    st.decimals(min_value=0, max_value=10**6, places=6),
)
percents = st.one_of(
    st.just(Decimal(0)), st.decimals(min_value=0, max_value=100, places=2), st.sampled_from([Decimal(10), Decimal(100)])
)
discounts = st.one_of(st.just(Decimal(0)), st.decimals(min_value=0, max_value=10_000, places=2))


@st.composite
def lines(draw: st.DrawFn) -> LineInput:
    category, rate = draw(categories)
    return LineInput(
        quantity=draw(quantities),
        unit_price=draw(prices),
        vat_category=category,
        vat_rate_percent=Decimal(rate),
        discount_percent=draw(percents),
        discount_amount=draw(discounts),
        charge_kind=draw(
            st.sampled_from(["chargeable", "chargeable", "chargeable", "complimentary", "non_chargeable"])
        ),
    )


@st.composite
def documents(draw: st.DrawFn) -> DocumentInput:
    percent = draw(percents)
    return DocumentInput(
        lines=tuple(draw(st.lists(lines(), min_size=1, max_size=12))),
        prices_include_vat=draw(st.booleans()),
        discount_percent=percent,
        discount_amount=Decimal(0) if percent else draw(discounts),
        prepaid=draw(st.one_of(st.just(Decimal(0)), st.decimals(min_value=0, max_value=10_000, places=2))),
        rounding_unit=draw(st.sampled_from([None, None, Decimal(1), Decimal("0.50")])),
    )


@settings(max_examples=EXAMPLES)
@given(documents())
def test_every_amount_is_what_the_oracle_says(document: DocumentInput) -> None:
    result = totals(document)
    expected = amounts_of_input(document)
    ours = {
        (row.vat_category, Fraction(row.vat_rate_percent)): (Fraction(row.base_amount), Fraction(row.vat_amount))
        for row in result.vat
    }
    assert ours == expected.vat
    assert tuple(Fraction(one.shown_amount) for one in result.lines) == expected.lines
    ours_in_sum = [Fraction(amount) for amount in (result.gross, result.rounding, result.payable)]
    assert ours_in_sum == [expected.gross, expected.rounding, expected.payable]


@settings(max_examples=EXAMPLES)
@given(documents())
def test_every_sum_is_the_sum_of_what_is_shown(document: DocumentInput) -> None:
    result = totals(document)
    computed = result.lines
    assert result.lines_net == sum(one.net_amount for one in computed)  # BR-CO-10
    assert result.discount == sum(part.amount for part in result.discount_parts)  # BR-CO-11
    assert result.net == result.lines_net - result.discount  # BR-CO-13
    assert result.net == sum(row.base_amount for row in result.vat)
    assert result.vat_total == sum(row.vat_amount for row in result.vat)  # BR-CO-14
    assert result.gross == result.net + result.vat_total  # BR-CO-15
    assert result.payable == result.gross - result.prepaid + result.rounding  # BR-CO-16
    assert result.vat_total == sum(one.vat_amount for one in computed)
    assert result.net == sum(one.net_after_document_discount for one in computed)
    assert result.gross == sum(one.gross_amount for one in computed)
    shown = sum(one.shown_amount for one in computed) - result.discount_shown
    if document.rounding_unit is None:
        assert shown == (result.gross + result.rounding if document.prices_include_vat else result.net)
    assert all(has_two_decimals(amount) for amount in amounts_of(result))


@settings(max_examples=EXAMPLES)
@given(documents())
def test_lines_and_discounts_stay_within_the_slack_of_peppol(document: DocumentInput) -> None:
    result = totals(document)
    for given_line, computed in zip(document.lines, result.lines, strict=True):
        value = given_line.quantity * computed.net_unit_price - computed.discount_amount
        if given_line.charge_kind == "chargeable":
            assert abs(computed.net_amount - value) <= SLACK  # PEPPOL-EN16931-R120
        assert computed.net_unit_price >= 0  # BR-27
        assert computed.net_unit_price == round(computed.net_unit_price, 10)
    if document.discount_percent:
        for part in result.discount_parts:
            assert abs(part.amount - part.base_amount * document.discount_percent / 100) <= SLACK  # R040
    for row in result.vat:
        lines_of_row = [
            computed.net_amount
            for given_line, computed in zip(document.lines, result.lines, strict=True)
            if (given_line.vat_category, given_line.vat_rate_percent) == (row.vat_category, row.vat_rate_percent)
        ]
        allowed = sum(
            part.amount
            for part in result.discount_parts
            if (part.vat_category, part.vat_rate_percent) == (row.vat_category, row.vat_rate_percent)
        )
        assert row.base_amount == sum(lines_of_row) - allowed  # BR-S-08


@settings(max_examples=EXAMPLES)
@given(documents())
def test_a_discount_in_kroner_never_turns_an_amount(document: DocumentInput) -> None:
    if document.discount_percent:
        return
    for computed in totals(document).lines:
        assert abs(computed.net_after_document_discount) <= abs(computed.net_amount)
        assert computed.net_after_document_discount * computed.net_amount >= 0


@settings(max_examples=EXAMPLES)
@given(documents())
def test_returning_everything_mirrors_every_amount(document: DocumentInput) -> None:
    document = replace(document, discount_amount=Decimal(0), prepaid=Decimal(0))
    returned = replace(document, lines=tuple(replace(one, quantity=-one.quantity) for one in document.lines))
    result, mirrored = totals(document), totals(returned)
    assert [-amount for amount in amounts_of(result)] == amounts_of(mirrored)


@settings(max_examples=EXAMPLES)
@given(documents())
def test_the_same_input_gives_the_same_text(document: DocumentInput) -> None:
    assert repr(totals(document)) == repr(totals(document))
    assert "-0.00" not in repr(totals(document))


def amounts_of(result: DocumentTotals) -> list[Decimal]:
    amounts = [
        *(result.discount, result.discount_shown, result.lines_net, result.net),
        *(result.vat_total, result.gross, result.rounding, result.payable),
    ]
    for row in result.vat:
        amounts += [row.base_amount, row.vat_amount]
    for part in result.discount_parts:
        amounts += [part.amount, part.base_amount]
    for computed in result.lines:
        amounts += line_amounts(computed)
    return amounts


def line_amounts(computed: LineTotals) -> list[Decimal]:
    return [
        *(computed.discount_amount, computed.net_amount, computed.net_after_document_discount),
        *(computed.vat_amount, computed.gross_amount, computed.shown_amount, computed.shown_value),
    ]


def has_two_decimals(amount: Decimal) -> bool:
    return amount.as_tuple().exponent == -2
