"""A quote or an order confirmation word for word, as it is kept, hashed and shown. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from foundation.canonical import digest
from invoicing.documents.facts import DocumentBody, plain_of, read_plain

QUOTE, ORDER = "quote", "order_confirmation"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotePaper:
    """What the customer reads: the offer or the agreement around the body that documents have in common."""

    kind: str  # quote or order_confirmation
    number: int
    version: int = 1
    title: str
    text: str = ""
    valid_until: date | None = None
    quote_number: int = 0  # that an order confirmation comes from
    accepted_by: str = ""
    accepted_on: date | None = None
    contact_name: str = ""
    contact_email: str = ""
    body: DocumentBody

    def to_json(self) -> dict[str, Any]:
        """The paper as plain JSON values."""
        return plain_of(self)


def read_paper(content: dict[str, Any]) -> QuotePaper:
    """The paper read back from what `to_json` wrote."""
    paper = read_plain(QuotePaper, content)
    assert isinstance(paper, QuotePaper)
    return paper


def hash_of(content: dict[str, Any]) -> str:
    """What an acceptance is bound to."""
    return digest([content])
