"""The way back for mail: an address that only one company's mail service knows; it takes messages and says nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from invoicing.actions.senders import hash_of
from invoicing.delivery import mailbox
from invoicing.dispatching.queries import organization_of_mail_hook

LATER_SECONDS = "600"


@csrf_exempt
@require_POST
def receive_returned_mail(request: HttpRequest, secret: str) -> HttpResponse:
    """Take one message as it came (RFC 822); it is read later, and the answer tells nothing of it."""
    organization_id = organization_of_mail_hook(hash_of(secret))
    if organization_id is None:
        return HttpResponse(status=404)
    content = request.read(mailbox.MESSAGE_BYTES_MAX + 1)
    if len(content) > mailbox.MESSAGE_BYTES_MAX:
        return HttpResponse(status=413)
    if not content:
        return HttpResponse(status=400)
    try:
        mailbox.leave(organization_id, content)
    except (mailbox.TooMuchWaits, OSError):
        return HttpResponse(status=503, headers={"Retry-After": LATER_SECONDS})
    return HttpResponse(status=202)
