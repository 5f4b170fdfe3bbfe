"""The doors to what customers have to their credit."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from customers.queries import get_customer
from foundation.htmx import go_to
from foundation.templatetags.formatting import amount_in
from foundation.transactions import read_only
from payments import claim_queries
from payments.actions.credits import free_credit as free
from payments.views.doing import Question, address_of_claim, ask
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def list_credits(request: OrganizationRequest) -> HttpResponse:
    """Customers whose money or credit notes pay nothing yet: to be used, or paid back."""
    found = claim_queries.credits_of(request.organization)
    context = {
        "found": found,
        "most": claim_queries.CREDITS_MAX,
        "may_register": request.may(Permission.REGISTER_PAYMENTS),
        "may_refund": request.may(Permission.REFUND_PAYMENTS),
    }
    return render(request, "payments/list_credits.html", context)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def panel_customer_credit(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """What one customer has to his credit, for the customer's page and for a draft; nothing where it is nothing."""
    customer = get_customer(request.organization, customer_id)
    found = claim_queries.credits_of(request.organization, customer_id=customer.pk)
    if not found:
        return HttpResponse()  # not even a line break: the place on the page goes away
    return render(request, "payments/_customer_credit.html", {"found": found, "customer": customer})


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.REFUND_PAYMENTS)
def free_credit(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """Put a credit note in the place of the payment on a paid invoice; asked first, then on to paying back."""
    organization = request.organization
    with read_only():
        credit = claim_queries.get_claim(organization, receivable_id)
        paying = claim_queries.payment_in_the_way(organization, receivable_id)
    if request.method == "POST":
        day = local_today(organization)
        payment = free(organization, receivable_id, actor=request.actor, day=day, now=timezone.now())
        messages.success(
            request, _("The credit note has taken the place of the payment. What is left of it can go back.")
        )
        return go_to(request, reverse("payments:request_refund", args=[organization.slug, payment.pk]))
    told = {
        "credit": credit.claim,
        "number": paying.receivable,
        "amount": amount_in(min(credit.credit, paying.amount), credit.claim.currency),
    }
    question = Question(
        heading=_("Pay credit note %(credit)s back?") % told,
        button=_("Go on"),
        back=address_of_claim(request, credit.claim),
        back_label=str(credit.claim),
        sentences=(
            _("The credit note takes the place of the payment on invoice %(number)s: %(amount)s of it.") % told,
            _("The invoice stays settled, and that much of the payment can be paid back: on the next page."),
        ),
        is_dangerous=False,
    )
    return ask(request, Form(), question)
