"""The way back from payment providers: an address that only the provider knows, which believes nothing unsigned."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from foundation import limits
from foundation.transactions import read_only
from payments.actions.events import keep_events
from payments.online import queries
from payments.online.secrets import hash_of
from payments.providers.base import Forged, Message
from payments.providers.finding import provider_of
from tenants import queries as tenants
from tenants.context import organization_context

logger = logging.getLogger(__name__)

MESSAGE_BYTES_MAX = 256 * 1024
HOUR = 3600
TOO_LARGE, NOBODY, FORGED = 413, 404, 400


@csrf_exempt
@require_POST
def receive_from_provider(request: HttpRequest, provider: str, secret: str) -> HttpResponse:
    """Take one signed message; what it tells of is asked for afterwards, by a worker."""
    place = queries.place_of_hook(hash_of(secret), provider)
    if place is None:
        return HttpResponse(status=NOBODY)
    body = request.read(MESSAGE_BYTES_MAX + 1)
    if len(body) > MESSAGE_BYTES_MAX:
        return HttpResponse(status=TOO_LARGE)
    now = timezone.now()
    headers = {name.lower(): value for name, value in request.headers.items()}
    message = Message(headers, body, urlsplit(settings.BASE_URL).netloc, request.get_full_path(), now)
    with organization_context(place.organization_id):
        with read_only():
            organization = tenants.get_open_organization(place.organization_id)
            account = queries.get_account(organization, place.account_id)
        try:
            events = provider_of(organization, account).verify(message)
        except Forged as error:
            count = limits.count("forged-messages", str(account.pk), seconds=HOUR)
            logger.warning(
                "A message for account %s is not the provider's (%s this hour): %s", account.pk, count, error
            )
            return HttpResponse(status=FORGED)
        keep_events(organization, account.pk, events, now=now)
    return HttpResponse(status=200)
