"""The doors to holding a whole customer back and releasing it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from customers.queries import get_customer
from foundation.htmx import go_to
from foundation.templatetags.formatting import format_day, language_of_page
from foundation.transactions import read_only
from payments import customer_holds
from payments.forms.claims import ReleaseForm
from payments.forms.holds import CustomerHoldForm
from payments.models import CustomerHold
from payments.views.doing import INVALID, Question, ask, is_done, sent
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def panel_customer_holds(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """What holds a customer back, for the customer's page; nothing where nothing does and nobody may."""
    organization = request.organization
    customer = get_customer(organization, customer_id)
    found = customer_holds.standing_customer_holds(organization, [customer.pk], today=local_today(organization))
    may_hold = request.may(Permission.HOLD_CLAIMS)
    if not found and not may_hold:
        return HttpResponse()
    context = {"found": found, "customer": customer, "may_hold": may_hold}
    return render(request, "payments/_customer_holds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.HOLD_CLAIMS)
def hold_customer(request: OrganizationRequest, customer_id: UUID) -> HttpResponse:
    """Hold every claim of a customer back."""
    organization = request.organization
    with read_only():
        customer = get_customer(organization, customer_id)
    form = CustomerHoldForm(sent(request))

    def act() -> None:
        said = form.cleaned_data
        customer_holds.hold_customer(
            organization,
            customer_id,
            kind=said["kind"],
            reason=said["reason"],
            until=said["until"],
            actor=request.actor,
            now=timezone.now(),
        )

    back = _address(request, customer_id)
    if is_done(form, act):
        messages.success(request, _("Nothing is asked of %(name)s.") % {"name": customer.name})
        return go_to(request, back)
    with read_only():
        context = {"customer": customer, "form": form, "back": back}
        return render(request, "payments/hold_customer.html", context, status=INVALID if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.HOLD_CLAIMS)
def release_customer_hold(request: OrganizationRequest, customer_hold_id: UUID) -> HttpResponse:
    """Let the claims of a customer be asked for again."""
    organization = request.organization
    with read_only():
        hold = customer_holds.get_customer_hold(organization, customer_hold_id)
    form = ReleaseForm(sent(request))

    def act() -> None:
        reason = form.cleaned_data["reason"]
        customer_holds.release_customer(
            organization, customer_hold_id, reason=reason, actor=request.actor, now=timezone.now()
        )

    if is_done(form, act):
        messages.success(request, _("%(number)s is asked for again.") % {"number": hold.customer.name})
        return go_to(request, _address(request, hold.customer_id))
    return ask(request, form, _question(request, hold))


def _address(request: OrganizationRequest, customer_id: UUID) -> str:
    return reverse("customers:show_customer", args=[request.organization.slug, customer_id])


def _question(request: OrganizationRequest, hold: CustomerHold) -> Question:
    told = [
        (_("Why it is held back"), str(hold.get_kind_display())),
        (_("Until"), format_day(hold.until, language_of_page()) if hold.until else ""),
        (_("Reason"), hold.reason),
        (_("Held back by"), hold.made_by),
    ]
    return Question(
        heading=_("Ask for %(number)s again?") % {"number": hold.customer.name},
        button=_("Release the customer"),
        back=_address(request, hold.customer_id),
        back_label=hold.customer.name,
        sentences=(_("Reminders may go out for every claim that nothing else holds back."),),
        facts=[(name, value) for name, value in told if value],
        is_dangerous=False,
    )
