"""Storing the draft's form, whether its button was pressed or it saves itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from invoicing import queries
from invoicing.actions import drafts
from invoicing.forms.comparison import differences
from invoicing.forms.windows import window_sent
from invoicing.models import Invoice
from invoicing.views.beginnings import beginning_asked
from invoicing.views.draft_page import DraftPage, new_draft_id, stored_page
from tenants import queries as tenants
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest

VERSION_DIGITS_MAX = 9


def store_typed(request: OrganizationRequest, page: DraftPage, update: Callable[..., Invoice], today: date) -> Invoice:
    """Make the draft, or change it by the given action, as the page was typed."""
    if page.invoice is None:
        return drafts.create_draft(
            request.organization,
            customer=page.customer,
            header=page.typed.form.header(),
            lines=page.typed.contents(),
            actor=request.actor,
            today=today,
            beginning=beginning_asked(request, page.customer, new_draft_id(request)),
        )
    return update(
        request.organization,
        page.invoice.pk,
        version=version_of(request),
        header=page.typed.form.header(page.invoice),
        lines=page.typed.contents(),
        actor=request.actor,
        today=today,
    )


def put_beside_stored(request: OrganizationRequest, page: DraftPage) -> None:
    """Put on the page what is stored now, where it differs from what is typed, and who has stored it."""
    assert page.invoice is not None
    organization, invoice_id = request.organization, page.invoice.pk
    stored = stored_page(request, invoice_id, local_today(organization))
    page.invoice, page.check = stored.invoice, None
    page.typed.window = window_sent(stored.lines, request.POST)
    assert page.invoice is not None
    page.differences = differences(page.invoice, page.typed.window.shown, page.typed)
    spell = queries.open_spells(organization, [invoice_id]).get(invoice_id)
    latest = tenants.list_history(organization, subject_id=invoice_id).first()
    page.changed_by = spell.actor_name if spell else latest.actor_name if latest else ""


def version_of(request: OrganizationRequest) -> int:
    """The version that the form was opened on; one that is not there is older than every other."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= VERSION_DIGITS_MAX else 0
