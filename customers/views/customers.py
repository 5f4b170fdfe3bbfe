"""The doors to customers and the people at them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers import queries
from customers.actions import customers as actions
from customers.actions.national_ids import masked_national_id
from customers.channels import words_of_order
from customers.forms.customers import ContactForm, CustomerForm, NationalIdForm
from customers.models import Customer, CustomerKind, PropertySubject
from foundation.countries import country_name
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import render_page_or_fragment, swap_or_redirect
from foundation.keyset import Key, page_of
from foundation.text import search_words
from foundation.transactions import read_only
from tenants.permissions import OrganizationRequest, Permission, organization_view

NAME_ORDER = (Key("name_key", str), Key("id", UUID))
INVALID = 422


@require_safe
@organization_view(Permission.VIEW_CUSTOMERS)
def list_customers(request: OrganizationRequest) -> HttpResponse:
    """Customers by name, in use or out of use, found by a part of the name or by a number."""
    words = search_words(request.GET.get("q", ""))
    is_archived = request.GET.get("show") == "archived"
    rows = queries.list_customers(request.organization, words=words, is_archived=is_archived)
    page = page_of(rows, NAME_ORDER, request.GET)
    parameters = {"q": words, "show": "archived" if is_archived else ""}
    context = {
        "customers": page.rows,
        "pagination": page.pagination(parameters, target="#customers"),
        "words": words,
        "is_archived": is_archived,
        "may_edit": request.may(Permission.EDIT_CUSTOMERS),
        "may_import": request.may(Permission.IMPORT_DATA),
    }
    return render_page_or_fragment(request, "customers/list_customers.html", "customers/_customers.html", context)


@require_safe
@organization_view(Permission.VIEW_CUSTOMERS)
def show_customer(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """What we know of a customer, the people there and the documents."""
    customer = queries.get_customer(request.organization, customer_id)
    return render(request, "customers/show_customer.html", page_context(request, customer))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CUSTOMERS)
def create_customer(request: OrganizationRequest) -> HttpResponse:
    """A new customer under the next customer number."""
    organization = request.organization
    with read_only():
        definitions = queries.list_properties(organization, PropertySubject.CUSTOMER)
    if request.method != "POST":
        return _form_page(request, CustomerForm(organization=organization, definitions=definitions), None)
    form = CustomerForm(request.POST, organization=organization, definitions=definitions)
    if not form.is_valid():
        return _form_page(request, form, None)
    customer = actions.create_customer(organization, values=form.values(), actor=request.actor)
    messages.success(request, _("Customer %(number)s is saved") % {"number": customer.number})
    return HttpResponseRedirect(_address_of(request, customer))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CUSTOMERS)
def update_customer(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Change a customer; a save that would overwrite somebody else's shows both and keeps what was typed."""
    organization = request.organization
    with read_only():
        customer = queries.get_customer(organization, customer_id)
        definitions = queries.list_properties(organization, PropertySubject.CUSTOMER)
    options: dict[str, Any] = {"instance": customer, "organization": organization, "definitions": definitions}
    if request.method != "POST":
        return _form_page(request, CustomerForm(**options), customer)
    form = CustomerForm(request.POST, **options)
    if not form.is_valid():
        return _form_page(request, form, customer)
    version = form.cleaned_data.get("version") or 0
    try:
        saved = actions.update_customer(
            organization, customer_id, values=form.values(), version=version, actor=request.actor
        )
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _form_page(request, form, customer)
    messages.success(request, _("Saved"))
    return HttpResponseRedirect(_address_of(request, saved))


@require_POST
@organization_view(Permission.EDIT_CUSTOMERS)
def archive_customer(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Take a customer out of use."""
    customer = actions.archive_customer(request.organization, customer_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("%(name)s is out of use") % {"name": customer.name})
    return HttpResponseRedirect(_address_of(request, customer))


@require_POST
@organization_view(Permission.EDIT_CUSTOMERS)
def restore_customer(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Take a customer into use again."""
    customer = actions.restore_customer(request.organization, customer_id, actor=request.actor)
    messages.success(request, _("%(name)s is in use again") % {"name": customer.name})
    return HttpResponseRedirect(_address_of(request, customer))


@require_POST
@organization_view(Permission.EDIT_CUSTOMERS)
def add_contact(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Write down a person at a customer."""
    form = ContactForm(request.POST)
    with read_only():
        customer = queries.get_customer(request.organization, customer_id)
    if form.is_valid():
        try:
            actions.add_contact(request.organization, customer_id, values=form.cleaned_data, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Contact added"))
            with read_only():
                context = page_context(request, customer)
                return swap_or_redirect(request, "customers/_contacts.html", context, to=_address_of(request, customer))
    with read_only():
        context = {**page_context(request, customer), "contact_form": form}
        return render_page_or_fragment(
            request, "customers/show_customer.html", "customers/_contacts.html", context, status=INVALID
        )


@require_POST
@organization_view(Permission.EDIT_CUSTOMERS)
def remove_contact(request: OrganizationRequest, customer_id: UUID, contact_id: UUID) -> HttpResponse:
    """Forget a person at a customer."""
    actions.remove_contact(request.organization, customer_id, contact_id, actor=request.actor)
    messages.success(request, _("Contact removed"))
    with read_only():
        customer = queries.get_customer(request.organization, customer_id)
        context = page_context(request, customer)
        return swap_or_redirect(request, "customers/_contacts.html", context, to=_address_of(request, customer))


def page_context(request: OrganizationRequest, customer: Customer) -> dict[str, Any]:
    """What the page of one customer shows; asked inside a reading transaction."""
    organization = request.organization
    may_edit = request.may(Permission.EDIT_CUSTOMERS) and not customer.is_erased
    may_keep = bool(organization.national_id_purpose) and customer.kind == CustomerKind.CONSUMER
    return {
        "customer": customer,
        "country": country_name(customer.country),
        "channels": words_of_order(customer.channels),
        "contacts": list(queries.list_contacts(organization, customer)),
        "contact_form": ContactForm(),
        "national_id_form": NationalIdForm() if may_edit and may_keep else None,
        "masked_national_id": masked_national_id(organization, customer),
        "may_reveal": request.may(Permission.REVEAL_NATIONAL_ID),
        "may_edit": may_edit,
        "may_erase": request.may(Permission.ERASE_PERSONAL_DATA) and not customer.is_erased,
        "may_draft": request.may(Permission.EDIT_DRAFTS),
        "may_see_quotes": request.may(Permission.VIEW_INVOICES),
        "may_see_ledger": request.may(Permission.VIEW_LEDGER),
    }


def _form_page(request: OrganizationRequest, form: CustomerForm, customer: Customer | None) -> HttpResponse:
    with read_only():
        stored = queries.get_customer(request.organization, customer.pk) if customer else None
        # Once both versions have been shown, saving again replaces what is stored now.
        is_stale = form.is_bound and stored is not None and form.cleaned_data.get("version") != stored.version
        context = {
            "form": form,
            "customer": stored,
            "differences": _differences(form, stored) if is_stale and stored else [],
            "version": stored.version if stored else 0,
        }
        return render(request, "customers/edit_customer.html", context, status=INVALID if form.is_bound else 200)


def _differences(form: CustomerForm, stored: Customer) -> list[dict[str, str]]:
    """Where the typed values differ from what somebody else has saved meanwhile."""
    found = []
    for name in form.Meta.fields:
        typed, saved = form.cleaned_data.get(name), getattr(stored, name)
        if str(typed if typed is not None else "") != str(saved if saved is not None else ""):
            found.append({"label": str(form[name].label), "typed": str(typed or ""), "saved": str(saved or "")})
    typed_order, saved_order = form.cleaned_data.get("channels", []), stored.channels
    if typed_order != saved_order:
        label = str(Customer._meta.get_field("channels").verbose_name)
        found.append({"label": label, "typed": words_of_order(typed_order), "saved": words_of_order(saved_order)})
    return found


def _address_of(request: OrganizationRequest, customer: Customer) -> str:
    return reverse("customers:show_customer", args=[request.organization.slug, customer.pk])
