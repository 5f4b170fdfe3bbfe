"""The door to a CSV file of a kind that nobody has explained yet: which column is which, with its first rows."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation import files
from foundation.htmx import go_to
from foundation.transactions import read_only
from payments.actions import bank_files
from payments.actions.csv_mappings import save_csv_mapping
from payments.bank import queries as bank_queries
from payments.bank.csv_mappings import PREVIEW_ROWS, header_cells, header_of, rows_of
from payments.bank_files.csv_guess import guess_mapping
from payments.forms.csv_mapping import CsvMappingForm
from payments.models import BankFileSource, BankFileState
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.REGISTER_PAYMENTS)
def map_csv_file(request: OrganizationRequest, upload: str) -> HttpResponse:
    """Choose the columns of an uploaded file, then take it in; later files with this header need no choosing."""
    data = _uploaded(request, upload)
    with read_only():
        form, context = _page(request, data)
    if request.method != "POST" or not form.is_valid():
        with read_only():
            status = INVALID if form.is_bound else 200
            return render(request, "payments/bank/map_csv_file.html", {**context, "form": form}, status=status)
    now = timezone.now()
    save_csv_mapping(
        request.organization,
        header_of(data),
        form.columns(),
        account=form.bank_account,
        actor=request.actor,
        now=now,
    )
    named = bank_files.Upload(name=request.POST.get("name", "")[:200], data=data, source=BankFileSource.UPLOAD)
    today = local_today(request.organization)
    taken = bank_files.take_bank_file(request.organization, named, actor=request.actor, today=today, now=now)
    if taken.file.state == BankFileState.REFUSED:
        messages.error(request, _("The file is refused: nothing of it is taken."))
    return go_to(request, reverse("payments:show_bank_file", args=[request.organization.slug, taken.file.pk]))


def _uploaded(request: OrganizationRequest, sha256: str) -> bytes:
    """The bytes that were uploaded here a moment ago; what is no CSV file is not shown."""
    try:
        data = files.load(str(request.organization.pk), sha256)
    except (files.FileIsDamaged, OSError) as error:
        raise Http404 from error
    if not header_of(data):
        raise Http404
    return data


def _page(request: OrganizationRequest, data: bytes) -> tuple[CsvMappingForm, dict[str, Any]]:
    guessed = guess_mapping(data)
    header = header_cells(data)
    accounts = {account.pk: account for account in bank_queries.list_bank_accounts(request.organization).values()}
    sent = request.POST if request.method == "POST" else None
    form = CsvMappingForm(sent, header=header, accounts=list(accounts.values()), guessed=guessed)
    first = guessed.header_line if guessed else 1
    preview = [cells for number, cells in rows_of(data, guessed) if number > first][:PREVIEW_ROWS]
    return form, {"header": header, "preview": preview, "has_accounts": bool(accounts)}
