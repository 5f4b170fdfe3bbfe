"""Saying of items that nothing is left of them, and of others that something is again: a hint that lists go by."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from billing_backlog.queries.billed import told_of
from foundation import rows
from tenants.models import Organization

BATCH = 500
BATCHES_MAX = 20  # of one organization in one sweep
CREDITED_WITHIN = timedelta(days=7)

# Bounded, and passing over rows that somebody else holds: the next sweep comes in a minute.
_SETTLE = """WITH due AS (
  SELECT i.id, s.rest, s.drafted, i.settled_at FROM billing_backlog_backlogitem i
  CROSS JOIN LATERAL (
    SELECT i.quantity - coalesce(sum(t.billed + t.drafted), 0)
           - coalesce((SELECT sum(w.quantity) FROM billing_backlog_writeoff w
                       WHERE w.organization_id = %(organization)s AND w.item_id = i.id), 0) AS rest,
      coalesce(bool_or(t.is_drafted), false) AS drafted
    FROM ({told}) t) s
  WHERE i.organization_id = %(organization)s AND i.cancelled_at IS NULL AND ({which})
    AND (i.settled_at IS NULL) <> (s.drafted OR s.rest * i.quantity > 0)
  LIMIT %(most)s),
held AS (
  SELECT i.id, due.settled_at FROM billing_backlog_backlogitem i JOIN due ON due.id = i.id
  WHERE i.organization_id = %(organization)s FOR NO KEY UPDATE OF i SKIP LOCKED)
UPDATE billing_backlog_backlogitem item SET settled_at = CASE WHEN held.settled_at IS NULL THEN %(now)s::timestamptz END
FROM held WHERE item.organization_id = %(organization)s AND item.id = held.id RETURNING item.id"""

_OPEN = """i.settled_at IS NULL AND (
  EXISTS (SELECT 1 FROM invoicing_invoiceline n WHERE n.organization_id = %(organization)s AND n.source_id = i.id)
  OR EXISTS (SELECT 1 FROM billing_backlog_runfilerow n
             WHERE n.organization_id = %(organization)s AND n.item_id = i.id AND n.taken_back_at IS NULL)
  OR EXISTS (SELECT 1 FROM billing_backlog_writeoff n
             WHERE n.organization_id = %(organization)s AND n.item_id = i.id))"""
_CREDITED = """i.settled_at IS NOT NULL AND i.id IN (
  SELECT n.source_id FROM invoicing_invoice c
  JOIN invoicing_invoiceline n ON n.organization_id = c.organization_id AND n.invoice_id = c.id
  WHERE c.organization_id = %(organization)s AND c.kind = 'credit_note' AND c.status = 'finalized'
    AND c.updated_at > %(since)s AND n.source_id IS NOT NULL
  UNION
  SELECT r.item_id FROM billing_backlog_runfilerow r
  WHERE r.organization_id = %(organization)s AND r.taken_back_at > %(since)s)"""


def settle_items(organization: Organization, *, now: datetime) -> int:
    """Set the hint where nothing is left and take it away where a credit opened the item again; how many changed.

    Bounded: batch by batch, each in a transaction of its own; what is left over comes with the next sweep.
    """
    params = {"organization": organization.pk, "now": now, "since": now - CREDITED_WITHIN, "most": BATCH}
    changed = 0
    for which in (_CREDITED, _OPEN):
        for _batch in range(BATCHES_MAX):
            with transaction.atomic():
                touched = len(rows.fetch_all(_SETTLE.format(which=which, told=told_of("= i.id")), params))
            changed += touched
            if touched < BATCH:
                break
    return changed
