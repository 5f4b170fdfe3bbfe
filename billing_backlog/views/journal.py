"""The doors to the accountant's journal."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from billing_backlog.actions.journal import release_items as release
from billing_backlog.actions.journal import review_items as review
from billing_backlog.forms.journal import ReviewForm, asked_again, journal_search
from billing_backlog.models import ItemKind
from billing_backlog.queries import journal
from billing_backlog.queries.intake import backlog_settings
from billing_backlog.queries.journal import JournalSearch
from billing_backlog.views.work import ids_sent
from customers.models import VAT_TREATMENT_CHOICES
from customers.units import unit_word
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import render_page_or_fragment, swap_or_redirect
from foundation.keyset import Key, page_of
from foundation.templatetags.formatting import language_of_page
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
OLDEST_FIRST = (Key("day", date.fromisoformat), Key("id", UUID))
PAGE, FRAGMENT = "billing_backlog/list_journal.html", "billing_backlog/_journal.html"


@require_safe
@organization_view(Permission.RELEASE_WORK)
def list_journal(request: OrganizationRequest) -> HttpResponse:
    """Approved work that waits to be released, or that is released and stands on no document."""
    return render_page_or_fragment(request, PAGE, FRAGMENT, _journal(request, journal_search(request.GET.dict())))


@require_POST
@organization_view(Permission.RELEASE_WORK)
def review_items(request: OrganizationRequest) -> HttpResponse:
    """Decide VAT, account, dimensions and accounting date for the chosen work at once."""
    with read_only():
        names = backlog_settings(request.organization).dimension_names
    form = ReviewForm(request.POST, dimension_names=names)
    if form.is_valid():
        try:
            ids = _chosen(request)
            changed = review(request.organization, ids, form.review(), actor=request.actor, now=timezone.now())
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            words = ngettext("%(count)s line is changed", "%(count)s lines are changed", len(changed))
            messages.success(request, words % {"count": len(changed)})
            return _answer(request)
    search = journal_search(_asked(request))
    with read_only():
        context = _journal(request, search) | {"form": form, "chosen": set(request.POST.getlist("id"))}
        return render_page_or_fragment(request, PAGE, FRAGMENT, context, status=INVALID)


@require_POST
@organization_view(Permission.RELEASE_WORK)
def release_items(request: OrganizationRequest) -> HttpResponse:
    """Release the chosen work: from now on it can be billed."""
    organization = request.organization
    try:
        released = release(
            organization,
            _chosen(request),
            actor=request.actor,
            today=local_today(organization),
            now=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        words = ngettext("%(count)s line is released", "%(count)s lines are released", len(released))
        messages.success(request, words % {"count": len(released)})
    return _answer(request)


def _chosen(request: OrganizationRequest) -> list[UUID]:
    """The chosen lines, or all that the list finds, no more than one step takes."""
    if "all" not in request.POST:
        return ids_sent(request)
    with read_only():
        found = journal.list_journal(request.organization, journal_search(_asked(request)))
        return list(found.order_by("day", "id").values_list("pk", flat=True)[:1_000])


def _asked(request: OrganizationRequest) -> dict[str, str]:
    return {
        name: request.POST.get(f"asked_{name}", "")
        for name in ("show", "customer", "project", "kind", "vat", "first", "last", "q")
    }


def _answer(request: OrganizationRequest) -> HttpResponse:
    search = journal_search(_asked(request))
    address = reverse("billing_backlog:list_journal", args=[request.organization.slug])
    asked = asked_again(search)
    with read_only():
        to = f"{address}?{urlencode(asked)}" if asked else address
        return swap_or_redirect(request, FRAGMENT, _journal(request, search), to=to)


def _journal(request: OrganizationRequest, search: JournalSearch) -> dict[str, Any]:
    organization, language = request.organization, language_of_page()
    found = journal.list_journal(organization, search)
    page = page_of(found, OLDEST_FIRST, request.GET)
    settings = backlog_settings(organization)
    asked = asked_again(search)
    return {
        "items": [
            (item, unit_word(item.unit_code, item.quantity, language), _dimensions(item.dimensions))
            for item in page.rows
        ],
        "pagination": page.pagination(asked, target="#journal"),
        "sums": journal.sums_of_journal(found),
        "search": search,
        "asked": asked,
        "is_filtered": bool(set(asked) - {"show"}),
        "customers": journal.customers_in_journal(organization),
        "projects": journal.projects_in_journal(organization),
        "kinds": ItemKind.choices,
        "vat_treatments": VAT_TREATMENT_CHOICES,
        "form": ReviewForm(dimension_names=settings.dimension_names),
        "uses_journal": settings.uses_journal,
        "chosen": set(),
    }


def _dimensions(values: dict[str, Any]) -> str:
    return " · ".join(f"{_('Project') if name == 'project' else name} {value}" for name, value in values.items())
