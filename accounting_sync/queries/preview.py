"""Which vouchers a preview shows: the newest, with every kind among them."""

from __future__ import annotations

from uuid import UUID

from foundation import rows
from tenants.models import Organization

SHOWN = 20
LOOKED_AT_MAX = 2_000  # the newest, among which one of each kind is looked for

_NEWEST = """
    SELECT id FROM (
     SELECT id, day, number FROM (
      SELECT id, day, number, row_number() OVER (PARTITION BY kind ORDER BY day DESC, number DESC) AS place FROM (
        SELECT id, kind, day, number FROM payments_voucher WHERE organization_id = %s
        ORDER BY day DESC, number DESC LIMIT %s
      ) newest
     ) placed ORDER BY least(place, 2), day DESC, number DESC LIMIT %s
    ) chosen ORDER BY day DESC, number DESC
"""


def preview_vouchers(organization: Organization) -> list[UUID]:
    """The ids, newest first: one of each kind, and the newest of the others."""
    return [row[0] for row in rows.fetch_all(_NEWEST, [organization.pk, LOOKED_AT_MAX, SHOWN])]
