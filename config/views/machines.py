"""The doors to what programs hold: their tokens, and the addresses that are told what happens."""

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

from config.api.forms import TokenForm, WebhookForm
from config.webhooks import actions as webhooks
from config.webhooks.kinds import WORDS as NEWS_WORDS
from config.webhooks.kinds import News
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from tenants import tokens
from tenants.clock import local_today
from tenants.models import WebhookEndpoint
from tenants.permissions import OrganizationRequest, Permission, organization_view
from tenants.scopes import words_of

INVALID = 422


@require_safe
@organization_view(Permission.MANAGE_API)
def show_api(request: OrganizationRequest) -> HttpResponse:
    """The tokens and the addresses of the organization."""
    return _page(request)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.MANAGE_API)
def create_token(request: OrganizationRequest) -> HttpResponse:
    """Make a token; its secret is shown in the answer and never again."""
    organization = request.organization
    data = request.POST if request.method == "POST" else None
    form = TokenForm(data, organization=organization, today=local_today(organization))
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = tokens.create_token(organization, form.wanted(), user=request.user, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            with read_only():
                return _page(request, token=made, secret=secret)
    with read_only():
        return render(request, "config/new_token.html", {"form": form}, status=INVALID if form.is_bound else 200)


@require_POST
@organization_view(Permission.MANAGE_API)
def revoke_token(request: OrganizationRequest, token_id: UUID) -> HttpResponse:
    """Take a token back; it opens nothing from now on."""
    token = tokens.revoke_token(request.organization, token_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("%(name)s opens nothing any more") % {"name": token.name})
    return HttpResponseRedirect(_api_url(request))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.MANAGE_API)
def create_webhook(request: OrganizationRequest) -> HttpResponse:
    """Add an address; the secret that checks our news is shown in the answer and never again."""
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = webhooks.create_endpoint(
                request.organization, form.listening(), user=request.user, actor=request.actor
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            with read_only():
                return _webhook_page(request, made, _form_of(made), secret=secret)
    with read_only():
        return render(request, "config/new_webhook.html", {"form": form}, status=INVALID if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.MANAGE_API)
def update_webhook(request: OrganizationRequest, endpoint_id: UUID) -> HttpResponse:
    """An address with what was sent there last; sent, it is changed."""
    with read_only():
        endpoint = webhooks.get_endpoint(request.organization, endpoint_id)
    if request.method != "POST":
        return _webhook_page(request, endpoint, _form_of(endpoint))
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            webhooks.update_endpoint(request.organization, endpoint_id, form.listening(), actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return _to_webhook(request, endpoint_id)
    with read_only():
        return _webhook_page(request, endpoint, form, status=INVALID)


@require_POST
@organization_view(Permission.MANAGE_API)
def test_webhook(request: OrganizationRequest, endpoint_id: UUID) -> HttpResponse:
    """Send an event that says nothing."""
    webhooks.test_endpoint(request.organization, endpoint_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("A test is on its way. Load the page again to see what was answered."))
    return _to_webhook(request, endpoint_id)


@require_POST
@organization_view(Permission.MANAGE_API)
def rotate_webhook(request: OrganizationRequest, endpoint_id: UUID) -> HttpResponse:
    """Make a new secret; it is shown in the answer and never again."""
    secret = webhooks.rotate_secret(request.organization, endpoint_id, actor=request.actor, now=timezone.now())
    with read_only():
        endpoint = webhooks.get_endpoint(request.organization, endpoint_id)
        return _webhook_page(request, endpoint, _form_of(endpoint), secret=secret)


@require_POST
@organization_view(Permission.MANAGE_API)
def resume_webhook(request: OrganizationRequest, endpoint_id: UUID) -> HttpResponse:
    """Let an address listen again that was left alone."""
    webhooks.resume_endpoint(request.organization, endpoint_id, actor=request.actor)
    messages.success(request, _("What has waited is on its way"))
    return _to_webhook(request, endpoint_id)


@require_POST
@organization_view(Permission.MANAGE_API)
def remove_webhook(request: OrganizationRequest, endpoint_id: UUID) -> HttpResponse:
    """Tell an address nothing any more."""
    webhooks.remove_endpoint(request.organization, endpoint_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The address is told nothing any more"))
    return HttpResponseRedirect(_api_url(request))


@require_POST
@organization_view(Permission.MANAGE_API)
def send_webhook_again(request: OrganizationRequest, delivery_id: UUID) -> HttpResponse:
    """Send an event once more."""
    delivery = webhooks.send_again(request.organization, delivery_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("It is on its way"))
    return _to_webhook(request, delivery.endpoint_id)


def _page(request: OrganizationRequest, **made: Any) -> HttpResponse:
    organization, now = request.organization, timezone.now()
    shown = [
        {"token": token, "may": words_of(token.scopes), "is_over": bool(token.expires_at and token.expires_at <= now)}
        for token in tokens.list_tokens(organization)
    ]
    endpoints = [
        {"endpoint": endpoint, "events": _words(endpoint.events)} for endpoint in webhooks.list_endpoints(organization)
    ]
    return render(request, "config/show_api.html", {"tokens": shown, "endpoints": endpoints, **made})


def _webhook_page(
    request: OrganizationRequest, endpoint: WebhookEndpoint, form: WebhookForm, *, secret: str = "", status: int = 200
) -> HttpResponse:
    deliveries = [
        {"delivery": delivery, "words": ", ".join(_words([delivery.event.kind]))}
        for delivery in webhooks.last_deliveries(request.organization, endpoint)
    ]
    context = {"endpoint": endpoint, "form": form, "deliveries": deliveries, "secret": secret}
    return render(request, "config/show_webhook.html", context, status=status)


def _form_of(endpoint: WebhookEndpoint) -> WebhookForm:
    names = ("url", "description", "events", "is_active")
    return WebhookForm(initial={name: getattr(endpoint, name) for name in names})


def _words(kinds: list[str]) -> list[str]:
    words = {kind.value: str(sentence) for kind, sentence in NEWS_WORDS.items()}
    words[News.TEST] = _("A test")
    return [words.get(kind, kind) for kind in kinds]


def _api_url(request: OrganizationRequest) -> str:
    return reverse("show_api", args=[request.organization.slug])


def _to_webhook(request: OrganizationRequest, endpoint_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("update_webhook", args=[request.organization.slug, endpoint_id]))
