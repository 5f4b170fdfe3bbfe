"""The door to the list of documents: filtered, searched, sorted, under chosen columns and saved views."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from foundation.htmx import render_page_or_fragment, wants_fragment
from invoicing.forms.conditions import condition_form, read_place, typed_condition
from invoicing.listing.address import address_of, parameters_of, query_for_jobs, read_columns, request_of
from invoicing.listing.filters import GROUPS_MAX, check_condition, filters_to_json, search_for, with_condition, without
from invoicing.listing.page import ListPage, ListRequest, Show, list_page
from invoicing.listing.properties.kinds import FilterRefused
from invoicing.listing.properties.registry import Book, book_of
from invoicing.listing.rows import DEFAULT_COLUMNS, headings_of, rows_of, shown_properties, sum_rows
from invoicing.listing.saved_views import COUNTED_MAX, counts_of, list_views, request_of_view
from invoicing.listing.selection import read_selection
from invoicing.listing.sums import sums_matching, sums_of
from invoicing.models import SavedView
from tenants import queries as tenants
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

QUERY_LENGTH_MAX = 8_000
TABS = (
    (Show.ALL, _("All")),
    (Show.DRAFTS, _("Drafts")),
    (Show.OPEN, pgettext_lazy("invoices", "Open")),
    (Show.OVERDUE, _("Overdue")),
    (Show.PAID, _("Paid")),
    (Show.CREDIT_NOTES, _("Credit notes")),
)


@dataclass(slots=True)
class Desk:
    """What the page is about: the request, the saved view that it is in, and what both are read with."""

    wanted: ListRequest
    book: Book
    views: list[SavedView]
    view: SavedView | None
    people: dict[str, str]

    @property
    def extra(self) -> dict[str, str]:
        """What every address of the page carries besides the request."""
        return {"view": str(self.view.pk), "edited": "1"} if self.view else {}

    @property
    def is_changed(self) -> bool:
        """Whether the list shows something else than the view that it is in."""
        if self.view is None:
            return False
        stored = request_of_view(self.view, ListRequest())
        now = (filters_to_json(self.wanted.groups), self.wanted.columns, self.wanted.sort)
        return now != (filters_to_json(stored.groups), stored.columns, stored.sort)


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def list_invoices(request: OrganizationRequest) -> HttpResponse:
    """Drafts, invoices and credit notes: filtered, searched, sorted, a page at a time."""
    desk = _desk(request)
    try:
        changed = _changed(request, desk)
    except FilterRefused as refusal:
        return _render(request, desk, error=str(refusal))
    if changed is not None:
        return redirect(request.path + address_of(changed, desk.extra))
    return _render(request, desk)


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def count_views(request: OrganizationRequest) -> HttpResponse:
    """The tabs with how many documents each finds, counted no further than a bound."""
    desk = _desk(request)
    user_id = request.user.pk
    requests = [ListRequest(show=show) for show, _label in TABS]
    requests += [request_of_view(view, ListRequest(user_id=user_id)) for view in desk.views]
    counts = counts_of(desk.book, requests, today=local_today(request.organization))
    shown = [f"{COUNTED_MAX - 1}+" if count >= COUNTED_MAX else str(count) for count in counts]
    return render(request, "invoicing/_list_tabs.html", {"tabs": _tabs(desk, shown)})


@require_GET
@organization_view(Permission.VIEW_INVOICES)
def sum_invoices(request: OrganizationRequest) -> HttpResponse:
    """What the ticked documents come to, or all that the list finds: the foot of the table, or the bar below it."""
    organization = request.organization
    selection = read_selection(request.GET, request.GET)
    if selection.ids and not selection.is_all:
        return render(request, "invoicing/_chosen_sums.html", {"sums": sums_of(organization, selection.ids)})
    desk = _desk(request)
    sums = sums_matching(organization, desk.wanted, today=local_today(organization), book=desk.book)
    if selection.is_all:
        context = {"sums": sums, "total": sum(each.count for each in sums)}
        return render(request, "invoicing/_chosen_sums.html", context)
    rows = sum_rows(sums, shown_properties(desk.book, desk.wanted.columns))
    return render(request, "invoicing/_list_sums.html", {"rows": rows})


def _desk(request: OrganizationRequest) -> Desk:
    organization, user_id = request.organization, request.user.pk
    address = request.GET
    if "query" in address and "f" not in address:
        address = QueryDict(address["query"][:QUERY_LENGTH_MAX])
    wanted = request_of(address, user_id=user_id)
    views = list_views(organization, user_id)
    view = next((each for each in views if str(each.pk) == request.GET.get("view")), None)
    if view is not None and "edited" not in request.GET:
        wanted = request_of_view(view, wanted)
    people = {str(member.user_id): str(member.user) for member in tenants.list_memberships(organization)}
    return Desk(wanted, book_of(organization), views, view, people)


def _changed(request: OrganizationRequest, desk: Desk) -> ListRequest | None:
    """The request after what was asked for in a form on the page; None where nothing was."""
    wanted, address = desk.wanted, request.GET
    if "set" in address:
        group, place = read_place(address, wanted.groups)
        condition = check_condition(desk.book, typed_condition(address))
        return replace(wanted, groups=with_condition(wanted.groups, group, place, condition))
    if "cols" in address:
        return replace(wanted, columns=_chosen_columns(request))
    return None


def _chosen_columns(request: OrganizationRequest) -> tuple[str, ...]:
    """The ticked columns in their order, one of them moved where that was asked for; the usual ones are not told."""
    names = list(read_columns(",".join(request.GET.getlist("col"))))
    for name, step in ((request.GET.get("up", ""), -1), (request.GET.get("down", ""), 1)):
        at = names.index(name) if name in names else -1
        if at >= 0 and 0 <= at + step < len(names):
            names[at], names[at + step] = names[at + step], names[at]
    return () if tuple(names) == DEFAULT_COLUMNS else tuple(names)


def _render(request: OrganizationRequest, desk: Desk, error: str = "") -> HttpResponse:
    context = _context(request, desk, error)
    fragment = (
        "invoicing/_list_desk.html" if request.htmx.target in {"desk", "condition"} else "invoicing/_invoices.html"
    )
    if fragment == "invoicing/_invoices.html" and wants_fragment(request):
        context["is_searching"] = True
    return render_page_or_fragment(request, "invoicing/list_invoices.html", fragment, context)


def _context(request: OrganizationRequest, desk: Desk, error: str) -> dict[str, Any]:
    organization, wanted = request.organization, desk.wanted
    today = local_today(organization)
    shown = shown_properties(desk.book, wanted.columns)
    asked = replace(wanted, columns=tuple(each.name for each in shown))
    page = list_page(organization, asked, today=today, book=desk.book)
    search = search_for(desk.book, wanted.groups, today=today, user_id=request.user.pk, people=desk.people)
    return {
        "desk": desk,
        "rows": rows_of(organization, page.rows, shown),
        "words": wanted.words,
        "tabs": _tabs(desk, []),
        "columns": headings_of(organization, shown, wanted, desk.extra),
        "groups": _groups(desk, search.chips),
        "is_broken": search.is_broken,
        "or_url": _form_address(desk, len(wanted.groups)) if 0 < len(wanted.groups) < GROUPS_MAX else "",
        "first_filter_url": _form_address(desk, 0),
        "condition": _condition(request, desk, error),
        "is_saving": "save" in request.GET,
        "save_url": address_of(wanted, {**desk.extra, "save": "1"}),
        "hidden": [*parameters_of(wanted), *desk.extra.items()],
        "plain_address": address_of(wanted, desk.extra),
        "query": query_for_jobs(wanted),
        "pagination": _pagination(page, desk),
        "column_choices": _column_choices(request, desk, shown),
        "columns_are_open": "columns_open" in request.GET or "cols" in request.GET,
        "sum_rows": _sum_rows(request, desk, shown),
        "is_first_use": not page.rows and replace(wanted, user_id=None) == ListRequest(),
        **_rights(request, desk),
    }


def _sum_rows(request: OrganizationRequest, desk: Desk, shown: Any) -> Any:
    """The foot of the table for a browser that does not fetch it by itself."""
    if "totals" not in request.GET:
        return []
    organization = request.organization
    return sum_rows(sums_matching(organization, desk.wanted, today=local_today(organization), book=desk.book), shown)


def _rights(request: OrganizationRequest, desk: Desk) -> dict[str, Any]:
    is_own = desk.view is not None and desk.view.owner_id == request.user.pk
    return {
        "may_edit": request.may(Permission.EDIT_DRAFTS),
        "may_finalize": request.may(Permission.FINALIZE_INVOICES),
        "may_send": request.may(Permission.SEND_INVOICES),
        "may_remind": request.may(Permission.SEND_REMINDERS),
        "may_change": request.may(Permission.EDIT_FOLLOW_UP),
        "may_export": request.may(Permission.EXPORT_DATA),
        "may_share": request.may(Permission.SHARE_VIEWS),
        "may_update_view": is_own or request.may(Permission.SHARE_VIEWS),
    }


def _condition(request: OrganizationRequest, desk: Desk, error: str) -> Any:
    if not ({"edit", "set"} & request.GET.keys()):
        return None
    return condition_form(desk.book, desk.wanted.groups, request.GET, desk.people, error)


def _tabs(desk: Desk, counts: list[str]) -> list[dict[str, Any]]:
    tabs = [
        {
            "label": label,
            "url": f"?show={show.value}" if show != Show.ALL else "?",
            "is_current": desk.view is None and desk.wanted.show == show,
        }
        for show, label in TABS
    ]
    tabs += [
        {"label": view.name, "url": f"?view={view.pk}", "is_current": view == desk.view, "is_own": True}
        for view in desk.views
    ]
    for tab, count in zip(tabs, counts, strict=False):
        tab["count"] = count
    return tabs


def _form_address(desk: Desk, group: int, place: int | None = None) -> str:
    at = {"at": str(place)} if place is not None else {}
    return address_of(desk.wanted, {**desk.extra, "edit": "1", "g": str(group), **at})


def _groups(desk: Desk, chips: Any) -> list[dict[str, Any]]:
    wanted = desk.wanted
    return [
        {
            "place": place,
            "add_url": _form_address(desk, place),
            "chips": [
                {
                    "chip": chip,
                    "edit_url": _form_address(desk, chip.group, chip.place),
                    "remove_url": address_of(wanted, desk.extra, groups=without(wanted.groups, chip.group, chip.place)),
                }
                for chip in group
            ],
        }
        for place, group in enumerate(chips)
    ]


def _column_choices(request: OrganizationRequest, desk: Desk, shown: Any) -> dict[str, Any]:
    names = {each.name for each in shown}
    return {
        "shown": shown,
        "others": [
            (group.label, [each for each in properties if each.name not in names])
            for group, properties in desk.book.by_group()
        ],
        "hidden": [
            (name, value) for name, value in [*parameters_of(desk.wanted), *desk.extra.items()] if name != "columns"
        ],
        "reset_url": address_of(desk.wanted, desk.extra, columns=()),
    }


def _pagination(page: ListPage, desk: Desk) -> dict[str, str]:
    return {
        "summary": "",
        "previous_url": address_of(desk.wanted, {**desk.extra, "before": page.before}) if page.before else "",
        "next_url": address_of(desk.wanted, {**desk.extra, "after": page.after}) if page.after else "",
        "target": "#invoices",
    }
