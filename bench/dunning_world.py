"""A hundred thousand open claims of customers of every kind, with their reminders, holds and credit, written once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from bench import listing_world
from bench.kept import kept_database
from tenants.context import organization_context
from tenants.models import Organization

FULL, QUICK = 100_000, 10_000
ORGANIZATIONS = 10
CUSTOMERS = 5_000
WORLD = 1  # another number after a change of what is filled in
TODAY = date(2026, 11, 20)

FILL = (
    *listing_world.FILL[:3],  # people, organizations, customers
    """UPDATE customers_customer
       SET kind = CASE WHEN number %% 10 < 4 THEN 'consumer' WHEN number %% 10 = 9 THEN 'public_body'
                       ELSE 'business' END,
           country = CASE WHEN number %% 20 = 3 THEN 'SE' WHEN number %% 20 = 4 THEN 'DK' ELSE 'NO' END""",
    # One organization has all the claims asked for, each of the others a tenth; as many again are paid.
    """CREATE UNLOGGED TABLE bench_claim AS
       SELECT o AS organization, g AS place,
              date '2026-11-20' - 75 + ((hashint8(g + 5) & 2147483647) %% 90) AS due,
              1 + (hashint8(g) & 2147483647) %% %(customers)s AS customer,
              ((hashint8(g + 7) & 2147483647) %% 900000) / 100.0 + 100 AS amount, g %% 2 = 0 AS is_open
       FROM generate_series(1, %(organizations)s) o,
            LATERAL generate_series(1, CASE WHEN o = 1 THEN 2 * %(claims)s ELSE %(claims)s / 5 END) g""",
    """INSERT INTO payments_receivable (id, organization_id, customer_id, kind, document_number, kid, currency,
           issue_date, due_date, created_at)
       SELECT bench_id(5, organization, place), bench_id(2, organization, 0), bench_id(3, organization, customer),
              'invoice', place::text, place::text, 'NOK', due - 14, due, due - 14
       FROM bench_claim""",
    """INSERT INTO payments_receivablebalance (id, organization_id, receivable_id, customer_id, currency,
           due_date, currency_amount, amount)
       SELECT bench_id(6, organization, place), bench_id(2, organization, 0), bench_id(5, organization, place),
              bench_id(3, organization, customer), 'NOK', due,
              CASE WHEN is_open THEN amount ELSE 0 END, CASE WHEN is_open THEN amount ELSE 0 END
       FROM bench_claim""",
    # What is a week late has had the friendly reminder, what is later the next step too; the run looks at both.
    """INSERT INTO reminders_reminder (id, organization_id, receivable_id, customer_id, letter_id, round, position,
           step, state, day, reason, owed, held, fee, compensation, interest, deadline, additions, decided_by,
           approved_by, removed_by, removed_reason, sent_at, changed_at)
       SELECT bench_id(7, organization, place * 4 + s.position), bench_id(2, organization, 0),
              bench_id(5, organization, place), bench_id(3, organization, customer), bench_id(8, organization, place),
              1, s.position, s.step, 'sent', due + s.days, '{}', amount, 0, s.fee, 0, 0, due + s.days + 14, '[]', 'x',
              '', '', '', due + s.days, due + s.days
       FROM bench_claim, (VALUES (2, 'friendly', 7, 0), (3, 'reminder', 15, 38)) s (position, step, days, fee)
       WHERE is_open AND due + s.days < date '2026-11-20'""",
    """INSERT INTO payments_hold (id, organization_id, receivable_id, kind, amount, reason, until, made_by, made_at,
           released_by, release_reason)
       SELECT bench_id(9, organization, place), bench_id(2, organization, 0), bench_id(5, organization, place),
              'dispute', NULL, 'x', NULL, 'x', due, '', ''
       FROM bench_claim WHERE is_open AND place %% 40 = 0""",
    "DROP TABLE bench_claim",
)

# The plainest statement that reads the same rows: claims, customers, what is held, what was sent.
FLOOR = """
    SELECT b.receivable_id, b.customer_id, b.currency, b.due_date, b.currency_amount, held.kinds, r.document_number,
           r.issue_date, c.kind, c.country, c.name, past.steps
    FROM payments_receivablebalance b
    JOIN payments_receivable r ON r.organization_id = b.organization_id AND r.id = b.receivable_id
    JOIN customers_customer c ON c.organization_id = b.organization_id AND c.id = b.customer_id
    LEFT JOIN (SELECT receivable_id, array_agg(kind) AS kinds FROM payments_hold
               WHERE organization_id = %(organization)s AND released_at IS NULL GROUP BY 1) held
      ON held.receivable_id = b.receivable_id
    LEFT JOIN (SELECT receivable_id, jsonb_agg(jsonb_build_array(position, step, day, fee, deadline)) AS steps
               FROM reminders_reminder WHERE organization_id = %(organization)s AND state IN ('sent', 'removed')
               GROUP BY 1) past
      ON past.receivable_id = b.receivable_id
    WHERE b.organization_id = %(organization)s AND b.currency_amount > 0 AND b.due_date <= %(through)s
    ORDER BY b.due_date, b.receivable_id
"""


@contextmanager
def kept_world(claims: int) -> Iterator[Organization]:
    """The filled database, made first when it is not there, and the organization that has all the claims."""
    numbers = {"organizations": ORGANIZATIONS, "customers": CUSTOMERS, "claims": claims}

    def fill(cursor: Any) -> None:
        cursor.execute(listing_world.IDS)
        for statement in FILL:
            cursor.execute(statement, numbers)

    with kept_database(f"bilag_dunning_{claims}_{WORLD}", fill):
        key = UUID("01900002-0001-7000-8000-000000000000")
        with organization_context(key), transaction.atomic():
            organization = Organization.objects.get(pk=key)
        yield organization
