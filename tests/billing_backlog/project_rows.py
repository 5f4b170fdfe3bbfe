"""A project with a contract of every kind, for the tests that try every address."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from billing_backlog.actions.milestones import plan_milestones
from billing_backlog.contract_terms import MilestoneTerms
from billing_backlog.models import ContractLine, LimitRequest
from tenants.context import organization_context
from tenants.models import Membership, Organization
from tests import builders

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def project_things(organization: Organization) -> dict[str, UUID]:
    """The ids of a project, its contract, lines of it, a draft that bills it and a request for a higher limit."""
    customer = builders.make_customer(organization, name="Prosjektkunden AS")
    project = builders.make_project(organization, customer, number="7100", name="Byggetrinn 2")
    terms = {"number": "K-7100", "limit_amount": Decimal(5000)}
    line = builders.make_contract_line(organization, project, contract=terms)
    [item] = builders.take_work(organization, builders.work(line), ready=True)
    [proforma] = builders.make_proformas_of(organization, [item])
    builders.take_work(organization, builders.work(line, text="Over taket", quantity=Decimal(4)))
    with builders.in_organization(organization):
        fixed = _line(organization, line, 2, "Prosjektering", "fixed_price")
        progress = _line(organization, line, 3, "Utførelse", "progress")
        owner = Membership.objects.filter(role="owner").order_by("id")[0].user_id
        asked = LimitRequest.objects.create(
            organization=organization,
            contract_id=line.contract_id,
            amount_before=Decimal(5000),
            amount=Decimal(9000),
            reason="Mer grunnarbeid enn ventet",
            asked_by_id=owner,
        )
    part = MilestoneTerms(name="Skisse", amount=Decimal(40000), planned_on=date(2026, 12, 1))
    with organization_context(organization.pk):
        plan_milestones(organization, fixed.pk, [part], version=1, actor=builders.actor_of(organization), now=NOW)
    return {
        "project": project.pk,
        "contract": line.contract_id,
        "contract_draft": proforma.invoice_id,
        "contract_line": line.pk,
        "fixed_price": fixed.pk,
        "progress_line": progress.pk,
        "limit_request": asked.pk,
    }


def _line(organization: Organization, beside: ContractLine, position: int, name: str, method: str) -> ContractLine:
    return ContractLine.objects.create(
        organization=organization,
        contract_id=beside.contract_id,
        position=position,
        name=name,
        billing_method=method,
        amount=Decimal(100_000),
        frequency="monthly",
        schedule_day=31,
    )
