"""The parts of the draft form that change while it is typed: a new row, a product's row, the sums."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customers.models import Customer
from foundation.transactions import read_only
from invoicing import queries
from invoicing.choices import draft_choices, get_customer, products_by_number
from invoicing.errors import InvoiceAlreadyFinalized
from invoicing.forms.lines import blank_entry
from invoicing.views.draft_page import fill_row, typed_page
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

AMOUNTS_SHOWN_MAX = 200  # beyond this, the rows' own amounts are shown when the draft is saved


@require_GET
@organization_view(Permission.EDIT_DRAFTS)
def new_line(request: OrganizationRequest) -> HttpResponse:
    """One empty row for the end of the form."""
    today = local_today(request.organization)
    around = queries.surroundings(request.organization, currencies=[], today=today)
    choices = draft_choices(request.organization, around)
    treatment = request.GET.get("vat", "")
    known = treatment if treatment in dict(choices.treatments) else ""
    context = {"entry": blank_entry(choices, treatment=known), "choices": choices}
    return render(request, "invoicing/_line.html", context)


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def fill_line(request: OrganizationRequest) -> HttpResponse:
    """The row whose product number was typed, filled in with what the product says; nothing is stored."""
    with read_only():
        page = typed_page(request, *_subject(request), local_today(request.organization))
        key = request.POST.get("row", "")
        entry = next((entry for entry in page.typed.entries if entry.key == key), None)
        if entry is None:
            raise Http404
        number = entry.typed["product_number"].strip()
        product = products_by_number(request.organization, [number]).get(number)
        if product is not None:
            fill_row(entry, product, page.choices, data=page.typed.form)
        elif number:
            entry.note = _("No product has this number.")
        entry.errors.clear()
        return render(request, "invoicing/_line.html", {"entry": entry, "choices": page.choices})


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def compute_totals(request: OrganizationRequest) -> HttpResponse:
    """The sums of what is typed so far, and each row's amount; nothing is stored."""
    with read_only():
        try:
            page = typed_page(request, *_subject(request), local_today(request.organization))
        except InvoiceAlreadyFinalized:
            return HttpResponse(status=204)  # asked while the draft was being finalized: its sums are settled
        amounts = page.typed.told if len(page.typed.told) <= AMOUNTS_SHOWN_MAX else []
        return render(
            request, "invoicing/_totals.html", page.context(request) | {"amounts": amounts, "is_swapped": True}
        )


def _subject(request: OrganizationRequest) -> tuple[UUID | None, Customer | None]:
    """The draft that is typed on, or the customer of one that is not stored yet."""
    try:
        if draft_id := request.GET.get("draft", ""):
            return UUID(draft_id), None
        return None, get_customer(request.organization, UUID(request.GET.get("customer", "")))
    except ValueError as error:
        raise Http404 from error
