"""Reviewing approved work before it can be billed, and releasing it (M-025, M-061)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.errors import ItemIsUnclear, StandsOnDocument
from billing_backlog.models import BacklogItem
from billing_backlog.queries.items import lock_items
from billing_backlog.queries.journal import named_by_documents
from billing_backlog.review import Review
from customers.vat import VatTreatment
from foundation import rows
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

ITEMS_MAX = 1_000
REVIEWED = ("vat_treatment", "revenue_account", "dimensions", "accounting_date")


@transaction.atomic
def review_items(
    organization: Organization, item_ids: Collection[UUID], review: Review, *, actor: Actor, now: datetime
) -> list[BacklogItem]:
    """Write the decision on every item; all or none. What stands on a document is changed there instead."""
    if review.is_empty:
        raise ItemIsUnclear(_("Choose what to change: VAT, account, dimension or accounting date."))
    if review.vat_treatment and review.vat_treatment not in set(VatTreatment):
        raise ItemIsUnclear(_("That is no VAT treatment that we know."), field="vat_treatment")
    items = _lock(organization, item_ids)
    changed = []
    for item in items:
        before = {name: getattr(item, name) for name in REVIEWED}
        _decide(item, review)
        difference = audit.changes(before, {name: getattr(item, name) for name in REVIEWED})
        if difference:
            item.version += 1
            changed.append((item, {"changes": difference}))
    rows.update(organization.pk, [item for item, _facts in changed], [*REVIEWED, "version"])
    audit.record_each(actor, "backlog.reviewed", changed, now=now)
    return [item for item, _facts in changed]


def _decide(item: BacklogItem, review: Review) -> None:
    item.vat_treatment = review.vat_treatment or item.vat_treatment
    item.revenue_account = review.revenue_account or item.revenue_account
    item.accounting_date = review.accounting_date or item.accounting_date
    values = {**item.dimensions, **review.dimensions}
    item.dimensions = {name: value for name, value in values.items() if value}


@transaction.atomic
def release_items(
    organization: Organization,
    item_ids: Collection[UUID],
    *,
    accounting_date: date | None = None,
    actor: Actor,
    today: date,
    now: datetime,
) -> list[BacklogItem]:
    """Let the items be billed; the accounting date is the day of release unless another was decided (M-061).

    What is released already stays so.
    """
    items = _lock(organization, item_ids, refuses_named=False)
    released = [item for item in items if item.released_at is None and not item.is_cancelled]
    for item in released:
        item.released_at = now
        item.accounting_date = accounting_date or item.accounting_date or today
        item.version += 1
    rows.update(organization.pk, released, ["released_at", "accounting_date", "version"])
    facts: list[tuple[BacklogItem, dict[str, Any]]] = [
        (item, {"accounting_date": str(item.accounting_date)}) for item in released
    ]
    audit.record_each(actor, "backlog.released", facts, now=now)
    return released


def _lock(organization: Organization, item_ids: Collection[UUID], *, refuses_named: bool = True) -> list[BacklogItem]:
    ids = set(item_ids)
    if not ids:
        raise ItemIsUnclear(_("Choose some work first."))
    if len(ids) > ITEMS_MAX:
        raise ItemIsUnclear(_("Choose at most %(most)s lines at once.") % {"most": ITEMS_MAX})
    items = lock_items(organization, ids)
    if refuses_named and named_by_documents(organization, ids):
        raise StandsOnDocument(
            _("Some of the work stands on a draft or an invoice. Change it there; nothing was changed here.")
        )
    return items
