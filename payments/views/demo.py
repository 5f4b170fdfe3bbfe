"""The page of the demo provider: what a customer sees at a provider, with paper money."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods

from foundation.htmx import own_path
from foundation.transactions import read_only
from payments.actions import attempts
from payments.models import DemoCheckout
from payments.online import queries
from payments.providers import demo_checkouts
from payments.providers.demo import SALT
from tenants import queries as tenants
from tenants.context import organization_context
from tenants.models import Organization


@require_http_methods(["GET", "HEAD", "POST"])
def demo_checkout(request: HttpRequest, token: str) -> HttpResponse:
    """Pay, be declined, give up, or pay twice; the shop learns of it as it would from any provider."""
    organization_id, key = _opened(token)
    with organization_context(organization_id):
        with read_only():
            organization = tenants.get_open_organization(organization_id)
            found = queries.demo_checkout(organization, key)
        if found is None:
            raise Http404
        if request.method == "POST" and request.POST.get("choice") in demo_checkouts.CHOICES:
            return _choose(organization, found, request.POST["choice"])
        with translation.override(found.attempt.language):
            context = {"attempt": found.attempt, "seller": organization.name, "state": found.state}
            response = render(request, "payments/demo_checkout.html", context)
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _choose(organization: Organization, found: DemoCheckout, choice: str) -> HttpResponse:
    decided = demo_checkouts.decide(organization, str(found.attempt_id), choice, now=timezone.now())
    attempts.look_again(organization, found.attempt_id)
    if decided.state == demo_checkouts.DECLINED:
        return HttpResponseRedirect("?declined=1")
    return HttpResponseRedirect(own_path(found.attempt.return_path))


def _opened(token: str) -> tuple[UUID, str]:
    if settings.IS_PRODUCTION:
        raise Http404
    try:
        organization_id, key = signing.loads(token, salt=SALT)
        return UUID(organization_id), str(key)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Http404 from error
