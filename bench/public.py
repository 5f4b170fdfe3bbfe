"""The customer's page: its whole answer against limits, and against the plainest page of ours with bare questions."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import measure
from bench.world import fresh_database, make_organization
from foundation.transactions import read_only
from tenants.context import organization_context
from tests import builders

LINES = (8, 1_000)
PAGE_MS_MAX = 40.0  # of processor time, ours and the database's together
QUERIES_MAX = 10
KB_MAX = 50.0
BAR = 8.0  # a document in a chosen language with a form, over a page that has neither
FLOOR = (
    "SELECT * FROM invoicing_publiclink WHERE organization_id = %(organization)s AND subject_id = %(invoice)s",
    "SELECT * FROM invoicing_invoice WHERE organization_id = %(organization)s AND id = %(invoice)s",
    """SELECT sum(currency_amount) FROM payments_posting
       WHERE organization_id = %(organization)s AND receivable_id = %(receivable)s""",
    "SELECT * FROM invoicing_documentfile WHERE organization_id = %(organization)s AND subject_id = %(invoice)s",
    "SELECT * FROM invoicing_enquiry WHERE organization_id = %(organization)s AND invoice_id = %(invoice)s",
)


def run(*, quick: bool) -> list[dict[str, Any]]:
    """A page of few lines and one of a thousand."""
    rounds = 30 if quick else 200
    with fresh_database():
        organization = make_organization(1)
        return [row for lines in LINES for row in _rows(organization, lines, rounds)]


def _rows(organization: Any, lines: int, rounds: int) -> list[dict[str, Any]]:
    texts = [builders.line(f"Rådgivning, uke {number}", detail="x" * 200) for number in range(lines)]
    invoice = builders.make_finalized_invoice(organization, lines=texts)
    client = Client(SERVER_NAME="127.0.0.1")
    path = client.get(urlsplit(builders.make_link(organization, invoice)).path).headers["Location"]
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    questions = float(len(asked))
    assert answer.status_code == 200, answer.status_code
    name = f"public: page of {lines} lines"
    ours = _cost(partial(client.get, path), rounds)
    values = {"organization": organization.pk, "invoice": invoice.pk, "receivable": invoice.receivable_id}
    floor = _cost(partial(_floor, client, organization, values), rounds)
    rows = [
        measure.limit_row(name, ours, PAGE_MS_MAX, "ms processor"),
        measure.limit_row(f"{name}, questions", questions, float(QUERIES_MAX), "statements"),
        measure.limit_row(f"{name}, size", len(answer.content) / 1000, KB_MAX, "kB"),
    ]
    if lines == LINES[0]:
        rows.append(measure.row(f"{name}, over a plain page and its questions", ours, floor, "ms processor", bar=BAR))
    return rows


def _floor(client: Client, organization: Any, values: dict[str, Any]) -> None:
    client.get("/accessibility/")
    with organization_context(organization.pk), read_only(), connection.cursor() as cursor:
        for question in FLOOR:
            cursor.execute(question, values)
            cursor.fetchall()


def _cost(work: Any, rounds: int) -> float:
    for _time in range(3):  # the first rounds warm caches and plans
        work()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    with measure.spending(pid) as spent:
        for _time in range(rounds):
            work()
    return spent.processor * 1000 / rounds
