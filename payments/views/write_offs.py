"""The doors to claims that are given up, and to asking for them again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.htmx import go_to
from foundation.templatetags.formatting import amount_in
from foundation.transactions import read_only
from payments import claim_queries, payment_queries
from payments.actions import write_offs
from payments.actions.additions import waive_additions
from payments.actions.write_offs import LossGround, LossTerms
from payments.claim_queries import OpenClaim
from payments.forms.claims import LossForm, WaiveForm
from payments.forms.payments import UndoForm
from payments.views.doing import INVALID, Question, address_of_claim, ask, is_done, sent
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.WRITE_OFF_CLAIMS)
def write_off_receivable(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """Book what is open on a claim as lost, with the ground and what becomes of its VAT."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        wanted = claim_queries.get_claim(organization, receivable_id)
    form = LossForm(sent(request), wanted=wanted, grounds=LossGround.choices, today=today)

    def act() -> None:
        said = form.cleaned_data
        terms = LossTerms(**{name: said[name] for name in ("ground", "reason", "takes_vat_back", "amount")})
        write_offs.write_off_receivable(
            organization, receivable_id, terms, actor=request.actor, day=said["day"], now=timezone.now()
        )

    back = address_of_claim(request, wanted.claim)
    if is_done(form, act):
        messages.success(request, _("The claim is written off."))
        return go_to(request, back)
    with read_only():
        context = {"wanted": wanted, "form": form, "back": back}
        return render(request, "payments/write_off.html", context, status=INVALID if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.WRITE_OFF_CLAIMS)
def reverse_write_off(request: OrganizationRequest, allocation_id: UUID) -> HttpResponse:
    """Let a claim that was given up stand open again."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        loss = payment_queries.get_standing_use(organization, allocation_id)
    form = UndoForm(sent(request), today=today)

    def act() -> None:
        said = form.cleaned_data
        write_offs.reverse_write_off(
            organization, loss.pk, reason=said["reason"], actor=request.actor, day=said["day"], now=timezone.now()
        )

    back = address_of_claim(request, loss.receivable)
    if is_done(form, act):
        messages.success(request, _("%(number)s stands open again.") % {"number": loss.receivable})
        return go_to(request, back)
    told = {"number": loss.receivable, "amount": amount_in(loss.amount, loss.receivable.currency)}
    question = Question(
        heading=_("Ask for %(number)s again?") % told,
        button=_("Undo the write-off"),
        back=back,
        back_label=str(loss.receivable),
        sentences=(_("%(amount)s stands open again, and the VAT that was taken back is owed again.") % told,),
    )
    return ask(request, form, question)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.WRITE_OFF_CLAIMS)
def waive_addition(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """Give up what is open of a fee, compensation or interest."""
    organization = request.organization
    with read_only():
        wanted = claim_queries.get_addition(organization, receivable_id)
    form = WaiveForm(sent(request))

    def act() -> None:
        waive_additions(
            organization,
            [receivable_id],
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            day=local_today(organization),
            now=timezone.now(),
        )

    assert wanted.claim.principal is not None
    back = address_of_claim(request, wanted.claim.principal)
    if is_done(form, act):
        messages.success(request, _("%(number)s is not asked for any more.") % {"number": wanted.claim})
        return go_to(request, back)
    return ask(request, form, _waiving(wanted, back))


def _waiving(wanted: OpenClaim, back: str) -> Question:
    return Question(
        heading=_("Waive %(number)s?") % {"number": wanted.claim},
        button=_("Waive"),
        back=back,
        back_label=str(wanted.claim.principal),
        sentences=(_("What is open of it is taken back in the books. What was paid of it stays paid."),),
        facts=[
            (str(wanted.claim.get_kind_display()), str(wanted.claim)),
            (_("Amount"), amount_in(wanted.open, wanted.claim.currency)),
        ],
    )
