"""The doors to money registered without an invoice at hand, and to using what is left of a payment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from customers import queries as customers
from customers.models import Customer
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to, render_page_or_fragment
from foundation.text import search_words
from foundation.transactions import read_only
from payments import claim_queries, payment_queries
from payments.actions import applying
from payments.actions.taking import take_payment
from payments.forms.parts import PartRow, parts_of, read_rows, refuse_overuse, rows_of, used_by
from payments.forms.payments import PaymentForm, amount_in
from payments.models import Payment
from payments.views.claims import payment_form
from payments.views.doing import INVALID, address_of_payment
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@dataclass(slots=True, kw_only=True)
class RegisterPage:
    """A payment of a customer, or of somebody unknown, and what it pays."""

    customer: Customer | None
    form: PaymentForm
    rows: list[PartRow]

    @property
    def is_valid(self) -> bool:
        """Whether every field and row was understood."""
        return self.form.is_valid() and not any(row.error for row in self.rows)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.REGISTER_PAYMENTS)
def register_payment(request: OrganizationRequest) -> HttpResponse:
    """Register money by hand: for several invoices of a customer, for none, or from somebody who is not known yet."""
    with read_only():
        if request.method != "POST" and not request.GET.get("customer") and not request.GET.get("unknown"):
            return _choose_customer(request)
        page = _register_page(request)
    is_spread = request.POST.get("then") == "spread"
    if request.method == "POST" and page.is_valid and not is_spread and (payment := _take(request, page)):
        messages.success(request, _("The payment is registered."))
        return go_to(request, address_of_payment(request, payment))
    with read_only():
        status = INVALID if page.form.is_bound and not is_spread else 200
        return render(request, "payments/register_payment.html", _register_context(page), status=status)


def _take(request: OrganizationRequest, page: RegisterPage) -> Payment | None:
    """Do what the page asks for; None where it was refused, with the reason in the form."""
    parts = parts_of(page.rows)
    terms = page.form.terms(
        customer_id=page.customer.pk if page.customer else None,
        parts=[part for part in parts if part.payment_amount is None],
    )
    try:
        refuse_overuse(page.rows, terms.amount)
        return take_payment(
            request.organization,
            terms,
            across=[part for part in parts if part.payment_amount is not None],
            actor=request.actor,
            today=local_today(request.organization),
            now=timezone.now(),
        ).payment
    except DomainError as refusal:
        show_refusal(page.form, refusal)
        return None


def _choose_customer(request: OrganizationRequest) -> HttpResponse:
    words = search_words(request.GET.get("q", ""))
    context = {"words": words, "found": payment_queries.found_customers(request.organization, words)}
    return render_page_or_fragment(request, "payments/choose_payer.html", "payments/_payers.html", context)


def _register_page(request: OrganizationRequest) -> RegisterPage:
    organization = request.organization
    asked = request.POST if request.method == "POST" else request.GET
    customer = customers.get_customer(organization, _id_in(asked.get("customer"))) if asked.get("customer") else None
    form = payment_form(request, currency=customer.currency if customer else "")
    if customer and not form.is_bound:
        form.fields["payer_name"].initial = customer.name[:140]
    return RegisterPage(customer=customer, form=form, rows=_rows(request, customer))


def _rows(request: OrganizationRequest, customer: Customer | None) -> list[PartRow]:
    """The customer's open claims, as typed; or with the amount spread over the longest due first where asked for."""
    if customer is None:
        return []
    claims = claim_queries.open_claims(request.organization, customer_id=customer.pk)
    if request.method != "POST":
        return rows_of(claims, customer.currency)
    currency = request.POST.get("currency", "")
    if request.POST.get("then") == "spread":
        return rows_of(claims, currency, amount_in(request.POST.get("amount", "")) or Decimal(0))
    return read_rows(claims, currency, request.POST.dict())


def _register_context(page: RegisterPage) -> dict[str, Any]:
    received = amount_in(str(page.form["amount"].value() or "")) or Decimal(0)
    return {
        "customer": page.customer,
        "form": page.form,
        "rows": page.rows,
        "refused": [row for row in page.rows if row.error],
        "currency": page.form["currency"].value(),
        **_sums(received, page.rows),
    }


def _sums(received: Decimal, rows: list[PartRow]) -> dict[str, Any]:
    used = used_by(rows)
    return {"received": received, "used": used, "rest": received - used, "count": sum(bool(row.used) for row in rows)}


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def compute_parts(request: OrganizationRequest) -> HttpResponse:
    """What the rows come to, and what is left; nothing is stored."""
    organization = request.organization
    with read_only():
        if request.POST.get("payment"):
            payment = payment_queries.get_payment(organization, _id_in(request.POST["payment"]))
            claims = _claims_for(request, payment)
            currency, received = payment.currency, payment.unapplied
        else:
            customer_id = _id_in(request.POST.get("customer")) if request.POST.get("customer") else None
            claims = claim_queries.open_claims(organization, customer_id=customer_id) if customer_id else []
            currency = request.POST.get("currency", "")[:3]
            received = amount_in(request.POST.get("amount", "")) or Decimal(0)
        rows = read_rows(claims, currency, request.POST.dict())
        context = {"currency": currency, **_sums(received, rows)}
        return render(request, "payments/_part_sums.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.REGISTER_PAYMENTS)
def apply_payment(request: OrganizationRequest, payment_id: UUID) -> HttpResponse:
    """Let what is left of a payment pay invoices: those of its customer, or any that the search finds."""
    organization = request.organization
    with read_only():
        payment = payment_queries.get_payment(organization, payment_id)
        claims = _claims_for(request, payment)
    if request.method != "POST":
        return _apply_page(request, payment, rows_of(claims, payment.currency, _first_rest(request, payment)))
    rows = read_rows(claims, payment.currency, request.POST.dict())
    refusal = ""
    if not any(row.error for row in rows):
        try:
            applying.apply_payment(
                organization,
                payment_id,
                parts_of(rows),
                actor=request.actor,
                day=local_today(organization),
                now=timezone.now(),
            )
        except DomainError as error:
            refusal = str(error)
        else:
            messages.success(request, _("The payment is used."))
            return go_to(request, reverse("payments:show_payment", args=[organization.slug, payment_id]))
    return _apply_page(request, payment, rows, refusal=refusal, status=INVALID)


def _first_rest(request: OrganizationRequest, payment: Payment) -> Decimal:
    """What is shared out before anybody typed: everything over the customer's own claims, nothing over others."""
    is_own = payment.customer_id is not None and not request.GET.get("q")
    return payment.unapplied if is_own else Decimal(0)


def _claims_for(request: OrganizationRequest, payment: Payment) -> list[claim_queries.OpenClaim]:
    organization, words = request.organization, search_words(request.GET.get("q", ""))
    if request.method == "POST":
        named = [_id_in(name.removeprefix("part_")) for name in request.POST if name.startswith("part_")]
        found = claim_queries.claims_by_id(organization, [key for key in named if key])
        return [each for each in found if each.open > 0]
    if words:
        return claim_queries.open_claims(organization, words=words)
    if payment.customer_id is None:
        return []
    return claim_queries.open_claims(organization, customer_id=payment.customer_id)


def _apply_page(
    request: OrganizationRequest, payment: Payment, rows: list[PartRow], *, refusal: str = "", status: int = 200
) -> HttpResponse:
    with read_only():
        context = {
            "payment": payment,
            "rows": rows,
            "refusal": refusal,
            "refused": [row for row in rows if row.error],
            "words": search_words(request.GET.get("q", "")),
            "currency": payment.currency,
            **_sums(payment.unapplied, rows),
        }
        return render(request, "payments/apply_payment.html", context, status=status)


def _id_in(text: str | None) -> UUID:
    """The id that was sent; one that is none names nothing that exists."""
    try:
        return UUID(text or "")
    except ValueError:
        return UUID(int=0)
