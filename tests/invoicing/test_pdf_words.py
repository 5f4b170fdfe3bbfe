"""The words of documents and units: complete in every language, equal in what they ask to be filled in."""

from __future__ import annotations

import string
from decimal import Decimal

import pytest

from customers.units import UNITS, unit_name, unit_word
from customers.vat import VatCategory
from invoicing.documents.facts import AttachedFile
from invoicing.documents.printed.numbers import account_number, organization_number
from invoicing.documents.printed.page import page_of
from invoicing.documents.words import LANGUAGES, WORDS, words_in
from tests.invoicing.document_builders import sample_document


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", WORDS)
def test_a_word_stands_in_four_languages_and_asks_for_the_same_in_each(key: str) -> None:
    forms = WORDS[key]
    assert len(forms) == len(LANGUAGES)
    assert all(form.strip() for form in forms)
    assert len({frozenset(_placeholders(form)) for form in forms}) == 1


@pytest.mark.parametrize(("language", "word"), [("nb", "Vedlegg"), ("da", "Bilag"), ("sv", "Bilagor")])
def test_a_sheet_of_paper_names_the_files_that_are_not_in_the_envelope(language: str, word: str) -> None:
    files = tuple(
        AttachedFile(name=f"timer-{n}.csv", content_type="text/csv", sha256="0" * 64, size_bytes=9) for n in range(14)
    )
    few, many = (
        page_of(sample_document(language=language, attachments=files[:count]), lines_max=50).remarks
        for count in (2, 14)
    )
    assert f"{word}: timer-0.csv, timer-1.csv" in few
    assert many[-1].endswith("timer-11.csv, …")


def test_every_category_that_is_not_taxed_has_a_name() -> None:
    assert {f"category_{category}" for category in VatCategory if category != "S"} <= set(WORDS)


def test_a_language_that_no_document_may_have_is_refused() -> None:
    with pytest.raises(ValueError, match="de"):
        words_in("de")


@pytest.mark.parametrize("code", UNITS)
def test_a_unit_has_words_in_four_languages(code: str) -> None:
    assert set(UNITS[code]) == set(LANGUAGES)
    for language in LANGUAGES:
        assert unit_name(code, language)
        assert unit_word(code, Decimal(1), language)
        assert unit_word(code, Decimal(2), language)


@pytest.mark.parametrize(
    ("code", "quantity", "language", "word"),
    [
        ("HUR", "22", "nb", "t"),
        ("HUR", "1", "en", "hour"),
        ("HUR", "1.5", "en", "hours"),
        ("DAY", "-1", "nb", "dag"),
        ("DAY", "2", "sv", "dagar"),
        ("NAR", "3", "da", "stk."),
        ("ZZ9", "3", "nb", "ZZ9"),
        ("HUR", "3", "fi", "HUR"),
    ],
)
def test_the_word_follows_quantity_and_language(code: str, quantity: str, language: str, word: str) -> None:
    assert unit_word(code, Decimal(quantity), language) == word


def test_two_units_of_one_list_never_bear_the_same_name() -> None:
    for language in LANGUAGES:
        names = [unit_name(code, language) for code in UNITS]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("number", "country", "shown"),
    [
        ("12345678911", "NO", "1234 56 78911"),
        ("12341234567890", "DK", "1234 1234567890"),
        ("1234567", "SE", "123-4567"),
        ("12345678", "SE", "1234-5678"),
        ("DE89370400440532013000", "DE", "DE89370400440532013000"),
    ],
)
def test_an_account_is_written_as_its_country_does(number: str, country: str, shown: str) -> None:
    assert account_number(number, country).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("number", "country", "shown"),
    [
        ("123456785", "NO", "123 456 785"),
        ("12345678", "DK", "12 34 56 78"),
        ("1234567897", "SE", "123456-7897"),
        ("123456789", "DE", "123456789"),
    ],
)
def test_an_organization_number_is_written_as_its_country_does(number: str, country: str, shown: str) -> None:
    assert organization_number(number, country).replace("\u00a0", " ") == shown
