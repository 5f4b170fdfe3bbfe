"""Questions about documents as programs ask them: lists by a few plain marks, with what is open on each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from invoicing.listing.properties.sources import credited_amount, open_amount
from invoicing.models import Invoice
from tenants.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSearch:
    """Which documents are wanted; what is empty narrows nothing."""

    status: str = ""
    kind: str = ""
    customer_id: UUID | None = None
    number: int | None = None
    first: date | None = None
    last: date | None = None


def list_documents(organization: Organization, search: DocumentSearch) -> QuerySet[Invoice]:
    """The documents that fit, with their customers and amounts, without their snapshots."""
    wanted = {
        "status": search.status,
        "kind": search.kind,
        "customer_id": search.customer_id,
        "number": search.number,
        "issue_date__gte": search.first,
        "issue_date__lte": search.last,
    }
    rows = Invoice.objects.of(organization).filter(**{name: value for name, value in wanted.items() if value})
    return _with_amounts(organization, rows)


def get_document_with_amounts(organization: Organization, invoice_id: UUID) -> Invoice:
    """One document with its customer and amounts, without its snapshot, or 404."""
    invoice = _with_amounts(organization, Invoice.objects.of(organization).filter(pk=invoice_id)).first()
    if invoice is None:
        raise Http404
    return invoice


def _with_amounts(organization: Organization, rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
    return (
        rows.select_related("customer")
        .defer("snapshot")
        .annotate(open_amount=open_amount(organization), credited_amount=credited_amount(organization))
    )
