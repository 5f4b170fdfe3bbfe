"""What every organization holds, in figures, as the login that sees all of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from customers.models import Customer, Product
from invoicing.models import Invoice, InvoiceKind, InvoiceStatus
from tenants.context import organization_context
from tenants.database.routing import reading_through
from tenants.models import Membership, Organization

BACKUP = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationFigures:
    """One organization with its counts."""

    slug: str
    name: str
    country: str
    members: int
    customers: int
    products: int
    drafts: int
    invoices: int
    credit_notes: int

    def to_json(self) -> dict[str, Any]:
        """The figures as plain JSON values."""
        return asdict(self)


def organization_ids(slug: str = "") -> list[UUID]:
    """Every organization by its address in the browser, or the one that has this address."""
    with reading_through(BACKUP):
        rows = Organization.objects.order_by("slug")
        return list((rows.filter(slug=slug) if slug else rows).values_list("pk", flat=True))


def figures_of(organization_id: UUID) -> OrganizationFigures:
    """The counts of one organization, all at one moment."""
    with organization_context(organization_id), reading_through(BACKUP):
        organization = Organization.objects.get(pk=organization_id)
        finalized = Invoice.objects.of(organization).filter(status=InvoiceStatus.FINALIZED)
        return OrganizationFigures(
            slug=organization.slug,
            name=organization.name,
            country=organization.country,
            members=Membership.objects.of(organization).count(),
            customers=Customer.objects.of(organization).count(),
            products=Product.objects.of(organization).count(),
            drafts=Invoice.objects.of(organization).filter(status=InvoiceStatus.DRAFT).count(),
            invoices=finalized.filter(kind=InvoiceKind.INVOICE).count(),
            credit_notes=finalized.filter(kind=InvoiceKind.CREDIT_NOTE).count(),
        )
