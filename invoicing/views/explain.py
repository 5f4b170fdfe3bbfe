"""How the sums of a finalized document were made, total by total and line by line."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from foundation.htmx import render_page_or_fragment
from foundation.templatetags.formatting import format_percent, language_of_page
from invoicing import queries
from invoicing.calculation import DocumentInput, DocumentTotals, Left
from invoicing.drafting import composition
from invoicing.explanation_words import explained_document, explained_line
from invoicing.models import Invoice, InvoiceLine
from tenants.permissions import OrganizationRequest, Permission, organization_view

LINES_EXPLAINED_MAX = 100  # of one answer; the next ones are a link away


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def explain_invoice(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The steps of each total and of each line, a hundred lines at a time."""
    invoice = queries.get_invoice(request.organization, invoice_id)
    if invoice.is_draft:
        return redirect("invoicing:show_invoice", request.organization.slug, invoice_id)
    lines = queries.list_lines(invoice)
    given, totals = _computed(invoice, lines)
    text = request.GET.get("from", "")
    first = int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else 0
    context: dict[str, Any] = {"invoice": invoice, "is_explained": totals.payable == invoice.payable_amount}
    if context["is_explained"]:
        context |= _explained(given, totals, lines, first)
    return render_page_or_fragment(request, "invoicing/explain_invoice.html", "invoicing/_explained.html", context)


def _computed(invoice: Invoice, lines: list[InvoiceLine]) -> tuple[DocumentInput, DocumentTotals]:
    """The arithmetic done again from what is frozen; a credit note came to what was left of its invoice."""
    credited = None
    if invoice.credits is not None:
        credited = composition.Credited(invoice.credits, Left(payable=invoice.payable_amount, is_all=True))
    given = composition.document_input(invoice, lines, credited)
    return given, composition.compute_input(given)


def _explained(given: DocumentInput, totals: DocumentTotals, lines: list[InvoiceLine], first: int) -> dict[str, Any]:
    language = language_of_page()
    explained = explained_document(given, totals)
    shown = list(enumerate(lines))[first : first + LINES_EXPLAINED_MAX]
    return {
        "totals": totals,
        "explained": explained,
        "vat": [
            (format_percent(part.vat_rate_percent, language), part.base_amount, part.vat_amount, steps)
            for part, steps in zip(totals.vat, explained.vat, strict=True)
        ],
        "lines": [
            (line, totals.lines[place].shown_amount, explained_line(given, totals, place)) for place, line in shown
        ],
        "next_from": first + LINES_EXPLAINED_MAX if first + LINES_EXPLAINED_MAX < len(lines) else None,
    }
