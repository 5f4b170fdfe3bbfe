"""Whether finalizing sends as well: by the organization's rules, and for those who may send."""

from __future__ import annotations

from invoicing.dispatching import queries as sendings
from tenants.permissions import OrganizationRequest, Permission


def sends_when_finalized(request: OrganizationRequest) -> bool:
    """Whether "finalize and send" is the button that is offered first."""
    return request.may(Permission.SEND_INVOICES) and sendings.settings_of(request.organization).sends_when_finalized


def wants_sending(request: OrganizationRequest) -> bool:
    """Whether the button that was pressed sends; whoever may not send only finalizes."""
    return request.POST.get("sends") == "1" and request.may(Permission.SEND_INVOICES)
