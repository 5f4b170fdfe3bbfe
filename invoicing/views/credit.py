"""Crediting a finalized invoice: the lines, what is left of each, and the draft credit note that comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from foundation.errors import DomainError
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import checks, credit
from invoicing.actions.drafts import refuse_finalized
from invoicing.errors import InvoiceAlreadyFinalized, StaleDraft
from invoicing.forms.credit import CreditReasonForm, CreditRow, quantities_of, read_rows, rows_of
from invoicing.models import Invoice
from invoicing.views.approval_context import approval_context, may_delete_drafts
from invoicing.views.attachments import attachments_context
from invoicing.views.draft_page import finding_link
from invoicing.views.draft_storing import version_of
from invoicing.views.drafts import already_finalized
from invoicing.views.finalize import finalize_from_draft
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@dataclass(slots=True, kw_only=True)
class CreditPage:
    """An invoice that is credited: its lines with what is chosen of each, and the note when there is one."""

    original: Invoice
    note: Invoice | None
    rows: list[CreditRow]
    form: CreditReasonForm

    def is_valid(self) -> bool:
        """Whether every quantity and the reason were understood."""
        return self.form.is_valid() and not any(row.error for row in self.rows)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.CREDIT_INVOICES)
def credit_invoice(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """Choose what is credited; all that is left stands there from the start."""
    organization = request.organization
    with read_only():
        page = _page(request, queries.get_invoice(organization, invoice_id), note=None)
        if request.method != "POST":
            return render(request, "invoicing/credit_invoice.html", _context(request, page))
    if not page.is_valid():
        return _show(request, page)
    try:
        note = credit.credit_invoice(
            organization,
            invoice_id,
            quantities=quantities_of(page.rows),
            reason=page.form.cleaned_data["credit_reason"],
            actor=request.actor,
            today=local_today(organization),
        )
    except DomainError as refusal:
        return _show(request, page, refusal)
    messages.success(request, _("The credit note is a draft. Look through it and finalize it."))
    return redirect("invoicing:update_credit_note", organization.slug, note.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.CREDIT_INVOICES)
def update_credit_note(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """The draft credit note: only quantities and the reason can change."""
    try:
        with read_only():
            note = queries.get_invoice(request.organization, invoice_id)
            refuse_finalized(note)
            if note.credits is None:
                return redirect("invoicing:update_draft", request.organization.slug, invoice_id)
            page = _page(request, note.credits, note=note)
            if request.method != "POST":
                return render(request, "invoicing/credit_invoice.html", _context(request, page))
        if not page.is_valid():
            return _show(request, page)
        _store(request, page, invoice_id)
    except InvoiceAlreadyFinalized as refusal:
        return already_finalized(request, refusal)
    except StaleDraft as refusal:
        with read_only():
            page.note = queries.get_invoice(request.organization, invoice_id)
        return _show(request, page, refusal)
    except DomainError as refusal:
        return _show(request, page, refusal)
    return _go_on(request, invoice_id)


def _store(request: OrganizationRequest, page: CreditPage, note_id: UUID) -> None:
    credit.update_credit_note(
        request.organization,
        note_id,
        version=version_of(request),
        quantities=quantities_of(page.rows),
        reason=page.form.cleaned_data["credit_reason"],
        actor=request.actor,
        today=local_today(request.organization),
    )


@require_POST
@organization_view(Permission.CREDIT_INVOICES)
def compute_credit(request: OrganizationRequest, invoice_id: UUID) -> HttpResponse:
    """What the chosen quantities come to; nothing is stored. Takes the credited invoice."""
    with read_only():
        page = _page(request, queries.get_invoice(request.organization, invoice_id), note=None)
        return render(request, "invoicing/_credit_totals.html", _sums(request, page))


def _go_on(request: OrganizationRequest, note_id: UUID) -> HttpResponse:
    then = request.POST.get("then", "")
    if then == "finalize":
        return finalize_from_draft(request, note_id)
    if then == "check":
        checks.check_drafts(request.organization, [note_id], today=local_today(request.organization))
    else:
        messages.success(request, _("Saved."))
    return redirect("invoicing:update_credit_note", request.organization.slug, note_id)


def _page(request: OrganizationRequest, original: Invoice, *, note: Invoice | None) -> CreditPage:
    """The page as sent, or as it is opened: what the note has, or all that is left."""
    lines = queries.list_lines(original)
    left = credit.creditable_quantities(request.organization, original, lines)
    if request.method == "POST":
        rows = read_rows(lines, left, request.POST)
        return CreditPage(original=original, note=note, rows=rows, form=CreditReasonForm(request.POST))
    if note is None:
        return CreditPage(original=original, note=None, rows=rows_of(lines, left, left), form=CreditReasonForm())
    chosen = {line.credits_line_id: line.quantity for line in queries.list_lines(note) if line.credits_line_id}
    form = CreditReasonForm(initial={"credit_reason": note.credit_reason})
    return CreditPage(original=original, note=note, rows=rows_of(lines, left, chosen), form=form)


def _show(request: OrganizationRequest, page: CreditPage, refusal: DomainError | None = None) -> HttpResponse:
    if refusal is not None:
        page.form.add_error(None, str(refusal))
    with read_only():
        return render(request, "invoicing/credit_invoice.html", _context(request, page), status=422)


def _context(request: OrganizationRequest, page: CreditPage) -> dict[str, Any]:
    organization, note = request.organization, page.note
    check = queries.checks_of_drafts(organization, [note.pk]).get(note.pk) if note else None
    findings = [
        {**finding, "link": finding_link(finding["field"], organization, page.original.customer, [])}
        for finding in (check.findings if check else ())
    ]
    return {
        "original": page.original,
        "note": note,
        "rows": page.rows,
        "form": page.form,
        "refused": [(row.name, f"{row.line.position}. {row.error}") for row in page.rows if row.error],
        "check": check,
        "findings": findings,
        "fatal_count": sum(finding["is_fatal"] for finding in findings),
        "is_check_old": bool(check and note and note.updated_at > check.checked_at),
        "may_finalize": request.may(Permission.FINALIZE_INVOICES),
        "may_delete": may_delete_drafts(request),
        **_sums(request, page),
        **(attachments_context(request, note.pk) if note else {}),
        **(approval_context(request, note) if note else {}),
    }


def _sums(request: OrganizationRequest, page: CreditPage) -> dict[str, Any]:
    """What the credit note would come to, by the one arithmetic; nothing where a quantity was refused."""
    organization, original = request.organization, page.original
    wanted = quantities_of([row for row in page.rows if not row.error])
    note, _lines = credit.compose_note(organization, original, wanted, reason="", today=local_today(organization))
    left = original.payable_amount - queries.credited_amount(organization, original.pk)
    return {
        "note_sums": note,
        "original": original,
        "left_amount": left,
        "left_after": left - note.payable_amount,
        "refused_rows": any(r.error for r in page.rows),
    }
