"""Deciding what happens by itself when work is done: for the company, and for one customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.errors import StaleRecord
from billing_backlog.models import BillingAutomation
from billing_backlog.queries.automation import company_row, own_row
from customers.queries import get_customer
from foundation import rows
from tenants import audit
from tenants import queries as tenants
from tenants.audit import Actor
from tenants.models import Organization

DECIDED = ("posting", "timing", "sends", "period")
OPEN = {"posting": "", "timing": "", "sends": None, "period": ""}


@transaction.atomic
def update_automation(
    organization: Organization, values: Mapping[str, Any], *, version: int, actor: Actor
) -> BillingAutomation:
    """Store what holds for every customer without a way of its own (M-123)."""
    tenants.lock_organization(organization.pk)
    return _store(company_row(organization), values, version=version, actor=actor)


@transaction.atomic
def update_customer_automation(
    organization: Organization, customer_id: UUID, values: Mapping[str, Any], *, version: int, actor: Actor
) -> BillingAutomation | None:
    """Store what one customer decides for itself (M-124); None where nothing is decided and the company's holds."""
    tenants.lock_organization(organization.pk)
    row = own_row(organization, customer_id)
    if row is None:
        row = BillingAutomation(organization=organization, customer=get_customer(organization, customer_id))
    if all(values[name] == OPEN[name] for name in DECIDED):
        _refuse_stale(row, version)
        _remove(row, actor=actor)
        return None
    return _store(row, values, version=version, actor=actor)


@transaction.atomic
def remove_customer_automation(organization: Organization, customer_id: UUID, *, actor: Actor) -> None:
    """Let the company's way hold for the customer again; twice is as good as once."""
    tenants.lock_organization(organization.pk)
    row = own_row(organization, customer_id)
    if row is not None:
        _remove(row, actor=actor)


def _store(row: BillingAutomation, values: Mapping[str, Any], *, version: int, actor: Actor) -> BillingAutomation:
    _refuse_stale(row, version)
    is_new = row._state.adding
    before = OPEN if is_new else {name: getattr(row, name) for name in DECIDED}
    changes = audit.changes(before, {name: values[name] for name in DECIDED})
    if not changes:
        return row
    for name in DECIDED:
        setattr(row, name, values[name])
    if is_new:
        rows.insert(row.organization_id, [row])
    else:
        row.version += 1
        rows.update(row.organization_id, [row], [*DECIDED, "version"])
    audit.record(actor, "automation.changed", row, changes=changes)
    return row


def _remove(row: BillingAutomation, *, actor: Actor) -> None:
    if row._state.adding:
        return
    audit.record(actor, "automation.removed", row)
    row.delete()


def _refuse_stale(row: BillingAutomation, version: int) -> None:
    stored = 0 if row._state.adding else row.version
    if stored != version:
        raise StaleRecord(_("Somebody has saved these settings meanwhile. Look at them again before you save."))
