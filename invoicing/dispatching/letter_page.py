"""What an e-mail about a document shows: every text of it, and the HTML and plain text that are sent and previewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation

from foundation.templatetags.formatting import NO_BREAK_SPACE, format_amount, format_day
from invoicing.dispatching.letter_words import letter_words
from invoicing.dispatching.letters import Text
from invoicing.documents.facts import Document, DocumentBody, Seller
from invoicing.documents.printed.numbers import account_number, organization_number
from invoicing.documents.printed.page import address_lines, readable_accent
from invoicing.documents.printed.payment import payment_box
from invoicing.documents.words import word_for_country, words_in
from invoicing.models import Invoice

TEMPLATE = "invoicing/email/letter"


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One fact: what it is, what it says."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPage:
    """One e-mail, in the order in which it is read."""

    language: str
    subject: str
    preheader: str
    seller: str
    monogram: str
    accent: str
    heading: str
    amount: str
    currency: str
    due: str
    button: str
    link: str
    rows: tuple[LetterRow, ...]
    paragraphs: tuple[tuple[str, ...], ...]
    note: str  # why something that belongs to it is not attached
    identity: str
    warning: str


def document_of(invoice: Invoice) -> Document:
    """What a finalized document says; ValueError for a draft."""
    if invoice.snapshot is None or invoice.finalized_at is None:
        raise ValueError("Only a finalized document is sent.")
    body = DocumentBody.from_json(invoice.snapshot)
    return Document(number=str(invoice.number), kid=invoice.kid, finalized_at=invoice.finalized_at, body=body)


def values_of(document: Document, *, link: str, old_number: str = "", message: str = "") -> dict[str, str]:
    """What the words in braces stand for."""
    body = document.body
    return {
        "number": document.number,
        "customer": body.buyer.name,
        "amount": f"{format_amount(body.totals.payable, body.language)}{NO_BREAK_SPACE}{body.currency}",
        "due_date": format_day(body.due_date, body.language) if body.due_date else "",
        "kid": document.kid,
        "account": account_number(body.payment.account_number, body.seller.address.country) or body.payment.iban,
        "link": link,
        "seller": body.seller.name,
        "reference": body.references.buyer or body.references.order or body.references.project,
        "old_number": old_number,
        "message": message,
    }


def letter_page(
    document: Document, text: Text, *, link: str, enclosed: Sequence[str], is_cut: bool = False, is_test: bool = False
) -> LetterPage:
    """The e-mail about a document with the words that it was given; `is_cut` when its files were too large for it."""
    body = document.body
    word, said = words_in(body.language), letter_words(body.language)
    is_owed = payment_box(document, word) is not None
    due = said["due"].format(day=format_day(body.due_date, body.language)) if is_owed and body.due_date else ""
    amount = format_amount(body.totals.payable, body.language)
    title = f"{word[body.kind]} {document.number}"
    return LetterPage(
        language=body.language,
        subject=(said["test_mark"] if is_test else "") + text.subject,
        preheader=". ".join(filter(None, (f"{amount} {body.currency}", due))),
        seller=body.seller.name,
        monogram=body.seller.name.strip()[:1].upper(),
        accent=readable_accent(body.seller.accent_color),
        heading=said["heading"].format(title=title, customer=body.buyer.name),
        amount=amount,
        currency=body.currency,
        due=due,
        button=said["see_and_pay" if is_owed and body.kind == "invoice" else "see"],
        link=link,
        rows=tuple(_rows(document, word, said, enclosed)),
        paragraphs=paragraphs_of(text.body),
        note=said["too_large"] if is_cut else "",
        identity=identity_line(body.seller, body.language),
        warning=said["no_account_changes"],
    )


def as_html(page: LetterPage) -> str:
    """The HTML part."""
    with translation.override(page.language):
        return render_to_string(f"{TEMPLATE}.html", {"page": page})


def as_text(page: LetterPage) -> str:
    """The plain text part, which says the same."""
    with translation.override(page.language):
        return render_to_string(f"{TEMPLATE}.txt", {"page": page})


def _rows(
    document: Document, word: Mapping[str, str], said: Mapping[str, str], enclosed: Sequence[str]
) -> Iterator[LetterRow]:
    box = payment_box(document, word)
    above = {word["due_date"], word["amount_in"].format(currency=document.body.currency)}
    for field in box.fields if box else ():
        if field.label not in above:  # those two stand large above
            yield LetterRow(field.label, field.value)
    references = document.body.references
    concerned = ", ".join(dict.fromkeys(filter(None, (references.project, references.order, references.buyer))))
    if concerned:
        yield LetterRow(said["concerns"], concerned)
    if enclosed:
        yield LetterRow(said["enclosed"], ", ".join(enclosed))


def paragraphs_of(text: str) -> tuple[tuple[str, ...], ...]:
    """The lines of each paragraph; an empty line parts two paragraphs."""
    blocks = text.replace("\r\n", "\n").strip().split("\n\n")
    return tuple(tuple(block.strip("\n").split("\n")) for block in blocks if block.strip())


def identity_line(seller: Seller, language: str) -> str:
    """Who writes: name, address and number, as they stand on the document."""
    word = words_in(language)
    country = seller.address.country
    parts = [seller.name, *address_lines(seller.address, language, country_at_home="")]
    number = organization_number(seller.organization_number, country)
    if number:
        is_registered = country == "NO" and seller.vat_number.endswith("MVA")
        label = word_for_country(word, "organization_number", country)
        parts.append(label.format(number=f"{number} MVA" if is_registered else number))
    if seller.is_in_company_register:
        parts.append(word["company_register"])
    return ", ".join(parts)
