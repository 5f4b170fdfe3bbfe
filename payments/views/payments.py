"""The doors to money that has come in: the list, one payment, and taking it off or back."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from customers import queries as customers
from foundation.htmx import go_to, render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.templatetags.formatting import amount_in, format_day, language_of_page
from foundation.transactions import read_only
from payments import payment_queries
from payments.actions import applying
from payments.actions.describing import describe_payment as describe
from payments.forms.payments import DescribeForm, PaymentSearchForm, UndoForm
from payments.models import Allocation, Payment
from payments.views.doing import INVALID, Question, address_of_claim, address_of_payment, ask, is_done, sent
from tenants import queries as tenants
from tenants.audit_words import line_of
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

DAY_ORDER = (Key("day", date.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))
HISTORY_SHOWN_MAX = 50


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def list_payments(request: OrganizationRequest) -> HttpResponse:
    """All money that has come in, newest first, narrowed by the search."""
    organization = request.organization
    form = PaymentSearchForm(request.GET)
    search = form.search()
    found = payment_queries.list_payments(organization, search)
    page = page_of(found, DAY_ORDER, request.GET)
    customer_id = search.customer_id
    context = {
        "form": form,
        "search": search,
        "customer": customers.get_customer(organization, customer_id) if customer_id else None,
        "payments": page.rows,
        "sums": payment_queries.sum_payments(found) if form.parameters() else [],  # all of them is nobody's question
        "pagination": page.pagination(form.parameters(), "#payments"),
        "may_register": request.may(Permission.REGISTER_PAYMENTS),
        "may_charge": request.may(Permission.CHARGE_METHODS),
        "may_view_ledger": request.may(Permission.VIEW_LEDGER),
    }
    return render_page_or_fragment(request, "payments/list_payments.html", "payments/_payments.html", context)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def show_payment(request: OrganizationRequest, payment_id: UUID) -> HttpResponse:
    """One payment: what it says, where every krone of it is, and everything that has been done with it."""
    organization = request.organization
    payment = payment_queries.get_payment(organization, payment_id)
    entries = tenants.list_history(organization, subject_id=payment.pk)[:HISTORY_SHOWN_MAX]
    context = {
        "payment": payment,
        "uses": payment_queries.uses_of(organization, payment.pk),
        "refunds": payment_queries.refunds_of(organization, payment.pk),
        "vouchers": payment_queries.vouchers_of_payment(organization, payment),
        "history": [line_of(entry) for entry in entries],
        "may_register": request.may(Permission.REGISTER_PAYMENTS),
        "may_refund": request.may(Permission.REFUND_PAYMENTS),
        "may_view_ledger": request.may(Permission.VIEW_LEDGER),
    }
    return render(request, "payments/show_payment.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.REGISTER_PAYMENTS)
def describe_payment(request: OrganizationRequest, payment_id: UUID) -> HttpResponse:
    """Say whose a payment is, and write a note on it."""
    organization = request.organization
    with read_only():
        payment = payment_queries.get_payment(organization, payment_id)
    form = DescribeForm(sent(request), initial={"customer": payment.customer_id, "note": payment.note})

    def act() -> None:
        said = form.cleaned_data
        describe(organization, payment_id, customer_id=said["customer"], note=said["note"], actor=request.actor)

    if is_done(form, act):
        messages.success(request, _("Saved"))
        return go_to(request, address_of_payment(request, payment))
    return _describe_page(request, payment, form)


def _describe_page(request: OrganizationRequest, payment: Payment, form: DescribeForm) -> HttpResponse:
    words = request.GET.get("q", "")[:100].strip() or ("" if payment.customer_id else payment.payer_name)
    with read_only():
        context = {
            "payment": payment,
            "form": form,
            "words": words,
            "found": payment_queries.found_customers(request.organization, words) if words else [],
            "is_settled": bool(payment.customer_id and (payment.applied or payment.refunded)),
        }
        status = INVALID if form.is_bound else 200
        return render(request, "payments/describe_payment.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.REGISTER_PAYMENTS)
def reverse_payment(request: OrganizationRequest, payment_id: UUID) -> HttpResponse:
    """Take a payment back that never came; asked again first, with what it reopens."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        payment = payment_queries.get_payment(organization, payment_id)
    form = UndoForm(sent(request), today=today)

    def act() -> None:
        said = form.cleaned_data
        applying.reverse_payment(
            organization, payment_id, reason=said["reason"], actor=request.actor, day=said["day"], now=timezone.now()
        )

    if is_done(form, act):
        messages.success(request, _("The payment is taken back. What it paid stands open again."))
        return go_to(request, address_of_payment(request, payment))
    return ask(request, form, _reverse_question(request, payment))


def _reverse_question(request: OrganizationRequest, payment: Payment) -> Question:
    return Question(
        heading=_("Take the payment back?"),
        button=_("Take the payment back"),
        back=address_of_payment(request, payment),
        back_label=str(payment),
        sentences=(
            _("Do this where the money never came, bounced, or was registered wrongly."),
            _("Every invoice that it paid stands open again. The payment stays in the books, with its reversal."),
        ),
        facts=_facts(payment),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.REGISTER_PAYMENTS)
def detach_allocation(request: OrganizationRequest, allocation_id: UUID) -> HttpResponse:
    """Take a payment off an invoice; asked again first, with what happens to the money."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        use = payment_queries.get_standing_use(organization, allocation_id)
    form = UndoForm(sent(request), today=today)
    is_from_payment = request.GET.get("from") == "payment"

    def act() -> None:
        said = form.cleaned_data
        applying.detach_allocation(
            organization, use.pk, reason=said["reason"], actor=request.actor, day=said["day"], now=timezone.now()
        )

    payment = use.payment if is_from_payment else None
    back = address_of_payment(request, payment) if payment else address_of_claim(request, use.receivable)
    if is_done(form, act):
        messages.success(request, _("The payment is taken off %(number)s.") % {"number": use.receivable})
        return go_to(request, back)
    return ask(request, form, _detach_question(use, back, str(payment or use.receivable)))


def _detach_question(use: Allocation, back: str, back_label: str) -> Question:
    number = {"number": use.receivable, "amount": amount_in(use.amount, use.receivable.currency)}
    return Question(
        heading=_("Take the payment off %(number)s?") % number,
        button=_("Take it off"),
        back=back,
        back_label=back_label,
        sentences=(
            _("%(number)s stands open again by %(amount)s. The customer is told nothing.") % number,
            _("The money is kept: it is the payer’s credit, to be used on another invoice or paid back."),
        ),
        facts=_facts(use.payment) if use.payment else (),
    )


def _facts(payment: Payment) -> list[tuple[str, str]]:
    told = [
        (_("Received on"), format_day(payment.day, language_of_page())),
        (_("Amount"), amount_in(payment.amount, payment.currency)),
        (_("Method"), str(payment.get_method_display())),
        (_("Payer"), payment.payer),
        (_("Reference"), payment.reference),
    ]
    return [(name, value) for name, value in told if value]
