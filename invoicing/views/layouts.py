"""The layout of one draft, and the layout that new drafts begin with."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from customers.models import Customer
from customers.queries import get_customer
from foundation.htmx import go_to
from foundation.transactions import read_only
from invoicing.actions.layouts import Move, drop_customer_layout, lay_out_draft, update_layout_defaults
from invoicing.drafting.arranging import layout_for
from invoicing.drafting.composition import Surroundings
from invoicing.drafting.preview import DraftSums, sums_of
from invoicing.forms.layouts import LayoutForm, SectionRow, layout_form, layout_sent, layout_wishes, section_rows
from invoicing.layouts import Layout
from invoicing.models import Invoice, InvoiceLine
from invoicing.texts import layout_defaults
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
SECTIONS_SHOWN_MAX = 40
DRAFT_FORM = "draft-form"


def layout_context(
    invoice: Invoice, lines: list[InvoiceLine], around: Surroundings, sums: DraftSums | None
) -> dict[str, Any]:
    """The card about the layout of a draft: include invoicing/_layout.html. Its fields belong to the draft's form.

    What is stored is told, also where something else is typed; worked out only where the card is shown.
    """
    layout = Layout.from_json(invoice.layout)

    @cache
    def rows() -> list[SectionRow]:
        if not any(line.section for line in lines):
            return []
        totals = (sums or sums_of(invoice, lines, around)).totals
        return section_rows(lines, totals.lines, layout) if totals else []

    return {
        "layout": layout,
        "layout_form": SimpleLazyObject(lambda: layout_form(layout, form=DRAFT_FORM)),
        "layout_sections": SimpleLazyObject(lambda: rows()[:SECTIONS_SHOWN_MAX]),
        "layout_sections_more": SimpleLazyObject(lambda: max(0, len(rows()) - SECTIONS_SHOWN_MAX)),
    }


def lay_out_as_asked(request: OrganizationRequest, invoice: Invoice, then: str) -> Invoice:
    """The draft, just stored, in the layout of its card; one that the card does not offer leaves it as it is."""
    form = LayoutForm(request.POST)
    if not form.is_valid():
        return invoice
    wishes = layout_wishes(then)
    move = Move(wishes["section"], wishes["step"]) if "step" in wishes else None
    return lay_out_draft(
        request.organization,
        invoice.pk,
        version=invoice.version,
        layout=layout_sent(form, request.POST, Layout.from_json(invoice.layout)),
        actor=request.actor,
        regroups=wishes["regroups"],
        move=move,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_SETTINGS)
def update_layout(request: OrganizationRequest) -> HttpResponse:
    """The layout that the organization's new drafts begin with."""
    if request.method != "POST":
        return _page(request, None)
    form = LayoutForm(request.POST)
    if not form.is_valid():
        return _page(request, None, form)
    update_layout_defaults(request.organization, form.layout(), actor=request.actor)
    messages.success(request, _("Saved"))
    return go_to(request, reverse("invoicing:update_layout", args=[request.organization.slug]))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CUSTOMERS)
def update_customer_layout(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """The layout that one customer's new drafts begin with, in place of the organization's."""
    with read_only():
        customer = get_customer(request.organization, customer_id)
    if request.method != "POST":
        return _page(request, customer)
    if request.POST.get("as") == "organization":
        drop_customer_layout(request.organization, customer, actor=request.actor)
        messages.success(request, _("New drafts of this customer are laid out as all others."))
    else:
        form = LayoutForm(request.POST)
        if not form.is_valid():
            return _page(request, customer, form)
        update_layout_defaults(request.organization, form.layout(), customer=customer, actor=request.actor)
        messages.success(request, _("Saved"))
    return go_to(request, reverse("customers:show_customer", args=[request.organization.slug, customer.pk]))


def _page(request: OrganizationRequest, customer: Customer | None, form: LayoutForm | None = None) -> HttpResponse:
    with read_only():
        known = layout_defaults(request.organization, [customer.pk] if customer else [])
        context = {
            "form": form or layout_form(layout_for(known, customer.pk if customer else None)),
            "customer": customer,
            "has_own": customer is not None and customer.pk in known,
        }
        template = "invoicing/customer_layout.html" if customer else "invoicing/layout.html"
        return render(request, template, context, status=INVALID if form else 200)
