"""The doors to bank accounts; whoever changes one has just signed in, and every owner is told and may stop it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.transactions import read_only
from tenants import audit, bank_accounts, queries
from tenants.audit_words import pairs_of
from tenants.forms import BankAccountForm
from tenants.models import BankAccount, BankAccountChange
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def list_bank_accounts(request: OrganizationRequest) -> HttpResponse:
    """Accounts that customers pay to, with their KID agreements, and the changes that wait."""
    organization = request.organization
    accounts = list(queries.list_bank_accounts(organization))
    context = {
        "accounts": accounts,
        "waiting": [_waiting(change, accounts) for change in queries.list_waiting_bank_changes(organization)],
        "may_edit": request.may(Permission.EDIT_BANK_ACCOUNTS),
        "has_other_owner": queries.count_owners(organization) > 1,
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
            change = bank_accounts.request_bank_change(
                request.organization, form.instance, user=request.user, actor=request.actor, now=timezone.now()
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _said(change))
            return HttpResponseRedirect(_accounts_url(request))
    with read_only():
        status = INVALID if form.is_bound else 200
        return render(request, "tenants/edit_bank_account.html", {"form": form, "account": account}, status=status)


@require_POST
@organization_view(Permission.EDIT_BANK_ACCOUNTS)
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def approve_bank_change(request: OrganizationRequest, change_id: UUID) -> HttpResponse:
    """A second person lets a change hold at once."""
    bank_accounts.approve_bank_change(
        request.organization, change_id, user=request.user, actor=request.actor, now=timezone.now()
    )
    messages.success(request, _("The change holds from now on. Every owner is told by e-mail"))
    return HttpResponseRedirect(_accounts_url(request))


@require_POST
@organization_view(Permission.EDIT_BANK_ACCOUNTS)
def withdraw_bank_change(request: OrganizationRequest, change_id: UUID) -> HttpResponse:
    """Stop a change that waits."""
    bank_accounts.withdraw_bank_change(
        request.organization, change_id, user=request.user, actor=request.actor, now=timezone.now()
    )
    messages.success(request, _("The change is stopped. Customers pay to the same account as before"))
    return HttpResponseRedirect(_accounts_url(request))


def _said(change: BankAccountChange | None) -> str:
    if change is None:
        return _("The account is saved. Every owner is told by e-mail")
    return _("The change waits for another owner, or for a day. Every owner is told by e-mail")


def _accounts_url(request: OrganizationRequest) -> str:
    return reverse("tenants:list_bank_accounts", args=[request.organization.slug])


def _waiting(change: BankAccountChange, accounts: list[BankAccount]) -> dict[str, Any]:
    """A change that waits, with what it changes in words."""
    account = next((row for row in accounts if row.pk == change.account_id), None)
    before = {} if account is None else bank_accounts.facts_of(account)
    return {
        "change": change,
        "account": account,
        "differences": pairs_of("bankaccount", {"changes": audit.changes(before, change.values)}),
    }
