"""The brake: what a letter demands is read once more, under lock, just before the letter leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from invoicing.dispatching.plain import StandsOn
from payments.queries import lock_receivables
from payments.standing import Standing, standing_of
from tenants.models import Organization

NOTHING = Decimal(0)


class ClaimHasChanged(RuntimeError):
    """A claim is no longer owed as the letter says: it was paid, credited, disputed, or money is on its way."""


def refuse_what_changed(organization: Organization, stands_on: Collection[StandsOn], *, today: date) -> None:
    """Lock the claims of a letter until the caller commits; ClaimHasChanged where the letter no longer holds."""
    if not stands_on:
        return
    ids = {claim.receivable_id for claim in stands_on}
    lock_receivables(organization.pk, ids)
    if not still_holds(stands_on, standing_of(organization, ids, today=today), today=today):
        raise ClaimHasChanged


def letters_that_hold(
    organization: Organization, letters: Mapping[UUID, Collection[StandsOn]], *, today: date
) -> set[UUID]:
    """Those of the letters, by any id, of which every claim is still owed as they say; the claims are locked."""
    ids = {claim.receivable_id for claims in letters.values() for claim in claims}
    if not ids:
        return set(letters)
    lock_receivables(organization.pk, ids)
    standing = standing_of(organization, ids, today=today)
    return {pk for pk, claims in letters.items() if still_holds(claims, standing, today=today)}


def still_holds(stands_on: Collection[StandsOn], standing: Mapping[UUID, Standing], *, today: date) -> bool:
    """Whether every claim is open as the letter says, nobody disputes more of it, and no money covers any of it.

    A letter that was held up until its deadline would be too short does not hold either.
    """
    if any(claim.until is not None and today > claim.until for claim in stands_on):
        return False
    told = sum((claim.credit for claim in stands_on), NOTHING)
    covered = sum((standing[claim.receivable_id].credit for claim in stands_on), NOTHING)
    return covered <= told and all(_is_owed(claim, standing[claim.receivable_id]) for claim in stands_on)


def _is_owed(claim: StandsOn, now: Standing) -> bool:
    return now.open == claim.owed and now.held <= claim.held and not now.is_wholly_held and not now.has_pending
