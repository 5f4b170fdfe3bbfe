"""Changing many lines of a draft at once, and putting them back: panels of the draft's form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.utils.functional import SimpleLazyObject
from django.utils.translation import ngettext

from foundation.errors import DomainError
from invoicing import queries
from invoicing.actions.change_lines import change_lines, put_back_lines
from invoicing.drafting.edited import Edited, comes_from_source, edited_lines
from invoicing.forms.change_lines import LineChangeForm
from invoicing.models import Invoice, InvoiceLine
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest

if TYPE_CHECKING:
    from invoicing.views.draft_page import DraftPage

THEN = "change_lines"


LINES_COMPARED_MAX = 500  # beyond this the comparison is made where somebody asks for it
PUT_BACK = "put_back"


def edited_context(request: OrganizationRequest, invoice: Invoice, lines: list[InvoiceLine]) -> dict[str, Any]:
    """What was changed on lines that came from a source: include invoicing/_edited.html."""
    if not comes_from_source(lines):
        return {"edited": None}
    if len(lines) > LINES_COMPARED_MAX and "edited" not in request.GET:
        return {"edited": None, "edited_is_asked": True}
    organization = request.organization

    def compare() -> Edited:
        return edited_lines(queries.first_draft_version(organization, invoice.pk), invoice, lines)

    return {"edited": SimpleLazyObject(compare)}


def put_back_as_asked(request: OrganizationRequest, invoice: Invoice, then: str) -> None:
    """Put back the line that the button names, or all of them, on the draft that was just stored."""
    named = then.partition(":")[2]
    try:
        chosen = None if named == "all" else [UUID(named)]
        count = put_back_lines(
            request.organization,
            invoice.pk,
            chosen,
            version=invoice.version,
            actor=request.actor,
            today=local_today(request.organization),
        )
    except (ValueError, DomainError) as refusal:
        messages.error(request, str(refusal))
        return
    told = ngettext("%(count)s line is as it was.", "%(count)s lines are as they were.", count)
    messages.success(request, told % {"count": count})


def is_refused(request: OrganizationRequest, page: DraftPage) -> bool:
    """Whether a change of many lines was asked for that is not understood; the form stands on the page."""
    if request.POST.get("then") != THEN:
        return False
    page.change_form = LineChangeForm(request.POST, choices=page.choices)
    return not page.change_form.is_valid()


def change_as_asked(request: OrganizationRequest, page: DraftPage, invoice: Invoice) -> None:
    """Change the chosen lines of the draft that was just stored, and say how many; a refusal is told in its words."""
    form = page.change_form
    assert form is not None
    try:
        changed = change_lines(
            request.organization,
            invoice.pk,
            form.chosen(page.typed),
            form.change(),
            version=invoice.version,
            actor=request.actor,
            today=local_today(request.organization),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return
    count = changed.count
    messages.success(
        request, ngettext("%(count)s line is changed.", "%(count)s lines are changed.", count) % {"count": count}
    )
    if changed.kept:
        messages.warning(request, changed.kept)
