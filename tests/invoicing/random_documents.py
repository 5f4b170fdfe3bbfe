"""Random documents as companies write them, for the long runs through EHF, PDF and ledger.

The same seed gives the same documents, to the byte. Every document is lawful: categories that EN 16931 allows together,
numbers with right check digits, credit notes with positive amounts, a foreign currency with its rate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from customers.vat import VatTreatment, default_reason, rule_of
from foundation.dates import due_date
from foundation.money import convert_amount
from invoicing.calculation import DocumentInput, DocumentTotals, LineInput, LineTotals, totals
from invoicing.documents.facts import (
    CreditedDocument,
    Delivery,
    DiscountPart,
    Document,
    DocumentBody,
    DocumentDiscount,
    ExchangeRate,
    Line,
    References,
    Totals,
    VatSubtotal,
)
from payments.reference import KidAgreement, make_kid
from tests.invoicing.random_parties import (
    PEOPLE,
    random_address,
    random_buyer,
    random_payment_account,
    random_seller,
)

FIRST_DAY = date(2026, 1, 5)
KID = KidAgreement(12)
ATTEMPTS_MAX = 50

RATES = {
    VatTreatment.STANDARD: "25",
    VatTreatment.FOOD: "15",
    VatTreatment.WATER: "15",
    VatTreatment.LOW: "12",
    VatTreatment.RAW_FISH: "11.11",
}
TAXED = [VatTreatment.STANDARD] * 8 + [VatTreatment.FOOD] * 3 + [VatTreatment.LOW] * 3
TAXED += [VatTreatment.WATER, VatTreatment.RAW_FISH]
UNTAXED = [VatTreatment.ZERO, VatTreatment.EXEMPT, VatTreatment.EXEMPT, VatTreatment.EXPORT]
EXCHANGE_RATES = {"EUR": "11.7455", "SEK": "1.0612", "DKK": "1.5738"}

GOODS = [
    ("Rådgivning", "HUR"), ("Prosjektledelse, øst & vest", "HUR"), ("Konsulentbistand", "DAY"), ("Kjøring", "KMT"),
    ("Månedsleie av hall", "MON"), ("Lunsjpakke «Fjord»", "NAR"), ("Sild, fersk", "KGM"), ("Rengjøring <trapp>", "MTK"),
    ("Kabel 3x1,5 mm²", "MTR"), ("Strøm", "KWH"), ("Lisens", "H87"), ("Diesel", "LTR"), ("Šokolāde, žele", "XPK"),
]  # fmt: skip


@dataclass(frozen=True)
class _Setting:
    """What is settled before the lines are: they depend on it."""

    kind: str
    currency: str
    language: str
    is_registered: bool
    prices_include_vat: bool
    buyer_kind: str
    issue_date: date


def random_documents(seed: int, count: int, *, first_number: int = 10_001) -> Iterator[Document]:
    """So many finalized documents, numbered from the first; the same for the same seed."""
    random = Random(seed)
    for number in range(first_number, first_number + count):
        body = random_body(random)
        has_kid = body.kind == "invoice" and body.currency == "NOK"
        yield Document(
            number=str(number),
            kid=make_kid(str(number), KID) if has_kid else "",
            finalized_at=datetime(*body.issue_date.timetuple()[:3], 9, 30, tzinfo=UTC),
            body=body,
        )


def random_body(random: Random) -> DocumentBody:
    """One document that says what the arithmetic makes of its lines; its payable amount is never negative."""
    setting = _random_setting(random)
    given, computed = _random_amounts(random, setting)
    treatments = [line.treatment for line in given.lines]
    exchange = _exchange(setting, computed)
    seller = random_seller(random, is_registered=setting.is_registered)
    due = due_date(setting.issue_date, random.choice([0, 10, 14, 30])) if setting.kind == "invoice" else None
    return DocumentBody(
        kind=setting.kind,
        language=setting.language,
        currency=setting.currency,
        issue_date=setting.issue_date,
        due_date=due,
        terms_text=random.choice(["", "Netto 14 dager", "Ved forsinket betaling beregnes rente etter loven."]),
        note=random.choice(["", "", "Takk for handelen!", "Gjelder avtale av 3. mars\nSe vedlegg."]),
        prices_include_vat=setting.prices_include_vat,
        seller=seller,
        payment=random_payment_account(random, setting.currency),
        buyer=random_buyer(random, setting.buyer_kind, seller=seller, is_abroad=_is_abroad(setting, treatments)),
        references=References(
            buyer=random.choice(["", *PEOPLE]),
            order=random.choice(["", f"PO-{random.randint(1000, 9999)}"]),
            our=random.choice(PEOPLE),
            contract=random.choice(["", "", f"R-{random.randint(10, 99)}"]),
            project=random.choice(["", "", f"{random.randint(1000, 9999)}"]),
        ),
        delivery=_delivery(random, setting),
        credits=_credited(random, setting),
        lines=tuple(
            _line(random, setting, given_line, line, position)
            for position, (given_line, line) in enumerate(zip(given.lines, computed.lines, strict=True), 1)
        ),
        document_discount=_document_discount(given, computed),
        vat=_vat_summary(setting, treatments, computed, exchange),
        totals=Totals(
            lines_net=computed.lines_net,
            discount=computed.discount,
            net=computed.net,
            vat=computed.vat_total,
            gross=computed.gross,
            rounding=computed.rounding,
            prepaid=computed.prepaid,
            payable=computed.payable,
        ),
        exchange=exchange,
    )


def _random_setting(random: Random) -> _Setting:
    buyer_kind = random.choice(["business"] * 5 + ["public_body", "consumer", "consumer", "internal"])
    return _Setting(
        kind="credit_note" if random.random() < 0.15 else "invoice",
        currency=random.choice(["NOK"] * 7 + ["EUR", "SEK", "DKK"]),
        language=random.choice(["nb", "nb", "nb", "en", "da", "sv"]),
        is_registered=random.random() < 0.93,
        prices_include_vat=random.random() < (0.7 if buyer_kind == "consumer" else 0.15),
        buyer_kind=buyer_kind,
        issue_date=FIRST_DAY + timedelta(days=random.randrange(320)),
    )


@dataclass(frozen=True)
class _GivenLine:
    treatment: VatTreatment
    input: LineInput


@dataclass(frozen=True)
class _Given:
    lines: list[_GivenLine]
    document: DocumentInput


def _random_amounts(random: Random, setting: _Setting) -> tuple[_Given, DocumentTotals]:
    """Lines whose sum is not negative: a document that pays back would be a credit note."""
    for _ in range(ATTEMPTS_MAX):
        count = random.choice([1, 1, 2, 2, 3, 4, 5, 8, 12, 40])
        lines = [_random_line(random, setting) for _ in range(count)]
        document = DocumentInput(
            lines=tuple(line.input for line in lines), prices_include_vat=setting.prices_include_vat
        )
        document = _with_random_discount(random, document)
        if setting.kind == "invoice" and random.random() < 0.05:
            document = replace(document, prepaid=Decimal(random.randint(1, 50_000)) / 100)
        if setting.currency == "NOK" and random.random() < 0.05:
            document = replace(document, rounding_unit=Decimal(1))
        computed = totals(document)
        if computed.payable >= 0 and all(row.base_amount >= 0 for row in computed.vat):
            return _Given(lines, document), computed
    raise AssertionError("Fifty tries in a row paid back; the weights of the generator are off.")


def _with_random_discount(random: Random, document: DocumentInput) -> DocumentInput:
    dice = random.random()
    if dice < 0.12:
        percent = random.choice([Decimal(5), Decimal(10), Decimal("12.5"), Decimal("33.33")])
        return replace(document, discount_percent=percent)
    if dice < 0.2:
        return replace(document, discount_amount=Decimal(random.randint(1, 60_000)) / 100)
    return document


def _random_line(random: Random, setting: _Setting) -> _GivenLine:
    treatment = _random_treatment(random, setting)
    is_returned = setting.kind == "invoice" and random.random() < 0.03
    dice = random.random()
    line = LineInput(
        quantity=-Decimal(random.randint(1, 3)) if is_returned else _random_quantity(random),
        unit_price=_random_price(random),
        vat_category=rule_of(treatment).category.value,
        vat_rate_percent=Decimal(RATES.get(treatment, "0")),
        charge_kind="complimentary" if dice < 0.03 else "non_chargeable" if dice < 0.06 else "chargeable",
    )
    dice = random.random()
    if dice < 0.15:
        line = replace(line, discount_percent=random.choice([Decimal(5), Decimal(10), Decimal("7.25"), Decimal(100)]))
    elif dice < 0.22:
        line = replace(line, discount_amount=Decimal(random.randint(1, 9_999)) / 100)
    return _GivenLine(treatment, line)


def _random_treatment(random: Random, setting: _Setting) -> VatTreatment:
    if not setting.is_registered:
        return VatTreatment.OUTSIDE  # BR-O-11 to -14: alone on the document
    if random.random() < 0.8:
        return random.choice(TAXED)
    if setting.buyer_kind in ("business", "public_body") and random.random() < 0.3:
        return VatTreatment.REVERSE_CHARGE  # BR-AE-02: the buyer is identified
    return random.choice(UNTAXED)


def _random_quantity(random: Random) -> Decimal:
    return random.choice(
        [
            Decimal(1),
            Decimal(random.randint(1, 200)),
            Decimal(random.randint(1, 300)) / 4,
            Decimal(random.randint(1, 30_000)) / 1_000,
            Decimal(random.randint(1, 9_999_999)) / 1_000_000,
        ]
    )


def _random_price(random: Random) -> Decimal:
    return random.choice(
        [
            Decimal(random.randint(1, 3_000)),
            Decimal(random.randint(1, 500_000)) / 100,
            Decimal(random.randint(1, 99)) / 100,
            Decimal(random.randint(1, 9_999_999)) / 10_000,
            Decimal("99.90"),
        ]
    )


def _line(random: Random, setting: _Setting, given: _GivenLine, computed: LineTotals, position: int) -> Line:
    description, unit_code = random.choice(GOODS)
    line = given.input
    has_period = random.random() < 0.15
    return Line(
        id=str(UUID(int=random.getrandbits(128), version=4)),
        position=position,
        description=description,
        detail=random.choice(["", "", "Utført av Kari & Ola", "Uke 12-14, etter avtale"]),
        product_number=random.choice(["", f"V-{random.randint(100, 999)}"]),
        quantity=line.quantity,
        unit_code=unit_code,
        unit_price=line.unit_price,
        net_unit_price=computed.net_unit_price,
        discount_percent=line.discount_percent,
        discount_amount=computed.discount_amount,
        charge_kind=line.charge_kind,
        vat_treatment=given.treatment.value,
        vat_category=line.vat_category,
        vat_rate_percent=line.vat_rate_percent,
        net_amount=computed.net_amount,
        vat_amount=computed.vat_amount,
        shown_amount=computed.shown_amount,
        shown_value=computed.shown_value,
        period_from=setting.issue_date - timedelta(days=20) if has_period else None,
        period_to=setting.issue_date - timedelta(days=2) if has_period else None,
    )


def _document_discount(given: _Given, computed: DocumentTotals) -> DocumentDiscount:
    if not computed.discount_parts:
        return DocumentDiscount()
    return DocumentDiscount(
        percent=given.document.discount_percent,
        amount=computed.discount,
        shown_amount=computed.discount_shown,
        reason="Kvantumsrabatt",
        parts=tuple(
            DiscountPart(
                vat_category=part.vat_category,
                vat_rate_percent=part.vat_rate_percent,
                amount=part.amount,
                base_amount=part.base_amount,
            )
            for part in computed.discount_parts
        ),
    )


def _vat_summary(
    setting: _Setting, treatments: list[VatTreatment], computed: DocumentTotals, exchange: ExchangeRate | None
) -> tuple[VatSubtotal, ...]:
    by_category = {rule_of(treatment).category.value: treatment for treatment in treatments}
    return tuple(
        VatSubtotal(
            vat_category=row.vat_category,
            vat_rate_percent=row.vat_rate_percent,
            reason=default_reason(by_category[row.vat_category], setting.language),
            reason_code=rule_of(by_category[row.vat_category]).reason_code,
            base_amount=row.base_amount,
            vat_amount=row.vat_amount,
            base_currency_vat_amount=convert_amount(row.vat_amount, exchange.rate) if exchange else None,
        )
        for row in computed.vat
    )


def _exchange(setting: _Setting, computed: DocumentTotals) -> ExchangeRate | None:
    if setting.currency == "NOK":
        return None
    rate = Decimal(EXCHANGE_RATES[setting.currency])
    return ExchangeRate(
        rate=rate,
        day=setting.issue_date - timedelta(days=1),
        source="Norges Bank",
        base_currency="NOK",
        vat=sum((convert_amount(row.vat_amount, rate) for row in computed.vat), Decimal("0.00")),
        payable=convert_amount(computed.payable, rate),
    )


def _is_abroad(setting: _Setting, treatments: list[VatTreatment]) -> bool:
    return setting.buyer_kind in ("business", "public_body") and VatTreatment.EXPORT in treatments


def _delivery(random: Random, setting: _Setting) -> Delivery:
    place = random_address(random, "Leveringsveien") if random.random() < 0.5 else None
    if random.random() < 0.4:
        # Wide enough for every line's own period (PEPPOL-EN16931-R110, R111).
        first, last = setting.issue_date - timedelta(days=30), setting.issue_date - timedelta(days=1)
        return Delivery(period_from=first, period_to=last, place=place)
    return Delivery(day=setting.issue_date - timedelta(days=random.randint(0, 20)), place=place)


def _credited(random: Random, setting: _Setting) -> CreditedDocument | None:
    if setting.kind != "credit_note":
        return None
    return CreditedDocument(
        number=str(random.randint(1_000, 9_999)),
        issue_date=setting.issue_date - timedelta(days=random.randint(1, 60)),
        reason=random.choice(["", "Feil antall timer", "Varen kom i retur"]),
    )
