"""The panel of checks beside a draft, asked anew after each save."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from customers.models import Customer
from foundation.htmx import go_to, wants_fragment
from invoicing.actions.drafts import refuse_finalized
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import reaching
from invoicing.dispatching.network_words import reach_warning
from invoicing.drafting.checking import look_at, read_draft
from invoicing.drafting.soundness import sound_parts
from invoicing.errors import InvoiceAlreadyFinalized
from invoicing.models import InvoiceLine
from invoicing.views.draft_page import LINE_OF_FINDING, finding_link
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_GET
@organization_view(Permission.EDIT_DRAFTS)
def show_checks(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """What the rules say of the draft as it was last saved; nothing is kept. The draft's page for a plain link."""
    if not wants_fragment(request):
        return go_to(request, reverse("invoicing:update_draft", args=[request.organization.slug, invoice_id]))
    draft = read_draft(request.organization, invoice_id, today=local_today(request.organization))
    try:
        refuse_finalized(draft.invoice)
    except InvoiceAlreadyFinalized:
        return HttpResponse(status=204)  # asked while the draft was being finalized: it has its number now
    look = look_at(draft)
    customer = draft.invoice.customer
    findings = [
        {
            **finding,
            "field": _on_page(finding["field"], draft.lines),
            "link": finding_link(finding["field"], request.organization, customer, []),
        }
        for finding in look.findings
    ] + _on_the_way(request, customer)
    context: dict[str, Any] = {
        "draft": draft.invoice,
        "findings": sorted(findings, key=lambda finding: not finding["is_fatal"]),
        "fatal_count": sum(finding["is_fatal"] for finding in findings),
        "sound_parts": sound_parts(look, customer),
        "rules_count": look.rules_count,
        "rules_version": look.rules_version,
        "looked_at": timezone.now(),
        "save_url": reverse("invoicing:update_draft", args=[request.organization.slug, invoice_id]),
    }
    return render(request, "invoicing/_checks.html", context)


def _on_the_way(request: OrganizationRequest, customer: Customer) -> list[dict[str, Any]]:
    """Whether the customer can be reached as is said of it, where this installation asks the network."""
    if not settings.PEPPOL_SML_ZONE:
        return []
    endpoint = reaching.endpoint_of_customer(request.organization, customer)
    answer = sendings.last_answer(request.organization, endpoint) if endpoint else None
    sentence = reach_warning(
        customer.name, answer.answer if answer else "", has_address=endpoint is not None, wants_ehf=customer.wants_ehf
    )
    page = reverse("customers:show_customer", args=[request.organization.slug, customer.pk])
    return (
        [{"rule": "", "field": "customer", "sentence": sentence, "is_fatal": False, "link": page}] if sentence else []
    )


def _on_page(name: str, lines: Sequence[InvoiceLine]) -> str:
    """The field as the page knows it: lines by their id, whether the rule has named them by id or by place."""
    found = LINE_OF_FINDING.fullmatch(name)
    if found is None:
        return name
    line, column = found[1], found[2] or "description"
    if line.isdecimal() and 0 < int(line) <= len(lines):
        return f"{lines[int(line) - 1].pk.hex}-{column}"
    return f"{line.replace('-', '')}-{column}"
