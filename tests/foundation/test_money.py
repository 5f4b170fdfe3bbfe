from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.money import convert_amount, minor_units, round_amount, round_to_sum, round_to_unit, split_amount

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=2)
weights = st.lists(st.decimals(min_value=0, max_value=10**9, places=4), min_size=1, max_size=30)
signed_weights = st.lists(st.decimals(min_value=-(10**6), max_value=10**6, places=2), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("amount", "decimals", "expected"),
    [
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("0.0049999999999999999999999999999999999", 2, "0.00"),
        ("2.675", 2, "2.68"),
        ("1.005", 2, "1.01"),
        ("-0.001", 2, "0.00"),
        ("12", 2, "12.00"),
        ("0.5", 0, "1"),
        ("-2.5", 0, "-3"),
        ("1.2345", 3, "1.235"),
        ("999999999999.999999", 2, "1000000000000.00"),
    ],
)
def test_half_goes_away_from_zero(amount: str, decimals: int, expected: str) -> None:
    assert str(round_amount(Decimal(amount), decimals)) == expected


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+90"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        round_amount(Decimal(amount))


@pytest.mark.parametrize(
    ("currency", "expected"), [("NOK", 2), ("EUR", 2), ("ISK", 0), ("JPY", 0), ("KWD", 3), ("XXX", 2)]
)
def test_minor_units_follow_the_currency(currency: str, expected: int) -> None:
    assert minor_units(currency) == expected


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        ("100.49", "1", "100.00"),
        ("100.50", "1", "101.00"),
        ("-100.50", "1", "-101.00"),
        ("0.24", "0.50", "0.00"),
        ("0.25", "0.50", "0.50"),
        ("2.24", "0.50", "2.00"),
        ("0.00", "1", "0.00"),
        ("10.01", "0.05", "10.00"),
        ("10.03", "0.05", "10.05"),
        ("1.5", "3", "3.00"),
    ],
)
def test_amounts_round_to_a_unit(amount: str, unit: str, expected: str) -> None:
    assert str(round_to_unit(Decimal(amount), Decimal(unit))) == expected


def test_a_rounding_unit_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="greater than zero"):
        round_to_unit(Decimal("1.00"), Decimal(0))


@pytest.mark.parametrize(
    ("amount", "given_weights", "expected"),
    [
        ("100.00", ["1", "1", "1"], ["33.34", "33.33", "33.33"]),
        ("-100.00", ["1", "1", "1"], ["-33.34", "-33.33", "-33.33"]),
        ("0.01", ["0", "5"], ["0.00", "0.01"]),
        ("0.05", ["1", "3"], ["0.01", "0.04"]),
        ("10.00", ["0", "0"], ["5.00", "5.00"]),
        ("0.00", ["2", "1"], ["0.00", "0.00"]),
        ("8.00", ["100", "-20"], ["10.00", "-2.00"]),
        ("8.00", ["-100", "20"], ["10.00", "-2.00"]),
        ("1.00", ["1", "1", "1", "1", "1", "1"], ["0.17", "0.17", "0.17", "0.17", "0.16", "0.16"]),
    ],
)
def test_splitting_gives_the_odd_ore_to_the_largest_remainders(
    amount: str, given_weights: list[str], expected: list[str]
) -> None:
    parts = split_amount(Decimal(amount), [Decimal(weight) for weight in given_weights])
    assert [str(part) for part in parts] == expected


def test_an_amount_cannot_be_split_into_no_parts() -> None:
    assert split_amount(Decimal("0.00"), []) == []
    with pytest.raises(ValueError, match="no parts"):
        split_amount(Decimal("0.01"), [])


def test_an_amount_finer_than_its_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 2 decimals"):
        split_amount(Decimal("0.001"), [Decimal(1), Decimal(1)])


@given(amounts, weights)
def test_the_parts_sum_to_the_whole_and_lie_within_one_ore_of_their_share(
    amount: Decimal, given_weights: list[Decimal]
) -> None:
    parts = split_amount(amount, given_weights)
    assert sum(parts) == amount
    total = sum(given_weights) or Decimal(len(given_weights))
    for part, weight in zip(parts, given_weights, strict=True):
        share = amount * (weight if sum(given_weights) else Decimal(1)) / total
        assert abs(part - share) < Decimal("0.0101")
        assert part == part.quantize(Decimal("0.01"))


@given(amounts, signed_weights)
def test_splitting_the_negated_amount_gives_the_negated_parts(amount: Decimal, given_weights: list[Decimal]) -> None:
    parts = split_amount(amount, given_weights)
    assert sum(parts) == amount
    assert split_amount(-amount, given_weights) == [-part for part in parts]


@given(signed_weights, st.integers(min_value=-500, max_value=500))
def test_rounding_to_a_sum_reaches_any_sum(values: list[Decimal], cents: int) -> None:
    total = round_amount(sum(values, Decimal(0)) / 3) + Decimal(cents) / 100
    parts = round_to_sum(values, total, divisor=Decimal(3))
    assert sum(parts) == total
    assert round_to_sum([-value for value in values], -total, divisor=Decimal(3)) == [-part for part in parts]


def test_rounding_to_a_sum_leaves_zero_at_zero() -> None:
    values = [Decimal(0), Decimal("10.00"), Decimal(0), Decimal("20.00")]
    assert round_to_sum(values, Decimal("30.01")) == [Decimal(part) for part in ("0", "10.00", "0", "20.01")]


def test_converting_rounds_once() -> None:
    assert convert_amount(Decimal("999999999999.99"), Decimal("11.123456")) == Decimal("11123455999999.89")
    assert str(convert_amount(Decimal("-0.01"), Decimal("0.4"))) == "0.00"
