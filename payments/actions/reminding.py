"""How far reminders have come on a claim: the only thing of it that changes, written by whoever reminds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from foundation import rows


def note_reminded(organization_id: UUID, reminded: Iterable[tuple[UUID, str, datetime]]) -> int:
    """Write down the last step of each of these claims and when it was sent, in the caller's transaction.

    One statement for all; what is older than what stands there already changes nothing. Returns how many were changed.
    """
    told = [
        {"claim": claim, "step": step, "moment": moment.isoformat()} for claim, step, moment in sorted(reminded)
    ]  # one order, so that nobody waits in a ring
    if not told:
        return 0
    return rows.execute(
        """UPDATE payments_receivable r SET reminder_step = told.step, reminded_at = told.moment
           FROM jsonb_to_recordset(%s::jsonb) AS told (claim uuid, step text, moment timestamptz)
           WHERE r.organization_id = %s AND r.id = told.claim
             AND (r.reminded_at IS NULL OR r.reminded_at <= told.moment)""",
        [rows.to_json(told), organization_id],
    )
