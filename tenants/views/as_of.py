"""The page of a record as it was at a chosen moment, and the doors to those of a company and its bank accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation.errors import DomainError
from tenants import queries
from tenants.looking_back import Expand, field_value, look_back, parse_moment
from tenants.models import BankAccount, Organization
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422


@dataclass(frozen=True, slots=True)
class Part:
    """Something that belonged to the record: what it said at the moment, and what became of it since."""

    name: str
    details: str
    since: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """What belonged to the record at a moment, under the name of such things."""

    label: str
    at: Callable[[datetime], list[Part]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is looked back at: the record, what it is called, and the page on which it stands now."""

    model: type[Model]
    subject_id: UUID
    name: str
    address: str
    expand: Expand | None = None
    parts: Parts | None = None


def wanted_moment(request: OrganizationRequest) -> tuple[datetime, str, int]:
    """The moment that the address names, or now; with a refusal in words and the status that tells of it."""
    now = timezone.now()
    try:
        return parse_moment(request.GET.get("at", ""), request.organization, now=now), "", 200
    except DomainError as refusal:
        return now, str(refusal), INVALID


def as_of_page(request: OrganizationRequest, record: Record) -> HttpResponse:
    """A record as it was, and what has changed since, field by field."""
    moment, refusal, status = wanted_moment(request)
    organization = request.organization
    found = look_back(organization, record.model, record.subject_id, moment, record.expand)
    context: dict[str, Any] = {
        "record": record,
        "look": found,
        "moments": [{"moment": each, "at": field_value(each, organization)} for each in found.moments],
        "at": request.GET.get("at", "") if refusal else field_value(moment, organization),
        "earliest": field_value(found.kept_since, organization) if found.kept_since else "",
        "refusal": refusal,
        "parts": record.parts.at(moment) if record.parts and found.is_known and not found.is_removed else [],
        "latest": field_value(timezone.now(), organization),
    }
    return render(request, "tenants/as_of.html", context, status=status)


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def show_company_as_of(request: OrganizationRequest) -> HttpResponse:
    """The company's details as they were."""
    organization = request.organization
    address = reverse("tenants:show_company", args=[organization.slug])
    record = Record(model=Organization, subject_id=organization.pk, name=_("Company"), address=address)
    return as_of_page(request, record)


@require_safe
@organization_view(Permission.VIEW_SETTINGS)
def show_bank_account_as_of(request: OrganizationRequest, account_id: UUID) -> HttpResponse:
    """A bank account as it was."""
    account = queries.get_bank_account(request.organization, account_id)
    address = reverse("tenants:list_bank_accounts", args=[request.organization.slug])
    record = Record(model=BankAccount, subject_id=account.pk, name=str(account), address=address)
    return as_of_page(request, record)
