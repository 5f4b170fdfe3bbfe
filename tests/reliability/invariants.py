"""What must hold after every fault, asked of the rows themselves past row security (I1, I2, I4, I5, I7, I8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg
from django.utils import timezone
from psycopg import sql

from config.verification import verify_organization
from tenants import sealing
from tenants.models import Organization
from tests.reliability.servers import OwnServer

OWNED_TABLES = """
    SELECT table_name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'organization_id' ORDER BY 1
"""
NUMBERS = """
    SELECT i.number, s.first_number, s.last_number
    FROM invoicing_numberseries s
    LEFT JOIN invoicing_invoice i ON i.organization_id = s.organization_id AND i.series_id = s.id
    WHERE s.organization_id = %s ORDER BY i.number
"""
UNBALANCED_VOUCHERS = """
    SELECT v.id FROM payments_voucher v LEFT JOIN payments_posting p USING (organization_id)
    WHERE v.organization_id = %s AND p.voucher_id = v.id
    GROUP BY v.id HAVING sum(p.amount) <> 0 OR sum(p.currency_amount) <> 0 OR count(*) < 2
"""
CONTROL_ACCOUNT = """
    SELECT coalesce(sum(p.amount), 0) FROM payments_posting p
    JOIN payments_account a ON a.organization_id = p.organization_id AND a.id = p.account_id
    WHERE p.organization_id = %s AND a.purpose = 'receivables'
"""
SUB_LEDGER = "SELECT coalesce(sum(amount), 0) FROM payments_receivablebalance WHERE organization_id = %s"
BALANCES_THAT_DIFFER = """
    SELECT b.receivable_id FROM payments_receivablebalance b
    LEFT JOIN (SELECT receivable_id, sum(amount) AS amount, sum(currency_amount) AS currency_amount
               FROM payments_posting WHERE organization_id = %s AND receivable_id IS NOT NULL GROUP BY 1) p
      USING (receivable_id)
    WHERE b.organization_id = %s
      AND (b.amount <> coalesce(p.amount, 0) OR b.currency_amount <> coalesce(p.currency_amount, 0))
"""


def state_of(server: OwnServer, organization_id: UUID) -> dict[str, str]:
    """A hash of every row of one organization, by table (I7: nobody else's work may move it)."""
    with server.superuser() as session:
        tables = [str(row[0]) for row in session.execute(OWNED_TABLES).fetchall()]
        return {table: _hash(session, table, "organization_id", organization_id) for table in tables} | {
            "tenants_organization": _hash(session, "tenants_organization", "id", organization_id)
        }


def _hash(session: psycopg.Connection[Any], table: str, column: str, organization_id: UUID) -> str:
    query = sql.SQL("SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t WHERE {} = %s")
    row = session.execute(query.format(sql.Identifier(table), sql.Identifier(column)), [organization_id]).fetchone()
    assert row is not None
    return str(row[0])


def stored_numbers(server: OwnServer, organization_id: UUID) -> dict[str, int]:
    """The number of every finalized document, by its id."""
    query = "SELECT id::text, number FROM invoicing_invoice WHERE organization_id = %s AND status = 'finalized'"
    with server.superuser() as session:
        return {str(row[0]): int(str(row[1])) for row in session.execute(query, [organization_id]).fetchall()}


def assert_numbers_without_gap(server: OwnServer, organization_id: UUID, count: int) -> None:
    """I1: as many documents as there should be, numbered without a gap, and the series stands at the last."""
    with server.superuser() as session:
        rows = session.execute(NUMBERS, [organization_id]).fetchall()
    numbers = [row[0] for row in rows if row[0] is not None]
    first, last = int(str(rows[0][1])), int(str(rows[0][2]))
    assert numbers == list(range(first, first + count))
    assert last == first + count - 1


def assert_ledger_balances(server: OwnServer, organization_id: UUID) -> None:
    """I2: each voucher sums to nothing, and what is owed is what stands on the control account."""
    with server.superuser() as session:
        assert session.execute(UNBALANCED_VOUCHERS, [organization_id]).fetchall() == []
        control = session.execute(CONTROL_ACCOUNT, [organization_id]).fetchone()
        assert control == session.execute(SUB_LEDGER, [organization_id]).fetchone()
        assert session.execute(BALANCES_THAT_DIFFER, [organization_id, organization_id]).fetchall() == []


def assert_whole(organization: Organization) -> None:
    """I4 and I5: every hash of documents, vouchers and audit trail is computed again and is the stored one."""
    while sealing.seal(organization.pk):
        pass
    report = verify_organization(organization.pk, now=timezone.now())
    assert report.problems == (), report.problems
    assert report.audit_lines > 0


def assert_acknowledged_is_stored(acknowledged: Mapping[str, int], stored: Mapping[str, int]) -> None:
    """I8: the number that somebody was told is the number that stands there."""
    assert {draft: stored.get(draft) for draft in acknowledged} == dict(acknowledged)
