"""An item that is billed in part and written off in part, for the tests that try every address."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from billing_backlog.actions.write_offs import write_off_items
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def backlog_things(organization: Organization) -> dict[str, UUID]:
    """The ids of an item, of a line that bills what is left of it, and of what was given up of it."""
    customer = builders.make_customer(organization, name="Grunnlagskunden AS")
    project = builders.make_project(organization, customer, number="7300", name="Kartlegging")
    line = builders.make_contract_line(organization, project, contract={"number": "K-7300"})
    [item] = builders.take_work(organization, builders.work(line), ready=True)
    with organization_context(organization.pk):
        actor = builders.actor_of(organization)
        [given_up] = write_off_items(organization, {item.pk: Decimal("0.5")}, reason="Kulanse", actor=actor, now=NOW)
    [proforma] = builders.make_proformas_of(organization, [item])
    [billing] = builders.lines_of(organization, proforma.invoice)
    return {"backlog_item": item.pk, "backlog_line": billing.pk, "write_off": given_up.pk}
