"""Correcting an issued invoice: the wrong lines are chosen, old and new stand side by side, both are finalized."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.errors import DomainError
from foundation.htmx import go_to, render_page_or_fragment
from foundation.transactions import read_only
from invoicing import corrections, prepaying, queries
from invoicing.actions import checks, correct, credit
from invoicing.actions.conditions import MoneyStands
from invoicing.forms.correct import REASON_MAX, MessageForm, ReasonForm, chosen_lines
from invoicing.models import Correction, DraftCheck, Invoice
from invoicing.public import queries as pages
from invoicing.views.approval_context import approval_context
from invoicing.views.sending_choice import sends_when_finalized, wants_sending
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view
from tenants.switches import opens


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.CORRECT_INVOICES)
def correct_invoice(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Choose the wrong lines; all of them are chosen from the start. A correction that runs already is shown."""
    organization = request.organization
    form = ReasonForm(request.POST or None)
    if request.method != "POST":
        running = corrections.running_of(organization, invoice_id)
        return _to(request, running) if running else _begin(request, invoice_id, form)
    chosen = chosen_lines(request.POST)
    refusal: DomainError | None = None
    if form.is_valid():
        try:
            correction = correct.correct_invoice(
                organization,
                invoice_id,
                line_ids=chosen,
                reason=form.cleaned_data["reason"],
                actor=request.actor,
                today=local_today(organization),
            )
            return _to(request, correction)
        except correct.CorrectionIsRunning as running_already:
            messages.info(request, str(running_already))
            return _to(request, running_already.correction)
        except DomainError as error:
            refusal = error
    with read_only():
        return _choose(request, invoice_id, form, chosen=chosen, refusal=refusal, status=422)


def _begin(request: OrganizationRequest, invoice_id: UUID, form: ReasonForm) -> HttpResponse:
    """The form as it begins; coming from what the customer has said, with those words and the line that they name."""
    said = pages.enquiries_of(request.organization, invoice_id)
    enquiry = next((each for each in said if str(each.pk) == request.GET.get("enquiry")), None)
    if enquiry is None:
        return _choose(request, invoice_id, form, chosen=None)
    form.initial["reason"] = " ".join(f"{enquiry.text} {enquiry.value}".split())[:REASON_MAX]
    return _choose(request, invoice_id, form, chosen={enquiry.line_id} if enquiry.line_id else None)


def _choose(
    request: OrganizationRequest,
    invoice_id: UUID,
    form: ReasonForm,
    *,
    chosen: set[UUID] | None,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    organization = request.organization
    original = queries.get_invoice(organization, invoice_id)
    lines = queries.list_lines(original)
    left = credit.creditable_quantities(organization, original)
    context: dict[str, Any] = {
        "original": original,
        "form": form,
        "rows": [
            {
                "line": line,
                "left": left[line.pk],
                "is_chosen": bool(left[line.pk]) and (chosen is None or line.pk in chosen),
            }
            for line in lines
        ],
        "refusal": str(refusal) if refusal else "",
    }
    try:
        correct.refuse_closed(organization, actor=request.actor)
        correct.refuse_uncorrectable(organization, original, lines)
        if not any(left.values()):
            raise credit.NothingLeftToCredit(_("Everything on this invoice is credited. There is nothing to correct."))
    except DomainError as error:
        context |= {"refusal": str(error), "is_refused": True, "is_money": isinstance(error, MoneyStands)}
    return render(request, "invoicing/correct_invoice.html", context, status=status)


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def show_correction(request: OrganizationRequest, correction_id: UUID) -> HttpResponse:
    """Old and new side by side, the sums of the three documents, and what the customer is told."""
    correction = corrections.get_correction(request.organization, correction_id)
    context = _context(request, correction, form=None)
    return render_page_or_fragment(
        request, "invoicing/show_correction.html", "invoicing/_correction_comparison.html", context
    )


@require_POST
@organization_view(Permission.FINALIZE_INVOICES)
def finalize_correction(request: OrganizationRequest, correction_id: UUID) -> HttpResponse:
    """Keep the message, check both documents, and finalize them together or not at all."""
    organization = request.organization
    if not request.may(Permission.CORRECT_INVOICES):
        raise PermissionDenied
    today = local_today(organization)
    form = MessageForm(request.POST)
    try:
        if not form.is_valid():
            return _show_again(request, correction_id, form, "")
        correction = correct.tell_customer(
            organization,
            correction_id,
            message=form.cleaned_data["message"],
            actor=request.actor,
            now=timezone.now(),
        )
        if request.POST.get("then") == "message":
            messages.success(request, _("Saved."))
            return _to(request, correction)
        checks.check_drafts(organization, [correction.credit_note_id, correction.replacement_id], today=today)
        note, replacement = correct.finalize_correction(
            organization, correction_id, actor=request.actor, today=today, sends=wants_sending(request)
        )
    except DomainError as refusal:
        return _show_again(request, correction_id, form, str(refusal))
    sentence = _("Credit note %(note)s and invoice %(number)s are finalized.")
    messages.success(request, sentence % {"note": note.number, "number": replacement.number})
    return _to(request, correction)


@require_POST
@organization_view(Permission.CORRECT_INVOICES)
def abandon_correction(request: OrganizationRequest, correction_id: UUID) -> HttpResponse:
    """Delete both drafts; the invoice stands as it was."""
    try:
        original = correct.abandon_correction(request.organization, correction_id, actor=request.actor)
    except DomainError as refusal:
        return _show_again(request, correction_id, None, str(refusal))
    messages.success(
        request, _("The correction is abandoned. Invoice %(number)s stands as it was.") % {"number": original.number}
    )
    return go_to(request, reverse("invoicing:show_invoice", args=[request.organization.slug, original.pk]))


def _show_again(
    request: OrganizationRequest, correction_id: UUID, form: MessageForm | None, refusal: str
) -> HttpResponse:
    with read_only():
        correction = corrections.get_correction(request.organization, correction_id)
        context = _context(request, correction, form=form) | {"refusal": refusal}
        return render(request, "invoicing/show_correction.html", context, status=422)


def _context(request: OrganizationRequest, correction: Correction, *, form: MessageForm | None) -> dict[str, Any]:
    organization = request.organization
    comparison = corrections.compare(organization, correction)
    is_running = correction.replacement.is_draft
    message = correction.message
    if is_running and not message:
        message = corrections.proposed_message(organization, correction, comparison)
    halves = (correction.credit_note, correction.replacement)
    titles = (_("Approval of the credit note"), _("Approval of the new invoice"))
    stored = queries.checks_of_drafts(organization, [half.pk for half in halves]) if is_running else {}
    return {
        "correction": correction,
        "comparison": comparison,
        "is_running": is_running,
        "form": form or MessageForm(initial={"message": message}),
        "approvals": [
            {**approval_context(request, half), "title": title}
            for half, title in zip(halves if is_running else (), titles, strict=False)
        ],
        "findings": [finding for half in halves for finding in _findings(half, stored.get(half.pk))],
        "may_edit": request.may(Permission.EDIT_DRAFTS),
        "may_finalize": request.may(Permission.FINALIZE_INVOICES) and may_correct(request),
        "may_abandon": may_correct(request),
        "sends_when_finalized": is_running and sends_when_finalized(request),
    }


def _findings(half: Invoice, check: DraftCheck | None) -> list[dict[str, Any]]:
    """What the last check of a half found, where it is still about what the half says."""
    if check is None or half.updated_at > check.checked_at:
        return []
    return [{**finding, "half": half} for finding in check.findings]


def may_correct(request: OrganizationRequest) -> bool:
    """Whether this member may correct issued invoices, by role and by the organization's switch."""
    is_open = opens(request.organization.corrections_by, request.membership.role)
    return is_open and request.may(Permission.CORRECT_INVOICES)


def taken_back_context(request: OrganizationRequest, invoice: Invoice, notes: list[Invoice]) -> dict[str, Any]:
    """What the page of an issued document says of its corrections, and which of its buttons this member has."""
    found = corrections.corrections_around(request.organization, invoice.pk)
    own = [correction for correction in found if correction.original_id == invoice.pk]
    running = next((correction for correction in own if correction.replacement.is_draft), None)
    is_open = not invoice.is_credit_note and _worth(invoice) > sum(
        (_worth(note) for note in notes if not note.is_draft), Decimal(0)
    )
    return {
        "corrections": [correction for correction in own if not correction.replacement.is_draft],
        "running_correction": running,
        "replaces": next((each for each in found if each.replacement_id == invoice.pk), None),
        "voided_by": corrections.voided_by(invoice, notes) if not own else None,
        "may_correct": is_open and running is None and may_correct(request) and not invoice.is_about_advance,
        "may_void": is_open
        and running is None
        and request.may(Permission.CREDIT_INVOICES)
        and request.may(Permission.FINALIZE_INVOICES),
    }


def _worth(document: Invoice) -> Decimal:
    """What a document comes to: what is to be paid, and what advances pay."""
    return document.payable_amount + prepaying.sum_of(document.prepaid)


def _to(request: OrganizationRequest, correction: Correction) -> HttpResponse:
    return redirect("invoicing:show_correction", request.organization.slug, correction.pk)
