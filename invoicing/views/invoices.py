"""The list of documents and the page of one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from customers.queries import get_customer
from foundation.htmx import wants_fragment
from invoicing import queries
from invoicing.actions.documents import document_of
from invoicing.documents.printed.page import page_of
from invoicing.drafting.preview import LINES_PRINTED_MAX
from invoicing.history import history_in, history_of, trail_of
from invoicing.linked import links_of, made_from, origin_of, sources_of
from invoicing.listing.page import ListRequest, list_page
from invoicing.models import Correction, Invoice, InvoiceKind, InvoiceStatus
from invoicing.recent import remember
from invoicing.standing import DocumentAmounts, standing_of
from invoicing.views.correct import taken_back_context
from invoicing.views.files import documents_context
from invoicing.views.follow_up import follow_up_context
from payments import queries as ledger
from tenants.clock import local_today
from tenants.models import AuditEntry
from tenants.permissions import OrganizationRequest, Permission, organization_view

LINES_SHOWN_MAX = 200
PANEL_ROWS = 10


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def panel_customer_invoices(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """A customer's newest documents, for the customer's page."""
    customer = get_customer(request.organization, customer_id)
    wanted = ListRequest(customer_id=customer.pk, size=PANEL_ROWS, sort="-issued")
    page = list_page(request.organization, wanted, today=local_today(request.organization))
    return render(request, "invoicing/_customer_invoices.html", {"rows": page.rows, "has_more": bool(page.after)})


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def show_invoice(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The document as it is printed, and everything that has come of it."""
    invoice = queries.get_invoice(request.organization, invoice_id)
    remember(request.session, request.organization.pk, invoice.pk)
    if invoice.is_draft:
        return redirect(f"invoicing:{_draft_page_for(request, invoice)}", request.organization.slug, invoice_id)
    today = local_today(request.organization)
    printed = page_of(document_of(invoice), lines_max=LINES_PRINTED_MAX, unfolded_max=LINES_SHOWN_MAX)
    standing = _standing(request, invoice, today)
    taken_back = taken_back_context(request, invoice, standing["credit_notes"])
    trail = trail_of(request.organization, invoice.pk, invoice.receivable_id)
    context = {
        "invoice": invoice,
        **_printed(printed),
        **standing,
        **taken_back,
        **documents_context(request.organization, invoice),
        **_voucher(request, invoice),
        "history": history_in(trail, request.GET.get("q", "")),
        "words": request.GET.get("q", ""),
        "previous": queries.document_before(request.organization, invoice),
        "next": queries.document_after(request.organization, invoice),
        **follow_up_context(request, invoice, trail=trail),
        **_linked(request, invoice, standing["credit_notes"], _corrections(taken_back), trail),
        **_may(request, invoice),
    }
    return render(request, "invoicing/show_invoice.html", context)


def _may(request: OrganizationRequest, invoice: Invoice) -> dict[str, bool]:
    """What the reader may do with the document."""
    return {
        "may_prove": request.may(Permission.TAKE_PROOF),
        "may_edit": request.may(Permission.EDIT_DRAFTS),
        "may_register": request.may(Permission.REGISTER_PAYMENTS) and not invoice.is_credit_note,
        "may_credit": request.may(Permission.CREDIT_INVOICES) and invoice.kind == InvoiceKind.INVOICE,
        "may_retry": request.may(Permission.FINALIZE_INVOICES),
    }


def _linked(
    request: OrganizationRequest,
    invoice: Invoice,
    notes: list[Invoice],
    corrections: list[Correction],
    trail: list[AuditEntry],
) -> dict[str, Any]:
    """Where the document came from, what came of it, and what its lines were made of."""
    return {
        "links": links_of(request.organization, invoice, notes, corrections, trail),
        "origin": origin_of(trail),
        "made_from": made_from(trail),
        "sources": sources_of(queries.list_lines(invoice)),
    }


def _corrections(taken_back: dict[str, Any]) -> list[Correction]:
    """The finished correction of the document, and the one that made it."""
    return [*taken_back["corrections"], *([taken_back["replaces"]] if taken_back["replaces"] else [])]


def _draft_page_for(request: OrganizationRequest, invoice: Invoice) -> str:
    """The page on which this member may change the draft, else the one on which it is only seen."""
    if invoice.is_credit_note:
        return "update_credit_note" if request.may(Permission.CREDIT_INVOICES) else "preview_draft"
    return "update_draft" if request.may(Permission.EDIT_DRAFTS) else "preview_draft"


def _printed(printed: Any) -> dict[str, Any]:
    rows = printed.lines.rows
    return {"paper": printed, "rows": rows[:LINES_SHOWN_MAX], "rows_hidden": max(0, len(rows) - LINES_SHOWN_MAX)}


def _standing(request: OrganizationRequest, invoice: Invoice, today: date) -> dict[str, Any]:
    organization = request.organization
    notes = list(queries.list_credit_notes(organization, invoice.pk))
    credited = sum((note.payable_amount for note in notes if note.status == InvoiceStatus.FINALIZED), Decimal(0))
    balance = None
    if invoice.receivable_id:
        balance = ledger.balances(organization.pk, [invoice.receivable_id])[invoice.receivable_id].currency_amount
    amounts = DocumentAmounts(
        kind=invoice.kind,
        status=invoice.status,
        due_date=invoice.due_date,
        payable=invoice.payable_amount,
        open=balance,
        credited=credited,
    )
    days = (invoice.due_date - today).days if invoice.due_date else None
    return {
        "credit_notes": notes,
        "credited": credited,
        "balance": balance,
        "standing": standing_of(amounts, today),
        "days_left": days if days is not None and days >= 0 else None,
        "days_over": -days if days is not None and days < 0 else None,
        "settled_share": _share(invoice.payable_amount, balance),
    }


def _share(payable: Decimal, balance: Decimal | None) -> int:
    """How much is settled, in hundredths, for the bar."""
    if balance is None or payable <= 0:
        return 100
    return max(0, min(100, int((payable - balance) * 100 / payable)))


def _voucher(request: OrganizationRequest, invoice: Invoice) -> dict[str, Any]:
    """The voucher that finalizing posted, each amount on its side; for those who may see the ledger."""
    if invoice.voucher_id is None or not request.may(Permission.VIEW_LEDGER):
        return {"voucher": None}
    voucher = ledger.get_voucher(request.organization, invoice.voucher_id)
    rows = [
        {
            "posting": posting,
            "debit": posting.amount if posting.amount > 0 else None,
            "credit": -posting.amount if posting.amount < 0 else None,
        }
        for posting in voucher.postings.all()
    ]
    return {"voucher": voucher, "voucher_rows": rows}


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def list_invoice_history(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """What has happened to a document, searched; the page with the same search for a plain link."""
    words = request.GET.get("q", "")
    if not wants_fragment(request):
        address = reverse("invoicing:show_invoice", args=[request.organization.slug, invoice_id])
        return redirect(f"{address}?{urlencode({'q': words})}#history")
    invoice = queries.get_invoice(request.organization, invoice_id)
    history = history_of(request.organization, invoice.pk, words, receivable_id=invoice.receivable_id)
    return render(request, "invoicing/_history.html", {"invoice": invoice, "history": history, "words": words})


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def show_claimed_document(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """From a claim in the ledger to the page of the document that it came from."""
    document = queries.document_of_claim(request.organization, receivable_id)
    return redirect("invoicing:show_invoice", request.organization.slug, document.pk)
