"""The doors to money that goes back to payers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.htmx import go_to
from foundation.keyset import Key, page_of
from foundation.templatetags.formatting import amount_in
from foundation.transactions import read_only
from payments import payment_queries
from payments.actions import refunds
from payments.actions.refunds import RefundTerms
from payments.forms.refunds import EndRefundForm, RefundForm, SettleRefundForm
from payments.models import Refund
from payments.views.doing import INVALID, Question, address_of_payment, ask, is_done, sent
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

ORDER = (Key("requested_at", datetime.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def list_refunds(request: OrganizationRequest) -> HttpResponse:
    """What is on its way back to payers, or has been paid back."""
    is_ended = request.GET.get("show") == "ended"
    rows = payment_queries.list_refunds(request.organization, is_waiting=not is_ended)
    page = page_of(rows, ORDER, request.GET)
    context = {
        "refunds": page.rows,
        "pagination": page.pagination({"show": "ended"} if is_ended else {}),
        "is_ended": is_ended,
        "may_refund": request.may(Permission.REFUND_PAYMENTS),
    }
    return render(request, "payments/list_refunds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.REFUND_PAYMENTS)
def request_refund(request: OrganizationRequest, payment_id: UUID) -> HttpResponse:
    """Pay back of what is unused of a payment; where nothing is, the page says how to get there."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        payment = payment_queries.get_payment(organization, payment_id)
    form = RefundForm(sent(request), payment=payment, today=today)

    def act() -> None:
        day = form.cleaned_data["day"]
        refunds.request_refund(
            organization, payment_id, RefundTerms(**form.told()), actor=request.actor, day=day, now=timezone.now()
        )

    if is_done(form, act):
        messages.success(request, _("The money is set aside to be paid back."))
        return go_to(request, address_of_payment(request, payment))
    with read_only():
        context: dict[str, Any] = {
            "payment": payment,
            "form": form,
            "uses": [use for use in payment_queries.uses_of(organization, payment_id) if use.undone is None],
        }
        return render(request, "payments/request_refund.html", context, status=INVALID if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.REFUND_PAYMENTS)
def settle_refund(request: OrganizationRequest, refund_id: UUID) -> HttpResponse:
    """Say that a refund has left, on which day and from which account."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        refund = payment_queries.get_refund(organization, refund_id)
        accounts = payment_queries.money_accounts(organization)
    form = SettleRefundForm(sent(request), accounts=accounts, standing=refund.payment.account_id, today=today)

    def act() -> None:
        said = form.cleaned_data
        refunds.settle_refund(
            organization,
            refund_id,
            account_id=UUID(said["account"]),
            actor=request.actor,
            day=said["day"],
            now=timezone.now(),
        )

    if is_done(form, act):
        messages.success(request, _("The refund is booked."))
        return go_to(request, address_of_payment(request, refund.payment))
    heading = _("Has %(amount)s been paid back?") % {"amount": amount_in(refund.amount, refund.payment.currency)}
    return ask(request, form, _question(request, refund, heading, _("Book the refund"), is_dangerous=False))


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.REFUND_PAYMENTS)
def end_refund(request: OrganizationRequest, refund_id: UUID) -> HttpResponse:
    """Stop a refund that has not left: the money belongs to the payer again."""
    organization = request.organization
    with read_only():
        refund = payment_queries.get_refund(organization, refund_id)
    form = EndRefundForm(sent(request))

    def act() -> None:
        refunds.end_refund(
            organization,
            refund_id,
            is_cancelled=True,
            problem=form.cleaned_data["problem"],
            actor=request.actor,
            now=timezone.now(),
        )

    if is_done(form, act):
        messages.success(request, _("The refund is stopped. The money can be used or paid back again."))
        return go_to(request, address_of_payment(request, refund.payment))
    heading = _("Stop paying back %(amount)s?") % {"amount": amount_in(refund.amount, refund.payment.currency)}
    return ask(request, form, _question(request, refund, heading, _("Stop the refund"), is_dangerous=True))


def _question(
    request: OrganizationRequest, refund: Refund, heading: str, button: str, *, is_dangerous: bool
) -> Question:
    told = [
        (_("Paid to"), refund.payee_name),
        (_("Their account"), refund.payee_account),
        (_("How it goes back"), str(refund.get_channel_display())),
        (_("Reason"), refund.reason),
    ]
    return Question(
        heading=heading,
        button=button,
        back=address_of_payment(request, refund.payment),
        back_label=str(refund.payment),
        facts=[(name, value) for name, value in told if value],
        is_dangerous=is_dangerous,
    )
