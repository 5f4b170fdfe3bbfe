"""The door to exporting the list: a page that asks how, then a job whose file is downloaded from its own page."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.transactions import read_only
from invoicing.actions import export
from invoicing.forms.export import LANGUAGES, ExportForm
from invoicing.listing.properties.registry import Book, book_of
from invoicing.listing.properties.showing import properties_named
from invoicing.listing.selection import NothingIsChosen, Selection, columns_of_address, read_selection
from invoicing.views.many import back_to_list
from tenants import jobs
from tenants.clock import local_today
from tenants.models import Job
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EXPORT_DATA)
def export_invoices(request: OrganizationRequest) -> HttpResponse:
    """How the chosen documents, or all that the list's address finds, are exported; sent, the job that does it."""
    with read_only():
        begun = _begun(request)
        if begun is not None:
            return _to_job(request, begun)
        selection = _selection(request)
        if selection.is_empty:
            return back_to_list(request, NothingIsChosen(_("No document is chosen. Tick some rows and try again.")))
        book = book_of(request.organization)
        form = ExportForm(request.POST if "key" in request.POST else None, book=book, initial=_initial(request))
        if not form.is_valid():
            return _show(request, selection, book, form)
    today = local_today(request.organization)
    asked = form.asked(selection)
    key = request.POST["key"]
    try:
        job = export.start_export(request.organization, asked, actor=request.actor, key=key, today=today)
    except export.TooManyRows as refusal:
        show_refusal(form, refusal)
        return _show(request, selection, book, form)
    return _to_job(request, job)


def _begun(request: OrganizationRequest) -> Job | None:
    """The job that this very form has begun already."""
    key = request.POST.get("key", "")
    return jobs.job_under_key(request.organization, export.EXPORT, request.actor, key) if key else None


def _selection(request: OrganizationRequest) -> Selection:
    if request.method != "POST":
        return Selection(is_all=True, query=request.GET.urlencode())
    return read_selection(request.POST, request.GET)


def _initial(request: OrganizationRequest) -> dict[str, Any]:
    day = local_today(request.organization).isoformat()
    language = (get_language() or "en")[:2]
    return {
        "name": _("Invoices %(day)s") % {"day": day},
        "file_format": "xlsx",
        "language": language if language in dict(LANGUAGES) else "en",
        "names": "some",
    }


def _show(request: OrganizationRequest, selection: Selection, book: Book, form: ExportForm) -> HttpResponse:
    shown = columns_of_address(QueryDict(selection.query))
    chosen = form.data.getlist("properties") if form.is_bound else shown  # type: ignore[attr-defined]
    first = properties_named(book, shown)
    context = {
        "form": form,
        "selection": selection,
        "key": jobs.new_key(),
        "first": first,
        "groups": [
            (group.label, [each for each in properties if each not in first]) for group, properties in book.by_group()
        ],
        "chosen": set(chosen),
        "associated": form["associated"].value() or [],
    }
    return render(request, "invoicing/export_invoices.html", context, status=INVALID if form.is_bound else 200)


def _to_job(request: OrganizationRequest, job: Job) -> HttpResponse:
    return go_to(request, reverse("tenants:show_job", args=[request.organization.slug, job.pk]))
