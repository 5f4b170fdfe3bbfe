"""The doors to a document's deliveries: the panel that tells of them, sending once more, letting rest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customers.channels import Channel
from foundation.errors import DomainError
from foundation.htmx import render_page_or_fragment, swap_or_redirect
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import send
from invoicing.actions.finalize import DISPATCH_FIRST
from invoicing.dispatching import queries as sendings
from invoicing.dispatching import reaching, shown, stuck, wording
from invoicing.dispatching.plan import Plan
from invoicing.models import Invoice
from tenants import jobs
from tenants.permissions import OrganizationRequest, Permission, organization_view

FRAGMENT = "invoicing/_deliveries.html"
LOOKS_AGAIN = timedelta(minutes=2)
LISTS = {"undelivered": "invoicing:list_undelivered"}


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def panel_deliveries(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """To whom the document was sent, what became of it, and what can be done."""
    invoice = queries.get_invoice(request.organization, invoice_id)
    context = deliveries_context(request, invoice)
    return render_page_or_fragment(request, "invoicing/show_deliveries.html", FRAGMENT, context)


@require_POST
@organization_view(Permission.SEND_INVOICES)
def dispatch_invoice(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Send the document as its customer is reached, once more, or by the channel that was chosen."""
    channel, key = request.POST.get("channel", ""), request.POST.get("key", "")
    try:
        sent = send.send_document(
            request.organization,
            invoice_id,
            channel=channel,
            key=key or jobs.new_key(),
            actor=request.actor,
            now=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _sentence(is_asked_first=sent is None))
    return _answer(request, invoice_id)


@require_POST
@organization_view(Permission.SEND_INVOICES)
def settle_deliveries(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Let a document that nobody got rest, with a reason."""
    try:
        send.let_rest(
            request.organization,
            invoice_id,
            reason=request.POST.get("reason", ""),
            actor=request.actor,
            now=timezone.now(),
        )
        messages.success(request, _("It rests. The reason stands in the document’s history."))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return _answer(request, invoice_id)


def deliveries_context(request: OrganizationRequest, invoice: Invoice) -> dict[str, Any]:
    """The acts of sending, how they stand together, and by which channels the document could go now."""
    organization, now = request.organization, timezone.now()
    acts = shown.acts_of(organization, invoice.pk)
    follow_up = queries.follow_up_of(organization, invoice.pk)
    standing = follow_up.delivery_summary if follow_up else ""
    plan = Plan() if invoice.is_draft else sendings.plan_for(organization, invoice, now=now)
    return {
        "invoice": invoice,
        "acts": acts,
        "standing_word": wording.standing_word(standing),
        "standing_tone": wording.STANDING_TONES.get(standing, ""),
        "may_send": request.may(Permission.SEND_INVOICES) and not invoice.is_draft,
        "compose_url": _compose_url(request, invoice),
        "first": _step(plan, is_again=bool(acts)),
        "others": _others(request, invoice, plan),
        "left_out": [
            (wording.channel_word(channel), wording.sentence_of(why)) for channel, why in plan.left_out.items()
        ],
        "waits": bool(stuck.stuck_of(organization, invoice.pk, now)) or _is_unreachable(standing, acts),
        "is_moving": _is_moving(acts, now)
        or reaching.was_asked_since(organization, invoice.pk, DISPATCH_FIRST, now - LOOKS_AGAIN),
        "may_edit_customer": request.may(Permission.EDIT_CUSTOMERS),
        "key": jobs.new_key(),
    }


def _sentence(*, is_asked_first: bool) -> str:
    if is_asked_first:
        return _("The network is asked whether the customer receives EHF. Then it is sent, and shown under Deliveries.")
    return _("On its way. What becomes of it is shown under Deliveries.")


def _is_moving(acts: list[shown.ActShown], now: datetime) -> bool:
    """Whether a worker will say more in a moment: then the panel looks again by itself."""
    moving = (each.delivery for act in acts for each in act.deliveries if each.delivery.is_under_way)
    return any(each.channel != Channel.PAPER and now - each.state_since < LOOKS_AGAIN for each in moving)


def _step(plan: Plan, *, is_again: bool) -> dict[str, str] | None:
    if plan.first is None:
        return None
    words = wording.send_words(plan.first.channel, again=is_again)
    return {"words": words, "recipient": plan.first.recipient}


def _compose_url(request: OrganizationRequest, invoice: Invoice) -> str:
    """Where an e-mail is written by hand."""
    return reverse("invoicing:send_by_email", args=[request.organization.slug, invoice.pk])


def _others(request: OrganizationRequest, invoice: Invoice, plan: Plan) -> list[tuple[str, str]]:
    """The channels that a person may choose instead of the plan's first."""
    if invoice.is_draft:
        return []
    first = plan.first.channel if plan.first else ""
    ways = sendings.ways_to(request.organization, invoice, now=timezone.now())
    return [(step.channel, wording.send_words(step.channel)) for step in ways if step.channel != first]


def _is_unreachable(standing: str, acts: list[shown.ActShown]) -> bool:
    return standing == "nobody" and not any(act.dispatch.kind != "test" for act in acts)


def _answer(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The panel anew, or the page that the form was sent from."""
    slug = request.organization.slug
    wanted = LISTS.get(request.POST.get("page", ""))
    to = reverse(wanted, args=[slug]) if wanted else reverse("invoicing:show_invoice", args=[slug, invoice_id])
    with read_only():
        invoice = queries.get_invoice(request.organization, invoice_id)
        return swap_or_redirect(request, FRAGMENT, deliveries_context(request, invoice), to=to)
