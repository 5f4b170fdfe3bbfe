"""What bills items, as SQL: the one place that knows that documents do, and files for other systems."""

from __future__ import annotations

# One row for each line that names an item. A line that stands in for another in a correction takes its place when both
# are finalized, and counts from then on; a row of a finance file counts until it is taken back.
_TOLD = """SELECT l.source_id AS item_id,
    CASE WHEN d.status <> 'finalized' THEN 0 WHEN d.kind = 'credit_note' THEN -l.quantity ELSE l.quantity END AS billed,
    CASE WHEN d.status = 'draft' AND d.kind <> 'credit_note' AND NOT l.source ? 'replaces' THEN l.quantity ELSE 0 END
      AS drafted,
    d.status = 'finalized' AS is_billed,
    d.status = 'draft' AND d.kind <> 'credit_note' AND NOT l.source ? 'replaces' AS is_drafted,
    CASE WHEN l.charge_kind <> 'chargeable' THEN 0 WHEN d.kind = 'credit_note' THEN -l.net_amount
         ELSE l.net_amount END AS net_amount
  FROM invoicing_invoiceline l
  JOIN invoicing_invoice d ON d.organization_id = l.organization_id AND d.id = l.invoice_id
  WHERE l.organization_id = {organization} AND l.source_id {of}
  UNION ALL
  SELECT r.item_id, r.quantity, 0, true, false, CASE WHEN r.is_charged THEN r.net_amount ELSE 0 END
  FROM billing_backlog_runfilerow r
  WHERE r.organization_id = {organization} AND r.item_id {of} AND r.taken_back_at IS NULL"""


def told_of(of: str, *, organization: str = "%(organization)s") -> str:
    """A query for what documents and files say of these items: by item_id, billed, drafted and
    net_amount, with is_billed and is_drafted.

    `of` is the condition that follows an item's id, such as "= i.id"; `organization` is named twice.
    """
    return _TOLD.format(of=of, organization=organization)
