"""The door to a new company: its identity, account and series in one go."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from config.forms import FirstAccountForm, NewCompanyForm
from config.opening import open_company
from foundation.errors import DomainError
from foundation.forms import show_refusal
from tenants.actions import SlugIsTaken
from tenants.models import Organization, User
from tenants.queries import memberships_of

INVALID = 422
SLUG_TRIALS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def create_organization(request: HttpRequest) -> HttpResponse:
    """Open a company's books, with the signed-in person as its owner."""
    if request.method != "POST":
        return _page(request, NewCompanyForm(), FirstAccountForm(organization=Organization()))
    form = NewCompanyForm(request.POST)
    organization = form.organization() if form.is_valid() else Organization()
    account_form = FirstAccountForm(request.POST, organization=organization)
    if not form.is_valid() or not (account_form.is_left_out or account_form.is_valid()):
        return _page(request, form, _quiet_when_left_out(account_form), status=INVALID)
    try:
        opened = _open(request, form, account_form)
    except DomainError as refusal:
        show_refusal(account_form if refusal.field in account_form.fields else form, refusal)
        return _page(request, form, _quiet_when_left_out(account_form), status=INVALID)
    messages.success(request, _("%(name)s is ready") % {"name": opened.name})
    return HttpResponseRedirect(reverse("overview", args=[opened.slug]))


def _open(request: HttpRequest, form: NewCompanyForm, account_form: FirstAccountForm) -> Organization:
    """Try the address; one that we made from the name gets a number when it is taken, one that was typed is refused.

    A page that is sent twice opens one company: the second time finds what the first has made.
    """
    slug = form.cleaned_data["slug"]
    trials = 1 if form.data.get("slug", "").strip() else SLUG_TRIALS
    for trial in range(1, trials + 1):
        organization = form.organization()
        organization.slug = slug if trial == 1 else f"{slug}-{trial}"
        try:
            return open_company(
                organization,
                owner=cast(User, request.user),
                first_number=form.cleaned_data["first_number"],
                bank_account=None if account_form.is_left_out else account_form.instance,
            )
        except SlugIsTaken:
            if already := _already_opened(request, organization):
                return already
            if trial == trials:
                raise
    raise AssertionError("unreachable: the last trial returns or raises")


def _already_opened(request: HttpRequest, organization: Organization) -> Organization | None:
    """The company that this very page has opened before."""
    own = memberships_of(cast(User, request.user).pk)
    found = next((membership for membership in own if membership.organization_id == organization.pk), None)
    if found is None:
        return None
    organization.slug = found.slug
    return organization


def _quiet_when_left_out(account_form: FirstAccountForm) -> FirstAccountForm:
    """A form that does not ask for an account that nobody began to write."""
    if account_form.is_bound and account_form.is_left_out:
        return FirstAccountForm(organization=Organization())
    return account_form


def _page(
    request: HttpRequest, form: NewCompanyForm, account_form: FirstAccountForm, *, status: int = 200
) -> HttpResponse:
    return render(request, "config/new_company.html", {"form": form, "account_form": account_form}, status=status)
