"""Questions about sync items: what is due, what is chosen, what has arrived."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from accounting_sync.models import UNDER_WAY, Connection, Opening, PushAttempt, SyncItem
from foundation import rows
from payments.models import VoucherSeries
from tenants.models import Organization

CHOSEN_MAX = 500

_FACTS = """
    SELECT v.id, v.day, v.kind, v.year, v.number, v.currency, document.number, document.customer_id,
           coalesce(document.total, posted.total), posted.base_total, posted.customer_id
    FROM payments_voucher v
    LEFT JOIN LATERAL (
      SELECT i.number, i.customer_id, i.payable_amount + coalesce(
               (SELECT sum((part ->> 'amount')::numeric) FROM jsonb_array_elements(i.prepaid) AS part), 0) AS total
      FROM invoicing_invoice i WHERE i.organization_id = v.organization_id AND i.voucher_id = v.id LIMIT 1
    ) document ON true
    JOIN LATERAL (
      SELECT sum(p.currency_amount) FILTER (WHERE p.currency_amount > 0) AS total,
             sum(p.amount) FILTER (WHERE p.amount > 0) AS base_total,
             CASE WHEN count(DISTINCT r.customer_id) = 1 THEN (array_agg(r.customer_id)
               FILTER (WHERE r.customer_id IS NOT NULL))[1] END AS customer_id
      FROM payments_posting p
      LEFT JOIN payments_receivable r ON r.organization_id = p.organization_id AND r.id = p.receivable_id
      WHERE p.organization_id = v.organization_id AND p.voucher_id = v.id
    ) posted ON true
    WHERE v.organization_id = %(organization)s
"""
_UNCHOSEN = f"""
    WITH open_claims AS (
      SELECT p.receivable_id FROM payments_posting p
      JOIN payments_voucher v ON v.organization_id = p.organization_id AND v.id = p.voucher_id
      WHERE %(opens)s AND p.organization_id = %(organization)s AND p.receivable_id IS NOT NULL AND v.day < %(first)s
      GROUP BY p.receivable_id HAVING sum(p.currency_amount) <> 0
    )
    {_FACTS}
      AND (v.day >= %(first)s OR %(opens)s AND EXISTS (
        SELECT 1 FROM payments_posting p JOIN open_claims o ON o.receivable_id = p.receivable_id
        WHERE p.organization_id = v.organization_id AND p.voucher_id = v.id))
      AND NOT EXISTS (SELECT 1 FROM accounting_sync_syncitem item
                      WHERE item.organization_id = v.organization_id AND item.connection_id = %(connection)s
                        AND item.voucher_id = v.id AND item.event = 'post')
    ORDER BY v.year, v.number LIMIT %(most)s
"""  # noqa: S608 - our own words

_DUE = """
    WHERE organization_id = %s AND connection_id = %s AND state IN ('waiting', 'sending', 'unknown', 'sent')
      AND next_at <= %s ORDER BY id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class ChosenVoucher:
    """A voucher that is to be pushed, as lists show it."""

    voucher_id: UUID
    day: date
    kind: str
    number: str
    customer_id: UUID | None
    currency: str
    amount: Decimal
    base_amount: Decimal


def unchosen_vouchers(organization: Organization, connection: Connection) -> list[ChosenVoucher]:
    """The oldest vouchers from the start date on that have no item yet, in the order in which they were posted.

    Where older documents go along, those that were not paid on the start date do, with what was paid of them; they are
    looked for until everything was chosen once.
    """
    values = {
        "opens": connection.opening == Opening.OPEN_DOCUMENTS and not connection.swept,
        "organization": organization.pk,
        "connection": connection.pk,
        "first": connection.start_day,
        "most": CHOSEN_MAX,
    }
    return [_chosen(row) for row in rows.fetch_all(_UNCHOSEN, values)]


def voucher_told(organization: Organization, voucher_id: UUID) -> ChosenVoucher:
    """One voucher of the organization as an item tells of it."""
    values = {"organization": organization.pk, "voucher": voucher_id}
    [row] = rows.fetch_all(f"{_FACTS} AND v.id = %(voucher)s", values)
    return _chosen(row)


def _chosen(row: Sequence[Any]) -> ChosenVoucher:
    voucher, day, kind, year, number, currency, document, customer, total, base_total, payer = row
    return ChosenVoucher(
        voucher_id=voucher,
        day=day,
        kind=kind,
        number=str(document or f"{year}-{number:05d}"),
        customer_id=customer or payer,
        currency=currency,
        amount=total or Decimal(0),
        base_amount=base_total or Decimal(0),
    )


def newest_vouchers(organization: Organization) -> dict[str, int]:
    """The last voucher number of each year: what has changed since the last look, told by one small table."""
    found = VoucherSeries.objects.of(organization).values_list("year", "last_number")
    return {str(year): number for year, number in found}


def due_items(connection: Connection, now: datetime, most: int) -> list[SyncItem]:
    """What is to be pushed or looked at now, in the order in which it was posted."""
    return rows.load(SyncItem, _DUE, [connection.organization_id, connection.pk, now, most])


def has_due_items(connection: Connection, now: datetime) -> bool:
    """Whether anything is to be done now."""
    return (
        SyncItem.objects.of(connection.organization_id)
        .filter(connection=connection, state__in=UNDER_WAY, next_at__lte=now)
        .exists()
    )


def get_item(organization: Organization, item_id: UUID) -> SyncItem:
    """One item with its connection, or 404."""
    found = SyncItem.objects.of(organization).select_related("connection", "customer").filter(pk=item_id).first()
    if found is None:
        raise Http404
    return found


def lock_items(organization: Organization, item_ids: Collection[UUID]) -> list[SyncItem]:
    """These items under their row locks, in one order for everybody."""
    found = SyncItem.objects.of(organization).select_for_update(of=("self",)).filter(pk__in=list(item_ids))
    return list(found.order_by("id"))


def tries_of(item: SyncItem) -> QuerySet[PushAttempt]:
    """Every call that was made for an item, newest first."""
    return PushAttempt.objects.of(item.organization_id).filter(item=item).order_by("-id")


def linked_elsewhere(item: SyncItem, remote_ids: Collection[str]) -> set[str]:
    """Which of these remote ids stand for another voucher of ours already."""
    found = SyncItem.objects.of(item.organization_id).filter(
        connection_id=item.connection_id, remote_id__in=list(remote_ids)
    )
    return set(found.exclude(pk=item.pk).values_list("remote_id", flat=True))
