"""Work that was written down and somebody's deputy, for the tests that try every address."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from billing_backlog.models import Deputy, WorkEntry
from foundation import files
from tenants.models import Membership, Organization
from tests import builders


def work_things(organization: Organization) -> dict[str, UUID]:
    """The ids of the owner's taxi with its receipt, and of the owner's deputy."""
    project = builders.make_project(organization, number="7200", name="Vedlikehold")
    line = builders.make_contract_line(organization, project)
    with builders.in_organization(organization):
        members = Membership.objects.filter(role="owner").select_related("user").order_by("id")
        owner = members[0].user
        other = Membership.objects.exclude(user=owner).select_related("user").order_by("id").first()
    deputy = other.user if other else builders.make_member(organization, "accountant")
    deputy.name = "Stine Stedfortreder"  # a role is no name: pages say roles in their own language
    deputy.save(update_fields=["name"])
    with builders.in_organization(organization):
        entry = WorkEntry.objects.create(
            organization=organization,
            project=project,
            line=line,
            kind="expense",
            day=builders.TODAY,
            performed_by=owner,
            quantity=Decimal(1),
            unit_code="NAR",
            unit_price=Decimal(240),
            text="Drosje til byggeplassen",
            receipt_sha256=files.store(str(organization.pk), b"%PDF-1.7 kvittering"),
            receipt_name="drosje.pdf",
            receipt_media_type="application/pdf",
        )
        made = Deputy.objects.create(
            organization=organization,
            person=owner,
            deputy=deputy,
            first_day=builders.TODAY,
            last_day=builders.TODAY + timedelta(days=3650),
        )
    return {"work_entry": entry.pk, "deputy": made.pk}
