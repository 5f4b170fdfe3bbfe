"""Questions about money that was found in accounting systems: whose it is, what it may be, what is still open."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from accounting_sync.models import Connection, ConnectionState, PaymentProposal, ProposalState, SyncItem, SyncState
from accounting_sync.providers.registry import adapters
from foundation import rows
from payments.models import Payment, Receivable, ReceivableKind
from tenants.models import Organization

LIKE_WITHIN = timedelta(days=7)
# Which proposals each list shows.
GROUPS: Mapping[str, Q] = {
    "open": Q(state=ProposalState.OPEN) & ~Q(connection__state=ConnectionState.CLOSED),
    "settled": ~Q(state=ProposalState.OPEN),
}

_CLAIMS_BY_REMOTE = """
    SELECT item.remote_id, p.receivable_id FROM accounting_sync_syncitem item
    JOIN payments_posting p ON p.organization_id = item.organization_id AND p.voucher_id = item.voucher_id
      AND p.receivable_id IS NOT NULL
    JOIN payments_receivable r ON r.organization_id = p.organization_id AND r.id = p.receivable_id
      AND r.kind <> 'credit'
    WHERE item.organization_id = %(organization)s AND item.connection_id = %(connection)s
      AND item.remote_id = ANY(%(ids)s)
      AND NOT EXISTS (SELECT 1 FROM payments_posting earlier
                      WHERE earlier.organization_id = p.organization_id AND earlier.receivable_id = p.receivable_id
                        AND earlier.id < p.id AND earlier.voucher_id <> p.voucher_id)
    GROUP BY item.remote_id, p.receivable_id
"""
_MADE_THERE = """
    SELECT a.receivable_id, item.state, item.done FROM payments_allocation a
    JOIN accounting_sync_syncitem item ON item.organization_id = a.organization_id AND item.voucher_id = a.voucher_id
      AND item.connection_id = %(connection)s
    WHERE a.organization_id = %(organization)s AND a.receivable_id = ANY(%(claims)s::uuid[])
"""
# Money of ours that pays the claim, or waits unused for its customer: the nearest day first.
_LIKE = """
    WITH asked AS (
      SELECT * FROM unnest(%(keys)s::text[], %(claims)s::uuid[], %(currencies)s::text[], %(amounts)s::numeric[],
                           %(days)s::date[]) AS asked (key, claim, currency, amount, day)
    ), near AS (
      SELECT asked.key, a.payment_id FROM asked
      JOIN payments_allocation a ON a.organization_id = %(organization)s AND a.receivable_id = asked.claim
        AND a.payment_id IS NOT NULL AND a.payment_amount > 0
      JOIN payments_payment p ON p.organization_id = a.organization_id AND p.id = a.payment_id
      WHERE asked.amount IN (p.amount, a.payment_amount)
      UNION
      SELECT asked.key, p.id FROM asked
      JOIN payments_receivable r ON r.organization_id = %(organization)s AND r.id = asked.claim
      JOIN payments_payment p ON p.organization_id = r.organization_id AND p.customer_id = r.customer_id
        AND p.unapplied > 0 AND p.amount = asked.amount
    )
    SELECT DISTINCT ON (asked.key) asked.key, p.id FROM near
    JOIN asked ON asked.key = near.key
    JOIN payments_payment p ON p.organization_id = %(organization)s AND p.id = near.payment_id
    WHERE p.currency = asked.currency AND abs(p.day - asked.day) <= %(within)s AND p.reversed = 0
      AND NOT starts_with(p.key, %(own)s)
      AND NOT EXISTS (SELECT 1 FROM accounting_sync_paymentproposal settled
                      WHERE settled.organization_id = %(organization)s AND settled.connection_id = %(connection)s
                        AND settled.payment_id = p.id AND settled.receivable_id = asked.claim)
    ORDER BY asked.key, abs(p.day - asked.day), p.id
"""
_STANDING = """
    SELECT (SELECT count(*) FROM accounting_sync_paymentproposal p
            JOIN accounting_sync_connection c ON c.organization_id = p.organization_id AND c.id = p.connection_id
            WHERE p.organization_id = %(organization)s AND p.state = 'open' AND c.state <> 'closed'),
           EXISTS (SELECT 1 FROM accounting_sync_paymentproposal WHERE organization_id = %(organization)s)
           OR EXISTS (SELECT 1 FROM accounting_sync_connection
                      WHERE organization_id = %(organization)s AND state <> 'closed' AND system = ANY(%(telling)s))
"""


@dataclass(frozen=True, slots=True)
class Told:
    """Money on a claim, as far as it can be held against payments of ours."""

    key: str
    receivable_id: UUID
    currency: str
    amount: Decimal
    day: date


@dataclass(frozen=True, slots=True)
class MadeThere:
    """What our own vouchers have made there for one claim."""

    ids: frozenset[str] = frozenset()
    is_in_doubt: bool = False  # a call that may have happened: what stands there may be its effect


@dataclass(frozen=True, slots=True)
class Standing:
    """How many payments wait for somebody, and whether the page about them is of any use to the organization."""

    open: int
    is_of_use: bool


def claims_by_remote(connection: Connection, ids: Collection[str]) -> dict[str, UUID]:
    """The claims of documents of ours, by what the documents are called there; nothing where one stands for several."""
    values = {"organization": connection.organization_id, "connection": connection.pk, "ids": list(ids)}
    return _only(rows.fetch_all(_CLAIMS_BY_REMOTE, values))


def claims_by_number(organization: Organization, numbers: Collection[str]) -> dict[str, UUID]:
    """The claims of documents of ours by number; nothing where several bear it."""
    found = Receivable.objects.of(organization).filter(document_number__in=list(numbers), principal=None)
    return _only(found.exclude(kind=ReceivableKind.CREDIT).values_list("document_number", "id"))


def claims_by_kid(organization: Organization, kids: Collection[str]) -> dict[str, UUID]:
    """The claims that these KIDs name."""
    found = Receivable.objects.of(organization).filter(kid__in=list(kids)).exclude(kid="")
    return _only(found.exclude(kind=ReceivableKind.CREDIT).values_list("kid", "id"))


def made_there(connection: Connection, claims: Collection[UUID]) -> dict[UUID, MadeThere]:
    """What of ours stands on these claims there, by the vouchers that pay or settle them; one statement."""
    values = {"organization": connection.organization_id, "connection": connection.pk, "claims": list(claims)}
    ids: dict[UUID, set[str]] = {}
    in_doubt: set[UUID] = set()
    for claim, state, done in rows.fetch_all(_MADE_THERE, values):
        ids.setdefault(claim, set()).update(str(made.get("id", "")) for made in json.loads(done).values())
        if state in (SyncState.SENDING, SyncState.UNKNOWN):
            in_doubt.add(claim)
    return {claim: MadeThere(frozenset(made - {""}), claim in in_doubt) for claim, made in ids.items()}


def proposed(connection: Connection, ids: Collection[str]) -> set[str]:
    """Which of these payments were proposed before, whatever has become of them."""
    found = PaymentProposal.objects.of(connection.organization_id).filter(connection=connection, remote_id__in=ids)
    return set(found.values_list("remote_id", flat=True))


def likes(connection: Connection, told: Sequence[Told]) -> dict[str, UUID]:
    """By key the payment of ours that is probably the same money, known from elsewhere; one statement.

    It pays the same claim, or waits unused for the same customer, with the same amount and about the same day.
    """
    if not told:
        return {}
    values = {
        "organization": connection.organization_id,
        "connection": connection.pk,
        "own": key_of(connection.pk, ""),
        "within": LIKE_WITHIN.days,
        "keys": [each.key for each in told],
        "claims": [each.receivable_id for each in told],
        "currencies": [each.currency for each in told],
        "amounts": [each.amount for each in told],
        "days": [each.day for each in told],
    }
    return dict(rows.fetch_all(_LIKE, values))


def likes_of(proposals: Sequence[PaymentProposal]) -> dict[UUID, Payment]:
    """By proposal the payment that it may be the same as now; the one that it was like when it was found otherwise."""
    found: dict[UUID, UUID] = {each.pk: each.like_id for each in proposals if each.like_id}
    for connection in {each.connection_id: each.connection for each in proposals}.values():
        own = [each for each in proposals if each.connection_id == connection.pk]
        now = likes(connection, [told_of(each) for each in own if each.receivable_id is not None])
        found |= {each.pk: now[str(each.pk)] for each in own if str(each.pk) in now}
    if not found:
        return {}
    payments = Payment.objects.of(proposals[0].organization_id).filter(pk__in=set(found.values()), reversed=0)
    by_id = {payment.pk: payment for payment in payments}
    return {proposal: by_id[payment] for proposal, payment in found.items() if payment in by_id}


def told_of(proposal: PaymentProposal) -> Told:
    """A proposal as it is held against payments of ours."""
    assert proposal.receivable_id is not None  # only what pays a claim of ours is proposed
    return Told(str(proposal.pk), proposal.receivable_id, proposal.currency, proposal.amount, proposal.day)


def key_of(connection_id: UUID, remote_id: str) -> str:
    """The key of a payment that an accounting system told of: the same whenever it tells of it again."""
    return f"accounting:{connection_id}:{remote_id}"


def list_proposals(organization: Organization, group: str) -> QuerySet[PaymentProposal]:
    """What was found, with what is shown of it."""
    found = PaymentProposal.objects.of(organization).filter(GROUPS[group])
    return found.select_related("connection", "receivable__customer", "payment")


def matching_proposals(connection: Connection, most: int) -> list[PaymentProposal]:
    """The oldest open ones of a connection that name a claim in its own currency, each with the claim."""
    found = PaymentProposal.objects.of(connection.organization_id).filter(
        connection=connection, state=ProposalState.OPEN, receivable__isnull=False
    )
    return list(found.select_related("connection", "receivable").order_by("day", "id")[:most])


def get_proposal(organization: Organization, proposal_id: UUID) -> PaymentProposal:
    """One proposal with its connection, or 404."""
    return _one(PaymentProposal.objects.of(organization).select_related("connection", "receivable"), proposal_id)


def lock_proposal(organization: Organization, proposal_id: UUID) -> PaymentProposal:
    """One proposal under its row lock, or 404."""
    locked = PaymentProposal.objects.of(organization).select_for_update(of=("self",))
    return _one(locked.select_related("connection", "receivable"), proposal_id)


def lock_item_of(connection: Connection, voucher_id: UUID) -> SyncItem | None:
    """The item of a voucher on a connection under its row lock; None where it was not chosen yet."""
    found = SyncItem.objects.of(connection.organization_id).select_for_update(of=("self",))
    return found.filter(connection=connection, voucher_id=voucher_id, event="post").first()


def standing_proposals(organization: Organization) -> Standing:
    """What stands on the tab; one statement."""
    telling = [slug for slug, adapter in adapters().items() if adapter.tells_payments]
    [row] = rows.fetch_all(_STANDING, {"organization": organization.pk, "telling": telling})
    return Standing(*row)


def _one(found: QuerySet[PaymentProposal], proposal_id: UUID) -> PaymentProposal:
    proposal = found.filter(pk=proposal_id).first()
    if proposal is None:
        raise Http404
    return proposal


def _only(pairs: Collection[tuple[str, UUID]] | QuerySet[Receivable, tuple[str, UUID]]) -> dict[str, UUID]:
    """By name the one claim that it names; what names several names none."""
    found: dict[str, set[UUID]] = {}
    for name, claim in pairs:
        found.setdefault(name, set()).add(claim)
    return {name: next(iter(claims)) for name, claims in found.items() if len(claims) == 1}
