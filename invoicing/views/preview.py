"""Looking at a draft as it will be printed: its PDF, and the same words for browsers that show none."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from csp.decorators import csp_replace
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from foundation.errors import DomainError
from invoicing import queries
from invoicing.drafting.document import document_of_draft, preview_pdf
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

ITSELF = ("'self'",)


@csp_replace({"object-src": ITSELF, "frame-src": ITSELF})  # the PDF stands inside the page
@require_GET
@organization_view(Permission.VIEW_INVOICES)
def preview_draft(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The draft as it would be printed today."""
    invoice = queries.get_invoice(request.organization, invoice_id)
    if not invoice.is_draft:
        return redirect("invoicing:show_invoice", request.organization.slug, invoice_id)
    context: dict[str, Any] = {"invoice": invoice, "may_edit": request.may(Permission.EDIT_DRAFTS)}
    try:
        shown = document_of_draft(request.organization, invoice, local_today(request.organization))
        page = shown.page
        context |= {"paper": page, "rows": page.lines.rows, "lines_left_out": shown.lines_left_out}
    except DomainError as refusal:
        context["refusal"] = str(refusal)
    return render(request, "invoicing/preview_draft.html", context)


@csp_replace({"frame-ancestors": ITSELF})  # our preview may hold it, nobody else's page
@xframe_options_sameorigin
@require_GET
@organization_view(Permission.VIEW_INVOICES)
def preview_draft_pdf(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The draft's PDF, made for this one look."""
    invoice = queries.get_invoice(request.organization, invoice_id)
    if not invoice.is_draft:
        return redirect("invoicing:download_pdf", request.organization.slug, invoice_id)
    try:
        content = preview_pdf(request.organization, invoice, local_today(request.organization))
    except DomainError:  # the page says why
        return redirect("invoicing:preview_draft", request.organization.slug, invoice_id)
    headers = {"Content-Disposition": 'inline; filename="draft.pdf"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
