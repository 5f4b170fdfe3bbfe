"""The doors to payment files: refunds that wait for the bank, the file that pays them, and the files that were made."""

from __future__ import annotations

from decimal import Decimal
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import files
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from payments.actions.refund_files import RefundFileTerms
from payments.actions.refund_files import make_refund_file as write_refund_file
from payments.bank import queries as bank_queries
from payments.forms.bank import read_id
from payments.forms.bank_agreement import RefundFileForm
from payments.models import RefundState
from payments.views.doing import INVALID, sent
from tenants import queries as tenants
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

REFUNDS_MAX = 200
FILES_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.REFUND_PAYMENTS)
def make_refund_file(request: OrganizationRequest) -> HttpResponse:
    """Collect the refunds that wait for the bank into one file, after a second look at the total."""
    organization, today = request.organization, local_today(request.organization)
    with read_only():
        accounts = [account for account in tenants.list_bank_accounts(organization) if account.is_active]
    accounts.sort(key=lambda account: account.currency != organization.base_currency)  # refunds are rarely in another
    form = RefundFileForm(sent(request), accounts=accounts, today=today)
    if request.method == "POST" and form.is_valid():
        found = [read_id(text) for text in request.POST.getlist("refund")[:REFUNDS_MAX]]
        terms = RefundFileTerms(
            refund_ids=[refund_id for refund_id in found if refund_id is not None],
            bank_account=form.account,
            pay_on=form.cleaned_data["pay_on"],
            seen_total=form.cleaned_data["total"],
            version=form.cleaned_data["version"],
        )
        try:
            write_refund_file(organization, terms, actor=request.actor, today=today, now=timezone.now())
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The payment file is made. Download it and give it to the bank."))
            return redirect("payments:make_refund_file", organization.slug)
    return _page(request, form)


@require_safe
@organization_view(Permission.REFUND_PAYMENTS)
def download_refund_file(request: OrganizationRequest, refund_file_id: UUID) -> HttpResponse:
    """The payment file, byte for byte as it was made."""
    file = bank_queries.get_refund_file(request.organization, refund_file_id)
    content = files.open_checked(str(request.organization.pk), file.sha256)
    response = FileResponse(
        content, as_attachment=True, filename=f"{file.message_id}.xml", content_type="application/xml"
    )
    response["X-Content-Type-Options"] = "nosniff"
    return cast(HttpResponse, response)


def _page(request: OrganizationRequest, form: RefundFileForm) -> HttpResponse:
    organization = request.organization
    with read_only():
        waiting = list(bank_queries.list_refunds_for_bank(organization, RefundState.REQUESTED)[:REFUNDS_MAX])
        currency = waiting[0].payment.currency if waiting else organization.base_currency
        refunds = [refund for refund in waiting if refund.payment.currency == currency]
        context = {
            "form": form,
            "refunds": refunds,
            "other_count": len(waiting) - len(refunds),
            "total": sum((refund.amount for refund in refunds), Decimal(0)),
            "currency": currency,
            "files": list(bank_queries.list_refund_files(organization)[:FILES_SHOWN]),
        }
        status = INVALID if form.is_bound else 200
        return render(request, "payments/bank/make_refund_file.html", context, status=status)
