"""What vouchers say: in the organization's language, whoever is at work, since others read the journal for years."""

from __future__ import annotations

from typing import NewType

from django.utils import translation
from django.utils.functional import Promise

from tenants.models import Organization

# A type of its own, so that no voucher gets a text in the language of whoever pressed a button.
BookText = NewType("BookText", str)


def book_text(organization: Organization, words: Promise, **values: object) -> BookText:
    """The words, still to be translated, as the organization's books say them."""
    if translation.get_language() == organization.language:  # as in most jobs, which post thousands
        return BookText(str(words) % values if values else str(words))
    with translation.override(organization.language):
        return BookText(str(words) % values if values else str(words))
