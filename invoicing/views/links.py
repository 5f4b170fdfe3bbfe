"""The secret links to a document: who has one, a new one to pass on, taking one back, and what the customer sees."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.htmx import render_fragment, swap_or_redirect, wants_fragment
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import links
from invoicing.forms.enquiries import EnquiryForm
from invoicing.models import Invoice
from invoicing.papers import queries as papers
from invoicing.public import queries as pages
from invoicing.views.public.context import language_of, page_context
from payments import queries as ledger
from payments.queries import Claim
from tenants.models import Organization
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def panel_links(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Every link to a document: for whom, by whom, opened how often, and until when."""
    invoice = queries.get_invoice(request.organization, invoice_id)
    return render(request, "invoicing/_links.html", _context(request, invoice))


@require_POST
@organization_view(Permission.SEND_INVOICES)
def copy_link(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """A new link to pass on by hand: shown this once, and never again."""
    address = links.copy_link(request.organization, invoice_id, actor=request.actor, now=timezone.now())
    with read_only():
        context = _context(request, queries.get_invoice(request.organization, invoice_id)) | {"address": address}
        if wants_fragment(request):
            response = HttpResponse(render_fragment(request, "invoicing/_links.html", context))
        else:
            response = render(request, "invoicing/copied_link.html", context)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_POST
@organization_view(Permission.SEND_INVOICES)
def revoke_link(request: OrganizationRequest, link_id: UUID) -> HttpResponse:
    """Take a link back."""
    link = links.revoke_link(request.organization, link_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The link is taken back. Whoever opens it now finds nothing."))
    with read_only():
        if link.subject_kind in papers.WITH_PAGE:
            paper = papers.get_paper_with_page(request.organization, link.subject_id)
            return redirect("invoicing:show_statement", request.organization.slug, paper.customer_id)
        invoice = queries.get_invoice(request.organization, link.subject_id)
        to = reverse("invoicing:show_invoice", args=[request.organization.slug, invoice.pk])
        return swap_or_redirect(request, "invoicing/_links.html", _context(request, invoice), to=to)


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def show_customer_view(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The page as the customer sees it, marked as ours; nobody's visit is counted and nothing can be sent."""
    invoice = queries.get_invoice(request.organization, invoice_id)
    if invoice.is_draft:
        return redirect("invoicing:show_invoice", request.organization.slug, invoice_id)
    language = language_of(request.GET.get("lang", ""), invoice)
    with translation.override(language):
        context = page_context(request.organization, invoice, _claim(request.organization, invoice))
        context |= _addresses(request.organization, invoice)
        context |= {"is_ours": True, "form": EnquiryForm(invoice=invoice, today=context["page"].today), "said": []}
        response = render(request, "invoicing/public/show.html", context)
    response.headers["Content-Language"] = language
    return response


def _context(request: OrganizationRequest, invoice: Invoice) -> dict[str, Any]:
    organization, now = request.organization, timezone.now()
    claim = _claim(organization, invoice)
    settled_at = claim.settled_at if claim else None
    life = pages.life_after_settling(organization)
    rows = []
    for link in pages.links_of(organization, invoice.pk):
        end = link.expires_at or (settled_at + life if settled_at else None)
        rows.append({"link": link, "end": end, "has_ended": end is not None and end < now})
    return {
        "invoice": invoice,
        "links": rows,
        "may_send": request.may(Permission.SEND_INVOICES),
        "life_days": life.days,
        "address": "",
    }


def _claim(organization: Organization, invoice: Invoice) -> Claim | None:
    return ledger.claim_of(organization.pk, invoice.receivable_id) if invoice.receivable_id else None


def _addresses(organization: Organization, invoice: Invoice) -> dict[str, Any]:
    here = [organization.slug, invoice.pk]
    attached = queries.attachments_of(organization, invoice.pk)
    return {
        "pdf_url": reverse("invoicing:download_pdf", args=here),
        "ehf_url": reverse("invoicing:download_ehf", args=here),
        "file_rows": [(file, reverse("invoicing:download_attachment", args=[*here, file.pk])) for file in attached],
        "say_url": "",
        "opening_url": "",
        "language_url": reverse("invoicing:show_customer_view", args=here),
    }
