"""What a letter needs to know of its claims at the moment of sending, read together for many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from customers.models import Customer
from foundation import rows
from payments.models import VoucherKind
from reminders.models import Reminder, ReminderState
from tenants.models import Organization

# What takes an invoice back was never owed; it counts from the beginning, and money from the day after it came.
_POSTINGS = """
    SELECT p.receivable_id, v.day, v.kind, sum(p.currency_amount)
    FROM payments_posting p
    JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
    WHERE p.organization_id = %s AND p.receivable_id = ANY(%s::uuid[])
    GROUP BY p.receivable_id, v.day, v.kind ORDER BY v.day
"""


def postings_of(organization: Organization, ids: Iterable[UUID]) -> dict[UUID, list[tuple[date, Decimal]]]:
    """What was booked on each claim by accounting date; credit notes stand on the first day of the claim."""
    found: defaultdict[UUID, list[tuple[date, str, Decimal]]] = defaultdict(list)
    for receivable_id, day, kind, amount in rows.fetch_all(_POSTINGS, [organization.pk, list(ids)]):
        found[receivable_id].append((day, kind, amount))
    return {key: [(_from(day, kind, each), amount) for day, kind, amount in each] for key, each in found.items()}


def _from(day: date, kind: str, booked: list[tuple[date, str, Decimal]]) -> date:
    return booked[0][0] if kind in {VoucherKind.SETTLEMENT, VoucherKind.CREDIT} else day


def interest_before(organization: Organization, ids: Iterable[UUID]) -> dict[UUID, Decimal]:
    """What letters that reached somebody have asked in interest of each claim."""
    found = (
        Reminder.objects.of(organization)
        .filter(receivable_id__in=list(ids), state=ReminderState.SENT, withdrawn_at=None)
        .values("receivable_id")
        .annotate(sum=Sum("interest"))
    )
    return {row["receivable_id"]: row["sum"] for row in found.order_by()}


def customers_by_id(organization: Organization, ids: Iterable[UUID]) -> dict[UUID, Customer]:
    """These customers."""
    return {one.pk: one for one in Customer.objects.of(organization).filter(pk__in=list(ids))}
