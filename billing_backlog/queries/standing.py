"""What became of items: asked of the documents and files whose lines name them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from billing_backlog.models import BacklogItem
from billing_backlog.queries.billed import told_of
from foundation import rows
from tenants.models import Organization

ZERO = Decimal(0)

_STANDING = f"""SELECT i.id, coalesce(sum(t.billed), 0), coalesce(sum(t.drafted), 0),
  (SELECT coalesce(sum(w.quantity), 0) FROM billing_backlog_writeoff w
   WHERE w.organization_id = %(organization)s AND w.item_id = i.id)
FROM billing_backlog_backlogitem i
LEFT JOIN LATERAL ({told_of("= i.id")}) t ON true
WHERE i.organization_id = %(organization)s AND i.id = ANY(%(ids)s::uuid[])
GROUP BY i.organization_id, i.id"""  # noqa: S608 - our own names


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
    found = rows.fetch_all(_STANDING, {"organization": organization.pk, "ids": ids})
    return {key: Standing(quantities[key], billed, drafted, given_up) for key, billed, drafted, given_up in found}
