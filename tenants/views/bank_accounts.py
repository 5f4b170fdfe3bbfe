"""The doors to bank accounts; whoever changes one has just signed in, and every owner is told."""

from __future__ import annotations

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from tenants import actions, queries
from tenants.forms import BankAccountForm
from tenants.models import BankAccount
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def list_bank_accounts(request: OrganizationRequest) -> HttpResponse:
    """Accounts that customers pay to, with their KID agreements."""
    context = {
        "accounts": list(queries.list_bank_accounts(request.organization)),
        "may_edit": request.may(Permission.EDIT_BANK_ACCOUNTS),
    }
    return render(request, "tenants/list_bank_accounts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_BANK_ACCOUNTS)
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def create_bank_account(request: OrganizationRequest) -> HttpResponse:
    """A new account."""
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_BANK_ACCOUNTS)
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def update_bank_account(request: OrganizationRequest, account_id: UUID) -> HttpResponse:
    """Change an account; invoices that are finalized keep the account they name."""
    with read_only():
        account = queries.get_bank_account(request.organization, account_id)
    return _edit(request, account)


def _edit(request: OrganizationRequest, account: BankAccount | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = BankAccountForm(data, instance=account, organization=request.organization)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_bank_account(request.organization, form.instance, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The account is saved. Every owner is told by e-mail"))
            return HttpResponseRedirect(reverse("tenants:list_bank_accounts", args=[request.organization.slug]))
    with read_only():
        status = INVALID if form.is_bound else 200
        return render(request, "tenants/edit_bank_account.html", {"form": form, "account": account}, status=status)
