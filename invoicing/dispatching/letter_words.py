"""The words of e-mails about documents, in the four languages of documents.

The customer's language decides, not the screen's, so these are not part of the translation catalogue. Pure: no Django.
What stands in braces is filled in; an organization's own text may take the place of any subject or body.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from invoicing.documents.words import LANGUAGES

# One row for each word: nb, da, sv, en.
WORDS: dict[str, tuple[str, str, str, str]] = {
    "subject_invoice": (
        "Faktura {number} fra {seller}",
        "Faktura {number} fra {seller}",
        "Faktura {number} från {seller}",
        "Invoice {number} from {seller}",
    ),
    "body_invoice": (
        (
            "Hei,\n\nher er faktura {number}. Er noe feil? Svar på denne e-posten, eller si fra på fakturasiden.\n\n"
            "Vennlig hilsen\n{seller}"
        ),
        (
            "Hej,\n\nher er faktura {number}. Er der noget galt? Svar på denne e-mail, eller sig til på "
            "fakturasiden.\n\n"
            "Venlig hilsen\n{seller}"
        ),
        (
            "Hej,\n\nhär är faktura {number}. Är något fel? Svara på det här mejlet, eller säg till på "
            "fakturasidan.\n\n"
            "Vänliga hälsningar\n{seller}"
        ),
        (
            "Hello,\n\nhere is invoice {number}. Is something wrong? Reply to this e-mail, or tell us on "
            "the invoice page."
            "\n\nKind regards\n{seller}"
        ),
    ),
    "subject_credit_note": (
        "Kreditnota {number} fra {seller}",
        "Kreditnota {number} fra {seller}",
        "Kreditfaktura {number} från {seller}",
        "Credit note {number} from {seller}",
    ),
    "body_credit_note": (
        (
            "Hei,\n\nher er kreditnota {number}. Du skal ikke betale noe på grunn av den. Er noe feil? Svar på denne "
            "e-posten.\n\nVennlig hilsen\n{seller}"
        ),
        (
            "Hej,\n\nher er kreditnota {number}. Du skal ikke betale noget på grund af den. Er der noget galt? Svar på "
            "denne e-mail.\n\nVenlig hilsen\n{seller}"
        ),
        (
            "Hej,\n\nhär är kreditfaktura {number}. Du ska inte betala något på grund av den. Är något fel? "
            "Svara på det "
            "här mejlet.\n\nVänliga hälsningar\n{seller}"
        ),
        (
            "Hello,\n\nhere is credit note {number}. You need not pay anything because of it. Is something "
            "wrong? Reply "
            "to this e-mail.\n\nKind regards\n{seller}"
        ),
    ),
    "subject_payment_request": (
        "Betalingsanmodning {number} fra {seller}",
        "Betalingsanmodning {number} fra {seller}",
        "Betalningsbegäran {number} från {seller}",
        "Payment request {number} from {seller}",
    ),
    "body_payment_request": (
        "Hei,\n\nher er betalingsanmodning {number}. Er noe feil? Svar på denne e-posten.\n\nVennlig hilsen\n{seller}",
        (
            "Hej,\n\nher er betalingsanmodning {number}. Er der noget galt? Svar på denne e-mail.\n\n"
            "Venlig hilsen\n{seller}"
        ),
        (
            "Hej,\n\nhär är betalningsbegäran {number}. Är något fel? Svara på det här mejlet.\n\n"
            "Vänliga hälsningar\n{seller}"
        ),
        (
            "Hello,\n\nhere is payment request {number}. Is something wrong? Reply to this e-mail.\n\n"
            "Kind regards\n{seller}"
        ),
    ),
    "subject_withdrawal": (
        "Betalingsanmodning trukket tilbake, {number} fra {seller}",
        "Betalingsanmodning trukket tilbage, {number} fra {seller}",
        "Återkallad betalningsbegäran {number} från {seller}",
        "Payment request withdrawn, {number} from {seller}",
    ),
    "body_withdrawal": (
        (
            "Hei,\n\nbetalingsanmodningen er trukket tilbake, se {number}. Du skal ikke betale den.\n\n"
            "Vennlig hilsen\n{seller}"
        ),
        (
            "Hej,\n\nbetalingsanmodningen er trukket tilbage, se {number}. Du skal ikke betale den.\n\n"
            "Venlig hilsen\n{seller}"
        ),
        (
            "Hej,\n\nbetalningsbegäran är återkallad, se {number}. Du ska inte betala den.\n\n"
            "Vänliga hälsningar\n{seller}"
        ),
        ("Hello,\n\nthe payment request is withdrawn, see {number}. You need not pay it.\n\nKind regards\n{seller}"),
    ),
    "subject_correction": (
        "Ny faktura {number} i stedet for {old_number}",
        "Ny faktura {number} i stedet for {old_number}",
        "Ny faktura {number} i stället för {old_number}",
        "New invoice {number} in place of {old_number}",
    ),
    "body_correction": (
        "Hei,\n\n{message}\n\nVennlig hilsen\n{seller}",
        "Hej,\n\n{message}\n\nVenlig hilsen\n{seller}",
        "Hej,\n\n{message}\n\nVänliga hälsningar\n{seller}",
        "Hello,\n\n{message}\n\nKind regards\n{seller}",
    ),
    "own_mail": (
        "Her er {document} {number}: {link}",
        "Her er {document} {number}: {link}",
        "Här är {document} {number}: {link}",
        "Here is {document} {number}: {link}",
    ),
    "test_mark": ("[Test] ", "[Test] ", "[Test] ", "[Test] "),
    "heading": (
        "{title} til {customer}",
        "{title} til {customer}",
        "{title} till {customer}",
        "{title} to {customer}",
    ),
    "due": ("Forfall {day}", "Forfalder {day}", "Förfaller {day}", "Due {day}"),
    "concerns": ("Gjelder", "Vedrører", "Avser", "Concerning"),
    "enclosed": ("Vedlegg", "Bilag", "Bilagor", "Attached"),
    "see_and_pay": (
        "Se og betal fakturaen",
        "Se og betal fakturaen",
        "Se och betala fakturan",
        "See and pay the invoice",
    ),
    "see": ("Se dokumentet", "Se dokumentet", "Visa dokumentet", "See the document"),
    "no_account_changes": (
        "Vi endrer aldri kontonummer i en e-post. Er du i tvil, ring oss.",
        "Vi ændrer aldrig kontonummer i en e-mail. Er du i tvivl, så ring til os.",
        "Vi ändrar aldrig kontonummer i ett mejl. Är du osäker, ring oss.",
        "We never change account numbers by e-mail. If in doubt, call us.",
    ),
    "too_large": (
        "Filene er for store for e-post. Du finner dem på siden.",
        "Filerne er for store til e-mail. Du finder dem på siden.",
        "Filerna är för stora för e-post. Du hittar dem på sidan.",
        "The files are too large for e-mail. You find them on the page.",
    ),
}


@cache
def letter_words(language: str) -> Mapping[str, str]:
    """Every word in one language; ValueError for a language that a document may not have."""
    if language not in LANGUAGES:
        raise ValueError(f"A letter cannot be written in {language!r}.")
    column = LANGUAGES.index(language)
    return MappingProxyType({key: forms[column] for key, forms in WORDS.items()})
