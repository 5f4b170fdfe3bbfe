"""The list of the backlog, and marking a thousand items, at a hundred thousand open items against hand-written SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection, connections, transaction
from django.http import QueryDict

from bench import measure, world
from billing_backlog.actions.ready import mark_not_ready, mark_ready
from billing_backlog.listing.asked import BacklogRequest, request_of
from billing_backlog.listing.finding import Reader
from billing_backlog.listing.page import list_page
from foundation.ids import uuid7
from foundation.transactions import read_only
from tenants.context import organization_context
from tenants.models import Membership, Organization
from tests import builders

TODAY = date(2026, 11, 15)
NOW = datetime(2026, 11, 15, 9, tzinfo=UTC)
FULL, QUICK = 100_000, 10_000
BASE = 1_000  # told one by one; the others are copies of them on other days
MARKED = 1_000
BAR = 3.0

_COPIES = """INSERT INTO billing_backlog_backlogitem
SELECT (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid(), 'day', i.day - (g %% 300)))).*
FROM billing_backlog_backlogitem i CROSS JOIN generate_series(1, %s) g WHERE i.organization_id = %s"""
_STANDING = """LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN d.kind = 'credit_note' THEN -l.quantity ELSE l.quantity END) AS taken,
      bool_or(d.status = 'draft') AS drafted
    FROM invoicing_invoiceline l
    JOIN invoicing_invoice d ON d.organization_id = l.organization_id AND d.id = l.invoice_id
    WHERE l.organization_id = %(organization)s AND l.source_id = i.id) b ON true
  LEFT JOIN LATERAL (SELECT sum(w.quantity) AS given_up FROM billing_backlog_writeoff w
    WHERE w.organization_id = %(organization)s AND w.item_id = i.id) o ON true"""
_FROM = """FROM billing_backlog_backlogitem i
  JOIN customers_customer c ON c.organization_id = i.organization_id AND c.id = i.customer_id
  JOIN billing_backlog_project p ON p.organization_id = i.organization_id AND p.id = i.project_id"""
_OPEN = "WHERE i.organization_id = %(organization)s AND i.settled_at IS NULL AND i.cancelled_at IS NULL"
# The same derivation by hand: one page of rows with their standing, and what everything comes to by state and group.
FLOOR_PAGE = f"""SELECT i.*, c.name, p.number, b.taken, b.drafted, o.given_up {_FROM} {_STANDING} {_OPEN} {{narrowed}}
  ORDER BY p.number, i.day DESC, i.id DESC LIMIT 51"""
FLOOR_SUMS = f"""SELECT {{by}}, i.currency, CASE WHEN b.drafted THEN 3 WHEN i.is_over_limit THEN 2
    WHEN i.ready_at IS NULL THEN 0 ELSE 1 END, count(*), count(DISTINCT i.customer_id),
    sum(round((i.quantity - coalesce(b.taken, 0) - coalesce(o.given_up, 0)) * i.unit_price, 2))
  {_FROM} {_STANDING} {_OPEN} {{narrowed}} GROUP BY 1, 2, 3"""

CASES: tuple[tuple[str, dict[str, str], str], ...] = (
    ("everything, by project", {}, ""),
    ("not judged, through a day", {"state": "not_ready", "until": "2026-10-15"},
     "AND i.day <= '2026-10-15' AND i.ready_at IS NULL AND NOT i.is_over_limit"),
    ("one customer's, with words", {"q": "tilsyn 7"}, "AND i.text ILIKE '%%tilsyn%%' AND i.text ILIKE '%%7%%'"),
)  # fmt: skip


def run(*, quick: bool) -> list[dict[str, Any]]:
    """p95 of the list, of its filters, and of marking a thousand."""
    items, rounds = (QUICK, 8) if quick else (FULL, 20)
    with world.fresh_database():
        organization = world.make_organization(1)
        ids = _fill(organization, items)
        rows = [_list_row(organization, *case, rounds=rounds) for case in CASES]
        rows.append(_marking_row(organization, ids, rounds=max(3, rounds // 4)))
    return rows


def _fill(organization: Organization, count: int) -> list[UUID]:
    chance = Random(builders.SEED)  # noqa: S311 - the same work in every run
    lines = []
    for place in range(20):
        customer = builders.make_customer(organization, name=f"Kunde {place} AS")
        project = builders.make_project(organization, customer, number=f"{3000 + place}", name="Prosjekt")
        lines.append(builders.make_contract_line(organization, project, contract={"number": f"K-{place}"}))
    base = builders.take_work(
        organization,
        *(
            builders.work(
                chance.choice(lines),
                day=TODAY - timedelta(days=chance.randint(0, 60)),
                quantity=Decimal(chance.randint(1, 1600)) / 100,
                text=f"Tilsyn {number}",
            )
            for number in range(BASE)
        ),
    )
    with builders.in_organization(organization), connection.cursor() as cursor:
        cursor.execute(_COPIES, [count // BASE - 1, organization.pk])
    with organization_context(organization.pk):
        mark_ready(organization, [item.pk for item in base], actor=builders.actor_of(organization), now=NOW)
    drafted = builders.make_proformas_of(organization, base[:200])
    builders.finalize_drafts(organization, [each.invoice_id for each in drafted[:5]])
    with connections["owner"].cursor() as cursor:  # as autovacuum does within the minute; it is the owner's to do
        cursor.execute("ANALYZE")
    with builders.in_organization(organization), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM billing_backlog_backlogitem WHERE organization_id = %s AND ready_at IS NULL LIMIT %s",
            [organization.pk, MARKED],
        )
        return [key for (key,) in cursor.fetchall()]


def _list_row(
    organization: Organization, name: str, question: dict[str, str], narrowed: str, *, rounds: int
) -> dict[str, Any]:
    wanted = request_of(question)
    ours = _p95(partial(_ask, organization, wanted), rounds)
    floor = _p95(partial(_ask_floor, organization, narrowed), rounds)
    return measure.row(f"backlog: {name}", ours, floor, "ms p95", bar=BAR)


def _ask(organization: Organization, wanted: BacklogRequest) -> None:
    with organization_context(organization.pk), read_only():
        member = Membership.objects.of(organization).select_related("user")[0]
        list_page(Reader(organization, member.user, True, NOW, TODAY), wanted, QueryDict())


def _ask_floor(organization: Organization, narrowed: str) -> None:
    with organization_context(organization.pk), read_only(), connection.cursor() as cursor:
        cursor.execute(FLOOR_PAGE.format(narrowed=narrowed), {"organization": organization.pk})
        cursor.fetchall()
        for by in ("1", "i.project_id"):
            cursor.execute(FLOOR_SUMS.format(narrowed=narrowed, by=by), {"organization": organization.pk})
            cursor.fetchall()


def _marking_row(organization: Organization, ids: list[UUID], *, rounds: int) -> dict[str, Any]:
    actor = builders.actor_of(organization)

    def mark() -> None:
        with organization_context(organization.pk):
            assert len(mark_ready(organization, ids, actor=actor, now=NOW).done) == len(ids)

    def unmark() -> None:
        with organization_context(organization.pk):
            mark_not_ready(organization, ids, actor=actor, now=NOW)

    ours = _p95(mark, rounds, after=unmark)
    floor = _p95(partial(_mark_floor, organization, ids), rounds, after=unmark)
    return measure.row("backlog: marking a thousand", ours, floor, "ms p95", bar=BAR)


def _mark_floor(organization: Organization, ids: list[UUID]) -> None:
    """Locked, asked what is left, marked, and a line of history each."""
    values: dict[str, Any] = {
        "organization": organization.pk,
        "ids": ids,
        "now": NOW,
        "histories": [uuid7() for _ in ids],
    }
    with organization_context(organization.pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT i.*, c.*, p.*, b.taken, o.given_up {_FROM} {_STANDING}
                WHERE i.organization_id = %(organization)s AND i.id = ANY(%(ids)s)
                ORDER BY i.id FOR NO KEY UPDATE OF i""",
            values,
        )
        cursor.fetchall()
        cursor.execute(
            """UPDATE billing_backlog_backlogitem SET ready_at = %(now)s, ready_by = 'Bench'
               WHERE organization_id = %(organization)s AND id = ANY(%(ids)s)""",
            values,
        )
        cursor.execute(
            """INSERT INTO tenants_auditentry (id, organization_id, recorded_at, actor_kind, actor_name, verb,
                   subject_kind, subject_id, subject_label, facts)
               SELECT unnest(%(histories)s::uuid[]), %(organization)s, %(now)s, 'user', 'Bench',
                   'backlog.marked_ready', 'backlogitem', unnest(%(ids)s::uuid[]), '', '{}'""",
            values,
        )


def _p95(work: Callable[[], None], rounds: int, *, after: Callable[[], None] | None = None) -> float:
    parts = []
    for turn in range(rounds + 2):
        start = perf_counter()
        work()
        if turn >= 2:  # the first rounds warm caches and plans
            parts.append((perf_counter() - start) * 1000)
        if after is not None:
            after()
    return sorted(parts)[int(0.95 * len(parts))]
