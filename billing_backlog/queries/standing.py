"""What became of items: asked of the documents, whose lines name them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from billing_backlog.models import BacklogItem
from foundation import rows
from tenants.models import Organization

ZERO = Decimal(0)

# A line that stands in for another in a correction takes its place when both are finalized, and counts from then on.
_STANDING = """SELECT i.id,
  coalesce(sum(l.quantity * CASE WHEN d.kind = 'credit_note' THEN -1 ELSE 1 END)
           FILTER (WHERE d.status = 'finalized'), 0),
  coalesce(sum(l.quantity)
           FILTER (WHERE d.status = 'draft' AND d.kind <> 'credit_note' AND NOT l.source ? 'replaces'), 0),
  (SELECT coalesce(sum(w.quantity), 0) FROM billing_backlog_writeoff w
   WHERE w.organization_id = %s AND w.item_id = i.id)
FROM billing_backlog_backlogitem i
LEFT JOIN invoicing_invoiceline l ON l.organization_id = %s AND l.source_id = i.id
LEFT JOIN invoicing_invoice d ON d.organization_id = %s AND d.id = l.invoice_id
WHERE i.organization_id = %s AND i.id = ANY(%s::uuid[])
GROUP BY i.organization_id, i.id"""


@dataclass(frozen=True, slots=True)
class Standing:
    """The quantities of one item: billed less credited, on drafts, given up, and what is left.

    What is billed beyond the item counts as approved by whoever confirmed it, so that billed, on drafts, written off
    and unbilled always make up what was approved (M-051).
    """

    quantity: Decimal
    billed: Decimal
    on_draft: Decimal
    written_off: Decimal

    @property
    def approved(self) -> Decimal:
        """The item's quantity, and what was billed beyond it."""
        return self.quantity + self.excess

    @property
    def excess(self) -> Decimal:
        """What was billed beyond the item."""
        over = self.billed + self.on_draft + self.written_off - self.quantity
        return over if over * self.quantity > 0 else ZERO

    @property
    def unbilled(self) -> Decimal:
        """What is neither billed, on a draft nor written off."""
        return self.approved - self.billed - self.on_draft - self.written_off


def standing_of(organization: Organization, items: Collection[BacklogItem]) -> dict[UUID, Standing]:
    """The standing of each of these items, in one statement."""
    if not items:
        return {}
    ids = [item.pk for item in items]
    quantities = {item.pk: item.quantity for item in items}
    found = rows.fetch_all(_STANDING, [*[organization.pk] * 4, ids])
    return {key: Standing(quantities[key], billed, drafted, given_up) for key, billed, drafted, given_up in found}
