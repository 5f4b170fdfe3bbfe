"""Advances for tests that walk through every page."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from billing_backlog.actions.advances import AdvanceTerms, ask_advance
from billing_backlog.models import AdvanceKind
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders
from tests.builders import TODAY


def advance_things(organization: Organization) -> dict[str, UUID]:
    """A retainer of a customer, asked for and not paid."""
    terms = AdvanceTerms(
        customer=builders.make_customer(organization, name="Forskudd AS"),
        name="Drift 2027",
        amount=Decimal(20000),
        kind=AdvanceKind.RETAINER,
        refill_below=Decimal(5000),
        refill_amount=Decimal(20000),
    )
    with organization_context(organization.pk):
        advance = ask_advance(organization, terms, actor=builders.actor_of(organization), today=TODAY)
    builders.finalize_drafts(organization, [advance.invoice_id])
    return {"advance": advance.pk}
