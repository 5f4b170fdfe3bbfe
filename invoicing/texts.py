"""Texts of an organization's own on documents, by place and language: read here, written by actions."""

from __future__ import annotations

from foundation import rows
from invoicing.models import DocumentText
from tenants.models import Organization


def texts_in(organization: Organization, language: str) -> dict[str, str]:
    """The texts of one language by place."""
    return dict(
        rows.fetch_all(
            "SELECT place, text FROM invoicing_documenttext WHERE organization_id = %s AND language = %s",
            [organization.pk, language],
        )
    )


def texts_at(organization: Organization, place: str) -> dict[str, str]:
    """The texts of one place by language; asked whenever documents are finalized."""
    return dict(
        rows.fetch_all(
            "SELECT language, text FROM invoicing_documenttext WHERE organization_id = %s AND place = %s",
            [organization.pk, str(place)],
        )
    )


def languages_with_texts(organization: Organization) -> set[str]:
    """The languages in which something is written."""
    return set(DocumentText.objects.of(organization).exclude(text="").values_list("language", flat=True))
