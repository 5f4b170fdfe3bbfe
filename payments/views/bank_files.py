"""The doors to bank files: taking one in, what became of each, and the kept bytes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from foundation import files
from foundation.htmx import go_to
from foundation.keyset import Key, page_of
from foundation.transactions import read_only
from payments.actions import bank_files
from payments.bank import queries as bank_queries
from payments.bank.csv_mappings import header_of
from payments.bank.line_words import pill_of_outcome, what_became
from payments.bank.words import sentence_with_line, warning_of
from payments.bank_files.faults import Fault, FaultCode
from payments.bank_files.lines import read_bounded
from payments.forms.bank import BankFileForm
from payments.models import BankFile, BankFileSource, BankFileState, LineOutcome
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

ROWS_SHOWN = 25
LINES_SHOWN = 50
INVALID = 422
NEWEST = (Key("id", UUID, is_descending=True),)
BY_POSITION = (Key("position", int), Key("id", UUID))
TONES = {
    BankFileState.KEPT: "wait",
    BankFileState.POSTING: "part",
    BankFileState.DONE: "ok",
    BankFileState.REFUSED: "bad",
}


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def list_bank_files(request: OrganizationRequest) -> HttpResponse:
    """Every file that came, and where the next one is laid."""
    return _list(request, BankFileForm())


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def import_bank_file(request: OrganizationRequest) -> HttpResponse:
    """Take a file in: a small one is matched at once, a large one by a job."""
    form = BankFileForm(request.POST, request.FILES)
    if not form.is_valid():
        with read_only():
            return _list(request, form, status=INVALID)
    upload: Any = form.cleaned_data["file"]
    data = read_bounded(upload)
    if (mapping := _mapping_to_choose(request, data)) is not None:
        return go_to(request, mapping)
    taken = bank_files.take_bank_file(
        request.organization,
        bank_files.Upload(name=upload.name or "", data=data, source=BankFileSource.UPLOAD),
        actor=request.actor,
        today=local_today(request.organization),
        now=timezone.now(),
    )
    _say(request, taken)
    return go_to(request, _after(request, taken.file))


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def show_bank_file(request: OrganizationRequest, file_id: UUID) -> HttpResponse:
    """What a file said, why it was refused, or what became of its movements."""
    organization = request.organization
    file = bank_queries.get_bank_file(organization, file_id)
    page = page_of(bank_queries.lines_of_file(organization, file_id), BY_POSITION, request.GET, size=LINES_SHOWN)
    outcomes = bank_queries.outcomes_of_files(organization, [file.pk]).get(file.pk, {})
    context = {
        "file": file,
        "tone": TONES[BankFileState(file.state)],
        "faults": [sentence_with_line(each) for each in _faults(file.faults)],
        "warnings": [warning_of(each) for each in _faults(file.warnings[:20])],
        "sums": _sums(file),
        "outcomes": what_became(outcomes),
        "rows": [(line, pill_of_outcome(line)) for line in page.rows],
        "pagination": page.pagination({}) if page.before or page.after else None,
        "may_register": request.may(Permission.REGISTER_PAYMENTS),
        "is_stuck": file.state == BankFileState.POSTING and outcomes.get(LineOutcome.UNREAD, 0) > 0,
    }
    return render(request, "payments/bank/show_file.html", context)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def download_bank_file(request: OrganizationRequest, file_id: UUID) -> HttpResponse:
    """The file as it came, byte for byte."""
    file = bank_queries.get_bank_file(request.organization, file_id)
    if file.forgotten_at is not None:
        raise Http404
    content = files.open_checked(str(request.organization.pk), file.sha256)
    response = FileResponse(content, as_attachment=True, filename=file.name, content_type="application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    return cast(HttpResponse, response)


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def resume_bank_file(request: OrganizationRequest, file_id: UUID) -> HttpResponse:
    """Go on with a file whose job was stopped."""
    file = bank_files.start_posting(request.organization, file_id, actor=request.actor)
    return redirect("tenants:show_job", request.organization.slug, file.job_id)


def _list(request: OrganizationRequest, form: BankFileForm, *, status: int = 200) -> HttpResponse:
    organization = request.organization
    page = page_of(bank_queries.list_bank_files(organization), NEWEST, request.GET, size=ROWS_SHOWN)
    outcomes = bank_queries.outcomes_of_files(organization, [file.pk for file in page.rows])
    context = {
        "form": form,
        "rows": [_row(file, outcomes.get(file.pk, {})) for file in page.rows],
        "pagination": page.pagination({}) if page.before or page.after else None,
        "may_register": request.may(Permission.REGISTER_PAYMENTS),
    }
    return render(request, "payments/bank/list_files.html", context, status=status)


def _row(file: BankFile, outcomes: dict[str, int]) -> dict[str, Any]:
    return {
        "file": file,
        "tone": TONES[BankFileState(file.state)],
        "matched": outcomes.get(LineOutcome.POSTED, 0) + outcomes.get(LineOutcome.SETTLED, 0),
        "waiting": outcomes.get(LineOutcome.WAITING, 0),
        "sums": _sums(file),
    }


def _sums(file: BankFile) -> list[tuple[str, Decimal]]:
    return [(currency, Decimal(amount)) for currency, amount in file.sums.items()]


def _mapping_to_choose(request: OrganizationRequest, data: bytes) -> str | None:
    """Where the columns of a CSV file are chosen, when nobody has said it for this header yet."""
    header = header_of(data)
    if not header:
        return None
    with read_only():
        if bank_queries.mapping_of_header(request.organization, header) is not None:
            return None
    sha256 = files.store(str(request.organization.pk), data)
    return reverse("payments:map_csv_file", args=[request.organization.slug, sha256])


def _after(request: OrganizationRequest, file: BankFile) -> str:
    slug = request.organization.slug
    if file.state in (BankFileState.KEPT, BankFileState.POSTING) and file.job_id:
        return reverse("tenants:show_job", args=[slug, file.job_id])
    if file.state == BankFileState.DONE and file.line_count:
        return reverse("payments:list_bank_lines", args=[slug])
    return reverse("payments:show_bank_file", args=[slug, file.pk])


def _say(request: OrganizationRequest, taken: bank_files.Taken) -> None:
    file = taken.file
    if file.state == BankFileState.REFUSED:
        messages.error(request, _("The file is refused: nothing of it is taken."))
    elif not taken.is_new:
        messages.info(request, _("This file was taken in before: nothing is counted twice."))
    elif file.state == BankFileState.DONE:
        with read_only():
            outcomes = bank_queries.outcomes_of_files(request.organization, [file.pk]).get(file.pk, {})
        said = ngettext("%(count)s movement", "%(count)s movements", file.line_count) % {"count": file.line_count}
        matched = _("%(count)s matched at once") % {"count": outcomes.get(LineOutcome.POSTED, 0)}
        messages.success(request, f"{file.name} · {said} · {matched}")


def _faults(kept: list[dict[str, Any]]) -> list[Fault]:
    return [Fault(told["line"], FaultCode(told["code"]), told["values"]) for told in kept]
