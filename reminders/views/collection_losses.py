"""The doors to writing a claim off with its reminders as evidence."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import files
from foundation.htmx import go_to
from foundation.transactions import read_only
from payments.actions.write_offs import LossGround, LossTerms
from payments.forms.claims import LossForm
from payments.views.doing import INVALID, address_of_claim, is_done, sent
from reminders.actions import collection_losses as losses
from reminders.queries import collection as queries
from reminders.step_words import step_word
from reminders.views.collection import attached
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.WRITE_OFF_CLAIMS)
def write_off_with_evidence(request: OrganizationRequest, receivable_id: UUID) -> HttpResponse:
    """Book a claim as lost, with the reminders that stand behind it."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        proof = losses.proof_of(organization, receivable_id)
    is_lawful = proof.has_enough and today >= proof.lawful_from
    form = LossForm(sent(request), wanted=proof.wanted, grounds=LossGround.choices, today=today)
    form.fields["ground"].initial = LossGround.OVERDUE if is_lawful else LossGround.OTHER
    form.fields["takes_vat_back"].initial = is_lawful

    def act() -> None:
        said = form.cleaned_data
        terms = LossTerms(**{name: said[name] for name in ("ground", "reason", "takes_vat_back", "amount")})
        losses.write_off_with_evidence(
            organization, receivable_id, terms, actor=request.actor, day=said["day"], now=timezone.now()
        )

    back = address_of_claim(request, proof.wanted.claim)
    if is_done(form, act):
        messages.success(request, _("The claim is written off, and its evidence is kept."))
        return go_to(request, back)
    with read_only():
        return _page(request, proof, form, back=back, is_lawful=is_lawful)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def download_loss_evidence(request: OrganizationRequest, evidence_id: UUID) -> HttpResponse:
    """The packed evidence of a loss, byte for byte as it was kept."""
    evidence = queries.get_evidence(request.organization, evidence_id)
    name = f"loss-{evidence.receivable.document_number}.zip".replace("/", "-").replace('"', "")
    return attached(files.load(str(request.organization.pk), evidence.sha256), name)


def _page(
    request: OrganizationRequest, proof: losses.Proof, form: LossForm, *, back: str, is_lawful: bool
) -> HttpResponse:
    context = {
        "wanted": proof.wanted,
        "proof": proof,
        "is_lawful": is_lawful,
        "is_old_enough": local_today(request.organization) >= proof.lawful_from,
        "steps": [(step_word(each.step), each) for each in proof.reminders],
        "kept": queries.evidence_of(request.organization, proof.wanted.claim.pk),
        "form": form,
        "back": back,
    }
    return render(request, "reminders/collection_loss.html", context, status=INVALID if form.is_bound else 200)
