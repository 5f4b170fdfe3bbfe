"""What drafts would hold before they are made: each with its customer, its work and its sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from billing_backlog.actions.proformas import group_items
from billing_backlog.models import BacklogItem
from billing_backlog.queries.proformas import Ready, open_drafts_for
from foundation.money import round_amount
from invoicing.models import ChargeKind, Invoice
from tenants.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One draft that is to be: for whom, under what, how much, and the open draft that it could be added to."""

    first: BacklogItem
    count: int
    first_day: date
    last_day: date
    net: Decimal
    there: Invoice | None

    @property
    def under(self) -> str:
        """The contract, else the project, that the draft is for."""
        return str(self.first.contract or self.first.project or "")


def preview_groups(organization: Organization, chosen: Sequence[Ready]) -> dict[str, Any]:
    """The drafts that would be made of the chosen work, and the sum of each currency."""
    left = {each.item.pk: each.standing.unbilled for each in chosen}
    keyed = group_items([each.item for each in chosen])
    there = open_drafts_for(organization, keyed)
    groups: list[Group] = []
    sums: dict[str, Decimal] = {}
    for key, items in keyed.items():
        net = sum((_net(item, left[item.pk]) for item in items), Decimal("0.00"))
        sums[key.currency] = sums.get(key.currency, Decimal("0.00")) + net
        days = [item.day for item in items]
        groups.append(
            Group(
                first=items[0],
                count=len(items),
                first_day=min(days),
                last_day=max(days),
                net=net,
                there=there.get(key),
            )
        )
    return {
        "groups": groups,
        "sums": sorted(sums.items()),
        "count": len(chosen),
        "has_open": any(group.there for group in groups),
    }


def _net(item: BacklogItem, quantity: Decimal) -> Decimal:
    return round_amount(quantity * item.unit_price) if item.charge_kind == ChargeKind.CHARGEABLE else Decimal("0.00")
