"""The doors to advances and retainers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.actions import advances as actions
from billing_backlog.actions.advances import AdvanceTerms
from billing_backlog.forms.advances import AdvanceForm, UseForm
from billing_backlog.models import AdvanceKind, Contract, Project
from billing_backlog.queries import advances as queries
from billing_backlog.queries.choosing import offered_customers
from billing_backlog.queries.proformas import find_proforma
from billing_backlog.queries.projects import get_contract
from billing_backlog.views.seeing import projects_of
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from invoicing import queries as invoicing
from invoicing.prepaying import parts_of
from payments.actions.refunds import RefundTerms
from payments.forms.refunds import RefundForm
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
SHOWN_MAX = 500


def seen(request: OrganizationRequest) -> QuerySet[Project] | None:
    """The projects whose advances may be seen; None where all of them may."""
    return None if request.may(Permission.VIEW_ALL_PROJECTS) else projects_of(request)


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_advances(request: OrganizationRequest) -> HttpResponse:
    """The advances and retainers of which something is left or awaited; those that are used up on request."""
    organization, words = request.organization, request.GET.get("q", "").strip()
    shows_over = request.GET.get("show") == "over"
    found = queries.seen_by(queries.list_advances(organization, words=words), seen(request))
    stood = queries.stood(organization, list(found[:SHOWN_MAX]))
    shown = [each for each in stood if each.standing.is_over == shows_over]
    context = {
        "advances": shown,
        "sums": queries.sums_of(shown),
        "shows_over": shows_over,
        "words": words,
        "may_ask": request.may(Permission.EDIT_DRAFTS),
    }
    return render(request, "billing_backlog/list_advances.html", context)


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def show_advance(request: OrganizationRequest, advance_id: UUID) -> HttpResponse:
    """One advance: what was asked, paid, used and is left, where it was used, and how a retainer was filled up."""
    organization = request.organization
    advance = queries.get_advance(organization, advance_id, seen(request))
    [stood] = queries.stood(organization, [advance])
    is_retainer = advance.kind == AdvanceKind.RETAINER
    family = queries.family_of(organization, advance) if is_retainer else []
    context = {
        "advance": advance,
        "standing": stood.standing,
        "uses": queries.uses_of_advance(organization, advance),
        "family": family,
        "first": family[0].advance if family else advance,
        "left": sum((each.standing.available for each in family), Decimal(0)),
        "may_edit": request.may(Permission.EDIT_DRAFTS),
        "may_refund": request.may(Permission.REFUND_PAYMENTS) and stood.standing.available > 0,
    }
    return render(request, "billing_backlog/show_advance.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_DRAFTS)
def ask_advance(request: OrganizationRequest) -> HttpResponse:
    """A form that drafts the payment request of an advance, for a contract where one is named."""
    organization = request.organization
    with read_only():
        contract = _contract_asked(request)
        typed = request.POST if request.method == "POST" else None
        form = AdvanceForm(typed, organization=organization, contract=contract)
        is_sent = form.is_bound and form.is_valid()
    if is_sent:
        try:
            advance = actions.ask_advance(
                organization,
                AdvanceTerms(contract=contract, **form.cleaned_data),
                actor=request.actor,
                today=local_today(organization),
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The payment request is drafted. Finalize and send it to ask for the money."))
            return redirect("billing_backlog:show_advance", organization.slug, advance.pk)
    with read_only():
        context = {"form": form, "contract": contract, "offered": offered_customers(organization)}
        status = INVALID if form.is_bound else 200
        return render(request, "billing_backlog/ask_advance.html", context, status=status)


def _contract_asked(request: OrganizationRequest) -> Contract | None:
    asked = request.GET.get("contract", "")
    try:
        contract_id = UUID(asked)
    except ValueError:
        return None
    return get_contract(request.organization, contract_id, projects_of(request))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.REFUND_PAYMENTS)
def refund_advance(request: OrganizationRequest, advance_id: UUID) -> HttpResponse:
    """Pay back what no invoice uses of an advance, or a part of it."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        advance = queries.get_advance(organization, advance_id, seen(request))
        [stood] = queries.stood(organization, [advance])
        payments = queries.payments_of_advance(organization, advance)
    form = None
    if payments and (stood.standing.available > 0 or request.method == "POST"):
        typed = request.POST if request.method == "POST" else None
        form = RefundForm(typed, payment=payments[0], today=today)
        form.fields["amount"].initial = stood.standing.available
    if form is not None and form.is_bound and form.is_valid():
        try:
            terms, day = RefundTerms(**form.told()), form.cleaned_data["day"]
            actions.refund_advance(organization, advance.pk, terms, actor=request.actor, day=day, now=timezone.now())
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The money is set aside to be paid back."))
            return redirect("billing_backlog:show_advance", organization.slug, advance.pk)
    with read_only():
        context = {"advance": advance, "standing": stood.standing, "form": form}
        status = INVALID if form is not None and form.is_bound else 200
        return render(request, "billing_backlog/refund_advance.html", context, status=status)


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def change_use(request: OrganizationRequest, advance_id: UUID) -> HttpResponse:
    """Use an advance on the next invoices by itself, or by hand only."""
    with read_only():
        advance = queries.get_advance(request.organization, advance_id, seen(request))
    is_wanted = request.POST.get("applies_itself") == "yes"
    actions.change_use(request.organization, advance.pk, applies_itself=is_wanted, actor=request.actor)
    messages.success(request, _("Saved"))
    return redirect("billing_backlog:show_advance", request.organization.slug, advance.pk)


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def end_retainer(request: OrganizationRequest, advance_id: UUID) -> HttpResponse:
    """Fill a retainer up no more."""
    with read_only():
        advance = queries.get_advance(request.organization, advance_id, seen(request))
    try:
        actions.end_retainer(request.organization, advance.pk, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The retainer is not filled up any more."))
    return redirect("billing_backlog:show_advance", request.organization.slug, advance.pk)


@require_safe
@organization_view(Permission.EDIT_DRAFTS)
def panel_draft_advances(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Beside a draft: what the customer has paid in advance, and how much of it this draft uses; else nothing."""
    draft = invoicing.get_invoice_alone(request.organization, invoice_id)
    form = _use_form(request, invoice_id) if draft.is_draft and not draft.is_credit_note else None
    if form is None or not form.offered:
        return HttpResponse()  # not even a line break: the place on the page goes away
    context = {"form": form, "invoice": draft, "from": "work" if request.GET.get("from") == "work" else ""}
    return render(request, "billing_backlog/_panel_draft_advances.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_DRAFTS)
def use_advances(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Change how much of the customer's advances pays a draft; the amounts alone (M-044)."""
    organization = request.organization
    with read_only():
        form = _use_form(request, invoice_id)
        draft = invoicing.get_invoice_alone(organization, invoice_id)
    if form.is_bound and form.is_valid():
        today = local_today(organization)
        try:
            actions.use_advances(organization, invoice_id, form.wanted(), actor=request.actor, today=today)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The amount to pay follows the advances."))
            return redirect(_back(request, invoice_id))
    with read_only():
        context: dict[str, Any] = {"form": form, "invoice": draft, "back": _back(request, invoice_id)}
        status = INVALID if form.is_bound else 200
        return render(request, "billing_backlog/use_advances.html", context, status=status)


def _use_form(request: OrganizationRequest, invoice_id: UUID) -> UseForm:
    organization = request.organization
    draft = invoicing.get_invoice_alone(organization, invoice_id)
    proforma = find_proforma(organization, invoice_id)
    offered = queries.advances_for(organization, draft, proforma.contract_id if proforma else None)
    own = {part.id: part.amount for part in parts_of(draft.prepaid)}
    typed = request.POST if request.method == "POST" else None
    return UseForm(typed, offered=offered, own=own)


def _back(request: OrganizationRequest, invoice_id: UUID) -> str:
    """To the page from which the amounts were changed: the work behind the draft, or the draft itself."""
    organization = request.organization
    if request.POST.get("from") == "work":
        proforma = find_proforma(organization, invoice_id)
        if proforma is not None:
            return reverse("billing_backlog:show_proforma", args=[organization.slug, proforma.pk])
    return reverse("invoicing:update_draft", args=[organization.slug, invoice_id])
