"""The door to a plan of instalments: a proposal that can be changed, and the agreement."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.htmx import go_to
from foundation.transactions import read_only
from payments import claim_queries, instalments
from payments.forms.holds import AgreementForm, InstalmentRow, ProposalForm, parts_of, proposed_rows, typed_rows
from payments.views.doing import INVALID, address_of_claim, is_done, sent
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.HOLD_CLAIMS)
def place_instalments(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """Agree on instalments for a claim and what was added to it; reminders wait while the plan is kept."""
    organization = request.organization
    with read_only():
        wanted = claim_queries.get_claim(organization, receivable_id)
        total = instalments.total_of(organization.pk, receivable_id)
    form, proposal = AgreementForm(sent(request)), ProposalForm(request.GET, today=local_today(organization))
    rows = typed_rows(request.POST) if form.is_bound else _proposed(proposal, total)

    def act() -> None:
        instalments.place_instalments(
            organization,
            receivable_id,
            instalments=parts_of(rows),
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            now=timezone.now(),
        )

    back = address_of_claim(request, wanted.claim)
    if not any(row.error for row in rows) and is_done(form, act):
        messages.success(request, _("%(number)s is paid in instalments.") % {"number": wanted.claim})
        return go_to(request, back)
    with read_only():
        context = {"wanted": wanted, "total": total, "form": form, "proposal": proposal, "rows": rows, "back": back}
        return render(request, "payments/place_instalments.html", context, status=INVALID if form.is_bound else 200)


def _proposed(proposal: ProposalForm, total: Decimal) -> list[InstalmentRow]:
    if not proposal.is_valid():
        return []
    said = proposal.cleaned_data
    try:
        return proposed_rows(instalments.equal_instalments(total, said["count"], said["first_day"]))
    except ValueError:
        proposal.add_error("count", _("That is too little for so many instalments."))
        return []
