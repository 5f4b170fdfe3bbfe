"""The way back from the network: an address that only the access point knows, which takes messages and says nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from invoicing.actions.access_points import hash_of
from invoicing.delivery.peppol import incoming
from invoicing.dispatching import reaching

LATER_SECONDS = "600"


@csrf_exempt
@require_POST
def receive_from_network(request: HttpRequest, secret: str) -> HttpResponse:
    """Take one message for whoever the secret belongs to; it is read later, and the answer tells nothing of it."""
    organization_id = reaching.organization_of_hook(hash_of(secret))
    if organization_id is None:
        return HttpResponse(status=404)
    content = request.read(incoming.MESSAGE_BYTES_MAX + 1)
    if len(content) > incoming.MESSAGE_BYTES_MAX:
        return HttpResponse(status=413)
    if not content:
        return HttpResponse(status=400)
    try:
        incoming.leave(organization_id, content)
    except (incoming.TooMuchWaits, OSError):
        return HttpResponse(status=503, headers={"Retry-After": LATER_SECONDS})
    return HttpResponse(status=202)
