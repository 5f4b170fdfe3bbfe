"""What advances have paid of documents, and what of it no credit note has given back yet."""

from __future__ import annotations

from invoicing import prepaying
from invoicing.models import Invoice, InvoiceStatus
from tenants.models import Organization


def prepaid_left(organization: Organization, document: Invoice) -> list[dict[str, str]]:
    """The parts of a document that advances have paid and that no finalized credit note has given back."""
    if not document.prepaid:
        return []
    notes = Invoice.objects.of(organization).filter(credits_id=document.pk, status=InvoiceStatus.FINALIZED)
    given_back = [part for parts in notes.values_list("prepaid", flat=True) for part in parts]
    return prepaying.without(document.prepaid, given_back)
