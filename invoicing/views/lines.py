"""The parts of the draft form that change while it is typed: a new row, a product's row, the sums."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.htmx import render_fragment
from foundation.transactions import read_only
from invoicing.drafting.choices import draft_choices, products_by_number
from invoicing.drafting.surroundings import surroundings
from invoicing.errors import InvoiceAlreadyFinalized
from invoicing.explanation_words import explained_line
from invoicing.forms.drafts import turned
from invoicing.forms.lines import LineEntry, blank_entry, heading_entry
from invoicing.forms.products import fill_row
from invoicing.views.draft_page import DraftPage, subject_of, typed_page
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

AMOUNTS_SHOWN_MAX = 200  # beyond this, the rows' own amounts are shown when the draft is saved


@require_GET
@organization_view(Permission.EDIT_DRAFTS)
def new_line(request: OrganizationRequest) -> HttpResponse:
    """One empty row for the end of the form."""
    return HttpResponse(_blank_row(request))


def _blank_row(request: OrganizationRequest) -> str:
    today = local_today(request.organization)
    around = surroundings(request.organization, currencies=[], today=today, with_footers=False)
    choices = draft_choices(request.organization, around)
    treatment = request.GET.get("vat", "")
    known = treatment if treatment in dict(choices.treatments) else ""
    context = {"entry": blank_entry(choices, treatment=known), "choices": choices, "subject": _subject_query(request)}
    return render_fragment(request, "invoicing/_line.html", context)


@require_GET
@organization_view(Permission.EDIT_DRAFTS)
def new_section(request: OrganizationRequest) -> HttpResponse:
    """The empty heading of a new section and its first row."""
    heading = render_fragment(request, "invoicing/_section.html", {"entry": heading_entry()})
    return HttpResponse(heading + _blank_row(request))


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def fill_line(request: OrganizationRequest) -> HttpResponse:
    """The row whose product number was typed, filled in with what the product says; nothing is stored."""
    with read_only():
        page, entry = _row_typed(request)
        number = entry.typed["product_number"].strip()
        product = products_by_number(request.organization, [number]).get(number)
        if product is not None:
            fill_row(entry, product, page.choices, data=page.typed.form)
        elif number:
            entry.note = _("No product has this number.")
        entry.errors.clear()
        return _show_row(request, page, entry)


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def open_line(request: OrganizationRequest) -> HttpResponse:
    """The row with all its fields and how its amount is made, or without them again; nothing is stored."""
    with read_only():
        page, entry = _row_typed(request)
        return _show_row(request, page, turned(entry))


def _row_typed(request: OrganizationRequest) -> tuple[DraftPage, LineEntry]:
    """The row that was sent with the head, whose line it is being looked up among the draft's."""
    page = typed_page(request, *subject_of(request), local_today(request.organization))
    key = request.POST.get("row", "")
    entry = next((entry for entry in page.typed.entries if entry.key == key and not entry.is_heading), None)
    if entry is None:
        raise Http404
    return page, entry


def _show_row(request: OrganizationRequest, page: DraftPage, entry: LineEntry) -> HttpResponse:
    if entry.place is not None and page.sums.given is not None and page.sums.totals is not None:
        entry.how = explained_line(page.sums.given, page.sums.totals, entry.place)
    context = page.context(request) | {"entry": entry, "subject": _subject_query(request)}
    return render(request, "invoicing/_line.html", context)


def _subject_query(request: OrganizationRequest) -> str:
    """What names the draft, or the customer of a new one, in the addresses of its parts."""
    known = {name: request.GET.get(name, "") for name in ("draft", "customer", "from", "of")}
    return urlencode({name: value for name, value in known.items() if value})


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def compute_totals(request: OrganizationRequest) -> HttpResponse:
    """The sums of what is typed so far, and each row's amount; nothing is stored."""
    with read_only():
        try:
            page = typed_page(request, *subject_of(request), local_today(request.organization))
        except InvoiceAlreadyFinalized:
            return HttpResponse(status=204)  # asked while the draft was being finalized: its sums are settled
        amounts = page.typed.entries if len(page.typed.entries) <= AMOUNTS_SHOWN_MAX else []
        return render(
            request, "invoicing/_totals.html", page.context(request) | {"amounts": amounts, "is_swapped": True}
        )
