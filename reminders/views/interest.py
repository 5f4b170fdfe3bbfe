"""The doors to interest on what was paid late."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from foundation.htmx import go_to
from foundation.transactions import read_only
from reminders.actions.interest_notes import AT_ONCE_MAX, send_interest_notes
from reminders.law import current_law
from reminders.queries.interest import list_late
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_http_methods(["GET", "HEAD"])
@organization_view(Permission.VIEW_PAYMENTS)
def list_late_interest(request: OrganizationRequest) -> HttpResponse:
    """Claims of the last year that were paid late, with the interest that no letter has asked for."""
    organization = request.organization
    late = list_late(organization, today=local_today(organization), law=current_law())
    sums: dict[str, object] = {}
    for each in late:
        currency = each.receivable.currency
        sums[currency] = sums.get(currency, 0) + each.amount  # type: ignore[operator]
    context = {"late": late[:AT_ONCE_MAX], "sums": sums, "may_send": request.may(Permission.SEND_REMINDERS)}
    return render(request, "reminders/list_late_interest.html", context)


@require_http_methods(["POST"])
@organization_view(Permission.SEND_REMINDERS)
def send_late_interest(request: OrganizationRequest) -> HttpResponse:
    """Send a note of interest for each chosen claim."""
    organization = request.organization
    chosen = _ids(request.POST.getlist("id"))
    back = reverse("reminders:list_late_interest", args=[organization.slug])
    if not chosen:
        messages.error(request, _("No invoice is chosen. Tick some rows in the list and try again."))
        return go_to(request, back)
    today, now = local_today(organization), timezone.now()
    count = send_interest_notes(organization, chosen, actor=request.actor, today=today, now=now)
    with read_only():
        if count:
            words = ngettext(
                "%(count)s interest note is on its way.", "%(count)s interest notes are on their way.", count
            )
            messages.success(request, words % {"count": count})
        if count < len(chosen):
            messages.info(request, _("What was asked for meanwhile, or whom nobody can reach, was left out."))
    return go_to(request, back)


def _ids(written: list[str]) -> list[UUID]:
    found = []
    for text in written[:AT_ONCE_MAX]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
