"""The doors to closed periods and to how money is taken in: pages of the settings."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.transactions import read_only
from payments import payment_queries
from payments.actions import periods
from payments.actions.payment_settings import update_payment_settings as update
from payments.forms.periods import PaymentSettingsForm, PeriodForm
from payments.views.doing import INVALID, is_done, sent
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def list_period_locks(request: OrganizationRequest) -> HttpResponse:
    """Through which day the books are closed, who closed and opened them, and the next open day."""
    with read_only():
        locks = payment_queries.list_period_locks(request.organization)
    return _periods_page(request, PeriodForm(initial={"locked_through": locks[0].locked_through if locks else None}))


@require_POST
@organization_view(Permission.CLOSE_PERIODS)
def close_period(request: OrganizationRequest) -> HttpResponse:
    """Close the books through a day, or open them again with a reason."""
    organization = request.organization
    form = PeriodForm(sent(request))

    def act() -> None:
        said = form.cleaned_data
        periods.close_period(
            organization,
            said["locked_through"],
            reason=said["reason"],
            actor=request.actor,
            today=local_today(organization),
            now=timezone.now(),
        )

    if is_done(form, act):
        messages.success(request, _("Saved"))
        return redirect("payments:list_period_locks", organization.slug)
    return _periods_page(request, form)


def _periods_page(request: OrganizationRequest, form: PeriodForm) -> HttpResponse:
    with read_only():
        locks = payment_queries.list_period_locks(request.organization)
        closed = locks[0].locked_through if locks else None
        context = {
            "form": form,
            "locks": locks,
            "closed": closed,
            "next_open": closed + timedelta(days=1) if closed else None,
            "may_close": request.may(Permission.CLOSE_PERIODS),
        }
        return render(request, "payments/periods.html", context, status=INVALID if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_SETTINGS)
def update_payment_settings(request: OrganizationRequest) -> HttpResponse:
    """Up to which amount a rest is closed as a small difference."""
    organization = request.organization
    with read_only():
        settings = payment_queries.payment_settings(organization)
    form = PaymentSettingsForm(sent(request), initial={"small_difference_max": settings.small_difference_max})

    def act() -> None:
        update(organization, small_difference_max=form.cleaned_data["small_difference_max"], actor=request.actor)

    if is_done(form, act):
        messages.success(request, _("Saved"))
        return redirect("payments:update_payment_settings", organization.slug)
    with read_only():
        status = INVALID if form.is_bound else 200
        return render(request, "payments/payment_settings.html", {"form": form}, status=status)
