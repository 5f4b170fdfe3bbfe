"""Plans of instalments: how a claim is split into parts, the hold that the plan is, and what is paid of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from itertools import pairwise
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from foundation import rows
from foundation.dates import add_months
from foundation.errors import DomainError
from foundation.templatetags.formatting import format_amount, language_of_page
from payments import queries
from payments.holds import place_hold
from payments.models import ADDITION_KINDS, Hold, HoldKind, Instalment, VoucherKind
from payments.terms import NOTHING
from tenants.audit import Actor
from tenants.models import Organization

INSTALMENTS_MAX = 36
CENT = Decimal("0.01")
# What opens a claim: nobody pays less by it.
OPENING_KINDS = frozenset(
    {VoucherKind.SALE, VoucherKind.ADVANCE, VoucherKind.OPENING, VoucherKind.FEE, VoucherKind.INTEREST}
)
Parts = Sequence[tuple[date, Decimal]]


class PlanIsWrong(DomainError):
    """The parts are too many, do not follow each other, or do not sum to what is owed."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """One instalment of a plan and what is paid of it."""

    position: int
    due_date: date
    amount: Decimal
    paid: Decimal

    @property
    def is_paid(self) -> bool:
        """Whether nothing is left of it."""
        return self.paid >= self.amount


def equal_instalments(total: Decimal, count: int, first_day: date) -> list[tuple[date, Decimal]]:
    """So many monthly parts of the same size from a day on, whole where they can be; the last one takes the rest.

    ValueError where there would be no part, too many, or parts of nothing.
    """
    if not 1 <= count <= INSTALMENTS_MAX or total < count * CENT:
        raise ValueError(f"{total} is not split into {count} parts.")
    whole = (total / count).quantize(Decimal(1), ROUND_DOWN)
    each = whole.quantize(CENT) if whole > 0 else (total / count).quantize(CENT, ROUND_DOWN)
    parts = [(add_months(first_day, place), each) for place in range(count - 1)]
    return [*parts, (add_months(first_day, count - 1), total - each * (count - 1))]


def total_of(organization_id: UUID, receivable_id: UUID, *, with_additions: bool = True) -> Decimal:
    """What a plan for a claim must sum to: what is open on it and, where asked, on what was added to it."""
    return _open(organization_id, receivable_id, with_additions=with_additions, locks=False)


@transaction.atomic
def place_instalments(
    organization: Organization,
    receivable_id: UUID,
    *,
    instalments: Parts,
    reason: str,
    actor: Actor,
    now: datetime,
    with_additions: bool = True,
) -> Hold:
    """Agree that a claim, and what was added to it, is paid in parts: it is not pressed while the plan is kept."""
    owed = _open(organization.pk, receivable_id, with_additions=with_additions, locks=True)
    _refuse_wrong(instalments, owed)
    hold = place_hold(organization, receivable_id, actor=actor, now=now, kind=HoldKind.INSTALMENTS.value, reason=reason)
    rows.insert(
        organization.pk,
        [
            Instalment(organization_id=organization.pk, hold=hold, position=position, due_date=day, amount=amount)
            for position, (day, amount) in enumerate(instalments, start=1)
        ],
    )
    return hold


def plans_of(organization: Organization, holds: Iterable[Hold]) -> dict[UUID, list[Agreed]]:
    """The instalments of these holds by hold, each with what is paid of it: the oldest are paid first."""
    told = {hold.pk: hold for hold in holds if hold.kind == HoldKind.INSTALMENTS}
    if not told:
        return {}
    paid = paid_since(organization.pk, list(told))
    found: dict[UUID, list[Agreed]] = {}
    for row in Instalment.objects.of(organization).filter(hold_id__in=told).order_by("hold_id", "position"):
        part = min(max(paid.get(row.hold_id, NOTHING), NOTHING), row.amount)
        paid[row.hold_id] = paid.get(row.hold_id, NOTHING) - part
        found.setdefault(row.hold_id, []).append(Agreed(row.position, row.due_date, row.amount, part))
    return found


def paid_since(organization_id: UUID, hold_ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    """By how much the claim of each hold, with what was added to it, came down since the hold was placed."""
    found = rows.fetch_all(
        """SELECT h.id, -coalesce(sum(p.currency_amount), 0)
           FROM payments_hold h
           JOIN payments_receivable r ON r.organization_id = h.organization_id
            AND (r.id = h.receivable_id OR r.principal_id = h.receivable_id)
           JOIN payments_posting p ON p.organization_id = r.organization_id AND p.receivable_id = r.id
           JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
            AND v.posted_at > h.made_at AND NOT (p.currency_amount > 0 AND v.kind = ANY(%s))
           WHERE h.organization_id = %s AND h.id = ANY(%s::uuid[]) GROUP BY h.id""",
        [sorted(OPENING_KINDS), organization_id, list(hold_ids)],
    )
    return dict(found)


def _open(organization_id: UUID, receivable_id: UUID, *, with_additions: bool, locks: bool) -> Decimal:
    if locks:
        claims, open_now = queries.lock_with_balances(organization_id, [receivable_id], with_additions=with_additions)
        if receivable_id not in claims or claims[receivable_id].kind in ADDITION_KINDS:
            raise Http404
        return sum((balance.currency_amount for balance in open_now.values()), NOTHING)
    [(owed,)] = rows.fetch_all(
        """SELECT coalesce(sum(b.currency_amount), 0) FROM payments_receivable r
           JOIN payments_receivablebalance b ON b.organization_id = r.organization_id AND b.receivable_id = r.id
           WHERE r.organization_id = %s AND (r.id = %s OR (%s AND r.principal_id = %s))""",
        [organization_id, receivable_id, with_additions, receivable_id],
    )
    return Decimal(owed)


def _refuse_wrong(instalments: Parts, owed: Decimal) -> None:
    if not 1 <= len(instalments) <= INSTALMENTS_MAX:
        raise PlanIsWrong(
            _("A plan has between 1 and %(most)s instalments.") % {"most": INSTALMENTS_MAX}, field="count"
        )
    if any(amount <= 0 for _day, amount in instalments):
        raise PlanIsWrong(_("Each instalment is more than nothing."), field="instalments")
    days = [day for day, _amount in instalments]
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise PlanIsWrong(_("Each instalment falls due after the one before."), field="instalments")
    total = sum((amount for _day, amount in instalments), NOTHING)
    if total != owed:
        language = language_of_page()
        raise PlanIsWrong(
            _("The instalments sum to %(total)s, and %(owed)s is open. Change one of them.")
            % {"total": format_amount(total, language), "owed": format_amount(owed, language)},
            field="instalments",
        )
