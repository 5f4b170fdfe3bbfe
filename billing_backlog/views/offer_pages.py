"""What a quote's page is shown with, for its customer and for a member who looks at it as the customer does."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings

from billing_backlog.actions.offer_papers import paper_in
from billing_backlog.models import OrderConfirmation, Quote, QuoteVersion
from billing_backlog.queries import quotes as queries
from billing_backlog.quoting.printing import OfferPage, page_for
from tenants.models import Organization

LANGUAGES = tuple(code for code, _name in settings.DOCUMENT_LANGUAGES)


def language_for(wanted: str, quote: Quote) -> str:
    """The language that the reader chose, else that of the quote."""
    return next((code for code in (wanted, quote.language) if code in LANGUAGES), LANGUAGES[0])


def customer_context(
    organization: Organization,
    quote: Quote,
    version: QuoteVersion,
    order: OrderConfirmation | None,
    *,
    language: str,
    today: date,
) -> dict[str, Any]:
    """The version that the customer sees, how the quote stands, and whom to ask."""
    subject = order or version
    page = page_for(paper_in(version), version.made_at, language)
    return paper_context(organization, quote, page, today=today) | {
        "version": version,
        "order": order,
        "has_pdf": queries.pdf_of(organization, subject.pk) is not None,
    }


def paper_context(organization: Organization, quote: Quote, page: OfferPage, *, today: date) -> dict[str, Any]:
    """The words of a paper, and how the quote stands on the day."""
    return {
        "page": page,
        "quote": quote,
        "state": quote.state_on(today),
        "seller": organization,
        "contact": quote.responsible,
        "days_left": (quote.valid_until - today).days,
        "languages": settings.DOCUMENT_LANGUAGES,
        "page_language": page.language,
    }
