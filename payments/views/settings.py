"""The doors to exchange rates, the chart of accounts and vouchers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.keyset import Key, page_of
from foundation.transactions import read_only
from payments import queries
from payments.actions import charts, rates
from payments.forms.settings import AccountForm, ExchangeRateFileForm, ExchangeRateForm
from payments.models import Account
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

DAY_ORDER = (
    Key("day", date.fromisoformat, is_descending=True),
    Key("currency", str),
    Key("id", UUID),
)
INVALID = 422


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def list_exchange_rates(request: OrganizationRequest) -> HttpResponse:
    """Rates by day, and where new ones are entered."""
    return _rates_page(request, {})


@require_POST
@organization_view(Permission.EDIT_EXCHANGE_RATES)
def enter_exchange_rate(request: OrganizationRequest) -> HttpResponse:
    """Enter one rate by hand."""
    organization = request.organization
    form = ExchangeRateForm(request.POST, organization=organization, today=local_today(organization))
    if form.is_valid():
        try:
            rates.enter_exchange_rate(organization, rate=form.rate_of(organization), actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The rate is saved"))
            return HttpResponseRedirect(_rates_url(request))
    return _rates_page(request, {"form": form}, status=INVALID)


@require_POST
@organization_view(Permission.EDIT_EXCHANGE_RATES)
def import_exchange_rates(request: OrganizationRequest) -> HttpResponse:
    """Take the rates of a file: all of them, or none and the reasons."""
    organization = request.organization
    form = ExchangeRateFileForm(request.POST, request.FILES, organization=organization, today=local_today(organization))
    if form.is_valid():
        try:
            taken = rates.import_exchange_rates(organization, rates=form.cleaned_data["file"], actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request,
                ngettext("%(count)s rate is taken in", "%(count)s rates are taken in", taken) % {"count": taken},
            )
            return HttpResponseRedirect(_rates_url(request))
    return _rates_page(request, {"file_form": form}, status=INVALID)


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def list_accounts(request: OrganizationRequest) -> HttpResponse:
    """The chart of accounts with the sums of what is posted."""
    balances = queries.account_balances(request.organization)
    accounts = [(account, balances.get(account.pk)) for account in queries.list_accounts(request.organization)]
    context = {"accounts": accounts, "may_edit": request.may(Permission.EDIT_SETTINGS)}
    return render(request, "payments/list_accounts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_SETTINGS)
def add_account(request: OrganizationRequest) -> HttpResponse:
    """A further account of the chart."""
    form = AccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            charts.add_account(request.organization, **form.cleaned_data, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The account is added"))
            return redirect("payments:list_accounts", request.organization.slug)
    return _account_page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.EDIT_SETTINGS)
def update_account(request: OrganizationRequest, ledger_account_id: UUID) -> HttpResponse:
    """Another name for an account, or take it out of use."""
    with read_only():
        account = queries.get_account(request.organization, ledger_account_id)
    form = AccountForm(request.POST if request.method == "POST" else None, account=account)
    if form.is_valid():
        try:
            charts.update_account(request.organization, ledger_account_id, **form.cleaned_data, actor=request.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The account is saved"))
            return redirect("payments:list_accounts", request.organization.slug)
    return _account_page(request, form, account)


def _account_page(request: OrganizationRequest, form: AccountForm, account: Account | None) -> HttpResponse:
    with read_only():
        context = {"form": form, "account": account}
        return render(request, "payments/edit_account.html", context, status=INVALID if form.is_bound else 200)


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def show_voucher(request: OrganizationRequest, voucher_id: UUID) -> HttpResponse:
    """One voucher with its postings, debit and credit."""
    voucher = queries.get_voucher(request.organization, voucher_id)
    postings = list(voucher.postings.all())
    nothing = Decimal("0.00")
    context = {
        "voucher": voucher,
        "postings": [(posting, max(posting.amount, nothing), max(-posting.amount, nothing)) for posting in postings],
        "debit": sum((posting.amount for posting in postings if posting.amount > 0), start=nothing),
        "credit": -sum((posting.amount for posting in postings if posting.amount < 0), start=nothing),
    }
    return render(request, "payments/show_voucher.html", context)


def _rates_url(request: OrganizationRequest) -> str:
    return reverse("payments:list_exchange_rates", args=[request.organization.slug])


def _rates_page(request: OrganizationRequest, forms: dict[str, object], *, status: int = 200) -> HttpResponse:
    organization = request.organization
    with read_only():
        today = local_today(organization)
        page = page_of(queries.list_exchange_rates(organization), DAY_ORDER, request.GET)
        context = {
            "rates": page.rows,
            "pagination": page.pagination({}),
            "form": ExchangeRateForm(organization=organization, today=today),
            "file_form": ExchangeRateFileForm(organization=organization, today=today),
            "may_edit": request.may(Permission.EDIT_EXCHANGE_RATES),
            **forms,
        }
        return render(request, "payments/list_exchange_rates.html", context, status=status)
