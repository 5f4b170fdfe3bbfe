"""What the printed page shows: every text of it, made from a document's facts, before any markup.

The template places these texts and decides nothing; amounts come from the frozen document and are only written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date

from babel import Locale

from foundation.templatetags.formatting import NO_BREAK_SPACE, format_amount, format_day
from invoicing.documents.facts import Address, Buyer, Document, Seller
from invoicing.documents.printed import payment, sums
from invoicing.documents.printed.lines import LineTable, line_table, specification
from invoicing.documents.printed.numbers import organization_number
from invoicing.documents.printed.paragraphs import without_gaps
from invoicing.documents.printed.payment import PaymentBox
from invoicing.documents.printed.sums import SumRow, VatTable
from invoicing.documents.words import word_for_country, words_in

# Where the page finds its logo; the renderer serves it from memory.
LOGO_URL = "logo:tenant"

# Tenants' own colour stands under white text (the monogram) and as thin rules; WCAG 1.4.3 asks for 4.5:1.
DEFAULT_ACCENT = "#0b5870"
INK = "#14181b"
BETWEEN_PARTS = " · "
FILES_NAMED_MAX, MORE = 12, ", …"
CONTRAST_MIN = 4.5
COLOR = re.compile(r"#[0-9a-fA-F]{6}")

# The window of the usual envelopes leaves 88 x 23 mm: five lines at full size, six closer, seven small.
ADDRESS_LINES_FULL = 5
ADDRESS_LINES_CLOSE = 6
ADDRESS_CHARACTERS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One row beside the address: what it is, what it says."""

    label: str
    value: str
    kind: str = ""  # "strong" for the number, "due" for the due date


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressBlock:
    """The buyer in the window, and how closely the lines must stand to fit there."""

    lines: tuple[str, ...]
    size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What every printed paper carries around its own content."""

    language: str
    word: Mapping[str, str]
    title: str
    description: str
    author: str
    moment: str
    heading: str
    running_head: str
    running_foot: str
    monogram: str
    accent: str
    rule_color: str
    return_line: str
    address: AddressBlock
    facts: tuple[Fact, ...]
    remarks: tuple[str, ...]
    sums: tuple[SumRow, ...]
    note: str
    footer: str

    @property
    def has_own_accent(self) -> bool:
        """Whether the seller has a colour of its own that white text can be read on."""
        return self.rule_color != INK


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Sheet):
    """One document as it is printed, in the order in which it is read."""

    kind: str
    lines: LineTable
    specification: LineTable | None  # the lines behind the rows that sum sections up, after everything else
    vat: VatTable | None
    exchange: str
    payment: PaymentBox | None
    terms: str
    file_name: str


def page_of(document: Document, *, lines_max: int, unfolded_max: int = 0) -> Page:
    """Every text of the printed document; beyond lines_max the lines are summed up and the attached file has them.

    On a screen up to unfolded_max lines stand behind the sections that are summed up.
    """
    body = document.body
    word = words_in(body.language)
    title = f"{word[body.kind]} {document.number or word['draft']}"
    file_name = attachment_name(document)
    accent = readable_accent(body.seller.accent_color)
    return Page(
        language=body.language,
        word=word,
        kind=body.kind,
        title=f"{title}, {body.seller.name}",
        description=word["summary"].format(title=title, seller=body.seller.name, buyer=body.buyer.name),
        author=body.seller.name,
        moment=document.finalized_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        heading=word[body.kind],
        running_head=title,
        # Broken between the parts only, never inside a number or an address.
        running_foot=BETWEEN_PARTS.join(part.replace(" ", NO_BREAK_SPACE) for part in identity(body.seller, word)),
        monogram=body.seller.name.strip()[:1].upper(),
        accent=accent,
        rule_color=accent if body.seller.accent_color and accent != DEFAULT_ACCENT else INK,
        return_line=", ".join(
            (body.seller.name, *address_lines(body.seller.address, body.language, country_at_home=""))
        ),
        address=address_block(body.buyer, country=body.seller.address.country, language=body.language),
        facts=tuple(_facts(document, word)),
        remarks=tuple(_remarks(document, word)),
        lines=line_table(body, word, file_name=file_name, lines_max=lines_max, unfolded_max=unfolded_max),
        specification=specification(body, word, lines_max=lines_max),
        vat=sums.vat_table(body, word),
        sums=tuple(sums.sum_rows(body, word)),
        exchange=_exchange(document, word),
        payment=payment.payment_box(document, word),
        terms=without_gaps(body.terms_text),
        note=without_gaps(body.note),
        footer=without_gaps(body.seller.footer),
        file_name=file_name,
    )


def attachment_name(document: Document) -> str:
    """The name of the XML inside the PDF: the number, kept to characters that every file system takes."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", document.number or document.body.kind) + ".xml"


def readable_accent(color: str) -> str:
    """The tenant's colour when white text can be read on it, else the house's."""
    if COLOR.fullmatch(color) and 1.05 / (_luminance(color) + 0.05) >= CONTRAST_MIN:
        return color.lower()
    return DEFAULT_ACCENT


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def identity(seller: Seller, word: Mapping[str, str]) -> Iterator[str]:
    """Who the seller is, as the law wants it said at the foot."""
    # Bokføringsforskriften § 5-1-2 no. 1: name, organization number and, when registered, the letters MVA.
    # Foretaksregisterloven § 10-2: the word Foretaksregisteret and the head office, which stands in the return line.
    country = seller.address.country
    number = organization_number(seller.organization_number, country)
    is_vat_norwegian = country == "NO" and seller.vat_number.endswith("MVA")
    yield seller.name
    if number:
        label = word_for_country(word, "organization_number", country)
        yield label.format(number=f"{number} MVA" if is_vat_norwegian else number)
    if seller.vat_number and not is_vat_norwegian:
        yield word["vat_number"].format(number=seller.vat_number)
    if seller.is_in_company_register:
        yield word["company_register"]
    yield from filter(None, (seller.email, seller.phone, seller.website))


def address_lines(address: Address, language: str, *, country_at_home: str) -> Iterator[str]:
    """The lines of an address that are not empty; the country is named where it is not the seller's own."""
    city = f"{address.postal_code} {address.city}".strip()
    yield from filter(None, (address.name, address.street, address.street_2, city))
    if country_at_home and address.country and address.country != country_at_home:
        yield str(Locale.parse(language).territories.get(address.country, address.country))


def address_block(buyer: Buyer, *, country: str, language: str) -> AddressBlock:
    """The buyer in the window of an envelope; `country` is the seller's own, which is not named."""
    attention = f"{words_in(language)['attention']} {buyer.contact_name}" if buyer.contact_name else ""
    place = address_lines(buyer.address, language, country_at_home=country)
    lines = tuple(filter(None, (buyer.name, attention, *place)))
    height = sum(-(-len(line) // ADDRESS_CHARACTERS) for line in lines)
    if height <= ADDRESS_LINES_FULL:
        return AddressBlock(lines=lines, size="full")
    return AddressBlock(lines=lines, size="close" if height == ADDRESS_LINES_CLOSE else "small")


def _facts(document: Document, word: Mapping[str, str]) -> Iterator[Fact]:
    body, buyer, references = document.body, document.body.buyer, document.body.references
    language = body.language
    # A draft has no number, and says so where the number will stand.
    yield Fact(label=word[f"{body.kind}_number"], value=document.number or word["draft"].upper(), kind="strong")
    yield Fact(label=word[f"{body.kind}_date"], value=format_day(body.issue_date, language))
    delivery = body.delivery
    if delivery.period_from and delivery.period_to:
        value = period(delivery.period_from, delivery.period_to, language)
        yield Fact(label=word["delivery_period"], value=value)
    elif day := delivery.day or delivery.period_from or delivery.period_to:
        yield Fact(label=word["delivery_date"], value=format_day(day, language))
    yield Fact(label=word["customer_number"], value=buyer.number)
    # Bokføringsforskriften § 5-1-2: the buyer's number must stand on a document with reverse charge.
    number = organization_number(buyer.organization_number, buyer.address.country)
    if number:
        label = word_for_country(word, "customer_organization_number", buyer.address.country)
        yield Fact(label=label, value=number)
    for label, value in (
        ("customer_vat_number", buyer.vat_number if buyer.vat_number != buyer.organization_number else ""),
        ("resource_number", buyer.resource_number),
        ("your_reference", references.buyer),
        ("order_reference", references.order),
        ("our_reference", references.our),
        ("contract", references.contract),
        ("project", references.project),
        ("contact", body.seller.contact_name if body.seller.contact_name != references.our else ""),
    ):
        if value:
            yield Fact(label=word[label], value=value)
    if body.due_date:
        yield Fact(label=word["due_date"], value=format_day(body.due_date, language), kind="due")


def period(first: date, last: date, language: str) -> str:
    """A span of days, or the day alone when it is one."""
    if first == last:
        return format_day(first, language)
    return f"{format_day(first, language)}–{format_day(last, language)}"


def _remarks(document: Document, word: Mapping[str, str]) -> Iterator[str]:
    body = document.body
    if body.kind == "payment_request":
        # Bokføringsforskriften § 5-2-6: no sales document before delivery, so the page must not pass for one.
        yield word["not_an_invoice"]
    if body.credits:
        # Bokføringsforskriften § 5-2-7: a credit note names the document that it corrects.
        day = format_day(body.credits.issue_date, body.language)
        said = word["withdraws" if body.is_about_advance else "credits"]
        yield said.format(number=body.credits.number, day=day)
        if body.credits.reason:
            yield word["reason"].format(reason=body.credits.reason)
    if body.delivery.place:
        # Bokføringsforskriften § 5-1-1 no. 4: the place of delivery.
        place = ", ".join(
            address_lines(body.delivery.place, body.language, country_at_home=body.seller.address.country)
        )
        if place:
            yield f"{word['delivery_place']}: {place}"
    if body.attachments:
        # Whoever holds the sheet alone, as out of an envelope, learns that there is more.
        names = [file.name for file in body.attachments]
        yield word["enclosed"].format(names=", ".join(names[:FILES_NAMED_MAX]) + MORE * (len(names) > FILES_NAMED_MAX))


def _exchange(document: Document, word: Mapping[str, str]) -> str:
    # Bokføringsforskriften § 5-1-1 no. 6: VAT in Norwegian kroner, whatever the currency of the document.
    body, exchange = document.body, document.body.exchange
    if exchange is None:
        return ""
    return word["exchange"].format(
        day=format_day(exchange.day, body.language),
        currency=body.currency,
        rate=format_amount(exchange.rate, body.language),
        base=exchange.base_currency,
        source=exchange.source,
        vat=format_amount(exchange.vat, body.language),
        payable=format_amount(exchange.payable, body.language),
    )
