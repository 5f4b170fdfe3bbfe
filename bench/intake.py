"""Billable work by the API: whole calls of 500 pieces, against the hand-written INSERT of the same rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from django.db import connection, transaction
from django.test import Client

from bench import measure, world
from billing_backlog.models import BacklogItem
from foundation.ids import uuid7
from tenants.context import organization_context
from tenants.models import AuditEntry, Organization
from tests import builders
from tests.api.programs import ADDRESS, make_token

CALL_SIZE = 500
FULL, QUICK = 40, 8  # calls
SECONDS_PER_THOUSAND_MAX = 1.0  # 1,000 items a second
BAR = 2.5
CUSTOMERS = 50


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Calls one after the other by one client on one connection; the rows that they made are written once more."""
    calls = QUICK if quick else FULL
    with world.fresh_database():
        organization = world.make_organization(1)
        numbers = [builders.make_customer(organization, name=f"Kunde {number}").number for number in range(CUSTOMERS)]
        _token, secret = make_token(organization)
        client, headers = Client(SERVER_NAME="127.0.0.1"), {"Authorization": f"Bearer {secret}"}
        bodies = [_body(number, numbers) for number in range(calls + 1)]
        _send(client, headers, bodies[0], "new")  # warm
        ours = _timed(lambda body: _send(client, headers, body, "new"), bodies[1:])
        again = _timed(lambda body: _send(client, headers, body, "known"), bodies[1:])
        floor = _floor(organization, calls * CALL_SIZE)
    thousands = calls * CALL_SIZE / 1000
    return [
        measure.limit_row("intake: 1,000 new items", ours / thousands, SECONDS_PER_THOUSAND_MAX, "s"),
        measure.limit_row("intake: 1,000 known items", again / thousands, SECONDS_PER_THOUSAND_MAX, "s"),
        measure.row("intake: new items", ours / thousands, floor / thousands, "s per 1,000", bar=BAR),
    ]


def _body(number: int, customers: Sequence[int]) -> bytes:
    items = [
        {
            "source": {"system": "bench", "order": str(number), "line": str(place)},
            "kind": "time",
            "day": f"2026-10-{place % 28 + 1:02}",
            "quantity": "7.5",
            "text": f"Rådgivning, oppdrag {number}-{place}",
            "customer_number": customers[place % len(customers)],
            "unit_code": "HUR",
            "unit_price": "1250.00",
            "performed_by": "Kari Konsulent",
        }
        for place in range(CALL_SIZE)
    ]
    return json.dumps({"items": items}).encode()


def _send(client: Client, headers: dict[str, str], body: bytes, outcome: str) -> None:
    answer = client.post(f"{ADDRESS}/backlog/items", body, content_type="application/json", headers=headers)
    assert answer.status_code == 200, answer.content
    assert {item["outcome"] for item in answer.json()["items"]} == {outcome}


def _timed(work: Any, bodies: Sequence[bytes]) -> float:
    start = perf_counter()
    for body in bodies:
        work(body)
    return perf_counter() - start


def _floor(organization: Organization, count: int) -> float:
    """Write the rows of both tables anew, a call's worth a transaction, under row security and every trigger."""
    with organization_context(organization.pk):
        with transaction.atomic():
            items = list(BacklogItem.objects.of(organization).order_by("-id")[:count])
            verbs = AuditEntry.objects.of(organization).filter(verb="backlog.taken")
            entries = list(verbs.order_by("-id")[:count])
        for place, (item, entry) in enumerate(zip(items, entries, strict=True)):
            item.id, item.source_system = uuid7(), "floor"
            entry.id = uuid7()
            item.source_line = str(place)
        statements = [
            [
                (_statement(rows_of), _values(rows_of))
                for rows_of in (items[at : at + CALL_SIZE], entries[at : at + CALL_SIZE])
            ]
            for at in range(0, count, CALL_SIZE)
        ]
        start = perf_counter()
        for both in statements:
            with transaction.atomic(), connection.cursor() as cursor:
                for statement, values in both:
                    cursor.execute(statement, values)
        return perf_counter() - start


def _statement(written: Sequence[Any]) -> str:
    fields = written[0]._meta.concrete_fields
    names = ", ".join(f'"{field.column}"' for field in fields)
    one = f"({', '.join(['%s'] * len(fields))})"
    return f"INSERT INTO {written[0]._meta.db_table} ({names}) VALUES {', '.join([one] * len(written))}"  # noqa: S608


def _values(written: Sequence[Any]) -> list[Any]:
    fields = written[0]._meta.concrete_fields
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for row in written for field in fields]
