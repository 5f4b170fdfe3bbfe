"""What one of ours is probably called elsewhere: by number, name and purpose; VAT never by its rate alone (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from accounting_sync.mapping.choosing import target_named
from accounting_sync.mapping.entries import Target
from accounting_sync.mapping.suggesting import (
    OwnAccount,
    is_plausible_vat,
    suggest_account,
    suggest_value,
    suggest_vat,
)
from accounting_sync.providers.fiken import VAT_CODES

NORWEGIAN = {
    "1500": "Kundefordringer",
    "1920:10001": "Bank",
    "3000": "Salgsinntekt",
    "3100": "Salgsinntekt, avgiftsfri",
}
DANISH = {"1010": "Salg af varer og ydelser m/moms", "3000": "Lønninger", "5600": "Debitorer", "5820": "Bankkonto"}
SWEDISH = {"1510": "Kundfordringar", "1930": "Företagskonto", "3740": "Öres- och kronutjämning", "1920": "Plusgiro"}


def chart(rows: Mapping[str, str]) -> list[Target]:
    return [Target(code, code, label) for code, label in rows.items()]


@pytest.mark.parametrize(
    ("own", "theirs", "is_our_chart", "wanted"),
    [
        (OwnAccount("1500", "Kundefordringer", "receivables"), NORWEGIAN, True, "1500"),
        (OwnAccount("1920", "Bankinnskudd", "bank"), NORWEGIAN, True, "1920:10001"),
        (OwnAccount("3100", "Eget navn"), NORWEGIAN, True, "3100"),  # numbered alike is enough in one chart
        (OwnAccount("3000", "Salgsinntekt, avgiftspliktig"), DANISH, False, None),  # and says nothing in another
        (OwnAccount("1500", "Kundefordringer", "receivables"), DANISH, False, "5600"),
        (OwnAccount("1920", "Bankinnskudd", "bank"), DANISH, False, "5820"),
        (OwnAccount("1500", "Kundefordringer", "receivables"), SWEDISH, False, "1510"),
        (OwnAccount("1920", "Bankinnskudd", "bank"), SWEDISH, False, "1930"),
        (OwnAccount("2700", "Utgående merverdiavgift", "vat_standard"), DANISH, False, None),
        (OwnAccount("1500", "", "receivables"), {"1500": "Debitor A", "1510": "Debitor B"}, False, "1500"),
        (OwnAccount("9999", "", "receivables"), {"1": "Debitorer A", "2": "Debitorer B"}, False, None),  # two alike
    ],
)  # fmt: skip
def test_an_account_is_proposed_by_number_name_or_purpose(
    own: OwnAccount, theirs: Mapping[str, str], *, is_our_chart: bool, wanted: str | None
) -> None:
    found = suggest_account(own, chart(theirs), is_our_chart=is_our_chart)

    assert (found.code if found else None) == wanted


FIKEN = [Target(code, code, label, {"rate": rate}) for code, label, rate in VAT_CODES]
TRIPLETEX = [
    Target("0", "0", "Ingen avgiftsbehandling", {"rate": "0"}),
    Target("1", "1", "Fradrag inngående avgift, høy sats", {"rate": "25"}),
    Target("3", "3", "Utgående avgift, høy sats", {"rate": "25"}),
    Target("31", "31", "Utgående avgift, middels sats", {"rate": "15"}),
    Target("5", "5", "Ingen utgående avgift (innenfor mva-loven)", {"rate": "0"}),
    Target("52", "52", "Avgiftsfri utførsel av varer og tjenester", {"rate": "0"}),
]
DANISH_CODES = [
    Target("U25", "U25", "Salgsmoms", {"rate": "25"}),
    Target("I25", "I25", "Købsmoms", {"rate": "25"}),
    Target("REP", "REP", "Repræsentation", {"rate": "6.25"}),
]


@pytest.mark.parametrize(
    ("treatment", "rate", "codes", "wanted"),
    [
        ("standard", "25", FIKEN, "HIGH"),
        ("food", "15", FIKEN, "MEDIUM"),
        ("low", "12", FIKEN, "LOW"),
        ("raw_fish", "11.11", FIKEN, "RAW_FISH"),
        ("zero", "0", FIKEN, "EXEMPT"),
        ("exempt", "0", FIKEN, "OUTSIDE"),
        ("reverse_charge", "0", FIKEN, "EXEMPT_REVERSE"),
        ("export", "0", FIKEN, "EXEMPT_IMPORT_EXPORT"),
        ("outside", "0", FIKEN, "NONE"),
        ("standard", "25", TRIPLETEX, "3"),
        ("food", "15", TRIPLETEX, "31"),
        ("export", "0", TRIPLETEX, "52"),
        ("low", "12", TRIPLETEX, None),
        ("standard", "25", DANISH_CODES, "U25"),
        ("standard", "25", [Target("A", "A", "Kode A", {"rate": "25"})], None),  # the rate alone says nothing
        ("zero", "0", [Target("A", "A", "Kode A", {"rate": "0"})], None),
        ("standard", "25", [Target("A", "A", "Utgående moms 25 %")], "A"),  # a rate that only the words tell
        ("standard", "25", [Target("A", "A", "Utgående moms 12 %")], None),
    ],
)
def test_a_vat_code_is_proposed_by_rate_and_words_together(
    treatment: str, rate: str, codes: list[Target], wanted: str | None
) -> None:
    found = suggest_vat(treatment, Decimal(rate), codes)

    assert (found.id if found else None) == wanted


def test_codes_for_purchases_and_of_other_rates_are_not_among_the_plausible() -> None:
    assert [target.id for target in TRIPLETEX if is_plausible_vat(Decimal(25), target)] == ["3"]


def test_a_project_is_proposed_by_its_number_before_its_name() -> None:
    rows = [Target("1", "P-1", "Nybygg"), Target("2", "P-2", "P-1"), Target("3", "", "Skole")]

    assert [suggest_value(value, rows) for value in ("p-1", "skole", "hage")] == [rows[0], rows[2], None]


def test_what_is_typed_means_one_row_or_none() -> None:
    rows = [Target("a", "3000", "Salg"), Target("b", "3010", "Salg"), Target("3000", "x", "")]

    assert target_named("3010 Salg", rows) == rows[1]
    assert target_named("3010", rows) == rows[1]
    assert target_named("3000", rows) == rows[2]  # an id goes before a code
    assert target_named("salg", rows) is None
    assert target_named("9", rows) is None
