"""The form of a quote: read, shown, and its parts that change while it is typed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from billing_backlog.forms.contracts import KEY, new_key
from billing_backlog.forms.quotes import QuoteSheet, line_of_product
from billing_backlog.models import Quote, QuoteLine
from billing_backlog.queries import quotes as queries
from billing_backlog.queries.choosing import offered_customers, product_called
from billing_backlog.quoting.composing import Summed, sum_quote
from billing_backlog.views.seeing import projects_of
from customers.models import Customer
from customers.queries import get_customer
from foundation.errors import DomainError
from foundation.htmx import render_fragment
from foundation.transactions import read_only
from invoicing.drafting.choices import price_on
from invoicing.drafting.surroundings import surroundings
from tenants import queries as tenants
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

VALID_DAYS = 30
PROJECTS_MAX = 200


def sheet_of(request: OrganizationRequest, quote: Quote | None) -> QuoteSheet:
    """The form as it was typed, or as the quote, its copy or an empty page begins."""
    organization = request.organization
    customer = quote.customer if quote else _asked_customer(request)
    data = request.POST if request.method == "POST" else None
    lines: list[QuoteLine] = []
    initial: dict[str, Any] = {}
    if data is None and quote is not None:
        lines = queries.lines_of(organization, quote)
    elif data is None:
        initial, lines = _first(request, customer)
    return QuoteSheet(
        organization,
        form_options(request),
        data=data,
        quote=quote,
        lines=lines,
        initial=initial,
        treatment=_treatment(request, customer),
    )


def form_options(request: OrganizationRequest) -> dict[str, Any]:
    """Whom and what the head of a quote can name."""
    members = tenants.list_memberships(request.organization).select_related("user")
    return {"people": [member.user for member in members], "projects": project_choices(request)}


def project_choices(request: OrganizationRequest) -> list[tuple[str, str]]:
    """The open projects that whoever asks may see."""
    found = projects_of(request).filter(closed_on=None).order_by("-number")[:PROJECTS_MAX]
    return [(str(project.pk), str(project)) for project in found]


def _first(request: OrganizationRequest, customer: Customer | None) -> tuple[dict[str, Any], list[QuoteLine]]:
    """What a new quote begins with: the customer's terms, or the words of the quote that it copies."""
    organization, today = request.organization, local_today(request.organization)
    first: dict[str, Any] = {
        "valid_until": today + timedelta(days=VALID_DAYS),
        "currency": organization.base_currency,
        "responsible": str(request.user.pk),
    }
    copied = queries.find_quote(organization, copy_id) if (copy_id := as_uuid(request.GET.get("copy", ""))) else None
    if copied is not None:
        names = ("title", "text", "contact_name", "contact_email", "currency", "prices_include_vat", "buyer_reference")
        first |= {name: getattr(copied, name) for name in names} | {"language": copied.language}
        return first | {"customer": copied.customer}, queries.lines_of(organization, copied)
    if customer is not None:
        first |= {
            "customer": customer,
            "contact_name": customer.contact_name,
            "contact_email": customer.email,
            "currency": customer.currency,
            "language": customer.language,
            "buyer_reference": customer.buyer_reference,
        }
    return first, []


def _asked_customer(request: OrganizationRequest) -> Customer | None:
    key = as_uuid(request.GET.get("customer", ""))
    return get_customer(request.organization, key) if key else None


def _treatment(request: OrganizationRequest, customer: Customer | None) -> str:
    if not request.organization.is_vat_registered:
        return "outside"
    return (customer.vat_treatment if customer else "") or "standard"


def as_uuid(text: str) -> UUID | None:
    """The id that an address names; None where it names none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def sheet_page(request: OrganizationRequest, sheet: QuoteSheet, quote: Quote | None) -> HttpResponse:
    """The page of the form with the sums of what is typed so far."""
    with read_only():
        context = {
            "sheet": sheet,
            "errors": sheet.row_errors,
            "quote": quote,
            "offered": offered_customers(request.organization),
            "new_key": request.POST.get("key") or new_key(),
            **_sums(request, sheet, quote),
        }
        return render(request, "billing_backlog/edit_quote.html", context, status=sheet.status)


@require_safe
@organization_view(Permission.EDIT_DRAFTS)
def new_quote_row(request: OrganizationRequest) -> HttpResponse:
    """One empty row for the end of the form, or the row whose product number was typed, filled in."""
    organization, key = request.organization, request.GET.get("row", "")
    sheet = QuoteSheet(organization, {"people": [], "projects": []}, treatment=_treatment(request, None))
    row = sheet.line_form(new_key())
    if KEY.fullmatch(key):
        typed = {name: request.GET.get(f"{key}-{name}", "") for name in row.fields}
        number = typed["product_number"].strip()
        product = product_called(organization, number) if number else None
        if product is not None:
            around = surroundings(organization, currencies=[], today=local_today(organization), with_footers=False)
            currency = request.GET.get("currency", "") or organization.base_currency
            with_vat = bool(request.GET.get("prices_include_vat"))
            price = price_on(product, around, currency=currency, prices_include_vat=with_vat)
            typed |= line_of_product(product, price)
        row = sheet.line_form(key, None, **typed)
    return HttpResponse(render_fragment(request, "billing_backlog/_quote_line.html", {"row": row}))


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def compute_quote(request: OrganizationRequest) -> HttpResponse:
    """The sums of what is typed so far; nothing is stored."""
    with read_only():
        sheet = sheet_of(request, None)
        return HttpResponse(render_fragment(request, "billing_backlog/_quote_sums.html", _sums(request, sheet, None)))


def _sums(request: OrganizationRequest, sheet: QuoteSheet, quote: Quote | None) -> dict[str, Any]:
    """What the readable rows come to."""
    if not sheet.head.is_bound:
        shown = quote or Quote(currency=sheet.head.initial.get("currency", ""))
        return {"currency": shown.currency, "net": shown.net_amount, "vat": shown.vat_amount,
                "payable": shown.payable_amount}  # fmt: skip
    sheet.head.is_valid()
    told = sheet.head.cleaned_data
    currency = told.get("currency") or request.organization.base_currency
    rows = [row for row in sheet.told if row.is_valid()]
    draft = Quote(currency=currency, prices_include_vat=bool(told.get("prices_include_vat")))
    draft.delivery_date = told.get("delivery_date")
    summed = _summed(request, draft, [QuoteLine(position=place, **row.values()) for place, row in enumerate(rows)])
    if summed is None:
        return {"currency": currency, "net": None, "vat": None, "payable": None}
    totals = summed.totals
    return {"currency": currency, "net": totals.net, "vat": totals.vat_total, "payable": totals.payable}


def _summed(request: OrganizationRequest, draft: Quote, lines: list[QuoteLine]) -> Summed | None:
    organization = request.organization
    around = surroundings(organization, currencies=[], today=local_today(organization), with_footers=False)
    try:
        return sum_quote(draft, lines, Customer(organization=organization), around)
    except DomainError:  # said beside the field when the quote is saved
        return None
