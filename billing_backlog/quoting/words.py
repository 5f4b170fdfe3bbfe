"""The words of quotes and order confirmations in the four languages of documents. Pure: no Django.

As with invoices the customer's language decides, so these are not part of the translation catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from invoicing.documents.words import LANGUAGES, words_in

# One row for each word: nb, da, sv, en.
WORDS: dict[str, tuple[str, str, str, str]] = {
    "quote": ("Tilbud", "Tilbud", "Offert", "Quote"),
    "order_confirmation": ("Ordrebekreftelse", "Ordrebekræftelse", "Orderbekräftelse", "Order confirmation"),
    "quote_number": ("Tilbudsnummer", "Tilbudsnummer", "Offertnummer", "Quote number"),
    "order_confirmation_number": ("Ordrenummer", "Ordrenummer", "Ordernummer", "Order number"),
    "quote_date": ("Tilbudsdato", "Tilbudsdato", "Offertdatum", "Quote date"),
    "order_confirmation_date": ("Ordredato", "Ordredato", "Orderdatum", "Order date"),
    "valid_until": ("Gyldig til og med", "Gyldigt til og med", "Giltig till och med", "Valid through"),
    "version": ("Utgave", "Udgave", "Utgåva", "Edition"),
    "from_quote": ("Fra tilbud", "Fra tilbud", "Från offert", "From quote"),
    "accepted": (
        "{name} har godtatt tilbud {number} den {day}.",
        "{name} har accepteret tilbud {number} den {day}.",
        "{name} har godkänt offert {number} den {day}.",
        "{name} accepted quote {number} on {day}.",
    ),
    "total_in": ("Sum {currency}", "I alt {currency}", "Summa {currency}", "Total {currency}"),
}


@cache
def offer_words(language: str) -> Mapping[str, str]:
    """Every word of documents and of offers in one language."""
    column = LANGUAGES.index(language)
    return {**words_in(language), **{key: forms[column] for key, forms in WORDS.items()}}
