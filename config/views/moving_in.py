"""The doors of moving in: the files and totals, their columns, the rehearsal, the switch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.importing.columns import suggested
from config.importing.planning import Outcome
from config.importing.words import OUTCOMES
from config.moving_in import rehearsing, switching
from config.moving_in.asked import MoveInRequest, table_of
from config.moving_in.columns import columns_by_kind, required_by_kind
from config.moving_in.forms import ColumnsForm, MoveInForm
from config.moving_in.listing import get_move, list_moves, request_of
from config.moving_in.words import AGES, GUESSES, KIND_LABELS
from foundation import files
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import wants_fragment
from foundation.transactions import read_only
from payments import queries as ledger
from tenants import jobs
from tenants.clock import local_today
from tenants.models import Job
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
HASH_LENGTH = 64
PAGE_ROWS = 100
SAMPLE_ROWS = 3


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.MOVE_IN)
def move_in(request: OrganizationRequest) -> HttpResponse:
    """First the files and totals; they are kept under their hashes, so that the work can be left and found again."""
    organization = request.organization
    with read_only():
        standing = request_of(organization, request.GET.get("from", ""))
    initial = {"day": local_today(organization)} if standing is None else standing.to_json() | {"day": standing.day}
    if request.method != "POST":
        return _start_page(request, MoveInForm(initial=initial, standing=standing))
    form = MoveInForm(request.POST, request.FILES, standing=standing)
    if not form.is_valid():
        return _start_page(request, form)
    space = str(organization.pk)
    stored = {kind: files.store(space, content) for kind, content in form.contents.items()}
    asked = files.store(space, json.dumps(form.request(stored).to_json()).encode())
    return redirect("map_move_in", organization.slug, asked)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.MOVE_IN)
def map_move_in(request: OrganizationRequest, asked: str) -> HttpResponse:
    """Which column of which file fills what, as far as their names tell; sent, the rehearsal begins."""
    organization = request.organization
    wanted = _stored(request, asked)
    with read_only():
        form = _columns_form(request, wanted)
    if not form.is_bound or not form.is_valid():
        return _columns_page(request, wanted, form)
    told = wanted.with_mapping(form.mappings())
    key = form.cleaned_data["key"] or jobs.new_key()
    try:
        job = rehearsing.start_rehearsal(organization, told, actor=request.actor, key=key)
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _columns_page(request, wanted, form)
    return redirect("show_move", organization.slug, job.pk)


@require_safe
@organization_view(Permission.MOVE_IN)
def show_move(request: OrganizationRequest, move_id: UUID) -> HttpResponse:
    """A rehearsal with its sums and rows, or the switch; while it works the page asks again by itself."""
    job = get_move(request.organization, move_id)
    opening = ledger.opening_balance(request.organization)
    context: dict[str, Any] = {"job": job, "is_switch": job.kind == switching.SWITCH, "opening": opening}
    if "report" in job.result:
        context |= _found(request, job)
    template = "config/_move.html" if wants_fragment(request) else "config/show_move.html"
    return render(request, template, context)


@require_POST
@organization_view(Permission.MOVE_IN)
def switch_move_in(request: OrganizationRequest, move_id: UUID) -> HttpResponse:
    """Move in what was rehearsed, once."""
    try:
        job = switching.start_switch(request.organization, move_id, actor=request.actor)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("show_move", request.organization.slug, move_id)
    return redirect("show_move", request.organization.slug, job.pk)


def _start_page(request: OrganizationRequest, form: MoveInForm) -> HttpResponse:
    with read_only():
        context = {
            "form": form,
            "kept": [(KIND_LABELS[kind], file.name) for kind, file in form.standing.items()],
            "opening": ledger.opening_balance(request.organization),
            "moves": list_moves(request.organization),
            "report": "moving_out",
            "key": jobs.new_key(),
            "export": {"day": local_today(request.organization).isoformat()},
        }
        return render(request, "config/move_in.html", context, status=INVALID if form.is_bound else 200)


def _stored(request: OrganizationRequest, asked: str) -> MoveInRequest:
    """The request that was kept; only what lies in the organization's own space is found."""
    if len(asked) != HASH_LENGTH or not asked.isalnum():
        raise Http404
    try:
        return MoveInRequest.from_json(json.loads(files.load(str(request.organization.pk), asked)))
    except (files.FileIsDamaged, ValueError, KeyError, TypeError) as error:
        raise Http404 from error


def _columns_form(request: OrganizationRequest, wanted: MoveInRequest) -> ColumnsForm:
    tables = {kind: table_of(request.organization, file) for kind, file in wanted.files.items()}
    columns = columns_by_kind(request.organization, wanted.files)
    return ColumnsForm(
        request.POST if request.method == "POST" else None,
        columns=columns,
        required=required_by_kind(wanted.files),
        tables=tables,
        suggestions={
            kind: file.mapping or suggested(columns[kind], tables[kind].header) for kind, file in wanted.files.items()
        },
    )


def _columns_page(request: OrganizationRequest, wanted: MoveInRequest, form: ColumnsForm) -> HttpResponse:
    tables = {kind: table_of(request.organization, file) for kind, file in wanted.files.items()}
    samples = {
        kind: [(name, [row[place] for row in table.rows[:SAMPLE_ROWS]]) for place, name in enumerate(table.header)]
        for kind, table in tables.items()
    }
    parts = [
        (title, wanted.files[kind].name, len(tables[kind].rows), fields, samples[kind])
        for kind, title, fields in form.parts()
    ]
    with read_only():
        context = {"form": form, "parts": parts}
        return render(request, "config/map_move_in.html", context, status=INVALID if form.is_bound else 200)


def _found(request: OrganizationRequest, job: Job) -> dict[str, Any]:
    """What a rehearsal found: the counts, the sums, and one page of rows, the refused ones first."""
    result = job.result
    rows = _rows(request, str(result["report"]))
    chosen = request.GET.get("outcome", "refuse" if result["refused"] else "")
    shown = [row for row in rows if chosen in {"", row["outcome"]}]
    page = Paginator(shown, PAGE_ROWS).get_page(request.GET.get("page"))
    return {
        "found": result,
        "control_total": Decimal(job.parameters["control_total"]),
        "total": Decimal(result["total"]),
        "difference": Decimal(result["difference"]),
        "counts": [
            (KIND_LABELS[kind], [(OUTCOMES[outcome], counts[outcome]) for outcome in OUTCOMES if counts.get(outcome)])
            for kind, counts in sorted(result["counts"].items(), key=lambda pair: list(KIND_LABELS).index(pair[0]))
            if counts and sum(counts.values())
        ],
        "ages": [(label, Decimal(total)) for label, total in zip(AGES, result["ageing"], strict=True)],
        "likely": [
            row | {"why": GUESSES[row["guess"]], "amount": Decimal(row["amount"]) or None} for row in result["likely"]
        ],
        "pagination": _pages(page, f"outcome={chosen}"),
        "rows": [_row(row) for row in page],
        "chosen": chosen,
    }


def _row(row: Mapping[str, str]) -> dict[str, Any]:
    amount = Decimal(row.get("amount", 0)) or None
    return {**row, "kind": KIND_LABELS[row["kind"]], "word": OUTCOMES[Outcome(row["outcome"])], "amount": amount}


def _pages(page: Page[Any], query: str) -> dict[str, Any] | None:
    if page.paginator.num_pages == 1:
        return None
    return {
        "summary": _("%(first)s–%(last)s of %(count)s")
        % {"first": page.start_index(), "last": page.end_index(), "count": page.paginator.count},
        "previous_url": f"?{query}&page={page.number - 1}" if page.has_previous() else "",
        "next_url": f"?{query}&page={page.number + 1}" if page.has_next() else "",
    }


def _rows(request: OrganizationRequest, report: str) -> Sequence[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = json.loads(files.load(str(request.organization.pk), report))
    except files.FileIsDamaged:
        return []
    return rows
