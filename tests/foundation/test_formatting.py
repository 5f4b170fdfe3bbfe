from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from foundation.templatetags import formatting


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [
        ("12450", "nb", "12\u00a0450,00"),
        ("12450", "sv", "12\u00a0450,00"),
        ("12450", "da", "12.450,00"),
        ("12450", "en", "12,450.00"),
        ("0", "nb", "0,00"),
        ("-0.00", "nb", "0,00"),
        ("-1234567.5", "nb", "\u22121\u00a0234\u00a0567,50"),
        ("-0.01", "en", "\u22120.01"),
        ("999.999", "nb", "999,999"),
        ("0.1234567890", "nb", "0,123456789"),
        ("1E+3", "en", "1,000.00"),
    ],
)
def test_an_amount_reads_as_its_language_writes_money(value: str, language: str, expected: str) -> None:
    assert formatting.format_amount(Decimal(value), language) == expected


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [("2.500", "nb", "2,5"), ("2.00", "en", "2"), ("1000", "da", "1.000"), ("-0.25", "sv", "\u22120,25")],
)
def test_a_quantity_carries_no_empty_decimals(value: str, language: str, expected: str) -> None:
    assert formatting.format_quantity(Decimal(value), language) == expected


@pytest.mark.parametrize(
    ("language", "expected"), [("nb", "25\u00a0%"), ("da", "25\u00a0%"), ("sv", "25\u00a0%"), ("en", "25%")]
)
def test_a_percentage_is_spaced_as_the_language_does(language: str, expected: str) -> None:
    assert formatting.format_percent(Decimal("25.00"), language) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("nb", "07.11.2026"), ("da", "07.11.2026"), ("sv", "2026-11-07"), ("en", "7\u00a0Nov\u00a02026")],
)
def test_a_day_reads_as_its_language_writes_days(language: str, expected: str) -> None:
    assert formatting.format_day(date(2026, 11, 7), language) == expected


def test_a_moment_is_shown_in_the_time_zone_in_force() -> None:
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    with timezone.override("Europe/Oslo"):
        assert formatting.format_moment(late, "nb") == "01.01.2027\u00a000:30"
    with timezone.override("UTC"), translation.override("nb"):
        assert formatting.day(late) == "31.12.2026"


def test_the_filters_follow_the_language_of_the_page() -> None:
    template = Template("{{ value|amount }} {{ value|amount_in:'EUR' }} {{ value|quantity }} {{ rate|percent }}")
    context = Context({"value": Decimal("1250.5"), "rate": Decimal(12)})
    with translation.override("nb"):
        assert template.render(context) == "1\u00a0250,50 1\u00a0250,50\u00a0EUR 1\u00a0250,5 12\u00a0%"
    with translation.override("en"):
        assert template.render(context) == "1,250.50 1,250.50\u00a0EUR 1,250.5 12%"


def test_a_missing_value_shows_as_nothing_or_a_dash() -> None:
    assert (formatting.amount(None), formatting.amount_in(None, "NOK"), formatting.percent("")) == ("", "", "")
    assert (formatting.day(None), formatting.moment(None)) == ("\u2013", "\u2013")


def test_a_float_is_refused_as_an_amount() -> None:
    with pytest.raises(TypeError):
        formatting.amount(12.5)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("974760673", "974\u00a0760\u00a0673"),
        ("12345678", "12\u00a034\u00a056\u00a078"),
        ("5560000000", "556000-0000"),
        ("DE123", "DE123"),
        ("", ""),
    ],
)
def test_an_organization_number_is_grouped_by_its_country(value: str, expected: str) -> None:
    assert formatting.organization_number(value) == expected


def test_accounts_are_grouped_as_banks_write_them() -> None:
    assert formatting.account_number("00001234567") == "0000\u00a012\u00a034567"
    assert formatting.account_number("123") == "123"
    assert formatting.iban("NO9386011117947") == "NO93\u00a08601\u00a01117\u00a0947"
