"""The floor of finalizing: the same rows by hand-written SQL, every value known beforehand, nothing checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from bench.capture import rows_of
from foundation.ids import uuid7
from tenants.models import Organization

HASH = "f" * 64


@dataclass(slots=True)
class Prepared:
    """The values of one document's rows, as finalizing would write them."""

    invoice_id: UUID
    customer_id: UUID
    snapshot: str
    net: Any
    vat: Any
    payable: Any
    due_date: Any
    day: Any
    postings: list[tuple[UUID, Any, Any, str, bool]]  # account, amount, currency amount, VAT code, on the receivable


def prepare(organization: Organization, draft_ids: Sequence[UUID]) -> list[Prepared]:
    """Work out every value before the clock runs."""
    return [Prepared(**values) for values in rows_of(organization, draft_ids)]


def finalize(organization: Organization, documents: Sequence[Prepared]) -> None:
    """One transaction: series, receivables, balances, vouchers, postings, documents, audit, outbox."""
    connection.ensure_connection()
    assert connection.connection is not None
    session = connection.connection
    key = str(organization.pk)
    count = len(documents)
    session.prepare_threshold = 2  # the server keeps the plans, as it does for ours
    with psycopg.Cursor(session) as cursor:
        session.execute(f"BEGIN; SET LOCAL app.organization_id = '{key}'")
        cursor.execute(
            """UPDATE invoicing_numberseries SET last_number = last_number + %s
               WHERE organization_id = %s AND is_default RETURNING id, last_number, moved_at""",
            (count, key),
        )
        [(series, last, moved_at)] = cursor.fetchall()
        first = last - count + 1
        receivables = [uuid7() for _ in documents]
        _insert_receivables(cursor, key, documents, receivables, first)
        vouchers = _insert_vouchers(cursor, key, documents, receivables, first)
        _insert_balances(cursor, key, documents, receivables)
        _freeze(cursor, key, documents, (series, first, moved_at), (receivables, vouchers))
        _insert_traces(cursor, key, documents, first)
        session.execute("COMMIT")


def _insert_receivables(cursor: Any, key: str, documents: Sequence[Prepared], ids: list[UUID], first: int) -> None:
    numbers = [str(first + place) for place in range(len(documents))]
    cursor.execute(
        """INSERT INTO payments_receivable (id, organization_id, customer_id, kind, document_number, kid, currency,
                                            issue_date, due_date, principal_id, created_at)
           SELECT id, %s, customer, 'invoice', number, kid, 'NOK', day, due, NULL, now()
           FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::date[], %s::date[])
                AS fresh (id, customer, number, kid, day, due)""",
        (
            key,
            ids,
            [document.customer_id for document in documents],
            numbers,
            [number.zfill(10) for number in numbers],
            [document.day for document in documents],
            [document.due_date for document in documents],
        ),
    )


def _insert_balances(cursor: Any, key: str, documents: Sequence[Prepared], ids: list[UUID]) -> None:
    cursor.execute(
        """INSERT INTO payments_receivablebalance (id, organization_id, receivable_id, customer_id, currency,
                                                   due_date, currency_amount, amount)
           SELECT id, %s, receivable, customer, 'NOK', due, payable, payable
           FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::date[], %s::numeric[])
                AS fresh (id, receivable, customer, due, payable)""",
        (
            key,
            [uuid7() for _ in ids],
            ids,
            [document.customer_id for document in documents],
            [document.due_date for document in documents],
            [document.payable for document in documents],
        ),
    )


def _insert_vouchers(
    cursor: Any, key: str, documents: Sequence[Prepared], receivables: list[UUID], first: int
) -> list[UUID]:
    count = len(documents)
    day = documents[0].day
    year = day.year
    cursor.execute(
        """UPDATE payments_voucherseries SET last_number = last_number + %s
           WHERE organization_id = %s AND year = %s RETURNING last_number, moved_at, moved_transaction""",
        (count, key, year),
    )
    row = cursor.fetchone()
    if row is None:
        cursor.execute(
            """INSERT INTO payments_voucherseries (id, organization_id, year, last_number, head_hash)
               VALUES (%s, %s, %s, 0, %s)""",
            (uuid7(), key, year, HASH),
        )
        return _insert_vouchers(cursor, key, documents, receivables, first)
    last, moved_at, transaction_id = row
    ids = [uuid7() for _ in documents]
    cursor.execute(
        """INSERT INTO payments_voucher (id, organization_id, year, number, day, kind, text, source_kind, source_id,
                                         currency, reverses_id, posted_at, transaction_id, previous_hash, hash)
           SELECT id, %s, %s, number, %s, 'sale', 'Faktura ' || number, 'invoice', source, 'NOK', NULL, %s, %s, %s, %s
           FROM unnest(%s::uuid[], %s::int[], %s::uuid[]) AS fresh (id, number, source)""",
        (
            key, year, day, moved_at, transaction_id, HASH, HASH, ids,
            list(range(last - count + 1, last + 1)), [document.invoice_id for document in documents],
        ),
    )  # fmt: skip
    columns: list[list[Any]] = [[], [], [], [], [], [], [], []]
    for document, voucher, receivable in zip(documents, ids, receivables, strict=True):
        for position, (account, amount, currency_amount, code, is_claim) in enumerate(document.postings, start=1):
            values = (
                uuid7(),
                voucher,
                position,
                account,
                amount,
                currency_amount,
                code,
                receivable if is_claim else None,
            )
            for column, value in zip(columns, values, strict=True):
                column.append(value)
    cursor.execute(
        """INSERT INTO payments_posting (id, organization_id, voucher_id, position, account_id, amount, currency_amount,
                                         vat_code, receivable_id, dimensions)
           SELECT id, %s, voucher, position, account, amount, currency_amount, code, receivable, '{}'
           FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::uuid[], %s::numeric[], %s::numeric[], %s::text[],
                       %s::uuid[])
                AS fresh (id, voucher, position, account, amount, currency_amount, code, receivable)""",
        (key, *columns),
    )
    cursor.execute(
        "UPDATE payments_voucherseries SET head_hash = %s WHERE organization_id = %s AND year = %s", (HASH, key, year)
    )
    return ids


def _freeze(
    cursor: Any,
    key: str,
    documents: Sequence[Prepared],
    numbers: tuple[UUID, int, Any],
    links: tuple[list[UUID], list[UUID]],
) -> None:
    series, first, moved_at = numbers
    cursor.execute(
        """UPDATE invoicing_invoice AS invoice
           SET status = 'finalized', series_id = %s, finalized_at = %s, finalized_by = 'Bench', updated_at = %s,
               body_hash = %s, previous_hash = %s, hash = %s, version = invoice.version + 1,
               snapshot = fresh.snapshot, number = fresh.number, kid = lpad(fresh.number::text, 10, '0'),
               issue_date = fresh.day, due_date = fresh.due, accounting_date = fresh.day, net_amount = fresh.net,
               vat_amount = fresh.vat, payable_amount = fresh.payable, receivable_id = fresh.receivable,
               voucher_id = fresh.voucher
           FROM ROWS FROM (
                  jsonb_array_elements(%s::jsonb), unnest(%s::uuid[]), unnest(%s::bigint[]), unnest(%s::date[]),
                  unnest(%s::date[]), unnest(%s::numeric[]), unnest(%s::numeric[]), unnest(%s::numeric[]),
                  unnest(%s::uuid[]), unnest(%s::uuid[]))
                AS fresh (snapshot, id, number, day, due, net, vat, payable, receivable, voucher)
           WHERE invoice.organization_id = %s AND invoice.id = fresh.id""",
        (
            series, moved_at, moved_at, HASH, HASH, HASH,
            f"[{','.join(document.snapshot for document in documents)}]",
            [document.invoice_id for document in documents], list(range(first, first + len(documents))),
            [document.day for document in documents],
            [document.due_date for document in documents], [document.net for document in documents],
            [document.vat for document in documents], [document.payable for document in documents], *links, key,
        ),
    )  # fmt: skip
    cursor.execute(
        "UPDATE invoicing_numberseries SET head_hash = %s, row_hash = %s WHERE organization_id = %s AND id = %s",
        (HASH, HASH, key, series),
    )


def _insert_traces(cursor: Any, key: str, documents: Sequence[Prepared], first: int) -> None:
    ids = [document.invoice_id for document in documents]
    labels = [str(first + place) for place in range(len(documents))]
    facts = [
        json.dumps({"number": int(label), "payable": str(document.payable), "hash": HASH})
        for label, document in zip(labels, documents, strict=True)
    ]
    cursor.execute(
        """INSERT INTO tenants_auditentry (id, organization_id, recorded_at, actor_kind, actor_id, actor_name, verb,
                                           subject_kind, subject_id, subject_label, facts)
           SELECT id, %s, now(), 'system', NULL, 'Bench', 'invoice.finalized', 'invoice', subject, label, facts::jsonb
           FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[]) AS fresh (id, subject, label, facts)""",
        (key, [uuid7() for _ in ids], ids, labels, facts),
    )
    cursor.execute(
        """INSERT INTO tenants_outboxrow (id, organization_id, kind, key, subject_id, payload, leaves_house, state,
                                          not_before, attempts, lease_until, last_error, created_at, finished_at)
           SELECT id, %s, 'invoicing.render_documents', 'invoice:' || subject || ':documents', subject, '{}', false,
                  'new', now(), 0, NULL, '', now(), NULL
           FROM unnest(%s::uuid[], %s::uuid[]) AS fresh (id, subject)""",
        (key, [uuid7() for _ in ids], ids),
    )
