"""The doors to connections: choosing a system, its keys and options, how it stands, pausing and ending it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounting_sync.actions import connections as actions
from accounting_sync.forms.connections import MODE_WORDS, ConnectForm, KeysForm, OptionsForm, keys_of
from accounting_sync.models import Connection
from accounting_sync.providers.base import Adapter, Stage
from accounting_sync.providers.file_targets import FILE_TARGETS
from accounting_sync.providers.registry import adapters
from accounting_sync.queries.connections import adapter_of, list_connections
from accounting_sync.queries.customer_changes import links_to_settle
from accounting_sync.queries.mappings import list_own_rows, read_choices
from accounting_sync.queries.months import last_compared
from accounting_sync.views.parts import INVALID, PILLS, is_set_up, page_of, state_of, steps_of
from accounting_sync.words import month_in_words
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to, wants_fragment
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

PAGE, STATE = "accounting_sync/connection.html", "accounting_sync/_connection_state.html"
PATIENCE = 5  # looks a second apart; then the page says that it goes on without being watched
LOOKS_MAX = 1_000


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def choose_system(request: OrganizationRequest) -> HttpResponse:
    """Every accounting system that one can connect to, those of the own country first."""
    country = request.organization.country
    offered = [_offer(adapter) for adapter in adapters().values()]
    own = [each for each in offered if country in each["adapter"].countries]
    context = {
        "groups": [
            (_("For your country"), own),
            (_("Others"), [each for each in offered if each not in own]),
        ],
        "connections": [
            {"row": row, "label": adapters()[row.system].label, "pill": PILLS[row.state]}
            for row in list_connections(request.organization)
        ],
        "files": FILE_TARGETS,
        "may_connect": request.may(Permission.CONNECT_ACCOUNTING),
    }
    return render(request, "accounting_sync/choose_system.html", context)


def _offer(adapter: type[Adapter]) -> dict[str, Any]:
    return {
        "adapter": adapter,
        "slug": adapter.slug,
        "label": adapter.label,
        "pushed": [MODE_WORDS[mode] for mode in adapter.modes],
        "is_preview": adapter.stage == Stage.PREVIEW,
        "unverified": adapter.unverified,
        "is_set_up": is_set_up(adapter),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.CONNECT_ACCOUNTING)
def create_connection(request: OrganizationRequest) -> HttpResponse:
    """A new connection: its name, its keys where they are pasted, and what is not verified."""
    adapter = adapters().get(request.GET.get("system", ""))
    if adapter is None:
        raise Http404
    form = ConnectForm(request.POST if request.method == "POST" else None, adapter=adapter)
    if form.is_bound and form.is_valid():
        try:
            row = actions.create_connection(request.organization, form.terms(), actor=request.actor, now=timezone.now())
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return go_to(request, _address(request, row.pk))
    with read_only():
        context = {"form": form, "offer": _offer(adapter)}
        status = INVALID if form.is_bound else 200
        return render(request, "accounting_sync/create_connection.html", context, status=status)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_connection(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """How a connection stands and what is still to do."""
    return _page(request, connection_id)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def panel_connection(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """How a connection stands while a worker is at it; once the worker is done, the whole page is read anew."""
    asked = request.GET.get("look", "")
    looks = min(int(asked), LOOKS_MAX) + 1 if asked.isdigit() and len(asked) < 6 else 1
    context = page_of(request, connection_id, "connection")
    context |= state_of(context["connection"], context["adapter"])
    if not context["working"] and wants_fragment(request):
        return HttpResponseClientRefresh()
    context |= {"looks": looks, "is_slow": looks > PATIENCE}
    return render(request, STATE, context)


def _page(request: OrganizationRequest, connection_id: UUID, form: OptionsForm | None = None) -> HttpResponse:
    context = page_of(request, connection_id, "connection")
    connection, adapter = context["connection"], context["adapter"]
    own = list_own_rows(request.organization, connection, adapter, local_today(request.organization))
    missing = sum(row.is_missing for row in own)
    context |= state_of(connection, adapter)
    options = form or _options_form(connection, adapter)
    context |= {
        "missing": missing,
        "unsettled": links_to_settle(request.organization).filter(connection=connection).count(),
        "steps": steps_of(request, connection, adapter, missing),
        "options": options,
        "can_save_options": any(not field.disabled for field in options.fields.values()),
        "looks": 0,
        "compared": (compared := last_compared(request.organization, connection)),
        "compared_words": month_in_words(compared)[0] if compared else "",
    }
    return render(request, PAGE, context, status=INVALID if form is not None else 200)


def _options_form(connection: Connection, adapter: Adapter, data: Any = None) -> OptionsForm:
    kinds = [option.choices for option in adapter.options if option.choices is not None]
    lists = read_choices(connection, kinds).by_kind
    return OptionsForm(data, adapter=adapter, connection=connection, lists=lists)


@require_POST
@organization_view(Permission.CONNECT_ACCOUNTING)
def update_options(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """Save the company and whatever else is chosen from the accounting system's lists."""
    with read_only():
        connection = page_of(request, connection_id, "")["connection"]
        form = _options_form(connection, adapter_of(connection), request.POST)
    if form.is_valid():
        try:
            actions.update_options(request.organization, connection_id, form.options(), actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return go_to(request, _address(request, connection_id))
    with read_only():
        return _page(request, connection_id, form)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.CONNECT_ACCOUNTING)
def update_keys(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """Other keys for a connection whose keys are pasted."""
    with read_only():
        context = page_of(request, connection_id, "connection")
    adapter = context["adapter"]
    if not keys_of(type(adapter)):  # it is entered by a page of the accounting system's own
        return go_to(request, _address(request, connection_id))
    is_kept = context["connection"].secrets_sealed is not None
    form = KeysForm(request.POST if request.method == "POST" else None, adapter=type(adapter), is_kept=is_kept)
    if form.is_bound and form.is_valid():
        try:
            actions.update_keys(request.organization, connection_id, form.keys(), actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The keys are saved and are tried now."))
            return go_to(request, _address(request, connection_id))
    with read_only():
        context |= {"form": form}
        status = INVALID if form.is_bound else 200
        return render(request, "accounting_sync/connection_keys.html", context, status=status)


@require_POST
@organization_view(Permission.CONNECT_ACCOUNTING)
def refresh_lists(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """Read the accounting system's lists again."""
    return _do(request, connection_id, actions.ask_for_lists)


@require_POST
@organization_view(Permission.CONNECT_ACCOUNTING)
def try_connection(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """Try whether the accounting system lets us in."""
    return _do(request, connection_id, actions.ask_for_test)


@require_POST
@organization_view(Permission.CONNECT_ACCOUNTING)
def pause_connection(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """Push nothing for a while."""
    return _do(request, connection_id, actions.pause_connection, _("Nothing is pushed until you go on."))


@require_POST
@organization_view(Permission.CONNECT_ACCOUNTING)
def resume_connection(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """Go on pushing."""
    return _do(request, connection_id, actions.resume_connection, _("Vouchers are pushed again."))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.CONNECT_ACCOUNTING)
def disconnect(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """Ask once, then end the connection for good."""
    refused = ""
    if request.method == "POST":
        try:
            actions.disconnect(request.organization, connection_id, actor=request.actor, now=timezone.now())
        except DomainError as refusal:
            refused = str(refusal)
        else:
            messages.success(request, _("The connection is ended. What was pushed stays listed here."))
            return go_to(request, _address(request, connection_id))
    with read_only():
        context = page_of(request, connection_id, "connection") | {"refused": refused}
        return render(request, "accounting_sync/disconnect.html", context, status=INVALID if refused else 200)


def _do(request: OrganizationRequest, connection_id: UUID, action: Callable[..., Any], done: str = "") -> HttpResponse:
    """One action without questions, and back to the connection with what became of it."""
    try:
        action(request.organization, connection_id, actor=request.actor)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        if done:
            messages.success(request, done)
    return go_to(request, _address(request, connection_id))


def _address(request: OrganizationRequest, connection_id: UUID) -> str:
    return reverse("accounting_sync:show_connection", args=[request.organization.slug, connection_id])
