"""What is known for the movements of a page: open claims, customers and learned payers, in a handful of statements."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from payments.bank import claims as bank_claims
from payments.bank import suggesting
from payments.bank.matching import Claim, Movement
from payments.bank.suggesting import Known, Suggestion
from tenants.models import Organization


def known_for(organization: Organization, movements: Sequence[Movement]) -> Known:
    """Everything that suggestions for these movements are made of."""
    references = sorted({each for movement in movements for each in suggesting.wanted_references(movement)})
    numbers = sorted({each for movement in movements for each in suggesting.wanted_numbers(movement)})
    amounts = sorted({movement.amount for movement in movements if not movement.is_out and movement.amount})
    named = bank_claims.open_claims_named(organization.pk, references, numbers)
    payers = bank_claims.known_payers(organization.pk, [movement.payer_account for movement in movements])
    customers = bank_claims.customers_like_payers(
        organization.pk,
        [movement.payer_name for movement in movements],
        [movement.payer_number for movement in movements],
    )
    wanted = {customer_id for found in payers.values() for customer_id in found}
    wanted |= {customer_id for customer_id, _name, _number in customers}
    of_customers: dict[UUID, list[Claim]] = {}
    for claim in bank_claims.open_claims_of_customers(organization.pk, wanted):
        of_customers.setdefault(claim.customer_id, []).append(claim)
    return Known(
        named=named,
        of_amount=bank_claims.open_claims_of_amount(organization.pk, amounts),
        of_customers=of_customers,
        customers=customers,
        payers=payers,
    )


def suggestions_for(organization: Organization, movements: Sequence[Movement]) -> list[list[Suggestion]]:
    """What each movement may pay, the likeliest first; nothing for money that went out."""
    if not movements:
        return []
    known = known_for(organization, movements)
    return [[] if movement.is_out else suggesting.suggest(movement, known) for movement in movements]
