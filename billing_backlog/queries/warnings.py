"""What keeps work from being billed right, shown before anybody bills it: limits, and plans that do not add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billing_backlog.models import BacklogItem, BillingMethod, Contract, ContractLine, Milestone, Project
from billing_backlog.queries.contracts import whole_contract
from billing_backlog.queries.summaries import Meter, summary_of
from tenants.models import Organization

GAPS_SHOWN = 5
MONEY = DecimalField(max_digits=16, decimal_places=2)


@dataclass(frozen=True, slots=True)
class ShownLimit:
    """A contract's limit that the list shows."""

    contract: Contract
    meter: Meter


@dataclass(frozen=True, slots=True)
class MilestoneGap:
    """A fixed price whose milestones do not make it up; what they lack is negative where they are more (M-055)."""

    line: ContractLine
    missing: Decimal


def limit_shown(
    organization: Organization, items: Iterable[BacklogItem], *, contract_id: UUID | None, today: date
) -> ShownLimit | None:
    """The limit of the contract that is asked for, else of the first shown item that a limit has stopped."""
    stopped = next((item.contract_id for item in items if item.is_over_limit and item.contract_id), None)
    chosen = contract_id or stopped
    if chosen is None:
        return None
    contract = Contract.objects.of(organization).select_related("project__customer").filter(pk=chosen).first()
    if contract is None:
        return None
    meters = summary_of(organization, whole_contract(organization, contract), today=today).meters
    if not meters:
        return None
    return ShownLimit(contract, next((meter for meter in meters if meter.over), meters[0]))


def milestone_gaps(organization: Organization, visible: QuerySet[Project] | None) -> list[MilestoneGap]:
    """The first running lines of visible projects whose milestones do not make up the agreed amount."""
    planned = (
        Milestone.objects.of(organization)
        .filter(line_id=OuterRef("pk"), removed_at=None)
        .order_by()
        .values("line_id")
        .annotate(sum=Sum("amount"))
        .values("sum")
    )
    lines: Any = ContractLine.objects.of(organization).filter(
        billing_method=BillingMethod.FIXED_PRICE, ended_on=None, contract__project__closed_on=None
    )
    if visible is not None:
        lines = lines.filter(contract__project__in=visible.order_by().values("pk"))
    found = (
        lines.annotate(planned=Coalesce(Subquery(planned), Decimal(0), output_field=MONEY))
        .exclude(amount=F("planned"))
        .select_related("contract")
        .order_by("contract__number", "position")[:GAPS_SHOWN]
    )
    return [MilestoneGap(line, line.amount - line.planned) for line in found]
