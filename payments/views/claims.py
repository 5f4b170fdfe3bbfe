"""The doors to one claim: the panel on its document's page, paying it, and paying it with money that is here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.htmx import go_to, render_page_or_fragment
from foundation.templatetags.formatting import amount_in
from foundation.text import search_words
from foundation.transactions import read_only
from payments import claim_queries, payment_queries, queries
from payments.actions.applying import apply_payment
from payments.actions.credits import use_credit
from payments.actions.taking import take_payment
from payments.additions import additions_of
from payments.claim_queries import OpenClaim
from payments.forms.payments import PaymentForm, UseForm
from payments.forms.payments import amount_in as amount_in_words
from payments.instalments import plans_of
from payments.models import Payment, Receivable
from payments.online import queries as online
from payments.payment_queries import PaymentSearch
from payments.terms import Part
from payments.views.doing import INVALID, address_of_claim, is_done, sent
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def panel_for_receivable(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """What has reduced a claim, what holds it back, and what can be done; for the page of its document."""
    wanted = claim_queries.get_claim(request.organization, receivable_id)
    return render(request, "payments/_panel.html", _panel(request, wanted))


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def show_receivable(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """A claim with a page of its own: an opening balance, a fee, interest."""
    wanted = claim_queries.get_claim(request.organization, receivable_id)
    own = reverse("payments:show_receivable", args=[request.organization.slug, receivable_id])
    address = address_of_claim(request, wanted.claim)
    context = _panel(request, wanted) | {"document_url": "" if address == own else address}
    return render(request, "payments/show_receivable.html", context)


def _panel(request: OrganizationRequest, wanted: OpenClaim) -> dict[str, Any]:
    organization, claim = request.organization, wanted.claim
    today = local_today(organization)
    standing = {hold.pk for hold in queries.standing_holds(organization, [claim.pk], today=today)}
    holds = queries.holds_of(organization, claim.pk)
    credit = claim_queries.credit_in(organization, claim.customer_id, claim.currency) if wanted.open > 0 else None
    added = additions_of(organization.pk, [claim.pk])[claim.pk]
    plans = plans_of(organization, holds)
    return {
        "claim": claim,
        "open": wanted.open,
        "additions": added,
        "total": wanted.open + sum((each.open for each in added), Decimal(0)),
        "reductions": claim_queries.reductions_of(organization, claim.pk),
        "holds": [(hold, plans.get(hold.pk, [])) for hold in holds if hold.pk in standing],
        "past_holds": [hold for hold in holds if hold.pk not in standing],
        "credit": credit,
        "attempts": online.latest_attempts(organization, claim.pk),
        "may_charge": request.may(Permission.CHARGE_METHODS)
        and wanted.open > 0
        and online.can_be_charged(organization, claim.customer_id),
        "may_register": request.may(Permission.REGISTER_PAYMENTS),
        "may_write_off": request.may(Permission.WRITE_OFF_CLAIMS),
        "may_hold": request.may(Permission.HOLD_CLAIMS),
        "may_refund": request.may(Permission.REFUND_PAYMENTS),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.REGISTER_PAYMENTS)
def pay_receivable(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """Register a payment of one claim by hand; no receipt is sent by itself."""
    with read_only():
        wanted = claim_queries.get_claim(request.organization, receivable_id)
        form = payment_form(request, claim=wanted)
    kept: list[Payment] = []
    if is_done(form, lambda: kept.append(_take(request, form, wanted.claim))):
        messages.success(request, _told(kept[0].unapplied, kept[0].currency))
        return go_to(request, address_of_claim(request, wanted.claim))
    with read_only():
        claim = wanted.claim
        context = {
            "wanted": wanted,
            "form": form,
            "credit": claim_queries.credit_in(request.organization, claim.customer_id, claim.currency),
            "back": address_of_claim(request, claim),
        }
        return render(request, "payments/pay_receivable.html", context, status=INVALID if form.is_bound else 200)


def _take(request: OrganizationRequest, form: PaymentForm, claim: Receivable) -> Payment:
    """The payment that the form tells of; what it settles is told where it is in another currency."""
    said = form.cleaned_data
    crossing = [Part(receivable_id=claim.pk, amount=said["settles"], payment_amount=said["amount"])]
    parts = [] if form.crosses else [Part(receivable_id=claim.pk)]
    return take_payment(
        request.organization,
        form.terms(customer_id=claim.customer_id, parts=parts),
        across=crossing if form.crosses else (),
        actor=request.actor,
        today=local_today(request.organization),
        now=timezone.now(),
    ).payment


def _told(rest: Decimal, currency: str) -> str:
    if not rest:
        return _("The payment is registered.")
    return _("The payment is registered. %(rest)s more came than was owed: it is the customer’s credit.") % {
        "rest": amount_in(rest, currency)
    }


def payment_form(request: OrganizationRequest, **more: Any) -> PaymentForm:
    """The form of a payment with the accounts and the limit of the organization."""
    organization = request.organization
    settings = payment_queries.payment_settings(organization)
    return PaymentForm(
        sent(request),
        organization=organization,
        today=local_today(organization),
        accounts=payment_queries.money_accounts(organization),
        small_difference_max=settings.small_difference_max,
        **more,
    )


@require_safe
@organization_view(Permission.REGISTER_PAYMENTS)
def find_payments(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """Money that is here and could pay the claim, each with the reasons why it is thought of."""
    with read_only():
        return _found_page(request, receivable_id, None)


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def apply_to_receivable(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """Let a payment that is here, or a credit of the customer, pay the claim."""
    organization = request.organization
    form = UseForm(request.POST)
    with read_only():
        wanted = claim_queries.get_claim(organization, receivable_id)

    def act() -> None:
        said, day = form.cleaned_data, local_today(organization)
        if said["credit"]:
            use_credit(organization, said["credit"], receivable_id, amount=said["amount"], actor=request.actor, day=day)
            return
        part = Part(receivable_id=receivable_id, amount=said["amount"], payment_amount=said["paid"])
        apply_payment(organization, said["payment"], [part], actor=request.actor, day=day, now=timezone.now())

    if is_done(form, act):
        messages.success(request, _("The money is used on %(number)s.") % {"number": wanted.claim})
        return go_to(request, address_of_claim(request, wanted.claim))
    with read_only():
        return _found_page(request, receivable_id, form)


def _found_page(request: OrganizationRequest, receivable_id: UUID, form: UseForm | None) -> HttpResponse:
    organization = request.organization
    wanted = claim_queries.get_claim(organization, receivable_id)
    words = search_words(request.GET.get("q", ""))
    search = PaymentSearch(words=words, amount=amount_in_words(words))
    credit = claim_queries.credit_in(organization, wanted.claim.customer_id, wanted.claim.currency)
    context = {
        "wanted": wanted,
        "words": words,
        "form": form,
        "candidates": claim_queries.find_payments_for(organization, wanted, search) if wanted.open > 0 else [],
        "credits": credit.credits if credit else [],
        "back": address_of_claim(request, wanted.claim),
    }
    status = INVALID if form is not None else 200
    return render_page_or_fragment(
        request, "payments/find_payments.html", "payments/_candidates.html", context, status=status
    )
