"""What items can name, fetched for many of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from billing_backlog.intake.composing import Surroundings
from billing_backlog.intake.plain import NewItem, Source
from billing_backlog.models import BacklogItem, BacklogSettings, ContractCustomer, ContractLine, Facility, Project
from customers.models import Customer, Product
from foundation import rows
from tenants.models import Organization

_KNOWN = """SELECT told.place, i.id FROM billing_backlog_backlogitem i
JOIN jsonb_to_recordset(%s::jsonb) AS told(place int, system text, "order" text, line text)
  ON i.source_system = told.system AND i.source_order = told.order AND i.source_line = told.line
WHERE i.organization_id = %s AND i.source_system <> ''
ORDER BY told.place, i.share_number"""


def surroundings_of(organization: Organization, new: Sequence[NewItem]) -> Surroundings:
    """What these items name, in as many statements as one takes."""
    around = Surroundings(organization)
    lines = ContractLine.objects.of(organization).select_related("contract__project")
    around.lines = _by_id(lines, {item.line_id for item in new})
    contracts = {line.contract_id for line in around.lines.values()}
    if contracts:
        shares = ContractCustomer.objects.of(organization).filter(contract_id__in=contracts)
        for share in shares.select_related("customer").order_by("id"):
            around.shares.setdefault(share.contract_id, []).append(share)
    around.customers = _by_id(Customer.objects.of(organization), {item.customer_id for item in new})
    around.projects = _by_id(Project.objects.of(organization), {item.project_id for item in new})
    around.facilities = _by_id(Facility.objects.of(organization), {item.facility_id for item in new})
    products = {item.product_id for item in new} | {line.product_id for line in around.lines.values()}
    around.products = _by_id(Product.objects.of(organization), products)
    return around


def _by_id(found: Any, wanted: Iterable[UUID | None]) -> dict[UUID, Any]:
    ids = {key for key in wanted if key is not None}
    return {row.pk: row for row in found.filter(pk__in=ids)} if ids else {}


def known_items(organization: Organization, told: Sequence[tuple[int, Source]]) -> dict[int, list[BacklogItem]]:
    """The items that were told of before, by the place among what is told now; shares in their order."""
    if not told:
        return {}
    asked = [
        {"place": place, "system": source.system, "order": source.order, "line": source.line} for place, source in told
    ]
    pairs = rows.fetch_all(_KNOWN, [rows.to_json(asked), organization.pk])
    items = _by_id(BacklogItem.objects.of(organization), {item_id for _place, item_id in pairs})
    known: dict[int, list[BacklogItem]] = {}
    for place, item_id in pairs:
        known.setdefault(place, []).append(items[item_id])
    return known


def backlog_settings(organization: Organization) -> BacklogSettings:
    """The organization's ways with its backlog; the defaults where nothing was decided."""
    return BacklogSettings.objects.of(organization).first() or BacklogSettings(organization=organization)
