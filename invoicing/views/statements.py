"""The doors to statements of account: one customer's, sent and linked to, and those of many."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers import queries as customers
from customers.models import Customer
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.ids import uuid7
from foundation.transactions import read_only
from invoicing.actions import links
from invoicing.actions import papers as actions
from invoicing.forms.papers import DaysForm, PostForm, StatementsForm
from invoicing.papers import queries as papers
from invoicing.papers.reading import read_statement
from invoicing.public import queries as pages
from invoicing.views.papers import INVALID, page_of, post_form, preview, sent
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def show_statement(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """A customer's account as of a day, as the customer would get it."""
    customer = customers.get_customer(request.organization, customer_id)
    return _page(request, customer, DaysForm(request.GET, today=local_today(request.organization)))


@require_POST
@organization_view(Permission.SEND_INVOICES)
def send_statement(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Send the statement of these days by e-mail."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        customer = customers.get_customer(organization, customer_id)
    days, form = DaysForm(request.POST, today=today), PostForm(request.POST)
    if not (form.is_valid() and days.is_valid()):
        return _page(request, customer, days, form)
    try:
        first, last = days.days()
        actions.check_days(first, last, today=today)
        paper = actions.make_statement(
            organization, customer_id, (first, last), actor=request.actor, now=timezone.now()
        )
        return sent(request, paper, form)
    except DomainError as refusal:
        show_refusal(days if refusal.field in days.fields else form, refusal)
        return _page(request, customer, days, form)


@require_safe
@organization_view(Permission.VIEW_INVOICES)
def preview_statement(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """The PDF of a statement as it would be, made for this one look."""
    organization, today = request.organization, local_today(request.organization)
    customer = customers.get_customer(organization, customer_id)
    first, last = DaysForm(request.GET, today=today).days()
    try:
        actions.check_days(first, last, today=today)
    except DomainError:  # the page says why
        return redirect("invoicing:show_statement", organization.slug, customer_id)
    return preview(organization, read_statement(organization, customer, day=last, first=first))


@require_POST
@organization_view(Permission.SEND_INVOICES)
def copy_statement_link(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """A new link to the customer's account to pass on by hand: shown this once, and never again."""
    organization, now = request.organization, timezone.now()
    days = (None, local_today(organization))
    paper = actions.make_statement(organization, customer_id, days, actor=request.actor, now=now)
    address = links.copy_statement_link(organization, paper.pk, actor=request.actor, now=now)
    with read_only():
        customer = customers.get_customer(organization, customer_id)
    response = _page(request, customer, DaysForm(today=days[1]), address=address)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _page(
    request: OrganizationRequest,
    customer: Customer,
    days: DaysForm,
    form: PostForm | None = None,
    *,
    address: str = "",
) -> HttpResponse:
    organization, today = request.organization, local_today(request.organization)
    first, last = days.days()
    try:
        actions.check_days(first, last, today=today)
    except DomainError as refusal:
        show_refusal(days, refusal)
        first, last = None, today
    with read_only():
        said = read_statement(organization, customer, day=last, first=first)
        made = papers.statements_of(organization, customer.pk)
        context = page_of(organization, said, made) | {
            "customer": customer,
            "days": days,
            "last": last,
            "form": form or post_form(said, customer.email),
            "may_send": request.may(Permission.SEND_INVOICES),
            "preview_url": _preview_url(request, customer, first, last),
            "links": pages.links_to_any(organization, [paper.pk for paper in made]),
            "address": address,
        }
        return render(request, "invoicing/show_statement.html", context, status=INVALID if form else 200)


def _preview_url(request: OrganizationRequest, customer: Customer, first: date | None, last: date) -> str:
    asked: dict[str, Any] = {"day": last.isoformat()} | ({"first": first.isoformat()} if first else {})
    here = reverse("invoicing:preview_statement", args=[request.organization.slug, customer.pk])
    return f"{here}?{urlencode(asked)}"


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.SEND_INVOICES)
def send_statements(request: OrganizationRequest) -> HttpResponse:
    """Everybody with something open, and a statement to each of them who has an e-mail address."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        found = papers.customers_with_open_items(organization, today)
    form = StatementsForm(request.POST or None, initial={"key": uuid7().hex})
    if request.method == "POST" and form.is_valid():
        chosen = [one.customer_id for one in found if one.email and (one.late or not form.cleaned_data["only_late"])]
        key = form.cleaned_data["key"]
        job = actions.start_sending_statements(organization, chosen, day=today, actor=request.actor, key=key)
        messages.success(request, _("The statements are being sent. The job tells what became of each."))
        return go_to(request, reverse("tenants:show_job", args=[organization.slug, job.pk]))
    context = {
        "form": form,
        "reached": [one for one in found if one.email],
        "late_count": sum(1 for one in found if one.email and one.late),
        "others": [one for one in found if not one.email],
        "today": today,
    }
    with read_only():
        return render(request, "invoicing/send_statements.html", context)
