"""What stands of claims at this moment: what is open, what is held back, what may be on its way, what sets it off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from foundation import rows
from payments.reports.reading import stream
from payments.standing_sql import standing_ctes, values_of
from payments.terms import NOTHING
from tenants.models import Organization

_COLUMNS = """receivable_id, customer_id, currency, due_date, open, held, is_wholly_held, hold_kinds, has_pending,
       credit"""
_OF_FEW = f"WITH {standing_ctes(of_few=True)} SELECT {_COLUMNS} FROM standing"  # noqa: S608 - our own words
_OF_ALL = f"WITH {standing_ctes(of_few=False)} SELECT {_COLUMNS} FROM standing ORDER BY due_date, receivable_id"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Standing:
    """How one claim stands; amounts are of its own currency."""

    open: Decimal
    held: Decimal = NOTHING  # what of it nobody asks for at the moment
    is_wholly_held: bool = False
    hold_kinds: tuple[str, ...] = ()
    has_pending: bool = False  # money may be on its way: paid online, drawn by the bank, told of and not booked yet
    credit: Decimal = NOTHING  # what of it the customer's own money and credit notes would cover, oldest claims first

    @property
    def may_be_asked(self) -> Decimal:
        """What is open, not held back, and not covered by what the customer has to its credit."""
        return max(self.open - self.held - self.credit, NOTHING)


@dataclass(frozen=True, slots=True)
class StandingClaim:
    """An open claim of an organization and how it stands."""

    receivable_id: UUID
    customer_id: UUID
    currency: str
    due_date: date | None
    standing: Standing


def standing_of(organization: Organization, receivable_ids: Iterable[UUID], *, today: date) -> dict[UUID, Standing]:
    """How each of these claims stands, in one statement; a settled claim, or a credit, stands at nothing open.

    Asked under the claims' locks (`lock_receivables`), what is open cannot change before the caller commits.
    """
    wanted = sorted(set(receivable_ids))
    if not wanted:
        return {}
    found = rows.fetch_all(_OF_FEW, values_of(organization.pk, today, receivables=wanted))
    by_id = {row[0]: _standing(row) for row in found}
    return {key: by_id.get(key, Standing(NOTHING)) for key in wanted}


def stream_standing(organization: Organization, *, today: date) -> Iterator[StandingClaim]:
    """How every open claim stands, the longest due first, with little memory; in the transaction that is open."""
    for row in stream(_OF_ALL, values_of(organization.pk, today)):
        yield StandingClaim(row[0], row[1], row[2], row[3], _standing(row))


def _standing(row: tuple[Any, ...]) -> Standing:
    _id, _customer, _currency, _due, open_now, held, is_wholly_held, kinds, has_pending, credit = row
    return Standing(open_now, held, is_wholly_held, tuple(sorted(set(kinds))) if kinds else (), has_pending, credit)
