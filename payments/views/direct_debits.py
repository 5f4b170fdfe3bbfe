"""The doors to AvtaleGiro: mandates, what would be drawn next, and the files that were made."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation import files
from foundation.templatetags.formatting import format_day, language_of_page
from foundation.transactions import read_only
from payments import direct_debit_queries
from payments.actions.direct_debits import make_direct_debit_file as write_direct_debit_file
from payments.direct_debit_queries import NextFile
from payments.forms.direct_debits import DirectDebitFileForm
from payments.views.doing import INVALID, is_done, sent
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

MANDATES_SHOWN, DRAWINGS_SHOWN, FILES_SHOWN = 100, 100, 20


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def list_direct_debits(request: OrganizationRequest) -> HttpResponse:
    """Mandates, what would go into the next file, and the files that were made."""
    return _page(request, DirectDebitFileForm())


@require_POST
@organization_view(Permission.REGISTER_PAYMENTS)
def make_direct_debit_file(request: OrganizationRequest) -> HttpResponse:
    """Ask the bank for what was looked at, and cancel what may no longer be drawn."""
    organization, form = request.organization, DirectDebitFileForm(sent(request))
    today, now = local_today(organization), timezone.now()
    made = is_done(
        form,
        lambda: write_direct_debit_file(
            organization, seen_total=form.cleaned_data["total"], actor=request.actor, today=today, now=now
        ),
    )
    if not made:
        return _page(request, form)
    day = format_day(direct_debit_queries.taken_on(now), language_of_page())
    words = _("The file is made. Download it and give it to the bank before 14:00 on %(day)s.")
    messages.success(request, words % {"day": day})
    return redirect("payments:list_direct_debits", organization.slug)


@require_safe
@organization_view(Permission.VIEW_PAYMENTS)
def download_direct_debit_file(request: OrganizationRequest, direct_debit_file_id: UUID) -> HttpResponse:
    """The file for the bank, byte for byte as it was made."""
    file = direct_debit_queries.get_direct_debit_file(request.organization, direct_debit_file_id)
    content = files.open_checked(str(request.organization.pk), file.sha256)
    name = f"avtalegiro-{file.number:07d}.txt"
    response = FileResponse(content, as_attachment=True, filename=name, content_type="application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    return cast(HttpResponse, response)


def _page(request: OrganizationRequest, form: DirectDebitFileForm) -> HttpResponse:
    organization, today = request.organization, local_today(request.organization)
    now = timezone.now()
    with read_only():
        agreement = direct_debit_queries.direct_debit_agreement(organization)
        found = agreement and direct_debit_queries.next_file(organization, agreement, today=today, now=now)
        made = list(direct_debit_queries.list_direct_debit_files(organization)[:FILES_SHOWN])
        context = {
            "form": form,
            "agreement": agreement,
            "next": found,
            "drawings": found.drawings[:DRAWINGS_SHOWN] if found else [],
            "cancellations": found.cancellations[:DRAWINGS_SHOWN] if found else [],
            "shown": DRAWINGS_SHOWN,
            "mandates": list(direct_debit_queries.list_mandates(organization)[:MANDATES_SHOWN]),
            "too_late": found.too_late[:DRAWINGS_SHOWN] if isinstance(found, NextFile) else [],
            "files": [(file, direct_debit_queries.taken_on(file.made_at)) for file in made],
            "may_make": request.may(Permission.REGISTER_PAYMENTS),
        }
        status = INVALID if form.is_bound else 200
        return render(request, "payments/bank/list_direct_debits.html", context, status=status)
