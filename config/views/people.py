"""The doors to what is kept of a person: see it, give it out, erase it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config import erasure, subject_access
from config.erasure import Person
from customers import queries
from customers.actions.erasure import refuse_non_person
from customers.models import Customer
from foundation.forms import show_refusal
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


class NameForm(forms.Form):
    """The name of whom is erased, typed."""

    name = forms.CharField(label=gettext_lazy("Type the name"), max_length=160)


@require_safe
@organization_view(Permission.ERASE_PERSONAL_DATA)
def show_person(request: OrganizationRequest, customer_id: UUID, contact_id: UUID | None = None) -> HttpResponse:
    """What is kept of a person, what of it stays when it is erased, by which law and until when."""
    return render(request, "config/show_person.html", _page(request, customer_id, contact_id))


@require_POST
@organization_view(Permission.ERASE_PERSONAL_DATA)
def export_person(request: OrganizationRequest, customer_id: UUID, contact_id: UUID | None = None) -> HttpResponse:
    """Everything that is kept of a person, as one file; that it was given out is written down first."""
    organization = request.organization
    customer, contact, national_id = subject_access.record_export(
        organization, customer_id, contact_id, actor=request.actor
    )
    made = subject_access.write_export(organization, customer, contact, national_id, now=timezone.now())
    name = _("person-%(number)s.zip") % {"number": customer.number}
    answer = FileResponse(made, as_attachment=True, filename=name, content_type="application/zip")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return cast(HttpResponse, answer)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.ERASE_PERSONAL_DATA)
def erase_person(request: OrganizationRequest, customer_id: UUID, contact_id: UUID | None = None) -> HttpResponse:
    """Ask whether, with the name typed; then erase."""
    organization = request.organization
    with read_only():
        customer = queries.get_customer(organization, customer_id)
    if customer.is_erased:
        return HttpResponseRedirect(_address_of(request, customer))
    if request.method != "POST":
        return _confirmation(request, customer_id, contact_id, NameForm())
    form = NameForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data["name"]
        try:
            remains = erasure.erase_person(
                organization, customer_id, contact_id, typed=typed, actor=request.actor, now=timezone.now()
            )
        except erasure.NameIsNotTyped as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The person is erased"))
            return HttpResponseRedirect(_address_of(request, customer) if remains else _list_address(request))
    with read_only():
        return _confirmation(request, customer_id, contact_id, form)


def _confirmation(
    request: OrganizationRequest, customer_id: UUID, contact_id: UUID | None, form: NameForm
) -> HttpResponse:
    context = {**_page(request, customer_id, contact_id), "form": form}
    return render(request, "config/erase_person.html", context, status=INVALID if form.is_bound else 200)


def _page(request: OrganizationRequest, customer_id: UUID, contact_id: UUID | None) -> dict[str, Any]:
    organization = request.organization
    customer = queries.get_customer(organization, customer_id)
    contact = queries.get_contact(organization, customer_id, contact_id) if contact_id else None
    if contact is None:
        refuse_non_person(customer)
    person = erasure.find_person(organization, customer, contact)
    arguments = [organization.slug, customer.pk, *([contact.pk] if contact else [])]
    middle = "contact_person" if contact else "person"
    return {
        "customer": customer,
        "contact": contact,
        "person": person,
        "counts": _counts(person),
        "kept": erasure.kept_of(organization, customer, today=local_today(organization)),
        "page_url": reverse(f"show_{middle}", args=arguments),
        "export_url": reverse(f"export_{middle}", args=arguments),
        "erase_url": reverse(f"erase_{middle}", args=arguments),
    }


def _counts(person: Person) -> list[tuple[str, int]]:
    """What goes, in words and numbers."""
    told = [
        (_("Contacts"), len(person.contacts)),
        (_("What was registered earlier"), len(person.versions)),
        (_("Drafts without a number"), len(person.draft_ids)),
        (_("Lines of history whose words go"), len(person.line_ids)),
    ]
    return [(words, count) for words, count in told if count]


def _address_of(request: OrganizationRequest, customer: Customer) -> str:
    return reverse("customers:show_customer", args=[request.organization.slug, customer.pk])


def _list_address(request: OrganizationRequest) -> str:
    return reverse("customers:list_customers", args=[request.organization.slug])
