"""Additions to a claim for late payment: reminder fees, compensation and interest, each a claim of its own.

They carry no VAT and no reference of their own: the payer uses the principal's, and money pays the principal first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from foundation import rows
from payments.models import Receivable, ReceivableKind
from payments.terms import Part


@dataclass(frozen=True, slots=True)
class Addition:
    """What was added to a claim: of which kind, how much, and what of it is open."""

    receivable_id: UUID
    kind: str  # fee, compensation or interest
    amount: Decimal
    open: Decimal
    document_number: str
    day: date

    @property
    def label(self) -> str:
        """What it is, in a word."""
        return str(ReceivableKind(self.kind).label)


def additions_of(organization_id: UUID, principal_ids: Iterable[UUID]) -> dict[UUID, list[Addition]]:
    """The additions to each of these claims, the oldest first, paid or not; in one statement."""
    wanted = list(principal_ids)
    found: dict[UUID, list[Addition]] = {principal: [] for principal in wanted}
    if not wanted:
        return found
    for principal, *facts in rows.fetch_all(
        """SELECT r.principal_id, r.id, r.kind, opened.amount, b.currency_amount, r.document_number, r.issue_date
           FROM payments_receivable r
           JOIN payments_receivablebalance b ON b.organization_id = r.organization_id AND b.receivable_id = r.id
           CROSS JOIN LATERAL (
             SELECT coalesce(sum(p.currency_amount), 0) AS amount
             FROM payments_posting p
             JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
             WHERE p.organization_id = r.organization_id AND p.receivable_id = r.id AND v.source_id = r.id
               AND p.currency_amount > 0 AND v.kind IN ('fee', 'interest')) opened
           WHERE r.organization_id = %s AND r.principal_id = ANY(%s::uuid[])
           ORDER BY r.issue_date, r.id""",
        [organization_id, wanted],
    ):
        found[principal].append(Addition(*facts))
    return found


def with_additions(parts: Sequence[Part], claims: Mapping[UUID, Receivable]) -> list[Part]:
    """These parts, and after them the additions to every claim that is paid without an amount, the oldest first.

    `claims` are the locked claims with their additions. An addition that is named itself is not named twice.
    """
    named = {part.receivable_id for part in parts}
    order = {part.receivable_id: place for place, part in enumerate(parts) if part.amount is None}
    following = [claim for claim in claims.values() if claim.principal_id in order and claim.pk not in named]
    following.sort(key=lambda claim: (order[claim.principal_id], claim.pk))  # type: ignore[index]
    return [*parts, *(Part(receivable_id=claim.pk) for claim in following)]


def root_of(claim: Receivable) -> UUID:
    """The claim itself, or the one that it was added to."""
    return claim.principal_id or claim.pk
