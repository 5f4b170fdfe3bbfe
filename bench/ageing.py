"""Ageing of a hundred thousand open claims, today and as of a day that is past, against hand-written SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from bench import listing_world, measure
from bench.kept import kept_database
from foundation.transactions import read_only
from payments.reports.ageing import ageing_as_of
from tenants.context import organization_context
from tenants.models import Organization

OPEN, QUICK = 100_000, 20_000
ORGANIZATIONS = 20
CUSTOMERS = 2_000
WORLD = 1  # another number after a change of what is filled in
TODAY, EARLIER = date(2026, 11, 20), date(2026, 9, 30)
BAR = 3.0

FILL = (
    *listing_world.FILL[:3],  # people, organizations, customers
    """INSERT INTO payments_account (id, organization_id, number, name, purpose, is_active)
       SELECT bench_id(11, o, a.place), bench_id(2, o, 0), a.number, a.number, a.purpose, true
       FROM generate_series(1, %(organizations)s) o,
            (VALUES (1, '1500', 'receivables'), (2, '3000', ''), (3, '1920', 'bank')) AS a (place, number, purpose)""",
    # One organization has all the claims asked for, each of the others a twentieth; as many again are paid.
    """CREATE UNLOGGED TABLE bench_claim AS
       SELECT o AS organization, g AS place, date '2025-06-01' + (g * 535 / n.most)::int AS day,
              1 + (hashint8(g) & 2147483647) %% %(customers)s AS customer,
              ((hashint8(g + 7) & 2147483647) %% 9000000) / 100.0 + 10 AS amount,
              CASE WHEN (hashint8(g + 3) & 2147483647) %% 10 = 0 THEN 'EUR' ELSE 'NOK' END AS currency,
              g %% 2 = 0 AS is_open
       FROM generate_series(1, %(organizations)s) o,
            LATERAL (SELECT CASE WHEN o = 1 THEN 2 * %(claims)s ELSE %(claims)s / 10 END AS most) n,
            LATERAL generate_series(1, n.most) g""",
    """INSERT INTO payments_receivable (id, organization_id, customer_id, kind, document_number, kid, currency,
           issue_date, due_date, created_at)
       SELECT bench_id(5, organization, place), bench_id(2, organization, 0), bench_id(3, organization, customer),
              'invoice', place::text, place::text, currency, day, day + 14, day
       FROM bench_claim""",
    """INSERT INTO payments_receivablebalance (id, organization_id, receivable_id, customer_id, currency,
           due_date, currency_amount, amount)
       SELECT bench_id(6, organization, place), bench_id(2, organization, 0), bench_id(5, organization, place),
              bench_id(3, organization, customer), currency, day + 14,
              CASE WHEN is_open THEN amount ELSE 0 END, CASE WHEN is_open THEN amount ELSE 0 END
       FROM bench_claim""",
    """CREATE UNLOGGED TABLE bench_posted AS
       SELECT organization, place * 2 AS number, place, day, amount, currency, 'sale' AS kind, 2 AS account
       FROM bench_claim
       UNION ALL
       SELECT organization, place * 2 + 1, place, day + 20, -amount, currency, 'payment', 3
       FROM bench_claim WHERE NOT is_open""",
    """INSERT INTO payments_voucher (id, organization_id, year, number, day, kind, text, source_kind, source_id,
           currency, posted_at, transaction_id, previous_hash, hash)
       SELECT bench_id(12, organization, number), bench_id(2, organization, 0), 2026, number, day, kind, kind,
              'invoice', bench_id(7, organization, place), currency, day, 1, '', ''
       FROM bench_posted""",
    """INSERT INTO payments_posting (id, organization_id, voucher_id, position, account_id, amount, currency_amount,
           vat_code, receivable_id, dimensions)
       SELECT bench_id(13, organization, number), bench_id(2, organization, 0), bench_id(12, organization, number), 1,
              bench_id(11, organization, 1), amount, amount, '', bench_id(5, organization, place), '{}'::jsonb
       FROM bench_posted
       UNION ALL
       SELECT bench_id(14, organization, number), bench_id(2, organization, 0), bench_id(12, organization, number), 2,
              bench_id(11, organization, account), -amount, -amount, '', NULL::uuid, '{}'::jsonb
       FROM bench_posted""",
    "DROP TABLE bench_posted",
    "DROP TABLE bench_claim",
)

_AGES = """sum(amount) FILTER (WHERE due_date >= %(day)s),
           sum(amount) FILTER (WHERE due_date < %(day)s AND due_date >= %(day)s::date - 30),
           sum(amount) FILTER (WHERE due_date < %(day)s::date - 30 AND due_date >= %(day)s::date - 60),
           sum(amount) FILTER (WHERE due_date < %(day)s::date - 60 AND due_date >= %(day)s::date - 90),
           sum(amount) FILTER (WHERE due_date < %(day)s::date - 90), sum(amount)"""
FLOOR_TODAY = f"""
    SELECT customer_id, {_AGES}, sum(amount) FILTER (WHERE due_date < %(day)s) AS late
    FROM payments_receivablebalance WHERE organization_id = %(organization)s AND currency_amount <> 0
    GROUP BY customer_id ORDER BY late DESC NULLS LAST LIMIT 50"""  # noqa: S608 - our own words
FLOOR_EARLIER = f"""
    SELECT customer_id, {_AGES}, sum(amount) FILTER (WHERE due_date < %(day)s) AS late
    FROM (SELECT r.customer_id, r.due_date, sum(p.amount) AS amount
          FROM payments_voucher v
          JOIN payments_posting p ON p.organization_id = v.organization_id AND p.voucher_id = v.id
          JOIN payments_receivable r ON r.organization_id = p.organization_id AND r.id = p.receivable_id
          WHERE v.organization_id = %(organization)s AND v.day <= %(day)s
          GROUP BY r.id, r.customer_id, r.due_date HAVING sum(p.currency_amount) <> 0) standing
    GROUP BY customer_id ORDER BY late DESC NULLS LAST LIMIT 50"""  # noqa: S608 - our own words


def run(*, quick: bool) -> list[dict[str, Any]]:
    """The whole report as of both days, each against the plainest statement that sums the same claims."""
    claims, rounds = (QUICK, 8) if quick else (OPEN, 15)
    numbers = {"organizations": ORGANIZATIONS, "customers": CUSTOMERS, "claims": claims}

    def fill(cursor: Any) -> None:
        cursor.execute(listing_world.IDS)
        for statement in FILL:
            cursor.execute(statement, numbers)

    rows = []
    with kept_database(f"bilag_ageing_{claims}_{WORLD}", fill):
        organization = _organization()
        for name, day, floor in (("today", TODAY, FLOOR_TODAY), ("of a day past", EARLIER, FLOOR_EARLIER)):
            ours = _p95(partial(_report, organization, day), rounds)
            theirs = _p95(partial(_ask, organization, day, floor), rounds)
            rows.append(measure.row(f"ageing: {claims} open claims as {name}", ours, theirs, "ms p95", bar=BAR))
    return rows


def _organization() -> Organization:
    key = UUID("01900002-0001-7000-8000-000000000000")
    with organization_context(key), transaction.atomic():
        return Organization.objects.get(pk=key)


def _report(organization: Organization, day: date) -> None:
    with organization_context(organization.pk), read_only():
        found = ageing_as_of(organization, day)
        assert found.has_more, "too few customers to be a page"


def _ask(organization: Organization, day: date, question: str) -> None:
    with organization_context(organization.pk), read_only(), connection.cursor() as cursor:
        cursor.execute(question, {"organization": organization.pk, "day": day})
        cursor.fetchall()


def _p95(work: Callable[[], Any], rounds: int) -> float:
    spent = []
    for turn in range(rounds + 2):
        start = perf_counter()
        work()
        if turn >= 2:  # the first rounds warm caches and plans
            spent.append((perf_counter() - start) * 1000)
    return sorted(spent)[int(0.95 * len(spent))]
