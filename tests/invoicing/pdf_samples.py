"""Documents of every kind for the tests of the PDF, and what is read from a finished file."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pypdf
from PIL import Image

from invoicing.documents import pdf
from invoicing.documents.facts import (
    Document,
    ExchangeRate,
    PaymentAccount,
    References,
)
from invoicing.documents.words import LANGUAGES
from tests.invoicing.document_builders import (
    BUSINESS,
    FOREIGN_BUSINESS,
    SELLER,
    eight_lines,
    sample_credit_note,
    sample_discount,
    sample_document,
    sample_lines,
    with_body,
)

CORE_XML = '<?xml version="1.0" encoding="UTF-8"?>\n<Invoice>æøå</Invoice>'.encode()


SCRIPTS = {
    "Greek": "Ελληνικά κείμενο",
    "Cyrillic": "Русский текст",
    "Hebrew": "עברית",
    "Arabic": "العربية",
    "Thai": "ภาษาไทย",
    "Devanagari": "हिन्दी पाठ",
    "Chinese": "漢字",
    "Japanese": "かなカナ",
    "Korean": "한국어",
}


def rendered(document: Document, logo: bytes | None = None) -> bytes:
    return pdf.render_pdf(document, core_xml=CORE_XML, logo=logo)


def text_of(data: bytes) -> str:
    """Every word on the pages, with plain spaces."""
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def logo_png() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (600, 160), "#7a1f5c").save(target, "PNG")
    return target.getvalue()


def foreign_currency_document(**changes: Any) -> Document:
    document = sample_document(
        **{"currency": "EUR", "buyer": FOREIGN_BUSINESS, "lines": eight_lines()} | changes,
    )
    rate = ExchangeRate(
        rate=Decimal("11.7455"),
        day=date(2026, 11, 16),
        source="Norges Bank",
        base_currency="NOK",
        vat=Decimal("211280.41"),
        payable=Decimal("1065279.61"),
    )
    vat = tuple(replace(row, base_currency_vat_amount=row.vat_amount * 11) for row in document.body.vat)
    return with_body(document, exchange=rate, vat=vat)


def document_with_everything(language: str) -> Document:
    return sample_document(
        language=language,
        lines=sample_lines(
            {"description": "Rådgivning", "detail": "Første uke\nAndre uke", "delivery_day": date(2026, 11, 2)},
            {"period_from": date(2026, 11, 1), "period_to": date(2026, 11, 15), "product_number": "A-12"},
            {"discount_percent": Decimal(10), "discount_amount": Decimal(1200)},
            {"charge_kind": "complimentary"},
            {"charge_kind": "non_chargeable"},
            {"vat_category": "E", "order_line_reference": "7"},
        ),
        document_discount=sample_discount(("S", "25", "500.00", "34800.00"), percent="1.39"),
        rounding=Decimal("0.40"),
        prepaid=Decimal(1000),
        note="Takk for samarbeidet.",
        payment=PaymentAccount(account_number="12345678911", iban="NO9386011117947", bic="EXAMNOKK"),
        seller=replace(SELLER, accent_color="#7a1f5c", footer="Styreleder: Kari Eksempel"),
    )


SAMPLES: dict[str, Callable[[], Document]] = {
    "plain": sample_document,
    "eight lines": lambda: sample_document(lines=eight_lines()),
    "two hundred lines": lambda: sample_document(lines=sample_lines(*[{}] * 200)),
    "credit note": lambda: sample_credit_note(language="sv"),
    "payment request": lambda: sample_document(
        kind="payment_request", number="", lines=sample_lines({"vat_category": "O"})
    ),
    "foreign currency": lambda: foreign_currency_document(language="en"),
    "scripts": lambda: sample_document(lines=sample_lines(*[{"description": text} for text in SCRIPTS.values()])),
    "hostile": lambda: sample_document(
        buyer=replace(BUSINESS, name="<script>alert(1)</script>\u202e\x00\ue000😀 {{ page.author }}"),
        lines=sample_lines({"description": "x" * 10_000, "detail": "y " * 5_000}, {"detail": "\n" * 500 + "z\n" * 500}),
        references=References(buyer="=1+1", our="å" * 400),
        note="\n\n" * 2_000,
    ),
    "long numbers": lambda: sample_document(
        lines=sample_lines({"quantity": Decimal("123456789.123456"), "unit_price": Decimal("987654321.0123456789")})
    ),
    **{f"everything, {language}": partial(document_with_everything, language) for language in LANGUAGES},
}
