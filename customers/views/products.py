"""The doors to products; their form knows the chart of accounts and therefore stands in config."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers import queries
from customers.actions import products as actions
from customers.units import unit_name
from foundation.htmx import render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.templatetags.formatting import language_of_page
from foundation.text import search_words
from tenants.permissions import OrganizationRequest, Permission, organization_view

NUMBER_ORDER = (Key("number", str), Key("id", UUID))


@require_safe
@organization_view(Permission.VIEW_PRODUCTS)
def list_products(request: OrganizationRequest) -> HttpResponse:
    """Products by number, in use or out of use."""
    words = search_words(request.GET.get("q", ""))
    is_archived = request.GET.get("show") == "archived"
    rows = queries.list_products(request.organization, words=words, is_archived=is_archived)
    page = page_of(rows, NUMBER_ORDER, request.GET)
    language = language_of_page()
    context = {
        "products": [(product, unit_name(product.unit_code, language)) for product in page.rows],
        "pagination": page.pagination({"q": words, "show": "archived" if is_archived else ""}, target="#products"),
        "words": words,
        "is_archived": is_archived,
        "may_edit": request.may(Permission.EDIT_PRODUCTS),
        "may_import": request.may(Permission.IMPORT_DATA),
    }
    return render_page_or_fragment(request, "customers/list_products.html", "customers/_products.html", context)


@require_POST
@organization_view(Permission.EDIT_PRODUCTS)
def archive_product(request: OrganizationRequest, product_id: UUID) -> HttpResponse:
    """Take a product out of use."""
    product = actions.archive_product(request.organization, product_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("%(name)s is out of use") % {"name": product.name})
    return HttpResponseRedirect(reverse("customers:list_products", args=[request.organization.slug]))


@require_POST
@organization_view(Permission.EDIT_PRODUCTS)
def restore_product(request: OrganizationRequest, product_id: UUID) -> HttpResponse:
    """Take a product into use again."""
    product = actions.restore_product(request.organization, product_id, actor=request.actor)
    messages.success(request, _("%(name)s is in use again") % {"name": product.name})
    return HttpResponseRedirect(reverse("customers:list_products", args=[request.organization.slug]))
