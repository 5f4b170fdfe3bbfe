"""The start page of a large organization: its whole answer against a limit, its figures against hand-written SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from time import perf_counter
from typing import Any
from unittest import mock
from uuid import UUID

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import listing_world, measure
from config.dashboard import figures
from foundation.transactions import read_only
from tenants.context import organization_context
from tenants.models import Membership, Organization, User

TODAY = date(2026, 11, 15)
PAGE_MS_MAX = 150.0  # of server time
QUESTIONS_MAX = 30
BAR = 3.0
FLOOR = (
    """SELECT due_date, sum(amount), count(*) FROM payments_receivablebalance
       WHERE organization_id = %(organization)s AND currency_amount <> 0 GROUP BY due_date""",
    """SELECT owing.customer_id, c.name, owing.amount FROM (
         SELECT customer_id, sum(amount) AS amount FROM payments_receivablebalance
         WHERE organization_id = %(organization)s AND currency_amount <> 0 AND due_date < %(today)s
         GROUP BY 1 HAVING sum(amount) > 0 ORDER BY 2 DESC LIMIT 5) owing
       JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = owing.customer_id
       ORDER BY 3 DESC""",
    """SELECT date_trunc('month', issue_date::timestamp)::date, kind, issue_date - COALESCE(delivery_date, period_to),
              sum(net_amount), count(*)
       FROM invoicing_invoice
       WHERE organization_id = %(organization)s AND issue_date BETWEEN '2025-12-01' AND %(today)s
         AND status = 'finalized' AND kind IN ('invoice', 'credit_note') GROUP BY 1, 2, 3""",
)


def run(*, quick: bool) -> list[dict[str, Any]]:
    """The page and its figures of the organization that holds a fifth of a million documents."""
    documents, rounds = (listing_world.QUICK, 15) if quick else (listing_world.FULL, 40)
    with listing_world.kept_database(documents):
        organization = _organization()
        client = _signed_in(organization)
        path = f"/{organization.slug}/"
        with mock.patch("config.views.home.local_today", return_value=TODAY):
            page = _p95(partial(client.get, path), rounds)
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(path)
        assert answer.status_code == 200, answer.status_code
        ours = _p95(partial(_figures, organization), rounds)
        floor = _p95(partial(_floor, organization), rounds)
    return [
        measure.limit_row("dashboard: page of a large organization", page, PAGE_MS_MAX, "ms p95"),
        measure.row("dashboard: its sums", ours, floor, "ms p95", bar=BAR),
        measure.limit_row("dashboard: questions a page", float(len(asked)), float(QUESTIONS_MAX), "statements"),
        measure.limit_row("dashboard: size of the page", len(answer.content) / 1000, 100.0, "kB"),
    ]


def _organization() -> Organization:
    key = UUID("01900002-0001-7000-8000-000000000000")
    with organization_context(key), transaction.atomic():
        return Organization.objects.get(pk=key)


def _signed_in(organization: Organization) -> Client:
    user = User.objects.get(email="owner@bench.example")
    with organization_context(organization.pk), transaction.atomic():
        Membership.objects.get_or_create(organization=organization, user=user, defaults={"role": "owner"})
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    return client


def _figures(organization: Organization) -> None:
    with organization_context(organization.pk), read_only():
        days = figures.open_days(organization)
        figures.ageing_of(days, TODAY)
        figures.expected_of(days, TODAY)
        figures.overdue_customers(organization, TODAY)
        figures.issued_months(organization, TODAY)


def _floor(organization: Organization) -> None:
    values: dict[str, Any] = {"organization": organization.pk, "today": TODAY}
    with organization_context(organization.pk), read_only(), connection.cursor() as cursor:
        for question in FLOOR:
            cursor.execute(question, values)
            cursor.fetchall()


def _p95(work: Callable[[], Any], rounds: int) -> float:
    spent = []
    for turn in range(rounds + 3):
        start = perf_counter()
        work()
        if turn >= 3:  # the first rounds warm caches and plans
            spent.append((perf_counter() - start) * 1000)
    return sorted(spent)[int(0.95 * len(spent))]
