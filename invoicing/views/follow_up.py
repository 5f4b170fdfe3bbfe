"""What stays changeable on a finalized document: who follows it up, and the organization's own properties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.forms.custom_properties import OwnValuesForm
from customers.models import PropertySubject
from customers.queries import list_properties
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import render_fragment, swap_or_redirect, wants_fragment
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import follow_up, owners
from invoicing.dispatching.wording import STANDING_TONES, standing_word
from invoicing.history import trail_of
from invoicing.linked import earlier_values
from invoicing.models import Invoice
from tenants import queries as tenants
from tenants.models import AuditEntry
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


def follow_up_context(
    request: OrganizationRequest,
    invoice: Invoice,
    form: OwnValuesForm | None = None,
    *,
    trail: Sequence[AuditEntry] | None = None,
) -> dict[str, Any]:
    """Owner and own properties as they are, what they may become, and what each said before."""
    organization = request.organization
    row = queries.follow_up_of(organization, invoice.pk)
    may_follow_up = request.may(Permission.EDIT_FOLLOW_UP)
    people = [member.user for member in tenants.list_memberships(organization)] if may_follow_up else []
    return {
        "owner": row.owner if row else None,
        "delivery_word": standing_word(row.delivery_summary) if row else "",
        "delivery_tone": STANDING_TONES.get(row.delivery_summary, "") if row else "",
        "people": people,
        "has_left": bool(row and row.owner and row.owner not in people),
        "own_form": form or _form_of(request, row.custom_properties if row else {}),
        "may_follow_up": may_follow_up,
        "earlier": earlier_values(trail_of(organization, invoice.pk) if trail is None else trail),
    }


def _form_of(request: OrganizationRequest, values: dict[str, Any], data: Any = None) -> OwnValuesForm:
    definitions = list_properties(request.organization, PropertySubject.INVOICE)
    return OwnValuesForm(data, definitions=definitions, values=values)


@require_POST
@organization_view(Permission.EDIT_FOLLOW_UP)
def set_owner(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Give the document to somebody of the organization, or to nobody."""
    typed = request.POST.get("owner", "")
    try:
        owner_id = UUID(typed) if typed else None
    except ValueError as error:
        raise owners.OwnerIsNoMember(_("Choose somebody of the list."), field="owner") from error
    owners.set_owner(request.organization, invoice_id, owner_id=owner_id, actor=request.actor)
    return _changed(request, invoice_id)


@require_POST
@organization_view(Permission.EDIT_FOLLOW_UP)
def set_custom_properties(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Keep the values of the organization's own properties."""
    with read_only():
        invoice = queries.get_invoice(request.organization, invoice_id)
        row = queries.follow_up_of(request.organization, invoice_id)
        form = _form_of(request, row.custom_properties if row else {}, request.POST)
    if form.is_valid():
        try:
            follow_up.set_custom_properties(request.organization, invoice_id, form.values(), actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return _changed(request, invoice_id)
    if not wants_fragment(request):
        raise DomainError(" ".join(str(error) for errors in form.errors.values() for error in errors))
    with read_only():
        context = {"invoice": invoice, **follow_up_context(request, invoice, form)}
        return HttpResponse(render_fragment(request, "invoicing/_follow_up.html", context), status=INVALID)


def _changed(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    messages.success(request, _("Saved"))
    address = reverse("invoicing:show_invoice", args=[request.organization.slug, invoice_id])
    with read_only():
        invoice = queries.get_invoice(request.organization, invoice_id)
        context = {"invoice": invoice, **follow_up_context(request, invoice)}
        return swap_or_redirect(request, "invoicing/_follow_up.html", context, to=address)
