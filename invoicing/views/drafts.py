"""Making and changing drafts."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from customers.models import Customer
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to, swap_or_redirect, wants_fragment
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import checks, drafts
from invoicing.drafting.choices import customers_matching, get_customer
from invoicing.drafting.preview import put_amounts
from invoicing.errors import InvoiceAlreadyFinalized, StaleDraft
from invoicing.forms.drafts import reach_over, rework
from invoicing.forms.lines import blank_entry
from invoicing.models import Invoice
from invoicing.recent import remember
from invoicing.views import change_lines
from invoicing.views.beginnings import origin_asked
from invoicing.views.draft_page import DraftPage, first_page, is_credit_note, stored_page, typed_page
from invoicing.views.draft_storing import put_beside_stored, store_typed
from invoicing.views.finalize import finalize_from_draft
from invoicing.views.layouts import lay_out_as_asked
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

PAGE_DIGITS_MAX = 4


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_DRAFTS)
def create_draft(request: OrganizationRequest) -> HttpResponse:
    """First the customer, then the empty draft; stored once, however often its form is sent."""
    customer_id = _uuid(request.GET.get("customer", ""))
    today = local_today(request.organization)
    if request.method != "POST":
        if customer_id is None:
            return _choose_customer(request)
        customer = get_customer(request.organization, customer_id)
        return render(request, "invoicing/draft.html", first_page(request, customer, today).context(request))
    if customer_id is None:
        raise BadRequest
    with read_only():
        customer = get_customer(request.organization, customer_id)
    return _save(request, None, customer)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_DRAFTS)
def update_draft(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The draft's form; a save that was begun on an older version is shown beside what stands there now."""
    if request.method == "POST":
        return _save(request, invoice_id, None)
    try:
        page = stored_page(request, invoice_id, local_today(request.organization), page=_page_asked(request.GET))
    except InvoiceAlreadyFinalized as refusal:
        return already_finalized(request, refusal)
    if page.invoice is not None and is_credit_note(page.invoice):
        return redirect("invoicing:show_invoice", request.organization.slug, invoice_id)
    remember(request.session, request.organization.pk, invoice_id)
    return render(request, "invoicing/draft.html", page.whole_context(request))


def _save(request: OrganizationRequest, invoice_id: UUID | None, customer: Customer | None) -> HttpResponse:
    """Store what was typed, and go on as its button asks."""
    today = local_today(request.organization)
    try:
        with read_only():
            page = typed_page(request, invoice_id, customer, today)
        if answer := _not_to_store(request, page):
            return answer
        invoice = store_typed(request, page, drafts.update_draft, today)
    except InvoiceAlreadyFinalized as refusal:
        return already_finalized(request, refusal)
    except drafts.DraftIsMade:
        return _save(request, invoice_id, customer)  # the same form, sent twice at once: now the draft is there
    except StaleDraft as refusal:
        return _show_stale(request, page, refusal)
    except DomainError as refusal:
        return _show_refused(request, page, refusal)
    if page.change_form is not None:
        change_lines.change_as_asked(request, page, invoice)
    return _go_on(request, invoice, page.typed.window.page)


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def clone_invoice(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """A new draft with the same customer, texts and lines."""
    today = local_today(request.organization)
    draft = drafts.clone_invoice(request.organization, invoice_id, actor=request.actor, today=today)
    messages.success(request, _("A new draft with the same lines. Check the dates and references."))
    return go_to(request, reverse("invoicing:update_draft", args=[request.organization.slug, draft.pk]))


@require_POST
@organization_view(Permission.DELETE_DRAFTS)
def delete_draft(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Remove a draft for good."""
    try:
        gone = drafts.delete_draft(request.organization, invoice_id, actor=request.actor)
    except InvoiceAlreadyFinalized as refusal:
        return already_finalized(request, refusal)
    if len(gone) > 1:
        messages.success(request, _("The correction is abandoned: its credit note and its new invoice are deleted."))
    else:
        messages.success(request, _("The draft is deleted."))
    return go_to(request, reverse("invoicing:list_invoices", args=[request.organization.slug]))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_DRAFTS)
def change_customer(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Bill somebody else with the same draft."""
    organization = request.organization
    if request.method != "POST":
        drafts.refuse_finalized(queries.get_invoice(organization, invoice_id))
        return _choose_customer(request, invoice_id=invoice_id)
    customer_id = _uuid(request.POST.get("customer", ""))
    if customer_id is None:
        raise BadRequest
    with read_only():
        customer = get_customer(organization, customer_id)
    drafts.change_customer(
        organization, invoice_id, customer=customer, actor=request.actor, today=local_today(organization)
    )
    messages.success(request, _("The draft is now for %(customer)s.") % {"customer": customer.name})
    return redirect("invoicing:update_draft", organization.slug, invoice_id)


def _choose_customer(request: OrganizationRequest, invoice_id: UUID | None = None) -> HttpResponse:
    """Customers by name or number; a single match of a typed search is taken at once on a new draft."""
    words, origin = request.GET.get("q", ""), origin_asked(request)
    found = customers_matching(request.organization, words)
    if len(found) == 1 and words and invoice_id is None and not wants_fragment(request):
        address = reverse("invoicing:create_draft", args=[request.organization.slug])
        query = {"customer": found[0].pk, **({"from": origin} if origin else {})}
        return redirect(f"{address}?{urlencode(query)}")
    context = {"customers": found, "words": words, "invoice_id": invoice_id, "origin": origin}
    template = "invoicing/_customers.html" if wants_fragment(request) else "invoicing/choose_customer.html"
    return render(request, template, context)


def _not_to_store(request: OrganizationRequest, page: DraftPage) -> HttpResponse | None:
    """The form anew when a row was added, moved or taken away, or when something typed was refused."""
    if wish := request.POST.get("rework", ""):
        if reach_over(page.typed, wish):
            put_amounts([entry for entry in page.typed.told if not entry.errors], page.typed, page.sums)
        blank = blank_entry(page.choices, treatment=page.customer.vat_treatment)
        page.typed.entries = rework(page.typed.entries, wish, blank)
        return show_draft(request, page)
    is_refused = change_lines.is_refused(request, page) or not page.typed.is_valid()
    return show_draft(request, page, status=422) if is_refused else None


def _show_refused(request: OrganizationRequest, page: DraftPage, refusal: DomainError) -> HttpResponse:
    show_refusal(page.typed.form, refusal)
    return show_draft(request, page, status=422)


def _show_stale(request: OrganizationRequest, page: DraftPage, refusal: StaleDraft) -> HttpResponse:
    """Both versions side by side; the next save overwrites what is shown as stored. Equal ones are no conflict."""
    with read_only():
        put_beside_stored(request, page)
    if not page.differences and page.invoice is not None:
        return _go_on(request, page.invoice, page.typed.window.page)
    return _show_refused(request, page, refusal)


def show_draft(request: OrganizationRequest, page: DraftPage, *, status: int = 200) -> HttpResponse:
    """The page, or its form alone for HTMX."""
    template = "invoicing/_draft.html" if wants_fragment(request) else "invoicing/draft.html"
    with read_only():
        return render(
            request, template, page.whole_context(request) | {"is_swapped": wants_fragment(request)}, status=status
        )


def _go_on(request: OrganizationRequest, invoice: Invoice, lines_page: int) -> HttpResponse:
    """What the button asked for after the draft was stored."""
    then = request.POST.get("then", "")
    slug = request.organization.slug
    lines_page = _page_asked(request.POST) if "lines" in request.POST else lines_page
    edit_url = reverse("invoicing:update_draft", args=[slug, invoice.pk])
    if lines_page > 1:
        edit_url = f"{edit_url}?lines={lines_page}"
    if then in {"finalize", "send"}:
        return finalize_from_draft(request, invoice.pk, sends=then == "send")
    if then == "preview":
        return go_to(request, reverse("invoicing:preview_draft", args=[slug, invoice.pk]))
    if then == "customer":
        return go_to(request, reverse("invoicing:change_customer", args=[slug, invoice.pk]))
    today = local_today(request.organization)
    if then.partition(":")[0] == "layout":
        lay_out_as_asked(request, invoice, then)
    elif then.partition(":")[0] == change_lines.PUT_BACK:
        change_lines.put_back_as_asked(request, invoice, then)
    elif then == "check":
        checks.check_drafts(request.organization, [invoice.pk], today=today)
    elif "lines" not in request.POST and then != change_lines.THEN:
        messages.success(request, _("Saved."))
    if not wants_fragment(request) or "/new/" in request.path:
        return go_to(request, edit_url)
    with read_only():
        page = stored_page(request, invoice.pk, today, page=lines_page)
        return swap_or_redirect(
            request, "invoicing/_draft.html", page.whole_context(request) | {"is_swapped": True}, to=edit_url
        )


def already_finalized(request: OrganizationRequest, refusal: InvoiceAlreadyFinalized) -> HttpResponse:
    """To the document that the draft has become, with its number and who gave it."""
    messages.info(request, str(refusal))
    return go_to(request, reverse("invoicing:show_invoice", args=[request.organization.slug, refusal.invoice.pk]))


def _page_asked(data: QueryDict) -> int:
    """Which page of lines is asked for, from 1."""
    text = data.get("lines", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= PAGE_DIGITS_MAX else 1


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
