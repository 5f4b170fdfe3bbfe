"""The doors to what was pushed: the overview, the lists, one voucher with every call that was made for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounting_sync.models import Connection, ConnectionState, SyncItem, SyncState
from accounting_sync.providers.registry import adapters
from accounting_sync.queries import desk
from accounting_sync.queries.connections import get_connection, list_connections
from accounting_sync.queries.customer_changes import customers_standing
from accounting_sync.queries.items import get_item, tries_of
from accounting_sync.queries.proposals import standing_proposals
from accounting_sync.queries.reconciling import balance_of
from accounting_sync.views.parts import PILLS
from accounting_sync.words import ACCOUNT, reason_in_words, tone_of, unmapped_of
from foundation.htmx import render_page_or_fragment
from foundation.keyset import Key, page_of
from payments.models import VoucherKind
from payments.queries import get_voucher
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

NEWEST_FIRST = (Key("id", UUID, is_descending=True),)
TRIES_SHOWN = 40
KINDS = dict(VoucherKind.choices)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_overview(request: OrganizationRequest) -> HttpResponse:
    """How every connection stands, what needs somebody, and the newest vouchers."""
    organization = request.organization
    connections = list(list_connections(organization))
    counts = desk.last_answers(organization)
    newest = desk.newest_items(organization)
    context = {
        **tabs_of(request, "overview"),
        "connections": [_connection(row, counts) for row in connections],
        "balance": balance_of(organization),
        "today": local_today(organization),
        "rows": [row_of(request, item) for item in newest],
        "first_stopped": next((row_of(request, item) for item in newest if item.state in desk.GROUPS["stopped"]), None),
        "can_push": any(row.is_active for row in connections),
        "may_push": request.may(Permission.SYNC_VOUCHERS),
        "may_connect": request.may(Permission.CONNECT_ACCOUNTING),
    }
    return render(request, "accounting_sync/overview.html", context)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def list_items(request: OrganizationRequest, group: str) -> HttpResponse:
    """The vouchers that wait, that were stopped, that were left out, or all; of one connection or of every one."""
    organization = request.organization
    connection = _asked_connection(request)
    found = desk.list_items(organization, group, connection_id=connection.pk if connection else None)
    page = page_of(found, NEWEST_FIRST, request.GET)
    parameters = {"connection": str(connection.pk)} if connection else {}
    context = {
        **tabs_of(request, group),
        "group": group,
        "connection": connection,
        "rows": [row_of(request, item) for item in page.rows],
        "pagination": page.pagination(parameters, "#vouchers") if page.before or page.after else None,
        "may_push": request.may(Permission.SYNC_VOUCHERS),
    }
    return render_page_or_fragment(request, "accounting_sync/items.html", "accounting_sync/_items.html", context)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_item(request: OrganizationRequest, sync_item_id: UUID) -> HttpResponse:
    """One voucher: where it stands and why, the ways out, and every call that was made for it."""
    item = get_item(request.organization, sync_item_id)
    context = {
        "item": item,
        "row": row_of(request, item),
        "tries": list(tries_of(item)[:TRIES_SHOWN]),
        "ways": ways_out(request, item) if request.may(Permission.SYNC_VOUCHERS) else [],
    }
    return render(request, "accounting_sync/item.html", context)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def panel_for_voucher(request: OrganizationRequest, voucher_id: UUID) -> HttpResponse:
    """Where one voucher stands in each accounting system; stands in the panel of a page."""
    voucher = get_voucher(request.organization, voucher_id)
    rows = [row_of(request, item) for item in desk.items_of_voucher(request.organization, voucher.pk)]
    context = {"rows": rows, "is_connected": bool(rows) or desk.has_connections(request.organization)}
    return render(request, "accounting_sync/_panel_for_voucher.html", context)


def row_of(request: OrganizationRequest, item: SyncItem) -> dict[str, Any]:
    """One item as lists show it."""
    return {
        "item": item,
        "kind": KINDS.get(item.kind, item.kind),
        "tone": tone_of(item.state),
        "reason": reason_in_words(item),
        "unmapped": unmapped_of(item),
        "month": (item.pushed_day or item.day).replace(day=1),
        "system": adapters()[item.connection.system].label,
        "can_try": item.state in (SyncState.BLOCKED, SyncState.REFUSED),
    }


def ways_out(request: OrganizationRequest, item: SyncItem) -> list[str]:
    """The names of the doors that lead on from where the item stands, the usual one first."""
    code = item.reason.get("code", "")
    ways: dict[str, list[str]] = {
        SyncState.WAITING: ["try_again", "leave_out"],
        SyncState.BLOCKED: ["try_again", "leave_out"],
        SyncState.REFUSED: ["try_again", "leave_out"],
        SyncState.UNKNOWN: ["try_again", "leave_out"],
        SyncState.SENT: ["try_again"],
        SyncState.DIFFERS: ["look_again", "accept_difference", "push_anew", "leave_out"],
        SyncState.CONFIRMED: ["look_again"],
        SyncState.LEFT_OUT: ["take_in"],
    }
    found = [way if way != "look_again" else way_to_look(item) for way in ways.get(item.state, [])]
    if is_gone(item):
        return ["repair_gone", *(way for way in found if way != "push_anew")]
    if code == "period_closed":
        return ["move_to_open_day", *found]
    if item.state == SyncState.UNKNOWN and code in ("ask", "unknown_for_long"):
        return ["say_it_is_there", "say_it_is_not_there", *found]
    return found


def way_to_look(item: SyncItem) -> str:
    """How what was mended there is seen: with its month, where reading one voucher back would not tell."""
    names = [name for name, _ours, _theirs in item.reason.get("differences", [])]
    needs_month = item.came_back or any(name.startswith(ACCOUNT) for name in names)
    return "reconcile_now" if needs_month else "look_again"


def is_gone(item: SyncItem) -> bool:
    """Whether it was pushed, and was not there any more when it was looked for."""
    return item.state == SyncState.DIFFERS and item.reason.get("code") == "gone"


def tabs_of(request: OrganizationRequest, tab: str) -> dict[str, Any]:
    """What the tabs of accounting show around a page."""
    standing = desk.standing_of(request.organization, today=local_today(request.organization))
    return {
        "tab": tab,
        "standing": standing,
        "proposals": standing_proposals(request.organization),
        "customers": customers_standing(request.organization),
    }


def _connection(row: Connection, counts: dict[UUID, tuple[int, int]]) -> dict[str, Any]:
    queued, stopped = counts.get(row.pk, (0, 0))
    return {
        "row": row,
        "label": adapters()[row.system].label,
        "pill": PILLS[row.state],
        "queued": queued,
        "stopped": stopped,
        "is_out": row.state == ConnectionState.ACCESS_ENDED,
    }


def _asked_connection(request: OrganizationRequest) -> Connection | None:
    asked = request.GET.get("connection", "")
    if not asked:
        return None
    try:
        return get_connection(request.organization, UUID(asked))
    except ValueError as error:
        raise Http404 from error


def item_address(request: OrganizationRequest, item_id: UUID) -> str:
    """The page of one item."""
    return reverse("accounting_sync:show_item", args=[request.organization.slug, item_id])
