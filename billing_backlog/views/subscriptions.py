"""The doors to subscriptions: the list, one with its charges, the form, and the panel of a document's page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.actions import charging
from billing_backlog.actions import subscriptions as actions
from billing_backlog.actions.subscription_drafts import draft_for_subscription as begin_draft
from billing_backlog.forms.subscriptions import SubscriptionForm, can_preview
from billing_backlog.models import Project, Subscription
from billing_backlog.queries import subscriptions as queries
from billing_backlog.queries.choosing import offered_customers
from billing_backlog.queries.subscriptions import Whole
from billing_backlog.subscriptions import State, outlook, price_on, state_on
from billing_backlog.views.seeing import projects_of
from customers.queries import get_customer
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to, render_page_or_fragment, wants_fragment
from foundation.keyset import Key, page_of
from foundation.text import search_words
from foundation.transactions import read_only
from invoicing.queries import get_invoice
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
BY_NAME = (Key("name", str), Key("id", UUID))
CHARGES_SHOWN = 36
STATE_LABELS = {
    State.RUNNING: gettext_lazy("Running"),
    State.SCHEDULED: gettext_lazy("Scheduled"),
    State.PAUSED: gettext_lazy("Paused"),
    State.STOPPED: gettext_lazy("Stopped"),
}
STATE_TONES = {State.RUNNING: "ok", State.SCHEDULED: "wait", State.PAUSED: "part", State.STOPPED: "void"}


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_subscriptions(request: OrganizationRequest) -> HttpResponse:
    """The subscriptions in a state, each with its price and its next charge, and what a month comes to."""
    organization, today = request.organization, local_today(request.organization)
    words, state = search_words(request.GET.get("q", "")), request.GET.get("state", "")
    state = state if state in set(State) else ""
    found = queries.list_subscriptions(_visible(request), organization, today=today, words=words)
    shown = found.filter(queries.state_is(state, today)) if state else found
    page = page_of(shown, BY_NAME, request.GET)
    context = {
        "subscriptions": [(each, _state_of(each, today)) for each in page.rows],
        "pagination": page.pagination({"q": words, "state": state}, target="#subscriptions"),
        "monthly": queries.monthly_values(found, today),
        "words": words,
        "state": state,
        "tabs": [(value.value, label) for value, label in STATE_LABELS.items()],
        "may_edit": request.may(Permission.EDIT_CONTRACTS),
    }
    return render_page_or_fragment(
        request, "billing_backlog/list_subscriptions.html", "billing_backlog/_subscriptions.html", context
    )


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def show_subscription(request: OrganizationRequest, subscription_id: UUID) -> HttpResponse:
    """One subscription: what it has charged and will charge, its prices, and when it rests."""
    organization, today = request.organization, local_today(request.organization)
    whole = queries.whole_subscription(organization, queries.get_subscription(_visible(request), subscription_id))
    items = list(reversed(whole.items))[:CHARGES_SHOWN]
    documents = queries.invoices_of_items(organization, [item.pk for item in items])
    context = {
        "subscription": whole.subscription,
        "price": price_on(whole.terms, max(today, whole.subscription.starts_on)),
        "state": _told_state(state_on(whole.terms, today)),
        "ahead": outlook(whole.terms, whole.charged, today),
        "charged": [(item, documents.get(item.pk, [])) for item in items],
        "older": len(whole.items) - len(items),
        "prices": list(reversed(queries.prices_of(organization, whole.subscription))),
        "pauses": list(reversed(queries.pauses_of(organization, whole.subscription))),
        "rests": any(pause.last is None or pause.last >= today for pause in whole.terms.pauses),
        "may_edit": request.may(Permission.EDIT_CONTRACTS),
        "may_draft": request.may(Permission.EDIT_DRAFTS),
    }
    return render(request, "billing_backlog/show_subscription.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def create_subscription(request: OrganizationRequest) -> HttpResponse:
    """A form for a new subscription; before it is saved it shows what will be charged."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        form = _form(request, None)
        if request.method != "POST" or not form.is_valid():
            return _form_page(request, form, None)
    try:
        made = actions.start_subscription(
            organization, values=form.values(), actor=request.actor, today=today, now=timezone.now()
        )
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _form_page(request, form, None)
    messages.success(request, _("%(name)s is saved") % {"name": made.name})
    return HttpResponseRedirect(address_of(request, made.pk))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def update_subscription(request: OrganizationRequest, subscription_id: UUID) -> HttpResponse:
    """Change a subscription; what it is charged by stays once it has charged."""
    with read_only():
        whole = whole_of(request, subscription_id)
        form = _form(request, whole)
        if request.method != "POST" or not form.is_valid():
            return _form_page(request, form, whole)
    try:
        actions.update_subscription(
            request.organization,
            subscription_id,
            values=form.values(),
            version=form.cleaned_data.get("version") or 0,
            actor=request.actor,
            today=local_today(request.organization),
        )
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _form_page(request, form, whole)
    messages.success(request, _("Saved"))
    return HttpResponseRedirect(address_of(request, subscription_id))


@require_POST
@organization_view(Permission.EDIT_CONTRACTS)
def charge_subscription(request: OrganizationRequest, subscription_id: UUID) -> HttpResponse:
    """Charge what is due now instead of at the next full hour."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        whole_of(request, subscription_id)
    made = charging.charge_subscription(
        organization, subscription_id, actor=request.actor, today=today, now=timezone.now()
    )
    if made:
        messages.success(request, _("Charged"))
    else:
        messages.info(request, _("Nothing was charged"))
    return go_to(request, address_of(request, subscription_id))


@require_POST
@organization_view(Permission.EDIT_CONTRACTS)
def keep_subscription(request: OrganizationRequest, subscription_id: UUID) -> HttpResponse:
    """Let a subscription that was to stop go on."""
    with read_only():
        whole_of(request, subscription_id)
    actions.keep_subscription(
        request.organization, subscription_id, actor=request.actor, today=local_today(request.organization)
    )
    messages.success(request, _("It goes on"))
    return go_to(request, address_of(request, subscription_id))


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def draft_for_subscription(request: OrganizationRequest, subscription_id: UUID) -> HttpResponse:
    """A new draft by hand with the subscription's line, beside what it charges by itself."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        whole_of(request, subscription_id)
    draft = begin_draft(organization, subscription_id, actor=request.actor, today=today)
    return go_to(request, reverse("invoicing:update_draft", args=[organization.slug, draft.pk]))


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def panel_subscription(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Which subscriptions a document charges, for its page (M-108)."""
    invoice = get_invoice(request.organization, invoice_id)
    seen = set(_visible(request).values_list("pk", flat=True))
    found = queries.subscriptions_of_invoice(request.organization, invoice.pk)
    context = {"subscriptions": [each for each in found if each.pk in seen], "invoice": invoice}
    return render(request, "billing_backlog/_panel_subscription.html", context)


def whole_of(request: OrganizationRequest, subscription_id: UUID) -> Whole:
    """A subscription that whoever asks may see, with its terms and charges, or 404."""
    found = queries.get_subscription(_visible(request), subscription_id)
    return queries.whole_subscription(request.organization, found)


def address_of(request: OrganizationRequest, subscription_id: UUID) -> str:
    """The subscription's page."""
    return reverse("billing_backlog:show_subscription", args=[request.organization.slug, subscription_id])


def _visible(request: OrganizationRequest) -> QuerySet[Subscription]:
    projects = None if request.may(Permission.VIEW_ALL_PROJECTS) else projects_of(request)
    return queries.visible_subscriptions(request.organization, projects)


def _told_state(state: State) -> dict[str, Any]:
    return {"value": state.value, "label": STATE_LABELS[state], "tone": STATE_TONES[state]}


def _state_of(subscription: Any, today: Any) -> dict[str, Any]:
    """The state of a row of the list, which knows whether it rests."""
    stops, starts = subscription.stops_on, subscription.starts_on
    if stops is not None and stops < max(today, starts):
        return _told_state(State.STOPPED)
    if today < starts:
        return _told_state(State.SCHEDULED)
    return _told_state(State.PAUSED if subscription.is_resting else State.RUNNING)


def _form(request: OrganizationRequest, whole: Whole | None) -> SubscriptionForm:
    organization = request.organization
    is_asked = "preview" in request.GET and whole is None
    typed = request.POST if request.method == "POST" else request.GET if is_asked else None
    initial: dict[str, Any] = {"starts_on": local_today(organization), "currency": organization.base_currency}
    if whole is None and (key := request.GET.get("customer_id", "")):
        initial |= _for_customer(request, key)
    projects: list[Project] = list(projects_of(request).filter(closed_on=None).order_by("number")[:200])
    return SubscriptionForm(
        typed,
        organization=organization,
        projects=projects,
        subscription=whole.subscription if whole else None,
        has_charged=bool(whole and whole.items),
        initial={} if whole else initial,
    )


def _for_customer(request: OrganizationRequest, key: str) -> dict[str, Any]:
    try:
        customer = get_customer(request.organization, UUID(key))
    except ValueError:
        return {}
    return {"customer": customer, "currency": customer.currency}


def _form_page(request: OrganizationRequest, form: SubscriptionForm, whole: Whole | None) -> HttpResponse:
    with read_only():
        is_preview = request.method != "POST" and form.is_bound
        ahead = None
        if is_preview and can_preview(form):
            ahead = outlook(form.terms(), [], local_today(request.organization))
        context: dict[str, Any] = {
            "form": form,
            "subscription": whole.subscription if whole else None,
            "ahead": ahead,
        }
        context["currency"] = form.cleaned_data["currency"] if ahead else ""
        if is_preview and wants_fragment(request):
            return render(request, "billing_backlog/_subscription_ahead.html", context)
        context["has_charged"] = bool(whole and whole.items)
        context["offered"] = offered_customers(request.organization)
        status = INVALID if form.is_bound and not is_preview else 200
        return render(request, "billing_backlog/edit_subscription.html", context, status=status)
