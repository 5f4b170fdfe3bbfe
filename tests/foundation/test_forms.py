from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.utils import translation

from foundation.errors import DomainError, Refusals
from foundation.forms import DayField, NumberField, read_number, show_refusal


@pytest.mark.parametrize(
    ("typed", "language", "expected"),
    [
        ("1250", "nb", "1250"),
        ("1 250,50", "nb", "1250.50"),
        ("1\u00a0250,50", "sv", "1250.50"),
        ("1250.5", "nb", "1250.5"),
        ("12.450,50", "nb", "12450.50"),
        ("12,450.50", "nb", "12450.50"),
        ("1.234.567", "nb", "1234567"),
        ("12.450", "da", "12450"),
        ("12.450,5", "da", "12450.5"),
        ("12,450", "en", "12450"),
        ("12,450.5", "en", "12450.5"),
        ("12.450", "en", "12.450"),
        ("0,125", "nb", "0.125"),
        ("\u221212,5", "nb", "-12.5"),
        ("1'250.00", "en", "1250.00"),
    ],
)
def test_a_number_is_read_as_its_language_writes_it(typed: str, language: str, expected: str) -> None:
    assert read_number(typed, language) == Decimal(expected)


@pytest.mark.parametrize(
    ("typed", "language"),
    [
        ("12.450", "nb"),
        ("1,25", "en"),
        ("12.45", "da"),
        ("1,2,3", "nb"),
        ("1,234,567", "nb"),
        ("1.23.456,00", "da"),
        ("abc", "nb"),
        ("1e5", "nb"),
        ("NaN", "en"),
        ("Infinity", "en"),
        ("\u0661\u0662", "nb"),
        ("--1", "nb"),
        (",", "nb"),
        (",5", "nb"),
        ("1" * 41, "nb"),
        ("0,1234567890123", "nb"),
    ],
)
def test_what_could_be_misread_is_refused(typed: str, language: str) -> None:
    with pytest.raises(ValueError, match=r"not a number|thousands or decimals"):
        read_number(typed, language)


class PriceForm(forms.Form):
    price = NumberField(max_digits=12, decimal_places=2)
    on = DayField(required=False)


def test_a_field_shows_and_reads_numbers_in_the_language_of_the_page() -> None:
    with translation.override("nb"):
        assert 'value="1250,50"' in str(PriceForm(initial={"price": Decimal("1250.50")})["price"])
        form = PriceForm({"price": "1 250,50", "on": "2026-11-21"})
        assert form.is_valid()
        assert form.cleaned_data == {"price": Decimal("1250.50"), "on": date(2026, 11, 21)}


def test_what_was_typed_wrongly_is_shown_again_as_typed() -> None:
    with translation.override("nb"):
        form = PriceForm({"price": "12.450"})
        assert not form.is_valid()
        assert 'value="12.450"' in str(form["price"])
        assert 'aria-invalid="true"' in str(form["price"])


def test_more_decimals_than_the_field_holds_are_refused() -> None:
    with translation.override("nb"):
        assert "price" in PriceForm({"price": "1,255"}).errors


def test_a_refusal_stands_beside_the_field_it_names_and_otherwise_at_the_top() -> None:
    with translation.override("nb"):
        form = PriceForm({"price": "1250"})
        refusals = Refusals([DomainError("Too high.", field="price"), DomainError("No series.", field="series")])
        show_refusal(form, refusals)
        assert form.errors == {"price": ["Too high."], "__all__": ["No series."]}
        show_refusal(form, DomainError("Closed."))
        assert form.non_field_errors() == ["No series.", "Closed."]
