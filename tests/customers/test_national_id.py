"""National identity numbers: the rules in force, D-numbers, test numbers and the series of 2032."""

from __future__ import annotations

import pytest

from customers.national_id import NationalIdRefused, clean_national_id, mask_national_id


def with_control_digits(first_nine: str, remainder: int = 0) -> str:
    """The number whose first control digit leaves the remainder; for numbers that nobody bears."""
    weights = ((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))
    for first in range(10):
        ten = first_nine + str(first)
        if sum(weight * int(digit) for weight, digit in zip(weights[0], ten, strict=True)) % 11 != remainder:
            continue
        for second in range(10):
            number = ten + str(second)
            if sum(weight * int(digit) for weight, digit in zip(weights[1], number, strict=True)) % 11 == 0:
                return number
    raise LookupError(first_nine)


def some_number(day_month: str, remainder: int = 0) -> str:
    """The first number of a day for which control digits exist."""
    for serial in range(100, 1000):
        try:
            return with_control_digits(f"{day_month}85{serial}", remainder)
        except LookupError:
            continue
    raise LookupError(day_month)


@pytest.mark.parametrize("day_month", ["0101", "2902", "3112", "4101", "7112", "0181", "3192", "4181", "0141", "4141"])
def test_numbers_d_numbers_and_test_numbers_are_taken(day_month: str) -> None:
    number = some_number(day_month)
    assert clean_national_id("NO", f"{number[:6]} {number[6:]}") == number


@pytest.mark.parametrize("remainder", [0, 1, 2, 3])
def test_the_series_of_2032_is_taken(remainder: int) -> None:
    number = some_number("1503", remainder)
    assert clean_national_id("NO", number) == number


@pytest.mark.parametrize("remainder", [4, 5, 6, 7, 8, 9, 10])
def test_other_remainders_are_refused(remainder: int) -> None:
    with pytest.raises(NationalIdRefused):
        clean_national_id("NO", some_number("1503", remainder))


@pytest.mark.parametrize("day_month", ["0001", "3201", "3002", "0113", "0100", "7201", "0153"])
def test_days_that_do_not_exist_are_refused(day_month: str) -> None:
    with pytest.raises(NationalIdRefused):
        clean_national_id("NO", some_number(day_month))


@pytest.mark.parametrize("typed", ["", "123", "1503851000a", "1" * 12, "１５０３８５１００００"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(NationalIdRefused):
        clean_national_id("NO", typed)


def test_a_wrong_digit_is_refused() -> None:
    number = some_number("1503")
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    with pytest.raises(NationalIdRefused):
        clean_national_id("NO", wrong)


def test_neighbours_have_rules_of_their_own() -> None:
    with pytest.raises(NationalIdRefused):
        clean_national_id("DK", "3213850000")
    assert clean_national_id("SE", "811228-9874") == "8112289874"
    with pytest.raises(NationalIdRefused):
        clean_national_id("SE", "811228-9873")
    with pytest.raises(NationalIdRefused):
        clean_national_id("DE", "123")


def test_only_the_birth_date_is_shown() -> None:
    assert mask_national_id("15038512345") == "150385•••••"
