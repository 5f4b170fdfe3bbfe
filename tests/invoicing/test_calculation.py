from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from invoicing.calculation import DocumentInput, DocumentTotals, ImpossibleAmount, LineInput, totals


def line(quantity: str, price: str, rate: str = "25", **changes: Any) -> LineInput:
    values: dict[str, Any] = {"vat_category": "S" if Decimal(rate) else "E"} | changes
    for name in ("discount_percent", "discount_amount"):
        values[name] = Decimal(values.get(name, "0"))
    return LineInput(quantity=Decimal(quantity), unit_price=Decimal(price), vat_rate_percent=Decimal(rate), **values)


def total(*given_lines: LineInput, **changes: Any) -> DocumentTotals:
    values: dict[str, Any] = {
        name: Decimal(value) if isinstance(value, str) else value for name, value in changes.items()
    }
    return totals(DocumentInput(lines=given_lines, **values))


def vat_rows(result: DocumentTotals) -> list[tuple[str, str, str, str]]:
    return [
        (row.vat_category, str(row.vat_rate_percent), str(row.base_amount), str(row.vat_amount)) for row in result.vat
    ]


@pytest.mark.parametrize(
    ("given_line", "net"),
    [
        (line("1", "100"), "100.00"),
        (line("7.5", "1250"), "9375.00"),
        (line("0.333", "100"), "33.30"),
        (line("0.125", "0.04"), "0.01"),  # half an øre goes up
        (line("-0.125", "0.04"), "-0.01"),
        (line("3", "33.335"), "100.01"),
        (line("3", "99.90", discount_percent="10"), "269.73"),
        (line("1", "0.05", discount_percent="10"), "0.04"),  # 0.05 less 0.01
        (line("2", "50", discount_amount="12.50"), "87.50"),
        (line("2", "50", discount_percent="10", discount_amount="12.50"), "77.50"),
        (line("2", "50", discount_amount="500"), "0.00"),  # never past nothing
        (line("-2", "50", discount_amount="12.50"), "-87.50"),
        (line("-2", "50", discount_percent="25"), "-75.00"),
        (line("1", "0"), "0.00"),
        (line("0", "100"), "0.00"),
        # Twenty-eight digits would round twice: 0.954968 to 0.9550 to 0.96.
        (line("902917376110.763461", "313029039208.124735"), "282639358728273283383091.95"),
        (line("1000000000000.000001", "999999999999.999999"), "1000000000000000000000000.00"),
    ],
)
def test_a_line_is_its_rounded_value_less_its_rounded_discount(given_line: LineInput, net: str) -> None:
    [computed] = total(given_line).lines
    assert str(computed.net_amount) == net
    assert computed.shown_amount == computed.net_amount


def test_large_numbers_stay_exact() -> None:
    result = total(line("999999999999.999999", "999999999999.999999", "11.11"))
    exact = Fraction("999999999999.999999") ** 2
    assert abs(Fraction(result.net) - exact) <= Fraction(1, 200)
    assert abs(Fraction(result.vat_total) - Fraction(result.net) * Fraction("0.1111")) <= Fraction(1, 200)


def test_vat_is_computed_once_per_category_and_rate() -> None:
    # Fifty lines of 0.10: VAT by line would be 50 * 0.03 = 1.50.
    result = total(*[line("1", "0.10")] * 50)
    assert vat_rows(result) == [("S", "25", "5.00", "1.25")]
    assert sum(one.vat_amount for one in result.lines) == Decimal("1.25")
    assert {one.vat_amount for one in result.lines} == {Decimal("0.02"), Decimal("0.03")}


def test_vat_rows_are_sorted_by_category_and_rate() -> None:
    result = total(
        line("1", "100", "25"),
        line("1", "200", "0"),
        line("2", "10", "12"),
        line("1", "50", "15"),
        line("1", "3", "25.00"),
    )
    assert vat_rows(result) == [
        ("E", "0", "200.00", "0.00"),
        ("S", "12", "20.00", "2.40"),
        ("S", "15", "50.00", "7.50"),
        ("S", "25", "103.00", "25.75"),
    ]
    assert (result.net, result.vat_total, result.gross) == (Decimal("373.00"), Decimal("35.65"), Decimal("408.65"))


@pytest.mark.parametrize(("base", "vat"), [("0.02", "0.01"), ("-0.02", "-0.01"), ("0.10", "0.03"), ("49.90", "12.48")])
def test_half_an_ore_of_vat_goes_away_from_zero(base: str, vat: str) -> None:
    quantity = "-1" if base.startswith("-") else "1"
    assert str(total(line(quantity, base.lstrip("-"))).vat_total) == vat


def test_a_document_discount_is_shared_by_category_and_rate() -> None:
    result = total(
        line("1", "100", "25"), line("1", "100", "15"), line("1", "100", "0"), discount_amount="100", prepaid="20"
    )
    parts = [(part.vat_category, str(part.amount), str(part.base_amount)) for part in result.discount_parts]
    assert parts == [("E", "33.34", "100.00"), ("S", "33.33", "100.00"), ("S", "33.33", "100.00")]
    assert vat_rows(result) == [
        ("E", "0", "66.66", "0.00"),
        ("S", "15", "66.67", "10.00"),
        ("S", "25", "66.67", "16.67"),
    ]
    assert (result.lines_net, result.discount, result.net) == (Decimal(300), Decimal(100), Decimal(200))
    assert (result.gross, result.payable) == (Decimal("226.67"), Decimal("206.67"))


def test_a_discount_in_percent_takes_its_share_of_returned_goods_too() -> None:
    result = total(line("1", "100", "25"), line("-1", "20", "15"), discount_percent="10")
    assert [str(part.amount) for part in result.discount_parts] == ["-2.00", "10.00"]
    assert (result.discount, result.net) == (Decimal("8.00"), Decimal("72.00"))


def test_a_discount_in_kroner_falls_on_what_is_sold() -> None:
    result = total(line("1", "1000", "25"), line("-1", "990", "15"), discount_amount="5")
    assert [(str(part.vat_rate_percent), str(part.amount)) for part in result.discount_parts] == [("25", "5.00")]


def test_within_a_rate_too_a_discount_in_kroner_falls_on_what_is_sold() -> None:
    result = total(line("1", "1000"), line("-1", "990"), discount_amount="5")
    assert [str(one.net_after_document_discount) for one in result.lines] == ["995.00", "-990.00"]
    in_percent = total(line("1", "1000"), line("-1", "990"), discount_percent="50")
    assert [str(one.net_after_document_discount) for one in in_percent.lines] == ["500.00", "-495.00"]


@pytest.mark.parametrize(("discount", "taken"), [("99.99", "99.99"), ("100", "100.00"), ("5000", "100.00")])
def test_a_discount_never_takes_more_than_the_sum(discount: str, taken: str) -> None:
    result = total(line("1", "60", "25"), line("1", "40", "12"), discount_amount=discount)
    assert str(result.discount) == taken
    assert result.payable >= 0


def test_no_discount_in_kroner_is_taken_from_a_document_that_pays_back() -> None:
    assert total(line("-1", "100"), discount_amount="10").payable == Decimal("-125.00")


def test_ten_lines_of_one_and_one_line_of_ten_come_to_the_same_with_vat() -> None:
    for price in ("9.99", "0.99", "149.95", "0.01", "33.33"):
        for rate in ("25", "15", "12", "11.11"):
            one = total(line("10", price, rate), prices_include_vat=True)
            ten = total(*[line("1", price, rate)] * 10, prices_include_vat=True)
            assert one.payable == ten.payable == Decimal(price) * 10
            assert one.vat == ten.vat
            assert sum(part.net_amount for part in ten.lines) == one.lines[0].net_amount


def test_what_base_and_vat_leave_of_the_gross_is_a_visible_rounding() -> None:
    result = total(line("1", "0.03", "25"), line("1", "0.08", "15"), prices_include_vat=True)
    # 0.03 / 1.25 = 0.024: 0.02 + 0.01. 0.08 / 1.15 = 0.0696: 0.07 + 0.01.
    assert vat_rows(result) == [("S", "15", "0.07", "0.01"), ("S", "25", "0.02", "0.01")]
    assert result.rounding == Decimal("0.00")
    found = [
        (cents, rate)
        for cents in range(1, 400)
        for rate in ("25", "15", "12", "11.11")
        if total(line("1", f"{cents / 100:.2f}", rate), prices_include_vat=True).rounding
    ]
    assert found, "some gross cannot be written as base and VAT"
    for cents, rate in found:
        result = total(line("1", f"{cents / 100:.2f}", rate), prices_include_vat=True)
        assert abs(result.rounding) == Decimal("0.01")
        assert result.payable == Decimal(cents) / 100 == result.net + result.vat_total + result.rounding


def test_a_price_with_vat_becomes_a_net_price_of_at_most_ten_decimals() -> None:
    prices = [
        total(line("1", "450.55", rate), prices_include_vat=True).lines[0].net_unit_price for rate in ("25", "15", "0")
    ]
    assert [str(price) for price in prices] == ["360.44", "391.7826086957", "450.55"]


def test_the_amount_column_keeps_the_terms_of_the_price() -> None:
    result = total(line("3", "99.90", discount_percent="10"), prices_include_vat=True, discount_amount="50")
    [computed] = result.lines
    assert computed.shown_amount == Decimal("269.73")
    assert result.discount_shown == Decimal("50.00")
    assert result.discount == Decimal("40.00")
    assert result.payable == Decimal("219.73")
    assert computed.gross_amount + result.rounding == Decimal("219.73")


@pytest.mark.parametrize("kind", ["complimentary", "non_chargeable"])
@pytest.mark.parametrize("includes_vat", [False, True])
def test_m_045_a_line_that_is_not_charged_is_shown_and_not_summed(kind: str, *, includes_vat: bool) -> None:
    result = total(
        line("1", "100"),
        line("2", "50", "15", charge_kind=kind, discount_percent="10"),
        prices_include_vat=includes_vat,
        discount_percent="10",
    )
    free = result.lines[1]
    assert (free.net_amount, free.vat_amount, free.gross_amount, free.shown_amount) == (Decimal("0.00"),) * 4
    assert free.shown_value == Decimal("90.00")
    assert free.discount_amount == (Decimal("8.70") if includes_vat else Decimal("10.00"))
    assert result.lines[0].shown_value == Decimal("0.00")
    assert result.payable == (Decimal("90.00") if includes_vat else Decimal("112.50"))
    # BR-S-08: its category and rate have a row of their own.
    assert result.vat[0].vat_rate_percent == Decimal(15)
    assert result.vat[0].base_amount == result.vat[0].vat_amount == Decimal("0.00")
    assert [part.vat_rate_percent for part in result.discount_parts] == [Decimal(25)]


@pytest.mark.parametrize(
    ("unit", "prepaid", "rounding", "payable"),
    [
        (None, "0", "0.00", "125.63"),
        ("1", "0", "0.37", "126.00"),
        ("0.50", "0", "-0.13", "125.50"),
        ("1", "25.20", "-0.43", "100.00"),
        ("1", "125.63", "0.00", "0.00"),
    ],
)
def test_what_is_payable_may_be_rounded_and_the_rounding_is_its_own_row(
    unit: str | None, prepaid: str, rounding: str, payable: str
) -> None:
    result = total(line("1", "100.50"), rounding_unit=unit, prepaid=prepaid)
    assert (str(result.gross), str(result.rounding), str(result.payable)) == ("125.63", rounding, payable)


@pytest.mark.parametrize(
    ("given_lines", "changes", "sentence"),
    [
        ([line("1", "-100")], {}, "negative quantity"),
        ([line("1", "100", discount_percent="101")], {}, "between 0 and 100"),
        ([line("1", "100", discount_percent="NaN")], {}, "not a number"),
        ([line("1", "100", discount_amount="Infinity")], {}, "surcharge as a line"),
        ([line("1", "100", discount_percent="-1")], {}, "between 0 and 100"),
        ([line("1", "100", discount_amount="-1")], {}, "surcharge as a line"),
        ([line("1", "100", "-25", vat_category="S")], {}, "between 0 and 100"),
        ([line("1", "100", charge_kind="gift")], {}, "whether the line is charged"),
        ([line("1", "100")], {"discount_percent": "10", "discount_amount": "10"}, "not both"),
        ([line("1", "100")], {"discount_amount": "-10"}, "surcharge as a line"),
        ([line("1", "100")], {"prepaid": "-10"}, "prepaid"),
        ([line("1", "100")], {"rounding_unit": "0"}, "greater than zero"),
        ([line("NaN", "100")], {}, "not a number"),
        ([line("1", "NaN")], {}, "not a number"),
        ([line("0", "Infinity")], {}, "not a number"),
        ([line("100000001", "1.15", "15")], {"prices_include_vat": True}, "at most 100,000,000"),
    ],
)
def test_what_no_document_can_carry_is_refused(
    given_lines: list[LineInput], changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ImpossibleAmount, match=sentence):
        total(*given_lines, **changes)


def test_a_refusal_names_the_field() -> None:
    with pytest.raises(ImpossibleAmount) as refused:
        total(line("1", "-100"))
    assert refused.value.field == "unit_price"


def test_a_document_without_lines_comes_to_nothing() -> None:
    result = total(discount_percent="10")
    assert (result.lines, result.vat, result.payable) == ((), (), Decimal("0.00"))
