"""The doors to sending by hand: the letters as they would be, then the act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from foundation.htmx import go_to
from foundation.transactions import read_only
from invoicing import queries as invoices
from invoicing.listing.selection import SelectionRefused, chosen_ids, read_selection
from invoicing.papers.demand_page import page_of_demand
from reminders.actions import steps
from reminders.law import current_law
from reminders.previewing import Preview, preview_letters
from reminders.step_words import short_word, tone_of
from reminders.views.rows import addresses, chosen_of, days_over, way_to
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

SHOWN_MAX = 50  # letters that are shown before they are sent; what is more is chosen in several turns


@dataclass(frozen=True, slots=True)
class PreviewShown:
    """One letter as it would be, as a row."""

    preview: Preview
    url: str
    when: str
    label: str
    tone: str
    refusal: str


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.SEND_REMINDERS)
def send_now(request: OrganizationRequest) -> HttpResponse:
    """What would be sent for the chosen claims with fee, interest and deadline; confirmed, it is sent."""
    chosen = chosen_of(request)
    if not chosen:
        messages.error(request, _("No invoice is chosen. Tick some rows in the list and try again."))
        return go_to(request, way_to(request, "reminders:list_upcoming"))
    if "confirmed" not in request.POST:
        return _show(request, chosen)
    planned = steps.send_now(
        request.organization,
        chosen,
        actor=request.actor,
        today=local_today(request.organization),
        now=timezone.now(),
    )
    count = len(chosen) - len(planned.refused)
    if count:
        words = ngettext("%(count)s reminder is on its way.", "%(count)s reminders are on their way.", count)
        messages.success(request, words % {"count": count})
    for sentence in dict.fromkeys(sentence for _receivable, sentence in planned.refused):
        messages.error(request, sentence)
    return go_to(request, _back(request, chosen))


@require_POST
@organization_view(Permission.SEND_REMINDERS)
def send_for_invoices(request: OrganizationRequest) -> HttpResponse:
    """The same from the list of invoices: what was chosen there, as far as it can be reminded of."""
    organization = request.organization
    selection = read_selection(request.POST, request.GET)
    with read_only():
        try:
            ids = chosen_ids(organization, selection, today=local_today(organization), user_id=request.user.pk)
        except SelectionRefused as refusal:
            messages.error(request, str(refusal))
            return go_to(request, way_to(request, "invoicing:list_invoices"))
        found = invoices.invoices_by_id(organization, ids)
    claims = [each.receivable_id for each in found.values() if each.receivable_id]
    if not claims:
        messages.error(request, _("None of the chosen documents is finalized: there is nothing to remind of."))
        return go_to(request, way_to(request, "invoicing:list_invoices"))
    return _show(request, claims)


def _show(request: OrganizationRequest, chosen: Sequence[UUID]) -> HttpResponse:
    organization = request.organization
    today, now = local_today(organization), timezone.now()
    with read_only():
        previews = preview_letters(organization, chosen[:SHOWN_MAX], today=today, law=current_law())
        urls = addresses(request, chosen[:SHOWN_MAX])
        rows = [_shown(preview, urls.get(preview.receivable_id, ""), today) for preview in previews]
        going = [row for row in rows if not row.refusal]
        first = going[0].preview.letter if going else None
        context: dict[str, Any] = {
            "going": going,
            "refused": [row for row in rows if row.refusal],
            "left_out": max(len(chosen) - SHOWN_MAX, 0),
            "page": page_of_demand(first, now) if first else None,
            "back": _back(request, chosen),
        }
        return render(request, "reminders/send_now.html", context)


def _shown(preview: Preview, url: str, today: Any) -> PreviewShown:
    decided = preview.decided
    return PreviewShown(
        preview=preview,
        url=url,
        when=days_over(decided.claim.due_date, today) if decided else "",
        label=short_word(preview.step) if preview.step else "",
        tone=tone_of(preview.step),
        refusal=steps.refusal_of(decided) or "",
    )


def _back(request: OrganizationRequest, chosen: Sequence[UUID]) -> str:
    """The page of the one invoice, else the list."""
    own = addresses(request, chosen) if len(chosen) == 1 else {}
    return own.get(chosen[0]) or way_to(request, "reminders:list_upcoming")
