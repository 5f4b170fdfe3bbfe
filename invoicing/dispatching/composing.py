"""An e-mail about a document put together from what somebody wrote, the organization's texts and the built-in ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from invoicing import corrections, texts
from invoicing.dispatching import letters
from invoicing.dispatching.letter_page import LetterPage, document_of, letter_page, values_of
from invoicing.dispatching.letter_words import letter_words
from invoicing.dispatching.letters import BadTemplate, Text, fill, one_line
from invoicing.dispatching.plain import Letter
from invoicing.documents.facts import Document
from invoicing.models import Invoice, InvoiceStatus
from tenants.models import Organization

OWN_PURPOSES = ("invoice", "credit_note", "correction")  # for which an organization may write texts of its own


@dataclass(frozen=True, slots=True)
class Occasion:
    """What an e-mail is about: the document, why it is sent, and what the templates know of it."""

    document: Document
    purpose: str
    old_number: str = ""
    message: str = ""

    @property
    def language(self) -> str:
        """That of the document, which is the customer's."""
        return self.document.body.language

    def values(self, link: str) -> dict[str, str]:
        """What the words in braces stand for."""
        return values_of(self.document, link=link, old_number=self.old_number, message=self.message)


def occasion_of(organization: Organization, invoice: Invoice) -> Occasion:
    """Why the document is sent: as what it is, or as the new invoice in the place of a wrong one."""
    document = document_of(invoice)
    is_half = bool(corrections.halves_of(organization, [invoice.pk]))
    correction = corrections.correction_of_half(organization, invoice.pk) if is_half else None
    if correction is None or not correction.message.strip():
        return Occasion(document, invoice.kind)
    purpose = "correction" if correction.replacement_id == invoice.pk else invoice.kind
    return Occasion(document, purpose, str(correction.original.number), correction.message.strip())


def templates_of(organization: Organization, occasion: Occasion) -> tuple[str, str]:
    """Subject and body before they are filled in: the organization's own, or the built-in ones."""
    subject, body = built_in(occasion)
    own = texts.texts_in(organization, occasion.language) if occasion.purpose in OWN_PURPOSES else {}
    own_body = own.get(f"mail_body_{occasion.purpose}", "").strip()
    if own_body and occasion.message:
        own_body = with_message(own_body)
    return own.get(f"mail_subject_{occasion.purpose}", "").strip() or subject, own_body or body


def built_in(occasion: Occasion) -> tuple[str, str]:
    """Our own subject and body, which can always be filled in."""
    words = letter_words(occasion.language)
    body = words[f"body_{occasion.purpose}"]
    return words[f"subject_{occasion.purpose}"], with_message(body) if occasion.message else body


def with_message(body: str) -> str:
    """A body that has a place for what was written for this occasion: after its first paragraph, unless it has one."""
    if "{message}" in body:
        return body
    first, _gap, rest = body.partition("\n\n")
    return "\n\n".join(part for part in (first, "{message}", rest) if part)


def text_of(organization: Organization, occasion: Occasion, letter: Letter, *, link: str) -> Text:
    """What the e-mail says. A text that cannot be filled in gives way to the built-in one, and the answer says so."""
    subject, body = letter.subject, letter.body
    if not (subject and body):
        own_subject, own_body = templates_of(organization, occasion)
        subject, body = subject or own_subject, body or own_body
    values = occasion.values(link)
    try:
        return Text(one_line(fill(subject, values)), fill(body, values))
    except BadTemplate:
        subject, body = built_in(occasion)
        return Text(one_line(fill(subject, values)), fill(body, values), is_fallback=True)


def prefilled(organization: Organization, occasion: Occasion) -> Text:
    """Subject and body as somebody finds them before writing; the link stays a word in braces."""
    values = occasion.values("")
    try:
        subject, body = (letters.prefill(text, values) for text in templates_of(organization, occasion))
        return Text(one_line(subject), body)
    except BadTemplate:
        subject, body = (letters.prefill(text, values) for text in built_in(occasion))
        return Text(one_line(subject), body, is_fallback=True)


def compose(
    organization: Organization,
    occasion: Occasion,
    letter: Letter,
    *,
    link: str,
    enclosed: Sequence[str],
    is_cut: bool = False,
    is_test: bool = False,
) -> tuple[LetterPage, bool]:
    """The e-mail, and whether the built-in text stands in for one that could not be filled in."""
    text = text_of(organization, occasion, letter, link=link)
    page = letter_page(occasion.document, text, link=link, enclosed=enclosed, is_cut=is_cut, is_test=is_test)
    return page, text.is_fallback


def documents_beside(organization: Organization, invoice: Invoice, most: int) -> list[Invoice]:
    """Other finalized documents of the same customer, the newest first."""
    rows = Invoice.objects.of(organization).filter(customer_id=invoice.customer_id, status=InvoiceStatus.FINALIZED)
    return list(rows.exclude(pk=invoice.pk).order_by("-finalized_at", "-id")[:most])
