"""A product's form: what is sold meets the chart of accounts, so it stands where all rooms are in reach."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from customers import queries
from customers.actions import products as actions
from customers.forms.products import ProductForm
from customers.models import Product
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from payments.queries import list_revenue_accounts
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_PRODUCTS)
def create_product(request: OrganizationRequest) -> HttpResponse:
    """A new product."""
    form = _form(request, None)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, None)
    try:
        product = actions.create_product(request.organization, values=form.values(), actor=request.actor)
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _form_page(request, form, None)
    messages.success(request, _("%(product)s is saved") % {"product": product})
    return HttpResponseRedirect(reverse("customers:list_products", args=[request.organization.slug]))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_PRODUCTS)
def update_product(request: OrganizationRequest, product_id: UUID) -> HttpResponse:
    """Change a product; lines that are written keep what they have."""
    with read_only():
        product = queries.get_product(request.organization, product_id)
    form = _form(request, product)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, product)
    try:
        actions.update_product(
            request.organization,
            product_id,
            values=form.values(),
            version=form.cleaned_data.get("version") or 0,
            actor=request.actor,
        )
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _form_page(request, form, product)
    messages.success(request, _("Saved"))
    return HttpResponseRedirect(reverse("customers:list_products", args=[request.organization.slug]))


def _form(request: OrganizationRequest, product: Product | None) -> ProductForm:
    with read_only():
        accounts = [(account.number, str(account)) for account in list_revenue_accounts(request.organization)]
    data = request.POST if request.method == "POST" else None
    return ProductForm(data, instance=product, organization=request.organization, accounts=accounts)


def _form_page(request: OrganizationRequest, form: ProductForm, product: Product | None) -> HttpResponse:
    with read_only():
        stored = queries.get_product(request.organization, product.pk) if product else None
        # Once the refusal has been read, saving again replaces what is stored now.
        context = {"form": form, "product": stored, "version": stored.version if stored else 0}
        status = INVALID if form.is_bound else 200
        return render(request, "customers/edit_product.html", context, status=status)
