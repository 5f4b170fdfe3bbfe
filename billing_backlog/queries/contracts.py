"""Contracts with what belongs to them: shares, lines, milestones, limits and the work under them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from billing_backlog.billing_methods import MilestoneState, SplitState, milestone_state, missing_of_milestones
from billing_backlog.models import (
    BacklogItem,
    BillingMethod,
    Contract,
    ContractCustomer,
    ContractLine,
    ItemKind,
    LineCustomer,
    Milestone,
    Project,
    WorkEntry,
)
from billing_backlog.queries.standing import standing_of
from customers.models import Customer
from tenants.models import Organization


@dataclass(slots=True)
class WholeContract:
    """A contract with its shares, lines, milestones and limits of customers on lines."""

    contract: Contract
    shares: list[ContractCustomer] = field(default_factory=list)
    lines: list[ContractLine] = field(default_factory=list)
    milestones: dict[UUID, list[Milestone]] = field(default_factory=lambda: defaultdict(list))  # by line
    line_limits: dict[tuple[UUID, UUID], LineCustomer] = field(default_factory=dict)  # by line and customer

    @property
    def value(self) -> Decimal:
        """What was agreed in all: the amounts of the lines that have one."""
        return sum((line.amount for line in self.lines if line.amount is not None), Decimal("0.00"))

    @property
    def milestone_faults(self) -> list[tuple[ContractLine, Decimal]]:
        """The lines whose milestones do not make up the agreed amount, and what they lack (M-055)."""
        return [(line, missing) for line in self.lines if (missing := self.missing_of(line))]

    def missing_of(self, line: ContractLine) -> Decimal:
        """What the milestones of a line lack of its amount; zero where it has none to have."""
        if line.billing_method != BillingMethod.FIXED_PRICE or line.amount is None:
            return Decimal("0.00")
        return missing_of_milestones(line.amount, [each.amount for each in self.milestones.get(line.pk, [])])


def whole_contracts(organization: Organization, contracts: Iterable[Contract]) -> list[WholeContract]:
    """Each contract with what belongs to it, in the same few statements for one or fifty."""
    whole = {contract.pk: WholeContract(contract) for contract in contracts}
    if not whole:
        return []
    shares = ContractCustomer.objects.of(organization).filter(contract_id__in=list(whole)).select_related("customer")
    for share in shares.order_by("-share_percent", "id"):
        whole[share.contract_id].shares.append(share)
    lines = ContractLine.objects.of(organization).filter(contract_id__in=list(whole)).select_related("product")
    by_line = {}
    for line in lines.order_by("position", "id"):
        whole[line.contract_id].lines.append(line)
        by_line[line.pk] = whole[line.contract_id]
    for milestone in live_milestones(organization, by_line):
        by_line[milestone.line_id].milestones[milestone.line_id].append(milestone)
    limits = LineCustomer.objects.of(organization).filter(line_id__in=list(by_line)).select_related("customer")
    for limit in limits:
        by_line[limit.line_id].line_limits[limit.line_id, limit.customer_id] = limit
    return list(whole.values())


def whole_contract(organization: Organization, contract: Contract) -> WholeContract:
    """One contract with what belongs to it."""
    return whole_contracts(organization, [contract])[0]


def live_milestones(organization: Organization, line_ids: Collection[UUID]) -> QuerySet[Milestone]:
    """The milestones of these lines that were not removed, in their order."""
    return (
        Milestone.objects.of(organization)
        .filter(line_id__in=list(line_ids), removed_at=None)
        .order_by("line_id", "position", "id")
    )


def contracts_of_project(organization: Organization, project: Project) -> list[Contract]:
    """The contracts of a project, the newest first."""
    found = Contract.objects.of(organization).filter(project=project)
    return list(found.select_related("project__customer").order_by("-starts_on", "-number"))


def lock_contract(organization: Organization, contract_id: UUID) -> Contract:
    """One contract with its row locked, or 404."""
    found = Contract.objects.of(organization).select_related("project").filter(pk=contract_id)
    contract = found.select_for_update(of=("self",), no_key=True).first()
    if contract is None:
        raise Http404
    return contract


def lock_project(organization: Organization, project_id: UUID) -> Project:
    """One project with its row locked, or 404."""
    project = Project.objects.of(organization).filter(pk=project_id).select_for_update(no_key=True).first()
    if project is None:
        raise Http404
    return project


def project_with_number(organization: Organization, number: str) -> Project | None:
    """The project that has the number."""
    return Project.objects.of(organization).filter(number=number).first()


def contract_with_number(organization: Organization, number: str) -> Contract | None:
    """The contract that has the number."""
    return Contract.objects.of(organization).filter(number=number).first()


def project_numbers(organization: Organization) -> list[str]:
    """The numbers of the newest projects, from which the next one is guessed."""
    return list(Project.objects.of(organization).order_by("-id").values_list("number", flat=True)[:50])


def contract_numbers(organization: Organization, project: Project) -> list[str]:
    """The numbers of a project's contracts."""
    return list(Contract.objects.of(organization).filter(project=project).values_list("number", flat=True))


def customers_of_terms(organization: Organization, customer_ids: Collection[UUID]) -> dict[UUID, Customer]:
    """These customers by their id; those that are not here are left out."""
    found = Customer.objects.of(organization).filter(pk__in=list(customer_ids))
    return {customer.pk: customer for customer in found}


def lines_with_work(organization: Organization, contract: Contract) -> set[UUID]:
    """The lines of a contract that items or entries of work name already."""
    items = BacklogItem.objects.of(organization).filter(contract=contract, line__isnull=False)
    entries = WorkEntry.objects.of(organization).filter(line__contract=contract)
    return set(items.order_by().values_list("line_id", flat=True).distinct()) | set(
        entries.order_by().values_list("line_id", flat=True).distinct()
    )


def has_items(organization: Organization, contract: Contract) -> bool:
    """Whether there is any work under the contract."""
    return BacklogItem.objects.of(organization).filter(contract=contract).exists()


def items_of_milestones(organization: Organization, milestone_ids: Collection[UUID]) -> dict[UUID, list[BacklogItem]]:
    """The customers' shares of each milestone that were not cancelled, by milestone."""
    found: dict[UUID, list[BacklogItem]] = defaultdict(list)
    if milestone_ids:
        items = BacklogItem.objects.of(organization).filter(
            milestone_id__in=list(milestone_ids), kind=ItemKind.MILESTONE, cancelled_at=None
        )
        for item in items.select_related("customer").order_by("share_number"):
            assert item.milestone_id is not None  # asked for by it
            found[item.milestone_id].append(item)
    return found


def milestone_states(organization: Organization, items: dict[UUID, list[BacklogItem]]) -> dict[UUID, MilestoneState]:
    """How far each milestone has come, derived from its customers' shares (M-037)."""
    standing = standing_of(organization, [item for shares in items.values() for item in shares])
    states = {}
    for key, shares in items.items():
        splits = []
        for item in shares:
            stands = standing[item.pk]
            is_done = not stands.unbilled and not stands.on_draft
            splits.append(SplitState(item.is_ready or bool(stands.on_draft or stands.billed), is_done))
        states[key] = milestone_state(splits)
    return states


def progress_items(organization: Organization, line: ContractLine) -> list[BacklogItem]:
    """What of a fixed price was made billable part by part, cancelled parts too, in the order in which it was."""
    found = BacklogItem.objects.of(organization).filter(line=line, kind=ItemKind.PROGRESS)
    return list(found.select_related("customer").order_by("created_at", "share_number"))
