"""What the PDF of a finalized document says: what the law demands, in four languages, readable by any reader."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pypdf
import pytest

from invoicing.documents.facts import (
    Address,
    Buyer,
    Delivery,
)
from invoicing.documents.fonts import font_set
from invoicing.documents.printed.page import DEFAULT_ACCENT, page_of, readable_accent
from invoicing.documents.words import LANGUAGES, NORWEGIAN_REVERSE_CHARGE, WORDS
from tests.invoicing.document_builders import (
    BUSINESS,
    CONSUMER,
    FOREIGN_BUSINESS,
    SELLER,
    eight_lines,
    sample_credit_note,
    sample_document,
    sample_lines,
    with_body,
)
from tests.invoicing.pdf_samples import (
    SAMPLES,
    SCRIPTS,
    foreign_currency_document,
    rendered,
    text_of,
)

MM_PER_PIXEL = 25.4 / 96  # the page's own coordinates run in CSS pixels from its top left corner


@pytest.mark.parametrize(
    ("language", "amounts"),
    [
        ("nb", ("72 708,80", "17 988,20", "90 697,00", "−240,00", "17.11.2026", "25 %")),
        ("sv", ("72 708,80", "17 988,20", "90 697,00", "−240,00", "2026-11-17", "25 %")),
        ("da", ("72.708,80", "17.988,20", "90.697,00", "−240,00", "17.11.2026", "25 %")),
        ("en", ("72,708.80", "17,988.20", "90,697.00", "−240.00", "17 Nov 2026", "25%")),
    ],
)
def test_amounts_and_days_read_as_the_language_writes_them(language: str, amounts: tuple[str, ...]) -> None:
    text = text_of(rendered(sample_document(language=language, lines=eight_lines())))
    for amount in amounts:
        assert amount in text


def test_an_invoice_says_what_the_law_demands() -> None:
    text = text_of(rendered(sample_document()))
    for part in (
        "Faktura", "10491", "17.11.2026", "16.11.2026", "01.12.2026",  # number, date, delivery, due date
        "Eksempel Rådgivning AS", "Org.nr. 123 456 785 MVA", "Foretaksregisteret", "Eksempelveien 4, 0155 Oslo",
        "Prøvefirma Handel AS", "987 654 325", "Leveringssted",
        "Rådgivning", "10 t", "1 200,00", "12 000,00", "3 000,00", "Å betale NOK 15 000,00",
        "1234 56 78911", "00104919", "Side 1 av 1",
    ):  # fmt: skip
        assert part in text


def test_a_seller_outside_the_vat_register_prints_no_mva() -> None:
    seller = replace(SELLER, vat_number="", is_in_company_register=False)
    text = text_of(rendered(sample_document(seller=seller, lines=sample_lines({"vat_category": "O"}))))
    assert "MVA" not in text
    assert "Foretaksregisteret" not in text
    assert "Utenfor merverdiavgiftsområdet" in text


def test_a_credit_note_names_what_it_corrects_and_asks_for_no_money() -> None:
    text = text_of(rendered(sample_credit_note()))
    assert "Kreditnota til faktura 10491 av 17.11.2026" in text
    assert "Feil antall timer" in text
    assert "Kreditert NOK 15 000,00" in text
    for absent in ("Slik betaler du", "KID", "Forfall", "1234 56 78911"):
        assert absent not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_payment_request_says_that_it_is_no_invoice(language: str) -> None:
    document = sample_document(
        kind="payment_request", number="", language=language, lines=sample_lines({"vat_category": "O"})
    )
    text = text_of(rendered(document))
    column = LANGUAGES.index(language)
    assert WORDS["not_an_invoice"][column] in text
    assert WORDS["invoice_number"][column] not in text
    assert WORDS["vat_rate"][column] not in text
    assert "00104919" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_reverse_charge_bears_the_sentence_of_the_law(language: str) -> None:
    document = sample_document(language=language, buyer=FOREIGN_BUSINESS, lines=sample_lines({"vat_category": "AE"}))
    reason = {"en": "Reverse charge – VAT not calculated"}.get(language, NORWEGIAN_REVERSE_CHARGE)
    vat = tuple(replace(row, reason=reason) for row in document.body.vat)
    text = text_of(rendered(with_body(document, vat=vat)))
    assert text.count(NORWEGIAN_REVERSE_CHARGE) == 1
    assert reason in text


def test_a_document_in_foreign_currency_shows_vat_in_kroner_with_rate_and_day() -> None:
    text = text_of(rendered(foreign_currency_document()))
    for part in (
        "Mva EUR",
        "Mva NOK",
        "1 EUR = 11,7455 NOK",
        "16.11.2026",
        "Norges Bank",
        "211 280,41 NOK",
        "Å betale EUR",
    ):
        assert part in text


def test_prices_with_vat_say_so_under_the_heads() -> None:
    lines = sample_lines(
        {"unit_price": Decimal(1500), "net_unit_price": Decimal(1200), "shown_amount": Decimal("15000.00")}
    )
    document = sample_document(prices_include_vat=True, buyer=CONSUMER, lines=lines)
    text = text_of(rendered(document))
    assert "inkl. mva" in text
    assert "1 500,00" in text
    assert "15 000,00" in text


def test_a_line_that_is_not_charged_shows_what_it_would_have_cost() -> None:
    text = text_of(
        rendered(sample_document(lines=sample_lines({}, {"charge_kind": "complimentary", "unit_price": Decimal(77)})))
    )
    assert "Vederlagsfritt" in text
    assert "770,00" in text


def test_the_discount_column_is_there_only_when_used() -> None:
    assert "Rabatt" not in text_of(rendered(sample_document()))
    assert "Rabatt" in text_of(rendered(sample_document(lines=eight_lines())))


def test_rounding_and_prepayment_are_rows_of_their_own() -> None:
    text = text_of(rendered(sample_document(rounding=Decimal("-0.40"), prepaid=Decimal(100))))
    assert "Øreavrunding −0,40" in text
    assert "Forskuddsbetalt −100,00" in text
    assert "Å betale NOK 14 899,60" in text


def test_a_document_with_nothing_to_pay_has_no_payment_box() -> None:
    assert "Slik betaler du" not in text_of(rendered(sample_document(prepaid=Decimal(15000))))


def test_without_a_kid_the_payer_is_asked_to_name_the_number() -> None:
    text = text_of(rendered(sample_document(kid="")))
    assert "Merk med" in text
    assert "KID" not in text


def test_a_foreign_buyer_has_the_country_in_the_address() -> None:
    assert "10115 Berlin Tyskland" in text_of(rendered(sample_document(buyer=FOREIGN_BUSINESS)))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_reads_back_as_it_was_written(name: str) -> None:
    if not all(font_set().shows(ord(character)) for character in SCRIPTS[name] if character != " "):
        pytest.skip(f"no font for {name} is installed on this machine")
    assert SCRIPTS[name] in text_of(rendered(sample_document(note=SCRIPTS[name])))


def test_text_cannot_become_markup() -> None:
    text = text_of(rendered(SAMPLES["hostile"]()))
    assert "<script>alert(1)</script>" in text
    assert "{{ page.author }}" in text


LONG_ADDRESS = Address(
    name="c/o Regnskap", street="Prøvegata 7", street_2="Bygg B", postal_code="5003", city="Bergen", country="SE"
)


@pytest.mark.parametrize("buyer", [BUSINESS, replace(BUSINESS, contact_name="K. Prøve", address=LONG_ADDRESS)])
def test_the_address_stands_in_the_window_of_the_envelope(buyer: Buyer) -> None:
    baselines: dict[str, tuple[float, float]] = {}

    def visit(text: str, _page: Any, matrix: list[float], _font: Any, _size: Any) -> None:
        baselines.setdefault(text.strip(), (matrix[4] * MM_PER_PIXEL, matrix[5] * MM_PER_PIXEL))

    data = rendered(sample_document(buyer=buyer, delivery=Delivery(day=date(2026, 11, 16))))
    pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text(visitor_text=visit)
    last_line = "Sverige" if buyer is not BUSINESS else "5003 Bergen"
    for line in ("Prøvefirma Handel AS", last_line):
        left, down = baselines[line]
        assert left == pytest.approx(20, abs=0.1)
        assert 46 < down < 69  # the window's common area is 44 to 70 mm down


def test_the_heads_stand_on_every_page_even_above_the_rest_of_a_long_text() -> None:
    data = rendered(sample_document(lines=sample_lines({"detail": "ord " * 4_000}, {"description": "z" * 3_000})))
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]
    assert len(pages) > 2
    assert all("Beskrivelse" in page for page in pages[:-1])
    assert all(f"Side {number} av {len(pages)}" in page for number, page in enumerate(pages, 1))
    assert all("Faktura 10491" in page for page in pages[1:])


def test_too_many_lines_to_print_are_one_row_that_names_the_file() -> None:
    page = page_of(sample_document(lines=sample_lines(*[{}] * 12)), lines_max=10)
    assert len(page.lines.rows) == 1
    assert page.lines.rows[0].description == "12 linjer, spesifisert i den vedlagte filen 10491.xml"
    assert page.lines.rows[0].cells[-1].replace("\u00a0", " ") == "144 000,00"
    assert len(page_of(sample_document(lines=sample_lines(*[{}] * 10)), lines_max=10).lines.rows) == 10


@pytest.mark.parametrize("color", ["#0b5870", "#7A1F5C", "#000000"])
def test_a_colour_that_white_text_can_be_read_on_is_used(color: str) -> None:
    assert readable_accent(color) == color.lower()


@pytest.mark.parametrize("color", ["#ffff00", "#8a8a8a", "", "red", "#12345", "#0b5870;} body{display:none"])
def test_a_colour_that_white_text_cannot_be_read_on_is_not_used(color: str) -> None:
    assert readable_accent(color) == DEFAULT_ACCENT
