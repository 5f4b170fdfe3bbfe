"""A file of work that was rehearsed, for the tests that try every address."""

from __future__ import annotations

from uuid import UUID

from billing_backlog.importing import running
from billing_backlog.importing.reading import ImportRequest
from foundation import files
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders


def import_things(organization: Organization) -> dict[str, UUID]:
    """The id of a rehearsal that waits for its worker."""
    content = b"Ordre;Dato;Kundenr;Tekst;Antall;Pris\n1;05.10.2026;1;Renhold;2;450,00\n"
    asked = ImportRequest(file=files.store(str(organization.pk), content), system="Plan", kind="visit")
    with organization_context(organization.pk):
        job = running.start_rehearsal(organization, asked, actor=builders.actor_of(organization), key="rehearsal")
    return {"work_import": job.pk}
