"""The doors to acts on chosen items: ready, not ready, and what asks for a reason first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from billing_backlog.actions.acting import AT_ONCE_MAX, act_on_items, start_acting
from billing_backlog.actions.ready import Marked
from billing_backlog.acts import Act, Verb
from billing_backlog.forms.acting import WORDS, ActForm
from billing_backlog.listing.asked import request_of as asked_of
from billing_backlog.listing.chosen import asked_in, chosen_ids
from billing_backlog.queries.explaining import lines_to_move_to
from billing_backlog.queries.items import items_by_id
from billing_backlog.views.backlog import FRAGMENT, backlog_context, list_address, reader_of
from billing_backlog.views.seeing import projects_of
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to, swap_or_redirect, wants_fragment
from foundation.transactions import read_only
from tenants import jobs
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
REFUSED_SHOWN = 20
NAMED_SHOWN = 10


@require_POST
@organization_view(Permission.MARK_READY)
def mark_ready(request: OrganizationRequest) -> HttpResponse:
    """Mark what is chosen ready for billing."""
    return _act(request, Act(verb=Verb.READY))


@require_POST
@organization_view(Permission.MARK_READY)
def mark_not_ready(request: OrganizationRequest) -> HttpResponse:
    """Take the mark back from what is chosen."""
    return _act(request, Act(verb=Verb.NOT_READY))


@require_POST
@organization_view(Permission.MARK_READY)
def change_items(request: OrganizationRequest) -> HttpResponse:
    """Ask for what the act needs; filled in, do it to what is chosen."""
    verb = request.POST.get("act", "")
    if verb not in set(WORDS):
        raise Http404
    try:
        with read_only():
            ids = chosen_ids(reader_of(request), request.POST)
            form = _form(request, Verb(verb))
            if not form.is_valid():
                return _ask(request, form, ids)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return go_to(request, list_address(request))
    try:
        return _do(request, form.act(), ids)
    except DomainError as refusal:
        show_refusal(form, refusal)
        with read_only():
            return _ask(request, form, ids)


def _form(request: OrganizationRequest, verb: Verb) -> ActForm:
    lines = lines_to_move_to(request.organization, projects_of(request))
    return ActForm(request.POST if "confirmed" in request.POST else None, verb=verb, lines=lines)


def _ask(request: OrganizationRequest, form: ActForm, ids: list[UUID]) -> HttpResponse:
    """The page on which the act is told what it needs."""
    title, says, button = WORDS[form.verb]
    found = items_by_id(request.organization, ids[:NAMED_SHOWN])
    context = {
        "form": form,
        "verb": form.verb.value,
        "title": title,
        "says": says,
        "button": button,
        "ids": ids if request.POST.get("all") != "1" else [],
        "is_all": request.POST.get("all") == "1",
        "query": request.POST.get("query", ""),
        "count": len(ids),
        "items": [found[key] for key in ids[:NAMED_SHOWN] if key in found],
        "more": max(0, len(ids) - NAMED_SHOWN),
        "key": request.POST.get("key") or jobs.new_key(),
        "back": list_address(request),
    }
    return render(request, "billing_backlog/change_items.html", context, status=INVALID if form.is_bound else 200)


def _act(request: OrganizationRequest, act: Act) -> HttpResponse:
    try:
        with read_only():
            ids = chosen_ids(reader_of(request), request.POST)
        return _do(request, act, ids)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return _show(request, Marked([], []))


def _do(request: OrganizationRequest, act: Act, ids: list[UUID]) -> HttpResponse:
    """At once while one answer can wait for it, as a job beyond."""
    organization = request.organization
    if len(ids) > AT_ONCE_MAX:
        job = start_acting(organization, ids, act, actor=request.actor, key=request.POST.get("key", ""))
        return go_to(request, reverse("tenants:show_job", args=[organization.slug, job.pk]))
    marked = act_on_items(organization, ids, act, actor=request.actor, now=timezone.now())
    _tell(request, act.verb, len(marked.done))
    return _show(request, marked)


def _tell(request: OrganizationRequest, verb: Verb, count: int) -> None:
    words = {
        Verb.READY: ngettext("%(count)s line is ready", "%(count)s lines are ready", count),
        Verb.NOT_READY: ngettext("%(count)s line is not ready", "%(count)s lines are not ready", count),
        Verb.WRITE_OFF: ngettext("%(count)s line is written off", "%(count)s lines are written off", count),
        Verb.CANCEL: ngettext("%(count)s line is cancelled", "%(count)s lines are cancelled", count),
        Verb.MOVE: ngettext("%(count)s line is moved", "%(count)s lines are moved", count),
    }
    changed = ngettext("%(count)s line is changed", "%(count)s lines are changed", count)
    if count:
        messages.success(request, words.get(verb, changed) % {"count": count})


def _show(request: OrganizationRequest, marked: Marked) -> HttpResponse:
    """The list as it stands now, with what could not be done and why."""
    refused = [str(refusal) for _item, refusal in marked.refused]
    for sentence in [] if wants_fragment(request) else refused[:REFUSED_SHOWN]:
        messages.error(request, sentence)
    asked = asked_in(request.POST.dict())
    with read_only():
        context: dict[str, Any] = {}
        if wants_fragment(request):
            context = backlog_context(request, asked_of(asked.dict()), asked)
            context |= {"refused": refused[:REFUSED_SHOWN], "refused_count": len(refused)}
        return swap_or_redirect(request, FRAGMENT, context, to=list_address(request))
