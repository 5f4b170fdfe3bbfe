"""The draft that saves itself while it is typed: only the word of it, the version and the findings change on screen."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import replace_url, trigger_client_event

from foundation.errors import DomainError
from foundation.transactions import read_only
from invoicing.actions import drafts
from invoicing.errors import InvoiceAlreadyFinalized, StaleDraft
from invoicing.models import Invoice
from invoicing.views.draft_page import DraftPage, subject_of, typed_page
from invoicing.views.draft_storing import put_beside_stored, store_typed
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_POST
@organization_view(Permission.EDIT_DRAFTS)
def autosave_draft(request: OrganizationRequest) -> HttpResponse:
    """Store what is typed so far when all of it is understood; the answer never touches a field that is typed in."""
    today = local_today(request.organization)
    page = None
    try:
        with read_only():
            page = typed_page(request, *subject_of(request), today)
        if not page.typed.is_valid():
            return _not_saved(request, page, *_first_refusal(page))
        invoice = store_typed(request, page, drafts.autosave_draft, today)
    except InvoiceAlreadyFinalized as refusal:
        link = reverse("invoicing:show_invoice", args=[request.organization.slug, refusal.invoice.pk])
        return _answer(request, {"reason": str(refusal), "link": link, "is_over": True})
    except StaleDraft as refusal:
        return _show_conflict(request, page, refusal)
    except drafts.DraftIsMade:
        return HttpResponse(status=204)  # another sending of this form has just made it; the next one will change it
    except DomainError as refusal:
        return _not_saved(request, page, str(refusal), "")
    return _saved(request, page, invoice)


def _first_refusal(page: DraftPage) -> tuple[str, str]:
    """What keeps the draft from being stored, and the field where it is mended."""
    for name, errors in page.typed.form.errors.items():
        field = page.typed.form[name] if name in page.typed.form.fields else None
        label = f"{field.label}: " if field else ""
        return f"{label}{errors[0]}", f"#{field.id_for_label}" if field else ""
    anchor, sentence = page.typed.refused[0]
    return sentence, f"#{anchor}"


def _not_saved(request: OrganizationRequest, page: DraftPage | None, reason: str, link: str) -> HttpResponse:
    count = len(page.typed.form.errors) + len(page.typed.refused) if page else 1
    return _answer(request, {"reason": reason, "link": link, "more": max(count - 1, 0)})


def _show_conflict(request: OrganizationRequest, page: DraftPage | None, refusal: StaleDraft) -> HttpResponse:
    """Both versions, above what stays typed; nothing saves itself any more until somebody has decided."""
    assert page is not None
    with read_only():
        put_beside_stored(request, page)
        if not page.differences and page.invoice is not None:
            return _saved(request, page, page.invoice)
        context = page.whole_context(request) | {"reason": str(refusal), "link": "#versions", "is_over": True}
        return _answer(request, context)


def _saved(request: OrganizationRequest, page: DraftPage | None, invoice: Invoice) -> HttpResponse:
    """The time, the version that the next save builds on, and, the first time, what only a stored draft has."""
    assert page is not None
    is_new = page.invoice is None
    page.invoice = invoice
    for entry in page.typed.told:
        entry.line_id = entry.line_id or entry.new_id
    with read_only():
        context = page.whole_context(request) | {"saved_at": timezone.now(), "is_new": is_new}
        response = trigger_client_event(_answer(request, context), "draft-saved")  # the checks look again
    if is_new or "/new/" in request.headers.get("HX-Current-URL", ""):
        edit_url = reverse("invoicing:update_draft", args=[request.organization.slug, invoice.pk])
        return replace_url(response, edit_url)
    return response


def _answer(request: OrganizationRequest, context: dict[str, Any]) -> HttpResponse:
    return render(request, "invoicing/_autosaved.html", {"is_swapped": True, **context})
