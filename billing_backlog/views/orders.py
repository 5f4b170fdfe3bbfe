"""The doors to orders: the list, the page, sending, the PDF, and how an order is billed."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.actions import orders as actions
from billing_backlog.actions.offer_papers import paper_in
from billing_backlog.forms.quotes import ContractWishForm, SendForm
from billing_backlog.models import BillingMethod, OrderConfirmation
from billing_backlog.queries import quotes as queries
from billing_backlog.queries.contracts import project_numbers
from billing_backlog.queries.projects import get_contract, get_project
from billing_backlog.quote_terms import ContractWish
from billing_backlog.quoting.printing import page_for
from billing_backlog.views.projects import next_number
from billing_backlog.views.quote_form import project_choices
from billing_backlog.views.quotes import NUMBER_ORDER, documents_of_order
from billing_backlog.views.seeing import projects_of
from foundation import files
from foundation.errors import DomainError, Refusals
from foundation.htmx import render_page_or_fragment
from foundation.keyset import page_of
from foundation.templatetags.formatting import language_of_page
from foundation.text import search_words
from foundation.transactions import read_only
from invoicing import queries as invoices
from invoicing.actions.drafts import DraftIsMade
from tenants import queries as tenants
from tenants.audit_words import line_of
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
HISTORY_MAX = 50


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def list_orders(request: OrganizationRequest) -> HttpResponse:
    """Orders by number, title or customer, each with how it is billed."""
    words = search_words(request.GET.get("q", ""))
    page = page_of(queries.orders(request.organization, words), NUMBER_ORDER, request.GET)
    drafts = queries.drafts_of(request.organization, [order.pk for order in page.rows])
    context = {
        "orders": [(order, drafts.get(order.pk)) for order in page.rows],
        "pagination": page.pagination({"q": words}, target="#orders"),
        "words": words,
        "tab": "orders",
    }
    return render_page_or_fragment(request, "billing_backlog/list_orders.html", "billing_backlog/_orders.html", context)


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def show_order(request: OrganizationRequest, order_id: UUID) -> HttpResponse:
    """What was agreed, with whom, and what bills it."""
    return _page(request, queries.get_order(request.organization, order_id))


def _page(request: OrganizationRequest, order: OrderConfirmation, *, status: int = 200, **more: Any) -> HttpResponse:
    organization = request.organization
    paper = paper_in(order)
    draft = queries.drafts_of(organization, [order.pk]).get(order.pk)
    history = tenants.list_history(organization, subject_id=order.pk)[:HISTORY_MAX]
    context = {
        "order": order,
        "page": page_for(paper, order.made_at, language_of_page()),
        "draft": draft,
        "documents": documents_of_order(request, order),
        "has_pdf": queries.pdf_of(organization, order.pk) is not None,
        "mails": [mail for mail in queries.mails_of(organization, order.quote_id) if mail.order_id],
        "history": [line_of(entry) for entry in history],
        "send_form": SendForm(initial={"recipient": order.quote.contact_email or order.customer.email}),
        "may_edit": request.may(Permission.EDIT_DRAFTS),
        "may_send": request.may(Permission.SEND_INVOICES),
        "may_contract": request.may(Permission.EDIT_CONTRACTS),
        **more,
    }
    return render(request, "billing_backlog/show_order.html", context, status=status)


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def download_order(request: OrganizationRequest, order_id: UUID) -> HttpResponse:
    """The PDF of the order confirmation."""
    order = queries.get_order(request.organization, order_id)
    return _pdf(request, order.pk, f"order-{order.number}.pdf")


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def download_quote(request: OrganizationRequest, quote_id: UUID) -> HttpResponse:
    """The PDF of what the customer is shown of a quote."""
    quote = queries.get_quote(request.organization, quote_id)
    version = queries.latest_version(request.organization, quote.pk)
    if version is None:
        raise Http404
    return _pdf(request, version.pk, f"quote-{quote.number}.pdf")


def _pdf(request: OrganizationRequest, subject_id: UUID, name: str) -> HttpResponse:
    made = queries.pdf_of(request.organization, subject_id)
    if made is None:
        raise Http404
    response = HttpResponse(files.load(str(request.organization.pk), made.sha256), content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@organization_view(Permission.SEND_INVOICES)
def send_order(request: OrganizationRequest, order_id: UUID) -> HttpResponse:
    """Mail the order confirmation again."""
    form = SendForm(request.POST)
    if form.is_valid():
        actions.send_order(
            request.organization,
            order_id,
            recipient=form.cleaned_data["recipient"],
            message=form.cleaned_data["message"],
            actor=request.actor,
            now=timezone.now(),
        )
        words = _("The order confirmation is on its way to %(to)s")
        messages.success(request, words % {"to": form.cleaned_data["recipient"]})
        return redirect(address_of(request, order_id))
    with read_only():
        order = queries.get_order(request.organization, order_id)
        return _page(request, order, status=INVALID, send_form=form)


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def draft_order(request: OrganizationRequest, order_id: UUID) -> HttpResponse:
    """A draft invoice with the lines of the order; asked for twice it is the same one."""
    organization = request.organization
    origin = "quote" if request.POST.get("from") == "quote" else "order"
    try:
        invoice = actions.draft_order(
            organization,
            order_id,
            origin=origin,
            actor=request.actor,
            today=local_today(organization),
            now=timezone.now(),
        )
    except (DraftIsMade, DomainError) as refusal:
        messages.error(request, str(refusal))
        return redirect(address_of(request, order_id))
    if not invoice.is_draft:
        return redirect("invoicing:show_invoice", organization.slug, invoice.pk)
    return redirect("invoicing:update_draft", organization.slug, invoice.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def contract_order(request: OrganizationRequest, order_id: UUID) -> HttpResponse:
    """Which project the order belongs to, and how it is billed under its contract."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        order = queries.get_order(organization, order_id)
        if order.contract_id is not None:
            return redirect("billing_backlog:show_contract", organization.slug, order.contract_id)
        form = _wish_form(request, order, today)
        if request.method != "POST" or not form.is_valid():
            return _wish_page(request, form, order)
        wish = _wish(request, form)
    try:
        contract = actions.contract_order(organization, order_id, wish, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        for part in refusal.refusals if isinstance(refusal, Refusals) else (refusal,):
            form.add_error(part.field if part.field in form.fields else None, str(part))
        with read_only():
            return _wish_page(request, form, order)
    messages.success(request, _("Contract %(number)s is saved") % {"number": contract.number})
    return HttpResponseRedirect(reverse("billing_backlog:show_contract", args=[organization.slug, contract.pk]))


def _wish_form(request: OrganizationRequest, order: OrderConfirmation, today: date) -> ContractWishForm:
    initial = {
        "method": BillingMethod.FIXED_PRICE.value,
        "number": f"O-{order.number}",
        "project": str(order.quote.project_id or ""),
        "project_number": next_number(project_numbers(request.organization)),
        "starts_on": today,
    }
    data = request.POST if request.method == "POST" else None
    return ContractWishForm(data, initial=initial, projects=project_choices(request))


def _wish(request: OrganizationRequest, form: ContractWishForm) -> ContractWish:
    said = form.cleaned_data
    project = get_project(projects_of(request), UUID(said["project"])) if said["project"] else None
    return ContractWish(
        number=said["number"],
        method=said["method"],
        starts_on=said["starts_on"],
        project_id=project.pk if project else None,
        project_number=said["project_number"],
    )


def _wish_page(request: OrganizationRequest, form: ContractWishForm, order: OrderConfirmation) -> HttpResponse:
    context = {"form": form, "order": order}
    return render(request, "billing_backlog/contract_order.html", context, status=INVALID if form.is_bound else 200)


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def panel_order_of_invoice(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Beside a draft or an invoice: the quote and the order that it bills; else nothing."""
    invoices.get_invoice_alone(request.organization, invoice_id)  # somebody else's is nowhere
    order = queries.order_of_invoice(request.organization, invoice_id)
    return render(request, "billing_backlog/_panel_order.html", {"order": order})


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def panel_order_of_contract(request: OrganizationRequest, contract_id: UUID) -> HttpResponse:
    """Beside a contract: the quote and the order that it came from; else nothing."""
    contract = get_contract(request.organization, contract_id, projects_of(request))
    order = queries.order_of_contract(request.organization, contract.pk)
    return render(request, "billing_backlog/_panel_order.html", {"order": order})


def address_of(request: OrganizationRequest, order_id: UUID) -> str:
    """The order's page."""
    return reverse("billing_backlog:show_order", args=[request.organization.slug, order_id])
