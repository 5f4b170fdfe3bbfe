"""The doors to what changes a subscription from a day on; each shows what will be charged before it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from billing_backlog.actions import subscriptions as actions
from billing_backlog.forms.subscriptions import (
    PauseForm,
    PriceForm,
    ResumeForm,
    StopForm,
    can_preview,
    price_initial,
)
from billing_backlog.models import SubscriptionPause
from billing_backlog.queries.subscriptions import Whole, pauses_of
from billing_backlog.subscriptions import (
    Pause,
    Terms,
    charged_through,
    outlook,
    price_on,
    resumed,
    stopped,
    with_pause,
    with_price,
)
from billing_backlog.views.subscriptions import INVALID, address_of, whole_of
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import wants_fragment
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@dataclass(frozen=True, slots=True)
class Act:
    """One change: its words, its form, the terms after it, and the action that makes it."""

    title: Any
    label: Any
    explanation: Any
    form: Callable[..., Any]
    initial: Callable[[Whole, date], Mapping[str, Any]]
    changed: Callable[[Whole, Any, date], Terms]
    do: Callable[[OrganizationRequest, Whole, Any, date], object]
    done: Any


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def change_price(request: OrganizationRequest, subscription_id: UUID) -> HttpResponse:
    """Another price or quantity from a day on."""
    return _act(request, subscription_id, PRICE)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def pause_subscription(request: OrganizationRequest, subscription_id: UUID) -> HttpResponse:
    """Days on which nothing is charged."""
    return _act(request, subscription_id, PAUSE)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def resume_subscription(request: OrganizationRequest, subscription_id: UUID) -> HttpResponse:
    """Charge again from a day on."""
    return _act(request, subscription_id, RESUME)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_CONTRACTS)
def stop_subscription(request: OrganizationRequest, subscription_id: UUID) -> HttpResponse:
    """Charge nothing after a day."""
    return _act(request, subscription_id, STOP)


def _act(request: OrganizationRequest, subscription_id: UUID, act: Act) -> HttpResponse:
    today = local_today(request.organization)
    with read_only():
        whole = whole_of(request, subscription_id)
        initial = act.initial(whole, today)
        typed = request.POST if request.method == "POST" else request.GET if "preview" in request.GET else None
        form = act.form(typed, initial=initial)
        if request.method != "POST" or not form.is_valid():
            return _page(request, whole, act, form, today)
    try:
        act.do(request, whole, form, today)
    except DomainError as refusal:
        show_refusal(form, refusal)
        with read_only():
            return _page(request, whole, act, form, today)
    messages.success(request, act.done)
    return HttpResponseRedirect(address_of(request, subscription_id))


def _page(request: OrganizationRequest, whole: Whole, act: Act, form: Any, today: date) -> HttpResponse:
    is_preview = request.method != "POST" and form.is_bound
    terms = None if form.is_bound else whole.terms
    if is_preview and can_preview(form):
        terms = act.changed(whole, form, today)
    context = {
        "subscription": whole.subscription,
        "currency": whole.subscription.currency,
        "act": act,
        "form": form,
        "ahead": outlook(terms, whole.charged, today) if terms else None,
    }
    if is_preview and wants_fragment(request):
        return render(request, "billing_backlog/_subscription_ahead.html", context)
    status = INVALID if form.is_bound and not is_preview else 200
    return render(request, "billing_backlog/change_subscription.html", context, status=status)


def _next_uncharged(whole: Whole, today: date) -> date:
    through = charged_through(whole.charged)
    soonest = max(today, whole.subscription.starts_on)
    return max(soonest, date.fromordinal(through.toordinal() + 1)) if through else soonest


def _pause_to_end(whole: Whole, today: date) -> SubscriptionPause:
    """The pause that holds or comes next; 404 where none does."""
    pauses = pauses_of(whole.subscription.organization, whole.subscription)
    for pause in pauses:
        if pause.last_day is None or pause.last_day >= today:
            return pause
    raise Http404


def _resumed(whole: Whole, form: Any, today: date) -> Terms:
    pause = _pause_to_end(whole, today)
    return resumed(whole.terms, Pause(pause.first_day, pause.last_day), form.cleaned_data["from_day"])


def _price(request: OrganizationRequest, whole: Whole, form: Any, today: date) -> None:
    actions.change_price(
        request.organization,
        whole.subscription.pk,
        values=form.cleaned_data,
        actor=request.actor,
        today=today,
        now=timezone.now(),
    )


def _pause(request: OrganizationRequest, whole: Whole, form: Any, today: date) -> None:
    actions.pause_subscription(
        request.organization,
        whole.subscription.pk,
        values=form.cleaned_data,
        actor=request.actor,
        today=today,
        now=timezone.now(),
    )


def _resume(request: OrganizationRequest, whole: Whole, form: Any, today: date) -> None:
    with read_only():
        pause = _pause_to_end(whole, today)
    actions.resume_subscription(
        request.organization,
        whole.subscription.pk,
        pause.pk,
        from_day=form.cleaned_data["from_day"],
        actor=request.actor,
        today=today,
        now=timezone.now(),
    )


def _stop(request: OrganizationRequest, whole: Whole, form: Any, today: date) -> None:
    actions.stop_subscription(
        request.organization,
        whole.subscription.pk,
        last_day=form.cleaned_data["last_day"],
        reason=form.cleaned_data["reason"],
        actor=request.actor,
        today=today,
    )


PRICE = Act(
    title=gettext_lazy("Change price"),
    label=gettext_lazy("Change price"),
    explanation=gettext_lazy("A period in which the price changes is split at that day. What is charged stays."),
    form=PriceForm,
    initial=lambda whole, today: {
        "valid_from": _next_uncharged(whole, today),
        **price_initial(price_on(whole.terms, _next_uncharged(whole, today))),
    },
    changed=lambda whole, form, _today: with_price(whole.terms, form.price()),
    do=_price,
    done=gettext_lazy("The price is changed"),
)
PAUSE = Act(
    title=gettext_lazy("Pause"),
    label=gettext_lazy("Pause"),
    explanation=gettext_lazy("Days of a pause are not charged. Those that are charged already are given back."),
    form=PauseForm,
    initial=lambda whole, today: {"first_day": _next_uncharged(whole, today)},
    changed=lambda whole, form, _today: with_pause(whole.terms, form.pause()),
    do=_pause,
    done=gettext_lazy("Paused"),
)
RESUME = Act(
    title=gettext_lazy("Resume"),
    label=gettext_lazy("Resume"),
    explanation=gettext_lazy("The rest of the running period is charged by its days."),
    form=ResumeForm,
    initial=lambda whole, today: {"from_day": max(today, _pause_to_end(whole, today).first_day)},
    changed=_resumed,
    do=_resume,
    done=gettext_lazy("It goes on"),
)
STOP = Act(
    title=gettext_lazy("Stop"),
    label=gettext_lazy("Stop"),
    explanation=gettext_lazy("What is charged beyond the last day is given back."),
    form=StopForm,
    initial=lambda _whole, _today: {},
    changed=lambda whole, form, today: stopped(whole.terms, form.cleaned_data["last_day"], today),
    do=_stop,
    done=gettext_lazy("Stopped"),
)
