"""Contracts that bill by a schedule, and what became of their run dates (M-035)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from billing_backlog.models import ContractLine, Project, ScheduleRun
from tenants.models import Organization


def contracts_with_schedule(organization: Organization, *, contract_id: UUID | None = None) -> list[ContractLine]:
    """The contract lines that have a schedule, with their contracts; of all contracts, or of one."""
    lines = ContractLine.objects.of(organization).select_related("contract").exclude(frequency="")
    if contract_id is not None:
        lines = lines.filter(contract_id=contract_id)
    return list(lines.order_by("contract_id", "position", "id"))


def runs_since(organization: Organization, day: date) -> dict[tuple[UUID, date], str]:
    """The states of the run dates from a day on, by contract and date."""
    found = ScheduleRun.objects.of(organization).filter(run_date__gte=day)
    return {
        (contract_id, on): state for contract_id, on, state in found.values_list("contract_id", "run_date", "state")
    }


def list_runs(organization: Organization, visible: QuerySet[Project] | None) -> QuerySet[ScheduleRun]:
    """The run dates of the contracts that somebody may see; with None, of all."""
    found = ScheduleRun.objects.of(organization).select_related("contract__project__customer")
    return found if visible is None else found.filter(contract__project__in=visible.order_by().values("pk"))
