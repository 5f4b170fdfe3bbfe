"""Writing the organization's own texts for documents."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from invoicing.models import DocumentText
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization
from tenants.queries import lock_organization


@transaction.atomic
def update_texts(organization: Organization, language: str, texts: Mapping[str, str], *, actor: Actor) -> int:
    """Store the texts of one language by place for drafts from now on; returns how many changed."""
    lock_organization(organization.pk)
    stored = {row.place: row for row in DocumentText.objects.of(organization).filter(language=language)}
    changed = 0
    for place, text in texts.items():
        row = stored.get(place) or DocumentText(organization=organization, place=place, language=language)
        if row.text == text:
            continue
        before, row.text = row.text, text
        row.save()
        audit.record(actor, "document_text.changed", row, changes={"text": [before, text]}, language=language)
        changed += 1
    return changed
