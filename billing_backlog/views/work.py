"""The doors to one's own expenses, material and fees, and to each entry that somebody wrote down."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.actions import work as actions
from billing_backlog.actions.corrections import correct_work as correct
from billing_backlog.forms.work import CorrectionForm, WorkForm, initial_of, targets_between
from billing_backlog.models import WorkEntry, WorkKind
from billing_backlog.queries.work import Approver, corrections_of, get_own_work, get_seen_work, own_work
from customers.units import unit_word
from foundation import files
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to
from foundation.keyset import Key, page_of
from foundation.templatetags.formatting import language_of_page
from foundation.transactions import read_only
from invoicing.views.attachments import SANDBOX
from invoicing.views.files import StoredFileIsDamaged
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
NEWEST_FIRST = (Key("day", date.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))
STATES: dict[str, dict[str, Any]] = {
    "open": {"submitted_at": None, "approved_at": None},
    "waiting": {"submitted_at__isnull": False, "approved_at": None},
    "approved": {"approved_at__isnull": False},
}


@require_safe
@organization_view(Permission.ENTER_WORK)
def list_work(request: OrganizationRequest) -> HttpResponse:
    """What one has written down beside hours, by how far it has come."""
    state = request.GET.get("show", "open")
    state = state if state in STATES else "open"
    found = own_work(request.organization, request.user).exclude(kind=WorkKind.TIME).filter(**STATES[state])
    page = page_of(found, NEWEST_FIRST, request.GET)
    language = language_of_page()
    context = {
        "entries": [(entry, unit_word(entry.unit_code, entry.quantity, language)) for entry in page.rows],
        "pagination": page.pagination({"show": state}),
        "state": state,
    }
    return render(request, "billing_backlog/list_work.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.ENTER_WORK)
def create_work(request: OrganizationRequest) -> HttpResponse:
    """Write one expense, some material, a fee or hours down."""
    organization, today = request.organization, local_today(request.organization)
    kind = request.POST.get("kind") or request.GET.get("kind", WorkKind.EXPENSE)
    kind = kind if kind in WorkKind.values else WorkKind.EXPENSE
    form = _form(request, kind, today, {"day": today, "is_billable": True, "quantity": 1})
    if form.is_valid():
        try:
            entry = actions.enter_work(
                organization,
                request.user,
                form.written(request.POST),
                actor=request.actor,
                today=today,
                now=timezone.now(),
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("%(work)s is written down") % {"work": entry})
            return go_to(request, reverse("billing_backlog:list_work", args=[organization.slug]))
    with read_only():
        context = {"form": form, "kind": kind, "kinds": WorkKind.choices, "entry": None}
        return render(request, "billing_backlog/edit_work.html", context, status=INVALID if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.ENTER_WORK)
def update_work(request: OrganizationRequest, entry_id: UUID) -> HttpResponse:
    """One of one's own entries: changed while it is one's own, shown with what became of it afterwards."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        entry = get_own_work(organization, request.user, entry_id)
    if entry.submitted_at is not None or entry.corrects_id is not None:
        return _show(request, entry)
    form = _form(request, entry.kind, entry.day, initial_of(entry))
    if form.is_valid():
        try:
            _update(request, entry, form, today)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("%(work)s is saved") % {"work": entry})
            return go_to(request, _address_of(request, entry))
    with read_only():
        context = {"form": form, "kind": entry.kind, "entry": entry}
        return render(request, "billing_backlog/edit_work.html", context, status=INVALID if form.is_bound else 200)


def _update(request: OrganizationRequest, entry: WorkEntry, form: WorkForm, today: date) -> None:
    actions.update_work(
        request.organization,
        entry.pk,
        form.written(request.POST),
        worker=request.user,
        actor=request.actor,
        today=today,
        now=timezone.now(),
    )


def _form(request: OrganizationRequest, kind: str, day: date, initial: dict[str, Any]) -> WorkForm:
    is_sent = request.method == "POST"
    with read_only():
        try:
            asked = date.fromisoformat(request.POST.get("day", ""))
        except ValueError:
            asked = day
        targets = targets_between(request.organization, min(asked, day), max(asked, day))
        form = WorkForm(
            request.POST if is_sent else None,
            request.FILES if is_sent else None,
            organization=request.organization,
            kind=kind,
            targets=targets,
            initial=initial,
        )
        form.is_valid()  # looks its product up: inside the reading
        return form


def _show(request: OrganizationRequest, entry: WorkEntry, form: CorrectionForm | None = None) -> HttpResponse:
    with read_only():
        corrections = corrections_of(request.organization, entry.pk)
        context = {
            "entry": entry,
            "unit": unit_word(entry.unit_code, entry.quantity, language_of_page()),
            "corrections": corrections,
            "may_correct": entry.is_approved and entry.corrects_id is None,
            "stands": entry.quantity + sum(row.quantity for row in corrections),
            "form": form or CorrectionForm(entry=entry),
        }
        is_refused = form is not None or request.method == "POST"
        return render(request, "billing_backlog/show_work.html", context, status=INVALID if is_refused else 200)


@require_POST
@organization_view(Permission.ENTER_WORK)
def correct_work(request: OrganizationRequest, entry_id: UUID) -> HttpResponse:
    """Write the difference to what was approved, and hand it in."""
    with read_only():
        entry = get_own_work(request.organization, request.user, entry_id)
    form = CorrectionForm(request.POST, entry=entry)
    if form.is_valid():
        try:
            correct(
                request.organization,
                request.user,
                entry_id,
                **form.cleaned_data,
                actor=request.actor,
                now=timezone.now(),
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The correction is handed in for approval"))
            return go_to(request, reverse("billing_backlog:update_work", args=[request.organization.slug, entry_id]))
    return _show(request, entry, form)


@require_POST
@organization_view(Permission.ENTER_WORK)
def remove_work(request: OrganizationRequest, entry_id: UUID) -> HttpResponse:
    """Delete an entry that nobody was asked to approve."""
    entry = actions.remove_work(request.organization, request.user, entry_id, actor=request.actor)
    messages.success(request, _("%(work)s is deleted") % {"work": entry})
    return go_to(request, _list_address(request, entry))


@require_POST
@organization_view(Permission.ENTER_WORK)
def withdraw_work(request: OrganizationRequest, entry_id: UUID) -> HttpResponse:
    """Take an entry back that waits for approval."""
    back = actions.withdraw_work(
        request.organization, request.user, [entry_id], actor=request.actor, now=timezone.now()
    )
    for entry in back:
        messages.success(request, _("%(work)s is yours again") % {"work": entry})
    return go_to(request, reverse("billing_backlog:update_work", args=[request.organization.slug, entry_id]))


@require_POST
@organization_view(Permission.ENTER_WORK)
def submit_work(request: OrganizationRequest) -> HttpResponse:
    """Hand the chosen entries in for approval."""
    submitted = actions.submit_work(
        request.organization, request.user, ids_sent(request), actor=request.actor, now=timezone.now()
    )
    count = len(submitted)
    words = ngettext("%(count)s entry is handed in", "%(count)s entries are handed in", count)
    messages.success(request, words % {"count": count} if count else _("Choose what to hand in first."))
    return go_to(request, reverse("billing_backlog:list_work", args=[request.organization.slug]))


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def download_receipt(request: OrganizationRequest, entry_id: UUID) -> HttpResponse:
    """The receipt of one's own entry, or of one in a project that one may see: to be saved, never shown as a page."""
    may_see_all = request.may(Permission.VIEW_ALL_PROJECTS)
    seer = Approver(request.user, may_see_all, local_today(request.organization))
    entry = get_seen_work(request.organization, seer, entry_id)
    if not entry.receipt_sha256:
        raise Http404
    tag = f'"{entry.receipt_sha256}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    try:
        content = files.load(str(request.organization.pk), entry.receipt_sha256)
    except files.FileIsDamaged as error:
        raise StoredFileIsDamaged(
            _("The stored file %(name)s is damaged. Restore it from the backup.") % {"name": entry.receipt_name}
        ) from error
    response = HttpResponse(content, content_type=entry.receipt_media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, entry.receipt_name) or "attachment"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def ids_sent(request: OrganizationRequest) -> list[UUID]:
    """The chosen rows; what is no id is nothing that is here."""
    try:
        return list(dict.fromkeys(UUID(text) for text in request.POST.getlist("id")))
    except ValueError:
        raise Http404 from None


def _address_of(request: OrganizationRequest, entry: WorkEntry) -> str:
    if "submit" in request.POST:
        return _list_address(request, entry)
    return reverse("billing_backlog:update_work", args=[request.organization.slug, entry.pk])


def _list_address(request: OrganizationRequest, entry: WorkEntry) -> str:
    if entry.kind == WorkKind.TIME:
        return reverse("billing_backlog:show_day", args=[request.organization.slug]) + f"?day={entry.day}"
    return reverse("billing_backlog:list_work", args=[request.organization.slug])
