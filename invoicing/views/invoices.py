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
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from customers.queries import get_customer
from foundation.errors import DomainError
from foundation.htmx import render_page_or_fragment, wants_fragment
from invoicing import queries
from invoicing.actions.documents import document_of
from invoicing.documents.printed.page import page_of
from invoicing.history import history_of
from invoicing.listing import ORDERS, ListPage, ListRequest, Show, list_page
from invoicing.models import Invoice, InvoiceStatus
from invoicing.preview import LINES_PRINTED_MAX, page_of_draft
from invoicing.standing import DocumentAmounts, standing_of
from invoicing.views.files import documents_context
from payments import queries as ledger
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

LINES_SHOWN_MAX = 200
PANEL_ROWS = 10
TABS = (
    (Show.ALL, _("All")),
    (Show.DRAFTS, _("Drafts")),
    (Show.OPEN, _("Open")),
    (Show.OVERDUE, _("Overdue")),
    (Show.PAID, _("Paid")),
    (Show.CREDIT_NOTES, _("Credit notes")),
)
COLUMNS = (
    ("number", _("No."), "-number"),
    ("", _("Customer"), ""),
    ("", _("Status"), ""),
    ("", _("Kind"), ""),
    ("issued", _("Issued"), "-issued"),
    ("due", _("Due"), "due"),
    ("amount", _("Amount"), "-amount"),
    ("", pgettext_lazy("amount", "Open"), ""),
    ("updated", _("Changed"), "-updated"),
)


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def list_invoices(request: OrganizationRequest) -> HttpResponse:
    """Drafts, invoices and credit notes: filtered, searched, sorted, a page at a time."""
    wanted = _list_request(request)
    page = list_page(request.organization, wanted, today=local_today(request.organization))
    context = {
        "rows": page.rows,
        "words": wanted.words,
        "tabs": [
            {"label": label, "url": _address(wanted, show=show), "is_current": wanted.show == show}
            for show, label in TABS
        ],
        "columns": _columns(wanted),
        "hidden": {name: value for name, value in (("show", wanted.show.value), ("sort", wanted.sort)) if value},
        "pagination": _pagination(page, wanted),
        "is_first_use": not page.rows and wanted == ListRequest(),
        "may_edit": request.may(Permission.EDIT_DRAFTS),
    }
    return render_page_or_fragment(request, "invoicing/list_invoices.html", "invoicing/_invoices.html", context)


def _list_request(request: OrganizationRequest) -> ListRequest:
    show = request.GET.get("show", "")
    sort = request.GET.get("sort", "")
    return ListRequest(
        show=Show(show) if show in set(Show) else Show.ALL,
        words=request.GET.get("q", "")[:100],
        sort=sort if sort.removeprefix("-") in ORDERS else "",
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )


def _address(wanted: ListRequest, **changes: str) -> str:
    kept = {"show": wanted.show.value, "q": wanted.words, "sort": wanted.sort} | changes
    if changes.keys() == {"show"}:
        kept["sort"] = ""
    return "?" + urlencode({name: value for name, value in kept.items() if value and value != Show.ALL.value})


def _columns(wanted: ListRequest) -> list[dict[str, Any]]:
    columns = []
    for name, label, first in COLUMNS:
        is_sorted = bool(name) and wanted.order_name == name
        turned = name if wanted.is_descending else f"-{name}"
        columns.append(
            {
                "label": label,
                "name": name,
                "url": _address(wanted, sort=turned if is_sorted else first) if name else "",
                "sorted": ("descending" if wanted.is_descending else "ascending") if is_sorted else "",
            }
        )
    return columns


def _pagination(page: ListPage, wanted: ListRequest) -> dict[str, str]:
    return {
        "summary": "",
        "previous_url": _address(wanted, before=page.before) if page.before else "",
        "next_url": _address(wanted, after=page.after) if page.after else "",
        "target": "#invoices",
    }


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
    if invoice.is_draft:
        return redirect(f"invoicing:{_draft_page_for(request, invoice)}", request.organization.slug, invoice_id)
    today = local_today(request.organization)
    printed = page_of(document_of(invoice), lines_max=LINES_PRINTED_MAX)
    context = {
        "invoice": invoice,
        **_printed(printed),
        **_standing(request, invoice, today),
        **documents_context(request.organization, invoice),
        **_voucher(request, invoice),
        "history": history_of(request.organization, invoice.pk, request.GET.get("q", "")),
        "words": request.GET.get("q", ""),
        "previous": queries.document_before(request.organization, invoice),
        "next": queries.document_after(request.organization, invoice),
        "may_edit": request.may(Permission.EDIT_DRAFTS),
        "may_credit": request.may(Permission.CREDIT_INVOICES) and not invoice.is_credit_note,
        "may_retry": request.may(Permission.FINALIZE_INVOICES),
    }
    return render(request, "invoicing/show_invoice.html", context)


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
def preview_draft(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The draft as it would be printed today."""
    invoice = queries.get_invoice(request.organization, invoice_id)
    if not invoice.is_draft:
        return redirect("invoicing:show_invoice", request.organization.slug, invoice_id)
    context: dict[str, Any] = {"invoice": invoice, "may_edit": request.may(Permission.EDIT_DRAFTS)}
    try:
        printed = page_of_draft(request.organization, invoice, local_today(request.organization))
        context |= _printed(printed)
    except DomainError as refusal:
        context["refusal"] = str(refusal)
    return render(request, "invoicing/preview_draft.html", context)


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def list_invoice_history(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """What has happened to a document, searched; the page with the same search for a plain link."""
    words = request.GET.get("q", "")
    if not wants_fragment(request):
        address = reverse("invoicing:show_invoice", args=[request.organization.slug, invoice_id])
        return redirect(f"{address}?{urlencode({'q': words})}#history")
    invoice = queries.get_invoice(request.organization, invoice_id)
    history = history_of(request.organization, invoice.pk, words)
    return render(request, "invoicing/_history.html", {"history": history, "words": words})
