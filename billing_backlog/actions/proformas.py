"""Drafts out of what is ready: one for each customer, contract and currency, each item once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.advances import apply_by_itself
from billing_backlog.actions.ready import refuse_unbillable
from billing_backlog.actions.receipts import attach_receipts
from billing_backlog.drafting.content import line_content
from billing_backlog.errors import NotReady
from billing_backlog.models import BacklogItem, BacklogSettings, MadeBy, Proforma
from billing_backlog.queries.intake import backlog_settings
from billing_backlog.queries.items import lock_items
from billing_backlog.queries.proformas import GroupKey
from billing_backlog.queries.standing import Standing, standing_of
from invoicing.actions.beginnings import Beginning
from invoicing.actions.drafts import NewDraft, create_drafts
from invoicing.models import Invoice, WaitsFor
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

_T = TypeVar("_T")

ITEMS_MAX = 1_000  # of one call; more are cut by a job


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How drafts are made: by what, through which day of work, and what they wait for."""

    made_by: MadeBy = MadeBy.HAND
    cut_off: date | None = None
    waits_for: str | None = None  # None: as the organization lets drafts be confirmed
    run_id: UUID | None = None  # a billing run makes one draft per customer, whatever the contracts (M-142)
    per_customer: bool = False  # as a billing run does: what collects a period holds all that was done (M-126)
    issue_date: date | None = None  # of drafts that wait for the day of the work (M-129)
    ids: Mapping[GroupKey, UUID] = field(default_factory=dict)  # of drafts that are to be known beforehand


@transaction.atomic
def make_proformas(
    organization: Organization,
    item_ids: Collection[UUID],
    *,
    making: Making,
    actor: Actor,
    today: date,
    now: datetime,
) -> list[Proforma]:
    """Draft what is unbilled of these ready items: a draft for each customer, contract and currency; all or none.

    Set-based: as many statements for a hundred drafts as for one. Raises NotReady for an item that nobody has marked.
    """
    if len(item_ids) > ITEMS_MAX:
        raise ValueError(f"At most {ITEMS_MAX} items at once, not {len(item_ids)}.")
    items = lock_items(organization, item_ids)
    standing = standing_of(organization, items)
    for item in items:
        refuse_unbillable(item, standing[item.pk])
        if not item.is_ready:
            raise NotReady(_("%(item)s is not marked ready for billing.") % {"item": item})
    keyed = group_items(items, per_customer=making.per_customer or making.run_id is not None)
    groups = list(keyed.values())
    settings = backlog_settings(organization)
    making = making if making.waits_for is not None else replace(making, waits_for=_usual_wait(settings))
    new = [_new_draft(key, group, standing, making, hides_names=settings.hides_names) for key, group in keyed.items()]
    invoices = create_drafts(organization, new, actor=actor, today=today)
    proformas = [_proforma(invoice, group, making, now) for invoice, group in zip(invoices, groups, strict=True)]
    Proforma.objects.bulk_create(proformas)
    attach_receipts(organization, zip(invoices, groups, strict=True), actor=actor)
    contracts = [(row.invoice, row.contract_id) for row in proformas]
    apply_by_itself(organization, contracts, actor=actor, today=today)
    audit.record_each(
        actor,
        "backlog.drafted",
        [
            (item, {"draft": str(row.invoice_id)})
            for row, group in zip(proformas, groups, strict=True)
            for item in group
        ],
        now=now,
    )
    return proformas


def group_items(items: Sequence[BacklogItem], *, per_customer: bool = False) -> dict[GroupKey, list[BacklogItem]]:
    """The items that one draft can hold, by customer, contract or project, currency and kind of price; by day.

    With `per_customer` contracts and projects of a customer stand together.
    """
    groups: dict[GroupKey, list[BacklogItem]] = {}
    for item in sorted(items, key=lambda item: (item.day, item.pk)):
        contract_id = None if per_customer else item.contract_id
        project_id = None if per_customer or item.contract_id is not None else item.project_id
        key = GroupKey(item.customer_id, contract_id, project_id, item.currency, item.price_includes_vat)
        groups.setdefault(key, []).append(item)
    return groups


def _usual_wait(settings: BacklogSettings) -> str:
    return str(WaitsFor.CONFIRMATION if settings.confirms_proformas else WaitsFor.NOTHING)


def _new_draft(
    key: GroupKey, group: Sequence[BacklogItem], standing: dict[UUID, Standing], making: Making, *, hides_names: bool
) -> NewDraft:
    first = group[0]
    return NewDraft(
        customer=first.customer,
        header=header_of(group) | ({"issue_date": making.issue_date} if making.issue_date else {}),
        lines=[line_content(item, standing[item.pk].unbilled, hides_names=hides_names) for item in group],
        beginning=Beginning(invoice_id=making.ids.get(key), origin="backlog"),
        waits_for=making.waits_for or "",
    )


def header_of(group: Sequence[BacklogItem]) -> dict[str, Any]:
    """What the draft's head says: the period of the work, its currency, and what the contract decides."""
    first = group[0]
    days = [item.day for item in group] + [item.period_from for item in group if item.period_from]
    header: dict[str, Any] = {"currency": first.currency, "prices_include_vat": first.price_includes_vat}
    if min(days) == max(days):
        header["delivery_date"] = days[0]
    else:
        header |= {"period_from": min(days), "period_to": max(days)}
    project = _same([item.project for item in group])
    if project is not None:
        header["project_reference"] = project.number
        if project.manager is not None:
            header["our_reference"] = str(project.manager)[:80]
    contract = _same([item.contract for item in group])
    if contract is not None:
        header["contract_reference"] = contract.number
        told = {
            "fixed_exchange_rate": contract.fixed_exchange_rate,
            "buyer_reference": contract.buyer_reference,
            "order_reference": contract.order_reference,
            "note": contract.note,
            "layout": contract.layout,
        }
        header |= {name: value for name, value in told.items() if value}
    return header


def _proforma(invoice: Invoice, group: Sequence[BacklogItem], making: Making, now: datetime) -> Proforma:
    first = group[0]
    return Proforma(
        organization_id=invoice.organization_id,
        invoice=invoice,
        contract=_same([item.contract for item in group]),
        run_id=making.run_id,
        manager=first.project.manager if first.project and making.run_id is None else None,
        made_by=making.made_by,
        cut_off=making.cut_off,
        created_at=now,
    )


def _same(values: Sequence[_T | None]) -> _T | None:
    """The one value that all have, or None."""
    return values[0] if all(value == values[0] for value in values) else None
