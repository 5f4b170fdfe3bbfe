"""Finalizing: from the draft in one step when nothing is found, or over a page that says what will happen."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from foundation.errors import DomainError
from foundation.htmx import go_to, wants_fragment
from foundation.transactions import read_only
from invoicing import corrections, numbering, queries
from invoicing.actions import checks, dates, finalize
from invoicing.actions.conditions import ApprovalIsMissing, BelongsToCorrection
from invoicing.actions.drafts import refuse_finalized
from invoicing.drafting import composition
from invoicing.drafting.surroundings import surroundings
from invoicing.errors import DraftChangedSinceCheck, DraftIsIncomplete, InvoiceAlreadyFinalized
from invoicing.models import DraftCheck, Invoice
from invoicing.views.approval_context import standing_context
from invoicing.views.draft_page import finding_link, stored_page
from invoicing.views.draft_storing import version_of
from invoicing.views.sending_choice import sends_when_finalized, wants_sending
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.FINALIZE_INVOICES)
def finalize_invoice(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """What will be numbered and dated, with what was found; sent, it is done once however often it is sent."""
    try:
        if request.method != "POST":
            return _show_confirmation(request, invoice_id)
        sends = wants_sending(request)
        return _finalized(request, _finalize(request, invoice_id, sends=sends), sends=sends)
    except InvoiceAlreadyFinalized as refusal:
        messages.info(request, str(refusal))
        return go_to(request, _document_url(request, invoice_id))
    except DraftIsIncomplete:
        with read_only():
            return _show_confirmation(request, invoice_id, status=422)
    except (ApprovalIsMissing, BelongsToCorrection) as refusal:
        return _go_where_it_is_mended(request, invoice_id, refusal)


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def date_draft(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Take one of the dates that the law allows today; the page that asks shows them."""
    organization = request.organization
    try:
        dates.date_draft(
            organization,
            invoice_id,
            version=version_of(request),
            issue_date=_day_of(request.POST.get("issue_date", "")),
            actor=request.actor,
            today=local_today(organization),
            now=timezone.now(),
        )
    except InvoiceAlreadyFinalized as refusal:
        messages.info(request, str(refusal))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    name = "finalize_invoice" if request.may(Permission.FINALIZE_INVOICES) else "show_invoice"
    return go_to(request, reverse(f"invoicing:{name}", args=[organization.slug, invoice_id]))


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def finalize_from_draft(request: OrganizationRequest, invoice_id: UUID, *, sends: bool = False) -> HttpResponse:
    """The draft's own button: done at once for HTMX when nothing is found, else over the page that asks."""
    if not request.may(Permission.FINALIZE_INVOICES):
        raise PermissionDenied
    confirm_url = reverse("invoicing:finalize_invoice", args=[request.organization.slug, invoice_id])
    try:
        [check] = _check(request, invoice_id)
        if any(finding["is_fatal"] for finding in check.findings):
            return _show_findings(request, invoice_id)
        if check.findings or not wants_fragment(request):
            return go_to(request, confirm_url)
        sends = sends and request.may(Permission.SEND_INVOICES)
        return _finalized(request, _finalize(request, invoice_id, sends=sends), sends=sends)
    except InvoiceAlreadyFinalized as refusal:
        messages.info(request, str(refusal))
        return go_to(request, _document_url(request, invoice_id))
    except DraftIsIncomplete:
        return _show_findings(request, invoice_id)
    except (ApprovalIsMissing, BelongsToCorrection) as refusal:
        return _go_where_it_is_mended(request, invoice_id, refusal)


def _go_where_it_is_mended(
    request: OrganizationRequest, invoice_id: UUID, refusal: ApprovalIsMissing | BelongsToCorrection
) -> HttpResponse:
    """To the page that asks, where approval is asked for, or to the correction that the draft is a half of."""
    organization = request.organization
    messages.warning(request, str(refusal))
    with read_only():
        correction = corrections.correction_of_half(organization, invoice_id)
    if isinstance(refusal, BelongsToCorrection) and correction is not None:
        return go_to(request, reverse("invoicing:show_correction", args=[organization.slug, correction.pk]))
    return go_to(request, reverse("invoicing:finalize_invoice", args=[organization.slug, invoice_id]))


def _check(request: OrganizationRequest, invoice_id: UUID) -> list[DraftCheck]:
    return checks.check_drafts(request.organization, [invoice_id], today=local_today(request.organization))


def _finalize(request: OrganizationRequest, invoice_id: UUID, *, sends: bool) -> Invoice:
    """Check and finalize; a draft that was changed between the two is checked once more."""
    today = local_today(request.organization)
    with read_only():
        refuse_finalized(queries.get_invoice(request.organization, invoice_id))
    _check(request, invoice_id)
    number = partial(
        finalize.finalize_invoices, request.organization, [invoice_id], actor=request.actor, today=today, sends=sends
    )
    try:
        [invoice] = number()
    except DraftChangedSinceCheck:
        _check(request, invoice_id)
        [invoice] = number()
    return invoice


def _finalized(request: OrganizationRequest, invoice: Invoice, *, sends: bool) -> HttpResponse:
    sentence = (
        _("Credit note %(number)s is finalized.") if invoice.is_credit_note else _("Invoice %(number)s is finalized.")
    )
    messages.success(request, sentence % {"number": invoice.number})
    if sends:
        messages.success(request, _("It is being sent. What becomes of it is shown under Deliveries."))
    return go_to(request, _document_url(request, invoice.pk))


def _show_findings(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The draft again, with what keeps it from being finalized."""
    with read_only():
        invoice = queries.get_invoice(request.organization, invoice_id)
        if invoice.is_credit_note or not wants_fragment(request):
            messages.error(request, _("Something must be mended before this can be finalized."))
            name = "finalize_invoice" if invoice.is_credit_note else "update_draft"
            return go_to(request, reverse(f"invoicing:{name}", args=[request.organization.slug, invoice_id]))
        page = stored_page(request, invoice_id, local_today(request.organization))
        return render(request, "invoicing/_draft.html", page.whole_context(request) | {"is_swapped": True}, status=422)


def _show_confirmation(request: OrganizationRequest, invoice_id: UUID, *, status: int = 200) -> HttpResponse:
    """The page that asks: every fact that finalizing will decide, and every finding of the last check."""
    organization = request.organization
    today = local_today(organization)
    invoice = queries.get_invoice(organization, invoice_id)
    refuse_finalized(invoice)
    lines = queries.list_lines(invoice)
    around = surroundings(organization, currencies=[invoice.currency], today=today)
    check = queries.checks_of_drafts(organization, [invoice.pk]).get(invoice.pk)
    refusal, totals = "", None
    try:
        composition.set_vat_rates(invoice, lines, around.rates, today)
        totals = composition.compute(invoice, lines, queries.credited_of(organization, invoice, lines))
    except DomainError as error:
        refusal = str(error)
    context: dict[str, Any] = {
        "invoice": invoice,
        "lines_count": len(lines),
        "issue_date": composition.issue_date_of(invoice, today),
        "due_date": composition.due_date_of(invoice, today),
        "next_number": numbering.next_number(organization, is_about_advance=invoice.is_about_advance),
        "account": around.accounts.get(invoice.currency) or around.accounts.get(organization.base_currency),
        "payable": totals.payable if totals else invoice.payable_amount,
        "totals": totals,
        "refusal": refusal,
        "check": check,
        "findings": _linked(request, invoice, check),
        "sends_when_finalized": sends_when_finalized(request),
        "may_send": request.may(Permission.SEND_INVOICES),
        **standing_context(request, invoice, lines),
    }
    context["fatal_count"] = sum(finding["is_fatal"] for finding in context["findings"])
    return render(request, "invoicing/confirm_finalize.html", context, status=status)


def _linked(request: OrganizationRequest, invoice: Invoice, check: DraftCheck | None) -> list[dict[str, Any]]:
    name = "update_credit_note" if invoice.is_credit_note else "update_draft"
    edit_url = reverse(f"invoicing:{name}", args=[request.organization.slug, invoice.pk])
    linked = []
    for finding in check.findings if check else ():
        link = finding_link(finding["field"], request.organization, invoice.customer, [])
        linked.append({**finding, "link": edit_url + link if link.startswith("#") else link})
    return linked


def _document_url(request: OrganizationRequest, invoice_id: UUID) -> str:
    return reverse("invoicing:show_invoice", args=[request.organization.slug, invoice_id])
