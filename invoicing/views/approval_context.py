"""What pages of a draft show beside its content: its approval, the correction it belongs to, the dates it may carry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from invoicing import corrections
from invoicing.actions.dates import dates_of
from invoicing.drafting import approvals
from invoicing.models import Invoice, InvoiceLine
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission
from tenants.switches import opens


def approval_context(request: OrganizationRequest, invoice: Invoice) -> dict[str, Any]:
    """The state, who may answer and what this reader may do; include it as invoicing/_approval.html."""
    organization = request.organization
    context = approvals.fragment_context(organization, invoice, request.user.pk, local_today(organization))
    return {
        **context,
        "may_ask": request.may(Permission.EDIT_DRAFTS),
        "may_approve": request.may(Permission.APPROVE_INVOICES),
    }


def standing_context(request: OrganizationRequest, invoice: Invoice, lines: Iterable[InvoiceLine]) -> dict[str, Any]:
    """Everything that decides how the draft can be finalized: include invoicing/_draft_standing.html."""
    organization = request.organization
    return {
        "correction": corrections.correction_of_half(organization, invoice.pk),
        "dates": dates_of(organization, invoice, lines, local_today(organization)),
        **approval_context(request, invoice),
    }


def may_delete_drafts(request: OrganizationRequest) -> bool:
    """Whether this member may delete drafts, by role and by the organization's switch."""
    is_open = opens(request.organization.draft_deletion_by, request.membership.role)
    return is_open and request.may(Permission.DELETE_DRAFTS)
