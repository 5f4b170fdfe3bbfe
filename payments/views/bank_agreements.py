"""The doors to what the banks agreed to: account in the books, source of payments, KIDs, FIK and AvtaleGiro."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.transactions import read_only
from payments import queries
from payments.actions.bank_agreements import AgreementTerms
from payments.actions.bank_agreements import update_bank_agreement as write_agreement
from payments.bank import queries as bank_queries
from payments.forms.bank_agreement import BankAgreementForm
from payments.views.doing import INVALID, sent
from tenants import queries as tenants
from tenants.permissions import OrganizationRequest, Permission, organization_view


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def list_bank_agreements(request: OrganizationRequest) -> HttpResponse:
    """Every bank account with what is known of its agreement."""
    organization = request.organization
    agreements = bank_queries.agreements_by_account(organization)
    rows = [
        (account, agreements.get(account.pk), bank_queries.agreements_of(account, agreements.get(account.pk)))
        for account in tenants.list_bank_accounts(organization)
    ]
    context = {"rows": rows, "may_edit": request.may(Permission.EDIT_BANK_ACCOUNTS)}
    return render(request, "payments/bank/list_agreements.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_BANK_ACCOUNTS)
def update_bank_agreement(request: OrganizationRequest, account_id: UUID) -> HttpResponse:
    """Write down what the bank agreed to for one account."""
    organization = request.organization
    with read_only():
        account = tenants.get_bank_account(organization, account_id)
        agreement = bank_queries.agreements_by_account(organization).get(account.pk)
        accounts = list(queries.list_accounts(organization).filter(number__startswith="19", is_active=True))
    form = BankAgreementForm(sent(request), bank_account=account, agreement=agreement, accounts=accounts)
    if request.method == "POST" and form.is_valid():
        write_agreement(organization, account, AgreementTerms(**form.values()), actor=request.actor)
        messages.success(request, _("The agreement is saved"))
        return redirect("payments:list_bank_agreements", organization.slug)
    with read_only():
        context = {"form": form, "account": account}
        return render(request, "payments/bank/edit_agreement.html", context, status=INVALID if form.is_bound else 200)
