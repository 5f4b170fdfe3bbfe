"""The doors to mapping: what our accounts, VAT treatments and dimensions are called in the accounting system."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounting_sync.actions import mappings as actions
from accounting_sync.actions.mappings import Place
from accounting_sync.forms.connections import ExceptionForm, MappingFileForm
from accounting_sync.mapping.entries import Target
from accounting_sync.mapping_files import COLUMNS, read_mapping_file, rows_of_file
from accounting_sync.models import MappingKind
from accounting_sync.queries.mappings import (
    OwnRow,
    customer_numbered,
    get_mapping,
    list_exceptions,
    list_own_rows,
    read_choices,
)
from accounting_sync.views.mapping_shown import line_of, parts_of, read_choice, shared_lists
from accounting_sync.views.parts import INVALID, page_of
from accounting_sync.words import key_in_words
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to, render_fragment, wants_fragment
from foundation.spreadsheets import csv_style_of, defuse
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

PAGE, ROW = "accounting_sync/mapping.html", "accounting_sync/_mapping_row.html"
MAPPED = "accounting_sync/_mapping_saved.html"


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_mapping(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """Everything of ours with what it is called there; what is missing comes first."""
    return _page(request, connection_id)


@require_POST
@organization_view(Permission.CONNECT_ACCOUNTING)
def save_mapping(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """Save what the page says: all of it, or the one row that was changed."""
    with read_only():
        context = _read(request, connection_id)
        only = request.POST.get("row", "")
        wanted, wrong = _wanted(request, context, only)
    if wrong:
        messages.error(request, _("Not in the accounting system’s list: %(what)s.") % {"what": ", ".join(wrong)})
    else:
        count = actions.save_mappings(
            request.organization, connection_id, wanted, actor=request.actor, now=timezone.now()
        )
        if not only:
            messages.success(request, _saved(count))
    if only and wants_fragment(request):
        return _saved_row(request, connection_id, only, is_wrong=bool(wrong))
    if wrong:
        with read_only():
            return _page(request, connection_id, status=INVALID)
    return go_to(request, _address(request, connection_id))


@require_POST
@organization_view(Permission.CONNECT_ACCOUNTING)
def add_exception(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """Call something otherwise for one customer."""
    with read_only():
        context = _read(request, connection_id)
        form = ExceptionForm(request.POST, places=_places(context["own"]))
        wanted = _exception(request, form, context) if form.is_valid() else {}
    if wanted:
        try:
            actions.save_mappings(request.organization, connection_id, wanted, actor=request.actor, now=timezone.now())
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return go_to(request, _address(request, connection_id))
    with read_only():
        return _page(request, connection_id, exception=form, status=INVALID)


@require_POST
@organization_view(Permission.CONNECT_ACCOUNTING)
def remove_exception(request: OrganizationRequest, connection_id: UUID, mapping_id: UUID) -> HttpResponse:
    """Call it as for all others again."""
    with read_only():
        mapping = get_mapping(page_of(request, connection_id, "mapping")["connection"], mapping_id)
    place = Place(mapping.kind, mapping.local_key, mapping.customer_id)
    actions.save_mappings(request.organization, connection_id, {place: None}, actor=request.actor, now=timezone.now())
    messages.success(request, _("The exception is removed."))
    return go_to(request, _address(request, connection_id))


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def export_mapping(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """All mappings as CSV, to look at or to read into another connection."""
    context = _read(request, connection_id)
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=csv_style_of(request.user.language).delimiter, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for cells in rows_of_file(context["own"], list_exceptions(context["connection"])):
        writer.writerow([defuse(cell) for cell in cells])
    answer = HttpResponse(written.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="mapping-{context["connection"].system}.csv"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
@organization_view(Permission.CONNECT_ACCOUNTING)
def import_mapping(request: OrganizationRequest, connection_id: UUID) -> HttpResponse:
    """Take mappings from a file such as the export writes; all of its rows or none."""
    form = MappingFileForm(request.POST, request.FILES)
    if form.is_valid():
        upload: Any = form.cleaned_data["file"]
        try:
            with read_only():
                context = _read(request, connection_id)
                wanted = read_mapping_file(upload.read(), context["adapter"], context["own"], context["choices"])
                places = {_place_of(request, key, number): target for (key, number), target in wanted.items()}
            count = actions.save_mappings(
                request.organization, connection_id, places, actor=request.actor, now=timezone.now()
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _saved(count))
            return go_to(request, _address(request, connection_id))
    with read_only():
        return _page(request, connection_id, upload=form, status=INVALID)


def _read(request: OrganizationRequest, connection_id: UUID) -> dict[str, Any]:
    context = page_of(request, connection_id, "mapping")
    connection, adapter = context["connection"], context["adapter"]
    own = list_own_rows(request.organization, connection, adapter, local_today(request.organization))
    missing = sum(row.is_missing for row in own)
    suggested = sum(row.mapping is not None and row.mapping.is_suggested for row in own)
    return context | {"own": own, "choices": read_choices(connection), "missing": missing, "suggested": suggested}


def _page(
    request: OrganizationRequest,
    connection_id: UUID,
    *,
    exception: ExceptionForm | None = None,
    upload: MappingFileForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = _read(request, connection_id)
    adapter, choices, connection = context["adapter"], context["choices"], context["connection"]
    parts = parts_of(adapter, context["own"], choices, is_pushing=connection.activated_at is not None)
    context |= {
        "parts": parts,
        "lists": shared_lists(parts, adapter, choices),
        "exceptions": [(each, key_in_words(f"{each.kind}:{each.local_key}")) for each in list_exceptions(connection)],
        "exception": exception or ExceptionForm(places=_places(context["own"])),
        "upload": upload or MappingFileForm(),
    }
    return render(request, PAGE, context, status=status)


def _saved_row(request: OrganizationRequest, connection_id: UUID, key: str, *, is_wrong: bool) -> HttpResponse:
    """The row as it stands now, with the count of what is missing."""
    with read_only():
        context = _read(request, connection_id)
        row = next((each for each in context["own"] if each.key == key), None)
        if row is None:
            return HttpResponse(status=INVALID)
        is_pushing = context["connection"].activated_at is not None
        context |= {
            "line": line_of(context["adapter"], row, context["choices"], is_pushing=is_pushing),
            "is_wrong": is_wrong,
            "missing_of_kind": sum(each.is_missing for each in context["own"] if each.kind == row.kind),
            "out_of_band": True,
        }
        return HttpResponse(render_fragment(request, MAPPED, context), status=INVALID if is_wrong else 200)


def _wanted(
    request: OrganizationRequest, context: Mapping[str, Any], only: str
) -> tuple[dict[Place, Target | None], list[str]]:
    """What the form says of each row that it holds, and the rows whose text their list does not have."""
    wanted: dict[Place, Target | None] = {}
    wrong = []
    for row in context["own"]:
        if row.key not in request.POST or (only and row.key != only):
            continue
        text = request.POST[row.key][:300]
        try:
            wanted[Place(row.kind, row.local_key)] = read_choice(context["adapter"], row, context["choices"], text)
        except LookupError:
            if row.mapping is None or text != row.mapping.remote_id:
                wrong.append(f"{row.code or row.label}: {text}")
    return wanted, wrong


def _exception(
    request: OrganizationRequest, form: ExceptionForm, context: Mapping[str, Any]
) -> dict[Place, Target | None]:
    data = form.cleaned_data
    customer = customer_numbered(request.organization, data["customer"])
    if customer is None:
        form.add_error("customer", _("No customer has this number."))
        return {}
    row = next(each for each in context["own"] if each.key == data["place"])
    try:
        target = read_choice(context["adapter"], row, context["choices"], data["target"])
    except LookupError:
        form.add_error("target", _("The accounting system’s list does not have this."))
        return {}
    return {Place(row.kind, row.local_key, customer.pk): target}


def _place_of(request: OrganizationRequest, key: str, number: str) -> Place:
    kind, _colon, local_key = key.partition(":")
    if not number:
        return Place(kind, local_key)
    customer = customer_numbered(request.organization, number)
    if customer is None:
        raise actions.MappingRefused(_("No customer has the number %(number)s.") % {"number": number}, field="file")
    return Place(kind, local_key, customer.pk)


def _places(own: list[OwnRow]) -> list[tuple[str, str]]:
    """What can be called otherwise for one customer: accounts and VAT."""
    return [
        (row.key, f"{row.code} {row.label}" if row.kind == MappingKind.ACCOUNT else key_in_words(row.key))
        for row in own
        if row.kind in (MappingKind.ACCOUNT, MappingKind.VAT)
    ]


def _saved(count: int) -> str:
    if not count:
        return _("Everything stood so already.")
    return ngettext("%(count)s mapping is saved.", "%(count)s mappings are saved.", count) % {"count": count}


def _address(request: OrganizationRequest, connection_id: UUID) -> str:
    return reverse("accounting_sync:show_mapping", args=[request.organization.slug, connection_id])
