"""The doors to the list of the backlog: the page, and its export."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from billing_backlog.actions.exporting import start_export
from billing_backlog.listing.asked import AMOUNTS, FILTERS, NAMES, Asked, BacklogRequest, Tab, address_of, parameters_of
from billing_backlog.listing.asked import request_of as asked_of
from billing_backlog.listing.chips import GROUPS, chips_of, choices_for
from billing_backlog.listing.chosen import CHOSEN_MAX, QUERY_LENGTH_MAX, asked_in, chosen_ids
from billing_backlog.listing.finding import Reader, matching, open_items, unswept
from billing_backlog.listing.page import list_page
from billing_backlog.listing.states import BacklogRow, State
from billing_backlog.listing.sums import counts_by_tab
from billing_backlog.queries.warnings import MilestoneGap, limit_shown, milestone_gaps
from billing_backlog.views.seeing import projects_of
from customers.models import Customer
from customers.units import unit_word
from foundation.errors import DomainError
from foundation.htmx import go_to, render_page_or_fragment, wants_fragment
from foundation.spreadsheets import FileFormat
from foundation.templatetags.formatting import language_of_page
from foundation.transactions import read_only
from tenants import jobs
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

PAGE, FRAGMENT = "billing_backlog/list_backlog.html", "billing_backlog/_backlog.html"
TAB_LABELS: dict[Tab, Any] = {
    Tab.ALL: gettext_lazy("All"),
    Tab.WORK: gettext_lazy("Time and material"),
    Tab.MILESTONES: gettext_lazy("Milestones"),
    Tab.RECURRING: gettext_lazy("Recurring"),
    Tab.BOOKINGS: gettext_lazy("Bookings"),
    Tab.VISITS: gettext_lazy("Visits"),
    Tab.ADVANCES: gettext_lazy("Advances"),
    Tab.STOPPED: gettext_lazy("Stopped"),
    Tab.MINE: gettext_lazy("My projects"),
}
# The columns: what sorts by them, their heads, and how they behave where the page is narrow.
COLUMNS = (
    ("day", gettext_lazy("Day"), "lo"),
    ("text", gettext_lazy("Description"), ""),
    ("person", gettext_lazy("Done by"), "lo"),
    ("", gettext_lazy("Quantity"), "num"),
    ("", gettext_lazy("Price"), "num lo"),
    ("amount", gettext_lazy("Amount"), "num"),
    ("", gettext_lazy("State"), ""),
)
ALWAYS_SHOWN = (Tab.ALL, Tab.WORK, Tab.ADVANCES, Tab.STOPPED, Tab.MINE)


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_backlog(request: OrganizationRequest) -> HttpResponse:
    """Everything that is to be billed and that the reader may see, filtered, sorted and grouped."""
    wanted = asked_of(request.GET.dict())
    return render_page_or_fragment(request, PAGE, FRAGMENT, backlog_context(request, wanted, request.GET))


@require_POST
@organization_view(Permission.EXPORT_DATA)
def export_backlog(request: OrganizationRequest) -> HttpResponse:
    """Begin the job that writes what is chosen, or all that the list finds, into a file."""
    typed = request.POST.get("file_format", "")
    file_format = FileFormat(typed) if typed in {FileFormat.CSV, FileFormat.XLSX} else FileFormat.XLSX
    try:
        with read_only():
            ids = chosen_ids(reader_of(request), request.POST)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return go_to(request, list_address(request))
    key = request.POST.get("key", "")
    job = start_export(request.organization, ids, file_format, actor=request.actor, key=key)
    return go_to(request, reverse("tenants:show_job", args=[request.organization.slug, job.pk]))


def reader_of(request: OrganizationRequest) -> Reader:
    """Who reads the list now."""
    organization = request.organization
    return Reader(
        organization,
        request.user,
        request.may(Permission.VIEW_ALL_PROJECTS),
        timezone.now(),
        local_today(organization),
    )


def list_address(request: OrganizationRequest) -> str:
    """The address of the list as the form that was sent stood under it."""
    address = reverse("billing_backlog:list_backlog", args=[request.organization.slug])
    asked = asked_in(request.POST.dict())
    return f"{address}?{asked.urlencode()}" if asked else address


def listed_ready(request: OrganizationRequest, query: str) -> list[UUID]:
    """The ids of what is ready of everything that the list finds at this address."""
    reader = reader_of(request)
    wanted = replace(asked_of(QueryDict(query[:QUERY_LENGTH_MAX]).dict()), state=Asked.READY, shows_invoiced=False)
    found = matching(reader, wanted, unswept(reader.organization, reader.now)).select_related(None)
    return list(found.order_by("day", "id").values_list("pk", flat=True)[:CHOSEN_MAX])


def backlog_context(request: OrganizationRequest, wanted: BacklogRequest, address: Any) -> dict[str, Any]:
    """What the page and its fragment show."""
    reader, organization, language = reader_of(request), request.organization, language_of_page()
    changed = unswept(organization, reader.now)
    page = list_page(reader, wanted, address, changed=changed, target="#backlog")
    rows = [row for group in page.groups for row in group.rows]
    is_editing = address.get("edit") == "1"
    kept = {name: value for name, value in parameters_of(wanted).items() if name not in _FILTER_NAMES}
    return {
        "page": page,
        "is_swapped": wants_fragment(request),
        "columns": COLUMNS,
        "fill_customer": _fill_customer(rows),
        "wanted": wanted,
        "units": {row.item.pk: unit_word(row.item.unit_code, row.quantity, language) for row in rows},
        "currencies": sorted({each.currency for each in page.sums}),
        "tabs": _tabs(reader, wanted, counts_by_tab(open_items(reader, changed), request.user)),
        "chips": chips_of(reader, wanted),
        "choices": choices_for(reader) if is_editing else None,
        "kept": kept,
        "edit_url": address_of(wanted) + "&edit=1",
        "plain_address": address_of(wanted),
        "query": address_of(wanted).removeprefix("?"),
        "invoiced_url": address_of(wanted, shows_invoiced=not wanted.shows_invoiced),
        "sorts": _sorts(wanted),
        "group_choices": GROUPS,
        "group_kept": {name: value for name, value in parameters_of(wanted).items() if name != "group"},
        "limit": limit_shown(organization, [row.item for row in rows], contract_id=wanted.contract, today=reader.today),
        "gaps": _gaps(request, wanted),
        "export_key": jobs.new_key(),
        "may_mark": request.may(Permission.MARK_READY),
        "may_edit_customers": request.may(Permission.EDIT_CUSTOMERS),
        "may_ask_limit": request.may(Permission.MARK_READY),
        "may_export": request.may(Permission.EXPORT_DATA),
        "may_import": request.may(Permission.PREPARE_RUNS),
    }


_FILTER_NAMES = {NAMES.get(name, name) for name in (*FILTERS, *AMOUNTS)}


def _tabs(reader: Reader, wanted: BacklogRequest, counts: Any) -> list[dict[str, Any]]:
    """The views with their counts; one that holds nothing is left out unless it is the open one.

    Advances have pages of their own: what is asked of them is what is left (M-034).
    """
    advances = reverse("billing_backlog:list_advances", args=[reader.organization.slug])
    return [
        {
            "label": TAB_LABELS[tab],
            "url": advances if tab == Tab.ADVANCES else address_of(BacklogRequest(tab=tab, group=wanted.group)),
            "count": counts[tab],
            "is_current": tab == wanted.tab,
        }
        for tab in Tab
        if counts[tab] or tab in ALWAYS_SHOWN or tab == wanted.tab
    ]


def _sorts(wanted: BacklogRequest) -> dict[str, dict[str, str]]:
    """For each column by which the list is sorted: where its head leads, and how it stands now."""
    found = {}
    for name, first in (("day", "-day"), ("text", "text"), ("person", "person"), ("amount", "-amount")):
        is_current = wanted.sort.removeprefix("-") == name
        turned = wanted.sort.removeprefix("-") if wanted.sort.startswith("-") else f"-{wanted.sort}"
        standing = "descending" if wanted.sort.startswith("-") else "ascending"
        found[name] = {
            "url": address_of(wanted, sort=turned if is_current else first),
            "standing": standing if is_current else "",
        }
    return found


def _fill_customer(rows: list[BacklogRow]) -> Customer | None:
    """The first shown customer without a number, where one can begin."""
    return next((row.item.customer for row in rows if row.state == State.NO_NUMBER), None)


def _gaps(request: OrganizationRequest, wanted: BacklogRequest) -> list[MilestoneGap]:
    """Milestones that do not add up, where milestones are looked at."""
    if wanted.tab not in (Tab.ALL, Tab.MILESTONES, Tab.MINE):
        return []
    sees_all = request.may(Permission.VIEW_ALL_PROJECTS)
    return milestone_gaps(request.organization, None if sees_all else projects_of(request))
