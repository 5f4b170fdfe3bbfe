"""The document list against hand-written queries for the same rows, under the same login and row security."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bench import listing_world, measure
from foundation.transactions import read_only
from invoicing.listing.filters import Condition
from invoicing.listing.page import ListRequest, Show, list_page
from invoicing.listing.properties.registry import own_name
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders

TODAY = date(2026, 11, 15)
COLUMNS = """SELECT i.id, i.kind, i.status, i.number, i.customer_id, c.name, i.issue_date, i.due_date, i.currency,
    i.payable_amount, i.updated_at, b.currency_amount,
    (SELECT sum(n.payable_amount) FROM invoicing_invoice n WHERE n.organization_id = i.organization_id
        AND n.credits_id = i.id AND n.status = 'finalized')
  FROM invoicing_invoice i
  JOIN customers_customer c ON c.organization_id = i.organization_id AND c.id = i.customer_id
  LEFT JOIN payments_receivablebalance b
    ON b.organization_id = i.organization_id AND b.receivable_id = i.receivable_id
  WHERE i.organization_id = %(organization)s"""
QUERIES_MAX = 5


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that people ask the list, in our words and in SQL."""

    name: str
    wanted: Callable[[Random, int], ListRequest]  # by chance, in the organization of that number
    floor: str
    values: Callable[[ListRequest], dict[str, Any]] = lambda _wanted: {}


def _middle(random: Random, _organization: int) -> ListRequest:
    number = random.randint(10_100, 12_000)
    return ListRequest(after=f"{number}~{UUID(int=number)}")


def _filtered(*conditions: tuple[str, str, tuple[str, ...]], sort: str = "") -> ListRequest:
    return ListRequest(groups=(tuple(Condition(*each) for each in conditions),), sort=sort)


def _owner_and_date(random: Random, _organization: int) -> ListRequest:
    since = TODAY - timedelta(days=random.randint(30, 700))
    owner = str(listing_world.user_id(random))
    return _filtered(("owner", "is", (owner,)), ("issued", "since", (since.isoformat(),)), sort="-issued")


def _own_property_and_status(_random: Random, organization: int) -> ListRequest:
    own = own_name(listing_world.property_id(organization))
    return _filtered((own, "is", ("Nord",)), ("standing", "any", ("overdue",)), sort="due")


def _amount_and_customer_kind(random: Random, _organization: int) -> ListRequest:
    least = str(random.randint(20_000, 80_000))
    return _filtered(("amount", "ge", (least,)), ("customer_kind", "is", ("public_body",)))


def _two_groups(random: Random, _organization: int) -> ListRequest:
    owner = (Condition("owner", "is", (str(listing_world.user_id(random)),)), Condition("amount", "lt", ("500",)))
    return ListRequest(groups=(owner, (Condition("due", "in", ("this-month",)), Condition("open", "gt", ("0",)))))


def _value(wanted: ListRequest, group: int, place: int) -> str:
    return wanted.groups[group][place].values[0]


FILTERED = (
    Case(
        "owner and date",
        _owner_and_date,
        """AND i.issue_date >= %(since)s AND EXISTS (SELECT 1 FROM invoicing_invoicefollowup f
             WHERE f.organization_id = %(organization)s AND f.invoice_id = i.id AND f.owner_id = %(owner)s)
           ORDER BY i.issue_date DESC, i.id DESC LIMIT 51""",
        lambda wanted: {"owner": _value(wanted, 0, 0), "since": _value(wanted, 0, 1)},
    ),
    Case(
        "own property and status",
        _own_property_and_status,
        """AND i.status = 'finalized' AND i.kind = 'invoice' AND i.due_date < %(today)s AND b.currency_amount > 0
           AND b.currency_amount <> 0 AND EXISTS (SELECT 1 FROM invoicing_invoicefollowup f
             WHERE f.organization_id = %(organization)s AND f.invoice_id = i.id
               AND f.custom_properties ->> %(own)s = 'Nord')
           ORDER BY i.due_date, i.id LIMIT 51""",
        lambda wanted: {"own": wanted.groups[0][0].name.removeprefix("c-")},
    ),
    Case(
        "amount and kind of customer",
        _amount_and_customer_kind,
        """AND i.payable_amount >= %(least)s AND c.kind = 'public_body'
           ORDER BY i.number DESC NULLS FIRST LIMIT 51""",
        lambda wanted: {"least": Decimal(_value(wanted, 0, 0))},
    ),
    Case(
        "two groups of two",
        _two_groups,
        """AND ((i.payable_amount < 500 AND EXISTS (SELECT 1 FROM invoicing_invoicefollowup f
                 WHERE f.organization_id = %(organization)s AND f.invoice_id = i.id AND f.owner_id = %(owner)s))
             OR (i.due_date BETWEEN %(first)s AND %(last)s AND b.currency_amount > 0))
           ORDER BY i.number DESC NULLS FIRST LIMIT 51""",
        lambda wanted: {"owner": _value(wanted, 0, 0), "first": date(2026, 11, 1), "last": date(2026, 11, 30)},
    ),
)
CASES = (
    Case(
        "first page by number",
        lambda _random, _organization: ListRequest(),
        "ORDER BY i.number DESC NULLS FIRST, i.id DESC LIMIT 51",
    ),
    Case(
        "keyset page in the middle",
        _middle,
        "AND i.number < %(after)s ORDER BY i.number DESC LIMIT 51",
        lambda wanted: {"after": int(wanted.after.split("~")[0])},
    ),
    Case(
        "by amount",
        lambda _random, _organization: ListRequest(sort="-amount"),
        "ORDER BY i.payable_amount DESC, i.id DESC LIMIT 51",
    ),
    Case(
        "overdue by due date",
        lambda _random, _organization: ListRequest(show=Show.OVERDUE),
        """AND i.status = 'finalized' AND i.kind = 'invoice' AND i.due_date < %(today)s AND b.currency_amount > 0
           AND b.currency_amount <> 0 AND b.due_date < %(today)s ORDER BY i.due_date, i.id LIMIT 51""",
    ),
    Case(
        "one customer",
        lambda random, organization: ListRequest(
            customer_id=listing_world.customer_id(organization, random), sort="-issued"
        ),
        "AND i.customer_id = %(customer)s ORDER BY i.issue_date DESC NULLS FIRST, i.id DESC LIMIT 51",
        lambda wanted: {"customer": wanted.customer_id},
    ),
    Case(
        "a number typed: document, KID or in a name",
        lambda random, _organization: ListRequest(words=str(random.randint(10_100, 12_000))),
        """AND i.id IN (
             SELECT n.id FROM invoicing_invoice n WHERE n.organization_id = %(organization)s
               AND (n.number = %(number)s OR n.number BETWEEN %(number)s * 10 AND %(number)s * 10 + 9)
             UNION SELECT n.id FROM invoicing_invoice n WHERE n.organization_id = %(organization)s
               AND n.customer_id IN (SELECT id FROM search_customer_ids(%(words)s, 500))
             UNION SELECT n.id FROM invoicing_invoice n WHERE n.organization_id = %(organization)s
               AND n.receivable_id IN (SELECT r.id FROM payments_receivable r
                                       WHERE r.organization_id = %(organization)s AND r.kid = %(words)s))
           ORDER BY i.number DESC NULLS LAST LIMIT 51""",
        lambda wanted: {"number": int(wanted.words), "words": wanted.words},
    ),
    Case(
        "part of a customer's name",
        lambda random, _organization: ListRequest(words=f"{random.choice('abcdef')}{random.randint(10, 99)}"),
        """AND i.customer_id IN (SELECT id FROM search_customer_ids(%(words)s, 500))
           ORDER BY i.number DESC NULLS LAST LIMIT 51""",
        lambda wanted: {"words": wanted.words},
    ),
)

EVERY = (*CASES, *FILTERED)


def run(*, quick: bool) -> list[dict[str, Any]]:
    """p95 of each question over organizations of three sizes; the count of statements stays the same."""
    documents, rounds = (listing_world.QUICK, 40) if quick else (listing_world.FULL, 150)
    with listing_world.kept_database(documents):
        organizations = {number: _organization(number) for number in (1, 2, 50)}
        rows = [_case_row(case, organizations, rounds) for case in EVERY]
        most = max(_statements(case, number, one) for case in EVERY for number, one in organizations.items())
    return [*rows, measure.limit_row("list: statements a page", float(most), float(QUERIES_MAX), "statements")]


def _organization(number: int) -> Organization:
    key = UUID(f"01900002-{number:04x}-7000-8000-000000000000")
    with organization_context(key), transaction.atomic():
        return Organization.objects.get(pk=key)


def _case_row(case: Case, organizations: dict[int, Organization], rounds: int) -> dict[str, Any]:
    random = Random(builders.SEED)  # noqa: S311 - the same questions in every run
    ours: list[float] = []
    floor: list[float] = []
    for turn in range(rounds + 5):
        for number, organization in organizations.items():
            wanted = case.wanted(random, number)
            own = _timed(partial(_ask, organization, wanted))
            least = _timed(partial(_ask_floor, organization, case, wanted))
            if turn >= 5:  # the first rounds warm caches and plans
                ours.append(own)
                floor.append(least)
    return measure.row(f"list: {case.name}", _p95(ours), _p95(floor), "ms p95", bar=3.0)


def _ask(organization: Organization, wanted: ListRequest) -> None:
    with organization_context(organization.pk), read_only():
        list_page(organization, wanted, today=TODAY)


def _ask_floor(organization: Organization, case: Case, wanted: ListRequest) -> None:
    values = {"organization": organization.pk, "today": TODAY, **case.values(wanted)}
    with organization_context(organization.pk), read_only(), connection.cursor() as cursor:
        cursor.execute(f"{COLUMNS} {case.floor}", values)
        cursor.fetchall()


def _statements(case: Case, number: int, organization: Organization) -> int:
    with CaptureQueriesContext(connection) as captured:
        _ask(organization, case.wanted(Random(1), number))  # noqa: S311 - any question will do
    return sum(query["sql"].startswith("SELECT") for query in captured.captured_queries)


def _timed(work: Callable[[], None]) -> float:
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * len(values))]
