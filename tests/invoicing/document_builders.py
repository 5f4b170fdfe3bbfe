"""Finalized documents for the tests of the document makers, made of values alone.

The sums are added up here in the plainest way, so that a test may change a line or a rate without writing new totals;
the arithmetic of the product has its own tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from customers.vat import default_reason, rule_of
from invoicing.documents.facts import (
    Address,
    Buyer,
    CreditedDocument,
    Delivery,
    DiscountPart,
    Document,
    DocumentBody,
    DocumentDiscount,
    Line,
    PaymentAccount,
    References,
    Seller,
    Totals,
    VatSubtotal,
)

ORE = Decimal("0.01")
TREATMENTS = {"S": "standard", "E": "exempt", "AE": "reverse_charge", "G": "export", "O": "outside", "Z": "zero"}
NORWEGIAN_ADDRESS = Address(street="Eksempelveien 4", postal_code="0155", city="Oslo", country="NO")
TEN_HOURS = Decimal(10)

SELLER = Seller(
    name="Eksempel Rådgivning AS",
    organization_number="123456785",
    vat_number="NO123456785MVA",
    is_in_company_register=True,
    address=NORWEGIAN_ADDRESS,
    email="faktura@eksempel-radgivning.example",
    phone="+47 00 00 00 00",
    website="https://eksempel-radgivning.example",
    endpoint_id="123456785",
    contact_name="Kari Eksempel",
)
BUSINESS = Buyer(
    kind="business",
    number="10023",
    name="Prøvefirma Handel AS",
    organization_number="987654325",
    address=Address(street="Prøvegata 7", postal_code="5003", city="Bergen", country="NO"),
    email="post@provefirma.example",
    endpoint_scheme="0192",
    endpoint_id="987654325",
    contact_name="Ola Prøve",
)
CONSUMER = Buyer(
    kind="consumer",
    number="20007",
    name="Per Eksempelsen",
    address=Address(street="Eksempelstien 12", postal_code="7010", city="Trondheim", country="NO"),
    email="per@eksempelsen.example",
    endpoint_scheme="EM",
    endpoint_id="per@eksempelsen.example",
)
FOREIGN_BUSINESS = Buyer(
    kind="business",
    number="30004",
    name="Beispiel Handels GmbH",
    vat_number="DE123456788",
    address=Address(street="Musterstraße 1", postal_code="10115", city="Berlin", country="DE"),
    email="rechnung@beispiel-handel.example",
    endpoint_scheme="EM",
    endpoint_id="rechnung@beispiel-handel.example",
)
DANISH_ADDRESS = Address(street="Eksempelgade 1", postal_code="1050", city="København K", country="DK")
SWEDISH_ADDRESS = Address(street="Exempelgatan 1", postal_code="111 22", city="Stockholm", country="SE")
SWEDISH_SELLER = replace(
    SELLER,
    organization_number="5560360793",
    vat_number="SE556036079301",
    address=SWEDISH_ADDRESS,
    endpoint_scheme="0007",
    endpoint_id="5560360793",
)
DANISH_SELLER = replace(
    SELLER,
    organization_number="12345674",
    vat_number="DK12345674",
    address=DANISH_ADDRESS,
    endpoint_scheme="0184",
    endpoint_id="12345674",
)
DANISH_BUSINESS = replace(
    BUSINESS, organization_number="13585628", address=DANISH_ADDRESS, endpoint_scheme="0184", endpoint_id="13585628"
)
SWEDISH_BUSINESS = replace(
    BUSINESS,
    organization_number="2120000142",
    address=SWEDISH_ADDRESS,
    endpoint_scheme="0007",
    endpoint_id="2120000142",
)


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(ORE, ROUND_HALF_UP)


def sample_line(**changes: Any) -> Line:
    """One line, ten hours at 1,200 unless changed; its net amount follows from quantity, price and discount."""
    values: dict[str, Any] = {
        "id": "019a0000-0000-7000-8000-000000000001",
        "position": 1,
        "description": "Rådgivning",
        "quantity": TEN_HOURS,
        "unit_code": "HUR",
        "unit_price": Decimal(1200),
        "vat_category": "S",
        "vat_rate_percent": Decimal(25),
    } | changes
    values.setdefault("vat_treatment", TREATMENTS[values["vat_category"]])
    if values["vat_category"] != "S":
        values["vat_rate_percent"] = changes.get("vat_rate_percent", Decimal(0))
    values.setdefault("net_unit_price", values["unit_price"])
    value = rounded(values["quantity"] * values["net_unit_price"])
    if values.get("charge_kind", "chargeable") != "chargeable":
        values.setdefault("shown_value", value)
        value = Decimal("0.00")
    values.setdefault("net_amount", value - values.get("discount_amount", Decimal(0)))
    values.setdefault("vat_amount", rounded(values["net_amount"] * values["vat_rate_percent"] / 100))
    values.setdefault("shown_amount", values["net_amount"])
    return Line(**values)


def sample_lines(*changes: dict[str, Any]) -> tuple[Line, ...]:
    """One line for each set of changes, numbered from 1."""
    return tuple(sample_line(position=n, **change) for n, change in enumerate(changes, 1))


def eight_lines() -> tuple[Line, ...]:
    """The eight lines of the benchmarks: two rates, a fraction of an hour, a discount."""
    return sample_lines(
        {"description": "Rådgivning, oktober", "quantity": Decimal("37.5")},
        {"description": "Prosjektledelse", "quantity": Decimal("12.25"), "unit_price": Decimal(1450)},
        {"description": "Reisetid", "quantity": Decimal(4), "unit_price": Decimal("600.50")},
        {"description": "Kjøring", "quantity": Decimal(184), "unit_code": "KMT", "unit_price": Decimal("5.30")},
        {
            "description": "Lunsj på kurs",
            "unit_code": "NAR",
            "unit_price": Decimal(189),
            "vat_rate_percent": Decimal(15),
        },
        {
            "description": "Kursmateriell",
            "unit_code": "NAR",
            "unit_price": Decimal("249.90"),
            "discount_percent": Decimal(10),
            "discount_amount": Decimal("249.90"),
        },
        {"description": "Lisens", "quantity": Decimal(3), "unit_code": "MON", "unit_price": Decimal(890)},
        {"description": "Retur av materiell", "quantity": Decimal(-2), "unit_code": "NAR", "unit_price": Decimal(120)},
    )


def vat_summary(lines: Iterable[Line], discount: DocumentDiscount) -> tuple[VatSubtotal, ...]:
    """One row per category and rate that the lines use, less that row's share of the document discount."""
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for line in lines:
        key = (line.vat_category, line.vat_rate_percent)
        bases[key] = bases.get(key, Decimal("0.00")) + line.net_amount
    for part in discount.parts:
        bases[part.vat_category, part.vat_rate_percent] -= part.amount
    return tuple(
        VatSubtotal(
            vat_category=category,
            vat_rate_percent=rate,
            reason=default_reason(TREATMENTS[category], "nb"),
            reason_code=rule_of(TREATMENTS[category]).reason_code,
            base_amount=base,
            vat_amount=rounded(base * rate / 100),
        )
        for (category, rate), base in sorted(bases.items())
    )


def sample_totals(
    lines: Iterable[Line], discount: DocumentDiscount, vat: Iterable[VatSubtotal], rounding: Decimal, prepaid: Decimal
) -> Totals:
    """The totals that follow from lines, discount and VAT rows."""
    lines_net = sum((line.net_amount for line in lines), Decimal("0.00"))
    net = lines_net - discount.amount
    vat_total = sum((row.vat_amount for row in vat), Decimal("0.00"))
    gross = net + vat_total
    return Totals(
        lines_net=lines_net,
        discount=discount.amount,
        net=net,
        vat=vat_total,
        gross=gross,
        rounding=rounding,
        prepaid=prepaid,
        payable=gross + rounding - prepaid,
    )


def sample_discount(*parts: tuple[str, str, str, str], percent: str = "0", reason: str = "Rabatt") -> DocumentDiscount:
    """A document discount of the parts (category, rate, amount, base)."""
    made = tuple(
        DiscountPart(
            vat_category=category, vat_rate_percent=Decimal(rate), amount=Decimal(amount), base_amount=Decimal(base)
        )
        for category, rate, amount, base in parts
    )
    amount = sum((part.amount for part in made), Decimal("0.00"))
    return DocumentDiscount(percent=Decimal(percent), amount=amount, shown_amount=amount, reason=reason, parts=made)


def sample_body(**changes: Any) -> DocumentBody:
    """A plain Norwegian invoice body; `rounding` and `prepaid` go into the totals, all else names a field."""
    rounding = changes.pop("rounding", Decimal(0))
    prepaid = changes.pop("prepaid", Decimal(0))
    values: dict[str, Any] = {
        "kind": "invoice",
        "language": "nb",
        "currency": "NOK",
        "issue_date": date(2026, 11, 17),
        "due_date": date(2026, 12, 1),
        "terms_text": "Netto 14 dager",
        "note": "",
        "seller": SELLER,
        "payment": PaymentAccount(account_number="12345678911"),
        "buyer": BUSINESS,
        "references": References(buyer="Ola Prøve", our="Kari Eksempel"),
        "delivery": Delivery(day=date(2026, 11, 16), place=NORWEGIAN_ADDRESS),
        "lines": (sample_line(),),
        "document_discount": DocumentDiscount(),
    } | changes
    values.setdefault("vat", vat_summary(values["lines"], values["document_discount"]))
    values.setdefault(
        "totals",
        sample_totals(values["lines"], values["document_discount"], values["vat"], rounding, prepaid),
    )
    return DocumentBody(**values)


def sample_document(**changes: Any) -> Document:
    """A plain finalized invoice, number 10491; a change names a field of the document or of its body."""
    number = changes.pop("number", "10491")
    kid = changes.pop("kid", "00104919")
    finalized_at = changes.pop("finalized_at", datetime(2026, 11, 17, 9, 30, tzinfo=UTC))
    return Document(number=number, kid=kid, finalized_at=finalized_at, body=sample_body(**changes))


def sample_credit_note(**changes: Any) -> Document:
    """A credit note for the plain invoice: positive amounts, no KID, no due date."""
    values: dict[str, Any] = {
        "kind": "credit_note",
        "number": "10502",
        "kid": "",
        "issue_date": date(2026, 11, 20),
        "finalized_at": datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        "due_date": None,
        "credits": CreditedDocument(number="10491", issue_date=date(2026, 11, 17), reason="Feil antall timer"),
    } | changes
    return sample_document(**values)


def with_body(document: Document, **changes: Any) -> Document:
    """The same document with fields of its body replaced, sums left as they were."""
    return replace(document, body=replace(document.body, **changes))
