"""The doors to holding a claim back and releasing it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.htmx import go_to
from foundation.templatetags.formatting import amount_in, format_day, language_of_page
from foundation.transactions import read_only
from payments import claim_queries, holds
from payments.forms.claims import HoldForm, ReleaseForm
from payments.models import Hold
from payments.views.doing import INVALID, Question, address_of_claim, ask, is_done, sent
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.HOLD_CLAIMS)
def place_hold(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """Hold a claim, or an amount of it, back: nothing is asked of the debtor while it stands."""
    organization = request.organization
    with read_only():
        wanted = claim_queries.get_claim(organization, receivable_id)
    form = HoldForm(sent(request))

    def act() -> None:
        said = form.cleaned_data
        holds.place_hold(
            organization,
            receivable_id,
            actor=request.actor,
            now=timezone.now(),
            kind=said["kind"],
            reason=said["reason"],
            amount=said["amount"],
            until=said["until"],
        )

    back = address_of_claim(request, wanted.claim)
    if is_done(form, act):
        messages.success(request, _("%(number)s is held back.") % {"number": wanted.claim})
        return go_to(request, back)
    with read_only():
        context = {"wanted": wanted, "form": form, "back": back}
        return render(request, "payments/place_hold.html", context, status=INVALID if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.HOLD_CLAIMS)
def release_hold(request: OrganizationRequest, hold_id: UUID) -> HttpResponse:
    """Let a claim be asked for again."""
    organization = request.organization
    with read_only():
        hold = claim_queries.get_hold(organization, hold_id)
    form = ReleaseForm(sent(request))

    def act() -> None:
        reason = form.cleaned_data["reason"]
        holds.release_hold(organization, hold_id, reason=reason, actor=request.actor, now=timezone.now())

    if is_done(form, act):
        messages.success(request, _("%(number)s is asked for again.") % {"number": hold.receivable})
        return go_to(request, address_of_claim(request, hold.receivable))
    return ask(request, form, _question(request, hold))


def _question(request: OrganizationRequest, hold: Hold) -> Question:
    claim = hold.receivable
    told = [
        (_("Why it is held back"), str(hold.get_kind_display())),
        (_("Amount"), amount_in(hold.amount, claim.currency) if hold.amount else _("The whole claim")),
        (_("Until"), format_day(hold.until, language_of_page()) if hold.until else ""),
        (_("Reason"), hold.reason),
        (_("Held back by"), hold.made_by),
    ]
    return Question(
        heading=_("Ask for %(number)s again?") % {"number": claim},
        button=_("Release the claim"),
        back=address_of_claim(request, claim),
        back_label=str(claim),
        sentences=(_("Reminders may go out for it again."),),
        facts=[(name, value) for name, value in told if value],
        is_dangerous=False,
    )
