"""The doors to the work list: what the bank told and nobody has matched yet."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.errors import DomainError
from foundation.htmx import render_page_or_fragment, swap_or_redirect
from foundation.transactions import read_only
from payments.actions import bank_lines
from payments.actions.payouts import PayoutTerms
from payments.bank import claims as bank_claims
from payments.bank import queries as bank_queries
from payments.forms.bank import read_fee, read_id, read_parts, read_reason
from payments.models import BankLine
from payments.views.bank_desk import address_of_line, address_of_list, asked_of, desk_context, next_after
from payments.views.payout_desk import chosen_parts, sum_of
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

PAGE, DESK = "payments/bank/list_lines.html", "payments/bank/_desk.html"


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def list_bank_lines(request: OrganizationRequest) -> HttpResponse:
    """The work list, its first movement open."""
    return render_page_or_fragment(request, PAGE, DESK, desk_context(request, asked_of(request.GET), None))


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def show_bank_line(request: OrganizationRequest, line_id: UUID) -> HttpResponse:
    """The work list with one movement open."""
    return render_page_or_fragment(request, PAGE, DESK, desk_context(request, asked_of(request.GET), line_id))


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def sum_line_parts(request: OrganizationRequest, line_id: UUID) -> HttpResponse:
    """What is left to place with what is ticked and typed now."""
    with read_only():
        line = bank_queries.get_bank_line(request.organization, line_id)
        try:
            parts = read_parts(request.POST, request.POST.getlist("use"))
            wanted = {part.receivable_id: part.amount for part in parts}
            claims = bank_claims.open_claims_by_id(request.organization.pk, wanted)
        except DomainError as refusal:
            return render(request, "payments/bank/_left.html", {"problem": str(refusal)})
        left = line.payment.unapplied if line.payment else line.amount
        for claim in claims:
            typed = wanted[claim.id]
            left -= min(claim.owed, max(left, Decimal(0))) if typed is None else typed
        return render(request, "payments/bank/_left.html", {"left": left})


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def settle_bank_line(request: OrganizationRequest, line_id: UUID) -> HttpResponse:
    """Use the money on the ticked invoices; what is left is the customer's credit."""

    def settle() -> str:
        parts = read_parts(request.POST, request.POST.getlist("use"))
        use = bank_lines.Use(parts=parts, customer_id=read_id(request.POST.get("customer", "")))
        bank_lines.settle_line(request.organization, line_id, use, **_now(request))
        return _("The payment is matched.")

    return _act(request, line_id, settle)


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def credit_bank_line(request: OrganizationRequest, line_id: UUID) -> HttpResponse:
    """Keep the money as a customer's credit."""

    def keep() -> str:
        use = bank_lines.Use(customer_id=read_id(request.POST.get("customer", "")))
        bank_lines.settle_line(request.organization, line_id, use, **_now(request))
        return _("The money stands to the customer’s credit.")

    return _act(request, line_id, keep)


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def ignore_bank_line(request: OrganizationRequest, line_id: UUID) -> HttpResponse:
    """Leave a movement that is none of the invoices'."""

    def leave() -> str:
        reason = read_reason(request.POST.get("reason", ""))
        bank_lines.ignore_line(request.organization, line_id, reason=reason, actor=request.actor, now=timezone.now())
        return _("The movement is left.")

    return _act(request, line_id, leave)


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def take_back_with_line(request: OrganizationRequest, line_id: UUID) -> HttpResponse:
    """Take the payment back that the bank took back."""

    def take_back() -> str:
        payment_id = _required_id(request, "payment")
        bank_lines.take_back_payment(request.organization, line_id, payment_id, **_now(request))
        return _("The payment is taken back, and what it paid stands open again.")

    return _act(request, line_id, take_back)


@require_POST
@organization_view(Permission.REFUND_PAYMENTS)
def settle_refund_with_line(request: OrganizationRequest, line_id: UUID) -> HttpResponse:
    """Say that money which went out is a refund."""

    def settle() -> str:
        refund_id = _required_id(request, "refund")
        bank_lines.settle_refund_of_line(request.organization, line_id, refund_id, **_now(request))
        return _("The refund is paid.")

    return _act(request, line_id, settle)


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def sum_payout_parts(request: OrganizationRequest, line_id: UUID) -> HttpResponse:
    """What is ticked of the clearing account comes to, and the fee that the provider would have kept."""
    with read_only():
        line = bank_queries.get_bank_line(request.organization, line_id)
        parts = chosen_parts(request.organization, line, request.POST.getlist("part"))
        total = sum_of(parts, line.currency)
        context = {"total": total, "fee": total - line.signed_amount, "line": line}
        return render(request, "payments/bank/_payout_sum.html", context)


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def settle_payout_with_line(request: OrganizationRequest, line_id: UUID) -> HttpResponse:
    """Say that a movement is what a payment provider has paid out."""

    def settle() -> str:
        with read_only():
            line = bank_queries.get_bank_line(request.organization, line_id)
            parts = chosen_parts(request.organization, line, request.POST.getlist("part"))
        ids = [part.posting_id for part in parts]
        terms = PayoutTerms(posting_ids=ids, fee=read_fee(request.POST.get("fee", "")))
        bank_lines.settle_payout_of_line(request.organization, line_id, terms, **_now(request))
        return _("The payout is booked.")

    return _act(request, line_id, settle)


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def reopen_bank_line(request: OrganizationRequest, line_id: UUID) -> HttpResponse:
    """Undo what became of a movement: it waits again, and is opened."""
    reason = read_reason(request.POST.get("reason", ""))
    line = bank_lines.reopen_line(request.organization, line_id, reason=reason, **_now(request))
    messages.success(request, _("It is undone, and the movement waits again."))
    return _answer(request, line)


def _now(request: OrganizationRequest) -> dict[str, Any]:
    return {"actor": request.actor, "today": local_today(request.organization), "now": timezone.now()}


def _required_id(request: OrganizationRequest, name: str) -> UUID:
    found = read_id(request.POST.get(name, ""))
    if found is None:
        raise Http404
    return found


def _act(request: OrganizationRequest, line_id: UUID, act: Callable[[], str]) -> HttpResponse:
    """Do what was asked, then go on with the next movement of the list."""
    asked = asked_of(request.POST)
    with read_only():
        bank_queries.get_bank_line(request.organization, line_id)
        following = next_after(request, asked, line_id)
    messages.success(request, act())
    to = address_of_line(request, asked, following) if following else address_of_list(request, asked)
    with read_only():
        return swap_or_redirect(request, DESK, desk_context(request, asked, following), to=to)


def _answer(request: OrganizationRequest, line: BankLine) -> HttpResponse:
    asked = asked_of(request.POST.copy())
    with read_only():
        context = desk_context(request, asked, line.pk)
        return swap_or_redirect(request, DESK, context, to=address_of_line(request, asked, line.pk))
