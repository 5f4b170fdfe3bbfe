"""Texts of an organization's own on documents, by place and language: read here, written by actions."""

from __future__ import annotations

from invoicing.models import DocumentText
from tenants.models import Organization


def texts_in(organization: Organization, language: str) -> dict[str, str]:
    """The texts of one language by place."""
    rows = DocumentText.objects.of(organization).filter(language=language)
    return {row.place: row.text for row in rows}


def texts_at(organization: Organization, place: str) -> dict[str, str]:
    """The texts of one place by language."""
    rows = DocumentText.objects.of(organization).filter(place=place)
    return {row.language: row.text for row in rows}


def languages_with_texts(organization: Organization) -> set[str]:
    """The languages in which something is written."""
    return set(DocumentText.objects.of(organization).exclude(text="").values_list("language", flat=True))
