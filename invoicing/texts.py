"""Texts and layouts of an organization's own on documents: read here, written by actions."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from foundation import rows
from invoicing.layouts import Layout
from invoicing.models import DocumentText, LayoutDefaults
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


def layout_defaults(organization: Organization, customer_ids: Iterable[UUID]) -> dict[UUID | None, Layout]:
    """The layouts that new drafts begin with: the organization's under None, and those of these customers."""
    found = rows.load(
        LayoutDefaults,
        "WHERE organization_id = %s AND (customer_id IS NULL OR customer_id = ANY(%s::uuid[]))",
        [organization.pk, sorted(customer_ids)],
    )
    return {row.customer_id: row.layout for row in found}
