"""The doors to customers that are known otherwise in an accounting system, and to links that need somebody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounting_sync.actions import customer_changes as actions
from accounting_sync.actions import links
from accounting_sync.actions.customer_changes import TakenOver
from accounting_sync.forms.customer_changes import values_to_take
from accounting_sync.models import CustomerChange, CustomerLink, LinkState
from accounting_sync.providers.registry import adapters
from accounting_sync.queries import customer_changes as queries
from accounting_sync.queries import desk
from accounting_sync.queries.proposals import standing_proposals
from accounting_sync.views.parts import INVALID
from customers.models import Customer
from foundation.countries import country_name
from foundation.errors import DomainError
from foundation.htmx import go_to, render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.transactions import read_only
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

NEWEST_FIRST = (Key("id", UUID, is_descending=True),)
CHANGES_ON_PAGE = 20
LABELS = {column.name: column.verbose_name for column in Customer._meta.concrete_fields}
LINKS_SHOWN = 20
PAGE, FRAGMENT = "accounting_sync/customer_changes.html", "accounting_sync/_customer_changes.html"


@require_safe
@organization_view(Permission.VIEW_LEDGER)
def list_customer_changes(request: OrganizationRequest) -> HttpResponse:
    """Customers that were changed there, each with what is ours and what is theirs, and links that need somebody."""
    return render_page_or_fragment(request, PAGE, FRAGMENT, _context(request))


@require_POST
@organization_view(Permission.EDIT_CUSTOMERS)
def take_customer_change(request: OrganizationRequest, customer_change_id: UUID) -> HttpResponse:
    """Make the chosen fields ours."""
    organization = request.organization
    with read_only():
        change = queries.get_change(organization, customer_change_id)
    names = [name for name in change.fields if name in request.POST.getlist("field")]
    try:
        values = values_to_take(organization, change, names)
        taken = TakenOver(names, values, change.customer.version, request.POST.get("seen", ""))
        actions.take_customer_change(organization, customer_change_id, taken, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        return _refused(request, change, names, refusal)
    messages.success(request, _("%(name)s is changed here") % {"name": change.customer.name})
    return go_to(request, _page(request))


@require_POST
@organization_view(Permission.SYNC_VOUCHERS)
def ignore_customer_change(request: OrganizationRequest, customer_change_id: UUID) -> HttpResponse:
    """Leave the customer as it is here, until the accounting system says something else."""
    with read_only():
        change = queries.get_change(request.organization, customer_change_id)
    seen, now = request.POST.get("seen", ""), timezone.now()
    try:
        actions.ignore_customer_change(
            request.organization, customer_change_id, seen=seen, actor=request.actor, now=now
        )
    except DomainError as refusal:
        return _refused(request, change, list(change.fields), refusal)
    messages.success(request, _("%(name)s stays as it is here") % {"name": change.customer.name})
    return go_to(request, _page(request))


@require_POST
@organization_view(Permission.SYNC_VOUCHERS)
def choose_link(request: OrganizationRequest, customer_link_id: UUID) -> HttpResponse:
    """Say whom the accounting system means."""
    remote_id, now = request.POST.get("remote_id", ""), timezone.now()
    words = _("%(name)s is linked. What waited for it goes on.")
    return _settled(
        request,
        customer_link_id,
        words,
        lambda link: links.choose_link(
            request.organization, link.connection, link.customer_id, remote_id, actor=request.actor, now=now
        ),
    )


@require_POST
@organization_view(Permission.SYNC_VOUCHERS)
def forget_link(request: OrganizationRequest, customer_link_id: UUID) -> HttpResponse:
    """Drop a link, so that the customer is looked for anew."""
    words = _("%(name)s is looked for there with the next voucher, and made where nobody fits.")
    return _settled(
        request,
        customer_link_id,
        words,
        lambda link: links.forget_link(request.organization, link.connection, link.customer_id, actor=request.actor),
    )


@require_POST
@organization_view(Permission.SYNC_VOUCHERS)
def tell_again(request: OrganizationRequest, customer_link_id: UUID) -> HttpResponse:
    """Send once more a change that was refused."""
    words = _("%(name)s is sent again within a minute.")
    return _settled(
        request,
        customer_link_id,
        words,
        lambda link: links.tell_again(request.organization, link.pk, actor=request.actor),
    )


def _settled(
    request: OrganizationRequest, customer_link_id: UUID, words: str, act: Callable[[CustomerLink], object]
) -> HttpResponse:
    with read_only():
        link = queries.get_link(request.organization, customer_link_id)
    try:
        act(link)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words % {"name": link.customer.name})
    return go_to(request, _page(request))


def _refused(
    request: OrganizationRequest, change: CustomerChange, names: list[str], refusal: DomainError
) -> HttpResponse:
    """The page once more, with why at the change that was meant and with what was chosen there."""
    context = _context(request, refused=(change.pk, str(refusal), names))
    if not any(row["change"].pk == change.pk for row in context["rows"]):
        messages.error(request, str(refusal))
    return render_page_or_fragment(request, PAGE, FRAGMENT, context, status=INVALID)


def _context(request: OrganizationRequest, *, refused: tuple[UUID, str, list[str]] | None = None) -> dict[str, Any]:
    organization = request.organization
    with read_only():
        page = page_of(queries.open_changes(organization), NEWEST_FIRST, request.GET, CHANGES_ON_PAGE)
        return {
            "tab": "customers",
            "standing": desk.standing_of(organization, today=local_today(organization)),
            "proposals": standing_proposals(organization),
            "customers": queries.customers_standing(organization),
            "links": [_link(link) for link in queries.links_to_settle(organization).order_by("-id")[:LINKS_SHOWN]],
            "rows": [_row(change, refused) for change in page.rows],
            "pagination": page.pagination({}, "#changes") if page.before or page.after else None,
            "may_edit": request.may(Permission.EDIT_CUSTOMERS),
            "may_push": request.may(Permission.SYNC_VOUCHERS),
        }


def _row(change: CustomerChange, refused: tuple[UUID, str, list[str]] | None) -> dict[str, Any]:
    """One change: its fields by name with ours as it is now and theirs; what was refused, and why."""
    is_refused = refused is not None and refused[0] == change.pk
    chosen = refused[2] if is_refused and refused is not None else list(change.fields)
    return {
        "change": change,
        "system": adapters()[change.connection.system].label,
        "seen": change.found_at.isoformat(),
        "refusal": refused[1] if is_refused and refused is not None else "",
        "fields": [
            {
                "name": name,
                "label": LABELS[name],
                "ours": _value(name, getattr(change.customer, name)),
                "theirs": _value(name, theirs),
                "is_chosen": name in chosen,
            }
            for name, (_ours, theirs) in change.fields.items()
        ],
    }


def _value(name: str, value: str) -> str:
    return country_name(value.upper()) if name == "country" else value


def _link(link: CustomerLink) -> dict[str, Any]:
    """One link that needs somebody, with what it needs."""
    return {
        "link": link,
        "system": adapters()[link.connection.system].label,
        "is_conflict": link.state == LinkState.CONFLICT,
        "is_missing": link.state == LinkState.MISSING,
    }


def _page(request: OrganizationRequest) -> str:
    return reverse("accounting_sync:list_customer_changes", args=[request.organization.slug])
