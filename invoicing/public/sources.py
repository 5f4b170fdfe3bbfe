"""What lines say of the work that they bill, for the customer's page."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from foundation.ids import id_text
from invoicing.models import Invoice, InvoiceLine


def sources_of_lines(invoice: Invoice, line_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """What these lines of a document say of the work that they bill, by their ids; other lines are left out."""
    found = InvoiceLine.objects.of(invoice.organization_id).filter(
        invoice_id=invoice.pk, pk__in=line_ids, source_id__isnull=False
    )
    return {id_text(pk): source for pk, source in found.values_list("pk", "source")}
