"""Seller and buyer as a document names them, read from the records of today."""

from __future__ import annotations

from customers.models import Customer
from invoicing.documents.facts import Address, Buyer, Seller
from invoicing.models import Invoice
from tenants.models import Organization


def seller_of(organization: Organization, invoice: Invoice, *, footer: str) -> Seller:
    """The organization as a document of today names it."""
    return seller_today(organization, footer=footer, contact_name=invoice.our_reference)


def seller_today(organization: Organization, *, footer: str, contact_name: str = "") -> Seller:
    """The organization as it stands today, with the footer in the document's language or the one for all languages."""
    return Seller(
        name=organization.name,
        organization_number=organization.organization_number,
        vat_number=organization.vat_number,
        is_in_company_register=organization.is_in_company_register,
        address=Address(
            street=organization.street,
            street_2=organization.street_2,
            postal_code=organization.postal_code,
            city=organization.city,
            country=organization.country,
        ),
        email=organization.email,
        phone=organization.phone,
        website=organization.website,
        endpoint_scheme=organization.endpoint_scheme,
        endpoint_id=organization.organization_number,
        contact_name=contact_name,
        accent_color=organization.accent_color,
        logo_sha256=organization.logo_sha256,
        footer=footer.strip() or organization.document_footer,
    )


def buyer_of(customer: Customer) -> Buyer:
    """The customer as it stands today; a national id never enters a document."""
    return Buyer(
        kind=customer.kind,
        number=str(customer.number),
        name=customer.name,
        organization_number=customer.organization_number,
        vat_number=customer.vat_number,
        resource_number=customer.resource_number,
        address=Address(
            street=customer.street,
            street_2=customer.street_2,
            postal_code=customer.postal_code,
            city=customer.city,
            country=customer.country,
        ),
        email=customer.email,
        endpoint_scheme=customer.endpoint_scheme,
        endpoint_id=customer.endpoint_id,
        contact_name=customer.contact_name,
    )
