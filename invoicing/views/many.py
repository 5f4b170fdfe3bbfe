"""The doors to what is done to many documents: a page that says what will happen, then a job with a result for each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from foundation.htmx import go_to
from foundation.transactions import read_only
from invoicing import queries
from invoicing.actions import many
from invoicing.dispatching import queries as sendings
from invoicing.forms.many import ChangesForm
from invoicing.listing.selection import NothingIsChosen, Selection, SelectionRefused, chosen_ids, read_selection
from invoicing.models import Invoice
from invoicing.views.sending_choice import sends_when_finalized, wants_sending
from tenants import jobs
from tenants import queries as tenants
from tenants.clock import local_today
from tenants.models import Job
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
INCOMPLETE_NAMED_MAX = 20


@require_POST
@organization_view(Permission.FINALIZE_INVOICES)
def finalize_many(request: OrganizationRequest) -> HttpResponse:
    """Which drafts will be finalized and what is known to be missing; confirmed, the job that does it."""
    selection = read_selection(request.POST, request.GET)
    try:
        with read_only():
            begun = _begun(request, many.FINALIZE)
            if begun is not None:
                return _to_job(request, begun)
            chosen = _chosen(request, selection)
            drafts = _drafts_among(chosen)
            seen = _fingerprint(drafts)
            if request.POST.get("seen") != seen:
                context = {"seen": seen, "left_out": len(chosen) - len(drafts)}
                return _show_finalizing(request, selection, drafts, context)
    except SelectionRefused as refusal:
        return back_to_list(request, refusal)
    key, sends = request.POST.get("key", ""), wants_sending(request)
    return _to_job(
        request, many.start_finalizing(request.organization, drafts, actor=request.actor, key=key, sends=sends)
    )


@require_POST
@organization_view(Permission.SEND_INVOICES)
def send_many(request: OrganizationRequest) -> HttpResponse:
    """Which documents will be sent, and which were sent before; confirmed, the job that sends them."""
    selection = read_selection(request.POST, request.GET)
    try:
        with read_only():
            begun = _begun(request, many.SEND)
            if begun is not None:
                return _to_job(request, begun)
            chosen = _chosen(request, selection)
            finalized = _finalized_among(chosen)
            if request.POST.get("seen") != _fingerprint(finalized):
                return _show_sending(request, selection, chosen, finalized)
            wanted = finalized if request.POST.get("again") else _never_sent(request, finalized)
            if not wanted:
                raise NothingIsChosen(_("All of the chosen documents were sent before. Nothing was sent."))
    except SelectionRefused as refusal:
        return back_to_list(request, refusal)
    key = request.POST.get("key", "")
    return _to_job(request, many.start_sending(request.organization, wanted, actor=request.actor, key=key))


@require_POST
@organization_view(Permission.EDIT_FOLLOW_UP)
def change_many(request: OrganizationRequest) -> HttpResponse:
    """A form for owner, terms and language; filled in, the change with a result for each document."""
    selection = read_selection(request.POST, request.GET)
    try:
        with read_only():
            begun = _begun(request, many.CHANGE)
            if begun is not None:
                return _to_job(request, begun)
            chosen = _chosen(request, selection)
            form = _changes_form(request)
            if not form.is_valid():
                return _show_changing(request, selection, chosen, form)
    except SelectionRefused as refusal:
        return back_to_list(request, refusal)
    key = request.POST["key"]
    job = many.change_many(request.organization, chosen, form.changes(), actor=request.actor, key=key)
    return _to_job(request, job)


def back_to_list(request: OrganizationRequest, refusal: SelectionRefused) -> HttpResponse:
    """The list with the reason: what was sent cannot be shown again."""
    messages.error(request, str(refusal))
    return go_to(request, reverse("invoicing:list_invoices", args=[request.organization.slug]))


def _changes_form(request: OrganizationRequest) -> ChangesForm:
    """The form; whoever may not edit drafts finds only the owner in it."""
    return ChangesForm(
        request.POST if "key" in request.POST else None,
        members=list(tenants.list_memberships(request.organization)),
        may_edit=request.may(Permission.EDIT_DRAFTS),
    )


def _drafts_among(chosen: Sequence[Invoice]) -> list[Invoice]:
    drafts = [invoice for invoice in chosen if invoice.is_draft]
    if not drafts:
        raise NothingIsChosen(_("None of the chosen documents is a draft: there is nothing to finalize."))
    return drafts


def _finalized_among(chosen: Sequence[Invoice]) -> list[Invoice]:
    finalized = [invoice for invoice in chosen if not invoice.is_draft]
    if not finalized:
        raise NothingIsChosen(_("None of the chosen documents is finalized: there is nothing to send."))
    return finalized


def _never_sent(request: OrganizationRequest, finalized: Sequence[Invoice]) -> list[Invoice]:
    sent = sendings.sent_among(request.organization, [invoice.pk for invoice in finalized])
    return [invoice for invoice in finalized if invoice.pk not in sent]


def _begun(request: OrganizationRequest, kind: str) -> Job | None:
    """The job that this very form has begun already."""
    key = request.POST.get("key", "")
    return jobs.job_under_key(request.organization, kind, request.actor, key) if key else None


def _chosen(request: OrganizationRequest, selection: Selection) -> list[Invoice]:
    """The chosen documents that are there, in the list's order."""
    organization = request.organization
    ids = chosen_ids(organization, selection, today=local_today(organization), user_id=request.user.pk)
    found = queries.invoices_by_id(organization, ids)
    if not found:
        raise NothingIsChosen(_("None of the chosen documents is there any more. Reload the list."))
    return [found[pk] for pk in ids if pk in found]


def _fingerprint(drafts: Sequence[Invoice]) -> str:
    """Tells whether what is confirmed is what was shown."""
    return hashlib.sha256(b"".join(sorted(draft.pk.bytes for draft in drafts))).hexdigest()


def _show_finalizing(
    request: OrganizationRequest, selection: Selection, drafts: Sequence[Invoice], context: dict[str, Any]
) -> HttpResponse:
    organization = request.organization
    if "seen" in request.POST:
        messages.warning(request, _("The list has changed since. Look at it once more and confirm again."))
    context["sends_when_finalized"] = sends_when_finalized(request)
    incomplete = queries.incomplete_drafts(organization, [draft.pk for draft in drafts])
    first_number = queries.default_series(organization).last_number + 1
    context |= {
        **_about(selection, drafts),
        "first_number": first_number,
        "last_number": first_number + len(drafts) - 1,
        "incomplete": [
            {"draft": draft, "sentence": incomplete[draft.pk]} for draft in drafts if draft.pk in incomplete
        ][:INCOMPLETE_NAMED_MAX],
        "incomplete_count": len(incomplete),
    }
    return render(request, "invoicing/finalize_many.html", context)


def _show_sending(
    request: OrganizationRequest, selection: Selection, chosen: Sequence[Invoice], finalized: Sequence[Invoice]
) -> HttpResponse:
    if "seen" in request.POST:
        messages.warning(request, _("The list has changed since. Look at it once more and confirm again."))
    never_sent = _never_sent(request, finalized)
    context = {
        **_about(selection, finalized),
        "seen": _fingerprint(finalized),
        "left_out": len(chosen) - len(finalized),
        "never_sent_count": len(never_sent),
        "sent_count": len(finalized) - len(never_sent),
    }
    return render(request, "invoicing/send_many.html", context)


def _show_changing(
    request: OrganizationRequest, selection: Selection, chosen: Sequence[Invoice], form: ChangesForm
) -> HttpResponse:
    context = {
        **_about(selection, chosen),
        "form": form,
        "finalized_count": sum(not document.is_draft for document in chosen),
    }
    return render(request, "invoicing/change_many.html", context, status=INVALID if form.is_bound else 200)


def _about(selection: Selection, documents: Sequence[Invoice]) -> dict[str, Any]:
    """What both pages say of the chosen documents and send along when they are confirmed."""
    return {
        "selection": selection,
        "key": jobs.new_key(),
        "count": len(documents),
        "sums": queries.sums_by_currency(documents),
    }


def _to_job(request: OrganizationRequest, job: Job) -> HttpResponse:
    return go_to(request, reverse("tenants:show_job", args=[request.organization.slug, job.pk]))
