"""Changing many lines of a draft at once, and putting them back: panels of the draft's form."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.utils.translation import ngettext

from foundation.errors import DomainError
from invoicing.actions.change_lines import change_lines, put_back_lines
from invoicing.forms.change_lines import LineChangeForm
from invoicing.models import Invoice
from invoicing.views.draft_page import DraftPage
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest

THEN = "change_lines"
PUT_BACK = "put_back"


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
