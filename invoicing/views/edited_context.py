"""What was changed on a draft since it was made, beside its form."""

from __future__ import annotations

from typing import Any

from django.utils.functional import SimpleLazyObject

from invoicing import queries
from invoicing.drafting.edited import Edited, comes_from_source, edited_lines
from invoicing.models import Invoice, InvoiceLine
from tenants.permissions import OrganizationRequest

LINES_COMPARED_MAX = 500  # beyond this the comparison is made where somebody asks for it


def edited_context(request: OrganizationRequest, invoice: Invoice, lines: list[InvoiceLine]) -> dict[str, Any]:
    """What was changed on lines that came from a source: include invoicing/_edited.html."""
    if not comes_from_source(lines):
        return {"edited": None}
    if len(lines) > LINES_COMPARED_MAX and "edited" not in request.GET:
        return {"edited": None, "edited_is_asked": True}
    organization = request.organization

    def compare() -> Edited:
        return edited_lines(queries.first_draft_version(organization, invoice.pk), invoice, lines)

    return {"edited": SimpleLazyObject(compare)}
