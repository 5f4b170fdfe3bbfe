"""The doors out of every state: try again, look again, accept, leave out, take in, push anew, move, say what is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounting_sync.actions import repairing
from accounting_sync.actions.repairing import Repair
from accounting_sync.forms.repairs import DayForm, RemoteNumberForm, WhyForm
from accounting_sync.models import SyncItem
from accounting_sync.providers.registry import adapters
from accounting_sync.queries.connections import active_connections
from accounting_sync.queries.items import get_item
from accounting_sync.views.desk import item_address
from accounting_sync.words import reason_in_words
from foundation.htmx import go_to
from foundation.transactions import read_only
from payments.views.doing import Question, ask, is_done, sent
from tenants.permissions import OrganizationRequest, Permission, organization_view

CHOSEN_MAX = 500
ASKING = ["GET", "HEAD", "POST"]


@require_POST
@organization_view(Permission.SYNC_VOUCHERS)
def push_now(request: OrganizationRequest) -> HttpResponse:
    """Choose what is new on every connection and push what waits, at once."""
    with read_only():
        connections = active_connections(request.organization)
    for connection in connections:
        repairing.push_now(request.organization, connection.pk, actor=request.actor)
    if connections:
        messages.success(request, _("Pushing has begun. You can leave this page; it goes on without you."))
    else:
        messages.info(request, _("No accounting system is connected."))
    return go_to(request, reverse("accounting_sync:show_overview", args=[request.organization.slug]))


@require_POST
@organization_view(Permission.SYNC_VOUCHERS)
def try_again(request: OrganizationRequest) -> HttpResponse:
    """Put the chosen vouchers back into the queue."""
    chosen = _chosen(request)
    count = repairing.try_again(_repair(request, chosen)) if chosen else 0
    if not count:
        messages.info(request, _("Choose at least one voucher."))
    else:
        words = ngettext("%(count)s voucher is tried again.", "%(count)s vouchers are tried again.", count)
        messages.success(request, words % {"count": count})
    return go_to(request, _back(request, chosen))


@require_POST
@organization_view(Permission.SYNC_VOUCHERS)
def look_again(request: OrganizationRequest, sync_item_id: UUID) -> HttpResponse:
    """Read once more what stands there."""
    return _done_at_once(request, sync_item_id, repairing.look_again, _("It is read again in a moment."))


@require_POST
@organization_view(Permission.SYNC_VOUCHERS)
def take_in(request: OrganizationRequest, sync_item_id: UUID) -> HttpResponse:
    """Push after all what was left out."""
    return _done_at_once(request, sync_item_id, repairing.take_in, _("It is in the queue again."))


@require_POST
@organization_view(Permission.SYNC_VOUCHERS)
def say_it_is_not_there(request: OrganizationRequest, sync_item_id: UUID) -> HttpResponse:
    """Somebody has looked and it is not there: it is sent again."""
    return _done_at_once(request, sync_item_id, repairing.say_it_is_not_there, _("It is in the queue again."))


@require_http_methods(ASKING)
@organization_view(Permission.SYNC_VOUCHERS)
def accept_difference(request: OrganizationRequest, sync_item_id: UUID) -> HttpResponse:
    """Let stand what differs, with a reason."""
    form = WhyForm(sent(request))
    return _asked(
        request,
        sync_item_id,
        form,
        lambda repair: repairing.accept_difference(repair, why=form.cleaned_data["why"]),
        lambda item: _question(
            request,
            item,
            _("Let the difference of %(number)s stand?"),
            _("Let it stand"),
            _("It counts as posted. Who accepted the difference, and why, stays with the voucher."),
        ),
    )


@require_http_methods(ASKING)
@organization_view(Permission.SYNC_VOUCHERS)
def leave_out(request: OrganizationRequest, sync_item_id: UUID) -> HttpResponse:
    """Never push a voucher, with a reason."""
    form = WhyForm(sent(request))
    return _asked(
        request,
        sync_item_id,
        form,
        lambda repair: repairing.leave_out(repair, why=form.cleaned_data["why"]),
        lambda item: _question(
            request,
            item,
            _("Leave %(number)s out?"),
            _("Leave it out"),
            _("It is not pushed: somebody books it by hand, or it does not belong there. You can take it in again."),
        ),
    )


@require_http_methods(ASKING)
@organization_view(Permission.SYNC_VOUCHERS)
def push_anew(request: OrganizationRequest, sync_item_id: UUID) -> HttpResponse:
    """Push once more what is gone there, with a reason."""
    form = WhyForm(sent(request))
    return _asked(
        request,
        sync_item_id,
        form,
        lambda repair: repairing.push_anew(repair, why=form.cleaned_data["why"]),
        lambda item: _question(
            request,
            item,
            _("Push %(number)s once more?"),
            _("Push it again"),
            _("Only where it is not there any more, or was reversed there: else it would stand there twice."),
        ),
    )


@require_POST
@organization_view(Permission.SYNC_VOUCHERS)
def repair_gone(request: OrganizationRequest, sync_item_id: UUID) -> HttpResponse:
    """Push once more, at one click, what is gone there."""
    return _done_at_once(request, sync_item_id, repairing.repair_gone, _("It is in the queue again."))


@require_http_methods(ASKING)
@organization_view(Permission.SYNC_VOUCHERS)
def move_to_open_day(request: OrganizationRequest, sync_item_id: UUID) -> HttpResponse:
    """Book in an open period what belongs to a closed one."""
    form = DayForm(sent(request))
    return _asked(
        request,
        sync_item_id,
        form,
        lambda repair: repairing.move_to_open_day(repair, day=form.cleaned_data["day"]),
        lambda item: _question(
            request,
            item,
            _("Book %(number)s in an open period?"),
            _("Book it on that day"),
            _("The voucher here keeps its own day. Both days stand with it."),
        ),
    )


@require_http_methods(ASKING)
@organization_view(Permission.SYNC_VOUCHERS)
def say_it_is_there(request: OrganizationRequest, sync_item_id: UUID) -> HttpResponse:
    """Somebody has looked and found it."""
    form = RemoteNumberForm(sent(request))
    return _asked(
        request,
        sync_item_id,
        form,
        lambda repair: repairing.say_it_is_there(repair, remote_number=form.cleaned_data["number"]),
        lambda item: _question(
            request,
            item,
            _("Is %(number)s there?"),
            _("It is there"),
            _("Look for it there first. What you say here is not checked."),
        ),
    )


def _done_at_once(
    request: OrganizationRequest, item_id: UUID, act: Callable[[Repair], Any], sentence: str
) -> HttpResponse:
    """Do what needs no second question, and say so where the person came from."""
    act(_repair_one(request, item_id))
    messages.success(request, sentence)
    return go_to(request, _came_from(request, item_id))


def _asked(
    request: OrganizationRequest,
    item_id: UUID,
    form: forms.Form,
    act: Callable[[Repair], Any],
    question: Callable[[SyncItem], Question],
) -> HttpResponse:
    """Ask once more, and do what a valid form asks for."""
    if is_done(form, lambda: act(_repair_one(request, item_id))):
        messages.success(request, _("Done."))
        return go_to(request, _came_from(request, item_id))
    with read_only():
        item = get_item(request.organization, item_id)
    return ask(request, form, question(item))


def _came_from(request: OrganizationRequest, item_id: UUID) -> str:
    """The work list of reconciliation, where the address says so; else the page of the voucher."""
    if request.GET.get("back") == "reconciliation":
        return reverse("accounting_sync:show_reconciliation", args=[request.organization.slug])
    return item_address(request, item_id)


def _question(request: OrganizationRequest, item: SyncItem, heading: str, button: str, sentence: str) -> Question:
    why = reason_in_words(item)
    return Question(
        heading=heading % {"number": item.number},
        button=button,
        back=_came_from(request, item.pk),
        back_label=_("Reconciliation") if request.GET.get("back") == "reconciliation" else item.number,
        sentences=(sentence,),
        facts=(
            (_("Accounting system"), adapters()[item.connection.system].label),
            *(((_("Customer"), item.customer.name),) if item.customer else ()),
            *(((_("Why it stands here"), why),) if why else ()),
        ),
        is_dangerous=False,
    )


def _repair_one(request: OrganizationRequest, item_id: UUID) -> Repair:
    """The repair of one voucher, or 404."""
    with read_only():
        get_item(request.organization, item_id)
    return _repair(request, [item_id])


def _repair(request: OrganizationRequest, item_ids: list[UUID]) -> Repair:
    return Repair(request.organization, item_ids, request.actor, timezone.now())


def _chosen(request: OrganizationRequest) -> list[UUID]:
    """The ids that were chosen; what is no id is not one."""
    chosen = []
    for text in request.POST.getlist("id")[:CHOSEN_MAX]:
        try:
            chosen.append(UUID(text))
        except ValueError:
            continue
    return chosen


def _back(request: OrganizationRequest, chosen: list[UUID]) -> str:
    if len(chosen) == 1:
        return item_address(request, chosen[0])
    return reverse("accounting_sync:list_stopped", args=[request.organization.slug])
