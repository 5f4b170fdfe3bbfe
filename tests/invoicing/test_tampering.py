"""Whoever holds the application's login cannot change what is finalized, nor make a number that no series gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from invoicing.frozen import CHAIN_COLUMNS, INVOICE_COLUMNS, LINE_COLUMNS
from invoicing.models import DocumentFile, Invoice, InvoiceLine, NumberSeries
from tenants.context import organization_context
from tests.committed_world import World, app_session, committed_world, refusal_of

FROZEN = "23001"
IMPOSSIBLE = "23514"
FORBIDDEN = "42501"

MOVE_SERIES = """UPDATE invoicing_numberseries SET last_number = last_number + {count}
                 WHERE organization_id = %(organization)s AND id = %(series)s"""
GIVE_NUMBER = """UPDATE invoicing_invoice SET status = 'finalized', series_id = %(series)s, snapshot = '{{}}',
                        issue_date = '2026-11-21', hash = 'x', number = {number}, finalized_at = {moment}
                 WHERE organization_id = %(organization)s AND id = %({draft})s"""
MOVED_AT = "(SELECT moved_at FROM invoicing_numberseries WHERE organization_id = %(organization)s AND id = %(series)s)"


def move_series(count: int) -> str:
    return MOVE_SERIES.format(count=count)


def give_number(number: str, draft: str = "draft", moment: str = MOVED_AT) -> str:
    return GIVE_NUMBER.format(number=number, draft=draft, moment=moment)


def copy_of(table: str, source: str, changes: str, upsert: str = "") -> str:
    """An INSERT of a row like another one, but for some columns."""
    return f"""INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object({changes}))).*
               FROM {table} t WHERE t.organization_id = %(organization)s AND t.id = %({source})s {upsert}"""


def update(table: str, row: str, change: str) -> str:
    return f"UPDATE {table} SET {change} WHERE organization_id = %(organization)s AND id = %({row})s"


def delete(table: str, row: str) -> str:
    return f"DELETE FROM {table} WHERE organization_id = %(organization)s AND id = %({row})s"


INVOICE, LINE, SERIES, FILE = (
    "invoicing_invoice",
    "invoicing_invoiceline",
    "invoicing_numberseries",
    "invoicing_documentfile",
)
UNFINALIZE = "status = 'draft', number = NULL, series_id = NULL, finalized_at = NULL, hash = ''"

ATTEMPTS: dict[str, tuple[list[str], str]] = {
    "change the total": ([update(INVOICE, "invoice", "payable_amount = payable_amount + 1")], FROZEN),
    "renumber": ([update(INVOICE, "invoice", "number = number + 100")], FROZEN),
    "back to draft": ([update(INVOICE, "invoice", UNFINALIZE)], FROZEN),
    "delete a finalized invoice": ([delete(INVOICE, "invoice")], FROZEN),
    "upsert over a finalized invoice": (
        [
            copy_of(
                INVOICE,
                "draft",
                "'id', %(invoice)s::uuid",
                "ON CONFLICT (organization_id, id) DO UPDATE SET note = 'changed'",
            )
        ],
        FROZEN,
    ),
    "edit a line": ([update(LINE, "line", "description = 'Something else'")], FROZEN),
    "add a line": ([copy_of(LINE, "line", "'id', %(fresh)s::uuid, 'position', 99")], FROZEN),
    "delete a line": ([delete(LINE, "second_line")], FROZEN),
    "move a line away": ([update(LINE, "line", "invoice_id = %(draft)s")], FROZEN),
    "move a line in": ([update(LINE, "draft_line", "invoice_id = %(invoice)s")], FROZEN),
    "insert a finalized document": (
        [copy_of(INVOICE, "invoice", "'id', %(fresh)s::uuid, 'number', %(next_number)s::bigint")],
        FROZEN,
    ),
    "insert a finalized document with its number from the series": (
        [move_series(1), copy_of(INVOICE, "invoice", "'id', %(fresh)s::uuid, 'number', %(next_number)s::bigint")],
        FROZEN,
    ),
    "a number without the series": ([give_number("%(next_number)s", moment="now()")], IMPOSSIBLE),
    "a used number again": ([move_series(1), give_number("%(next_number)s - 1")], "23505"),
    "a number past the series": ([move_series(1), give_number("%(next_number)s + 1")], IMPOSSIBLE),
    "a moment that is not the series' own": (
        [move_series(1), give_number("%(next_number)s", moment="now() - interval '1 day'")],
        IMPOSSIBLE,
    ),
    "move the series without a document": ([move_series(1)], IMPOSSIBLE),
    "move the series by more than the documents": ([move_series(2), give_number("%(next_number)s + 1")], IMPOSSIBLE),
    "move the series by more, from its lower end": ([move_series(2), give_number("%(next_number)s")], IMPOSSIBLE),
    "move the series by less than the documents": (
        [move_series(1), give_number("%(next_number)s"), give_number("%(next_number)s + 1", "second_draft")],
        IMPOSSIBLE,
    ),
    "move the series backwards": ([update(SERIES, "series", "last_number = last_number - 1")], FROZEN),
    "begin the series elsewhere": ([update(SERIES, "series", "first_number = 1")], FROZEN),
    "rename the series": ([update(SERIES, "series", "code = 'other'")], FROZEN),
    "another head of the chain": ([update(SERIES, "series", "head_hash = repeat('0', 64)")], FROZEN),
    "delete the series": ([delete(SERIES, "series")], FORBIDDEN),
    "a series that has already moved": (
        [
            copy_of(
                SERIES,
                "series",
                "'id', %(fresh)s::uuid, 'code', 'b', 'is_default', false, 'first_number', 5, 'last_allowed', 9",
            )
        ],
        FROZEN,
    ),
    "a series over the same range": (
        [
            copy_of(
                SERIES,
                "series",
                """'id', %(fresh)s::uuid, 'code', 'b', 'is_default', false,
                   'first_number', t.first_number + 1, 'last_number', t.first_number""",
            )
        ],
        "23P01",
    ),
    "finalize without a number": ([update(INVOICE, "draft", "status = 'finalized'")], IMPOSSIBLE),
    "number a draft": ([update(INVOICE, "draft", "number = %(next_number)s")], IMPOSSIBLE),
    "change a document file": ([update(FILE, "file", "sha256 = repeat('1', 64)")], FORBIDDEN),
    "delete a document file": ([delete(FILE, "file")], FORBIDDEN),
    "credit more of a line than was invoiced": (
        [
            f"""UPDATE {LINE} SET quantity = 999
                WHERE organization_id = %(organization)s AND invoice_id = %(draft_note)s""",
            move_series(1),
            give_number("%(next_number)s", "draft_note"),
        ],
        IMPOSSIBLE,
    ),
    "credit more of another invoice's line": (
        [
            f"""UPDATE {LINE} SET quantity = 999, credits_line_id = %(second_line)s
                WHERE organization_id = %(organization)s AND invoice_id = %(draft_note)s""",
            move_series(1),
            give_number("%(next_number)s", "draft_note"),
        ],
        IMPOSSIBLE,
    ),
    "credit with a line that credits nothing": (
        [
            f"""UPDATE {LINE} SET credits_line_id = NULL
                WHERE organization_id = %(organization)s AND invoice_id = %(draft_note)s""",
            move_series(1),
            give_number("%(next_number)s", "draft_note"),
        ],
        IMPOSSIBLE,
    ),
    "credit a higher price than was invoiced": (
        [
            update(INVOICE, "draft_note", "payable_amount = payable_amount + 1"),
            move_series(1),
            give_number("%(next_number)s", "draft_note"),
        ],
        IMPOSSIBLE,
    ),
    "credit no invoice at all": (
        [
            update(INVOICE, "draft_note", "credits_id = NULL"),
            f"""UPDATE {LINE} SET credits_line_id = NULL
                WHERE organization_id = %(organization)s AND invoice_id = %(draft_note)s""",
            move_series(1),
            give_number("%(next_number)s", "draft_note"),
        ],
        IMPOSSIBLE,
    ),
    "a VAT rate of one's own": (["UPDATE tenants_lawfigure SET value = 0 WHERE kind = 'vat_pct'"], FORBIDDEN),
    "a law that is gone": (["DELETE FROM tenants_lawfigure"], FORBIDDEN),
    "a new law": (["INSERT INTO tenants_lawfigure SELECT * FROM tenants_lawfigure LIMIT 1"], FORBIDDEN),
    "truncate the invoices": ([f"TRUNCATE {INVOICE} CASCADE"], FORBIDDEN),
    "truncate the lines": ([f"TRUNCATE {LINE}"], FORBIDDEN),
    "switch a trigger off": ([f"ALTER TABLE {INVOICE} DISABLE TRIGGER ALL"], FORBIDDEN),
    "drop a trigger": ([f"DROP TRIGGER finalized_documents_are_frozen ON {INVOICE}"], FORBIDDEN),
    "pose as a replica": (["SET session_replication_role = replica"], FORBIDDEN),
    "replace a trigger's function": (
        [
            """CREATE OR REPLACE FUNCTION public.guard_invoice() RETURNS trigger LANGUAGE plpgsql
               AS 'BEGIN RETURN NEW; END'"""
        ],
        FORBIDDEN,
    ),
}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), committed_world() as made:
        yield made


def test_finalizing_by_the_rules_is_accepted_so_that_the_refusals_below_mean_something(world: World) -> None:
    with app_session() as session:
        session.execute(f"SET LOCAL app.organization_id = '{world.organization.pk}'")
        session.execute(move_series(1), world.ids)
        session.execute(give_number("%(next_number)s"), world.ids)
        session.execute("SET CONSTRAINTS ALL IMMEDIATE")
        session.rollback()


@pytest.mark.parametrize("name", ATTEMPTS)
def test_m_017_raw_sql_is_refused_and_nothing_changed(world: World, name: str) -> None:
    statements, expected = ATTEMPTS[name]
    error = refusal_of(statements, world.ids, organization_id=world.organization.pk)

    assert error is not None, f"accepted: {name}"
    assert error.sqlstate == expected, error
    assert world.changed_tables() == []


@pytest.mark.parametrize("column", sorted({*INVOICE_COLUMNS, *CHAIN_COLUMNS}))
def test_no_column_of_a_finalized_document_can_be_written(world: World, column: str) -> None:
    error = refusal_of(
        update(INVOICE, "invoice", f"{column} = {column}"), world.ids, organization_id=world.organization.pk
    )

    assert error is not None
    assert error.sqlstate == FROZEN


@pytest.mark.parametrize("column", LINE_COLUMNS)
def test_no_column_of_a_finalized_line_can_be_written(world: World, column: str) -> None:
    error = refusal_of(update(LINE, "line", f"{column} = {column}"), world.ids, organization_id=world.organization.pk)

    assert error is not None
    assert error.sqlstate == FROZEN


ORM_ATTEMPTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "change the total": lambda ids: Invoice.objects.filter(pk=ids["invoice"]).update(payable_amount=1),
    "save the document": lambda ids: Invoice.objects.get(pk=ids["invoice"]).save(),
    "delete the document": lambda ids: Invoice.objects.get(pk=ids["invoice"]).delete(),
    "delete in bulk": lambda ids: Invoice.objects.filter(pk=ids["invoice"]).delete(),
    "edit a line": lambda ids: InvoiceLine.objects.filter(pk=ids["line"]).update(quantity=7),
    "delete a line": lambda ids: InvoiceLine.objects.get(pk=ids["line"]).delete(),
    "move a line": lambda ids: InvoiceLine.objects.filter(pk=ids["line"]).update(invoice_id=ids["draft"]),
    "move the series": lambda ids: NumberSeries.objects.filter(pk=ids["series"]).update(
        last_number=ids["next_number"] + 10
    ),
    "delete the series": lambda ids: NumberSeries.objects.get(pk=ids["series"]).delete(),
    "change a file": lambda ids: DocumentFile.objects.filter(pk=ids["file"]).update(size_bytes=2),
}


@pytest.mark.parametrize("name", ORM_ATTEMPTS)
def test_the_object_mapper_is_refused_and_nothing_changed(world: World, name: str) -> None:
    with pytest.raises(DatabaseError) as refused, organization_context(world.organization.pk), transaction.atomic():
        ORM_ATTEMPTS[name](world.ids)

    assert getattr(refused.value.__cause__, "sqlstate", FROZEN)[:2] in {"23", "42"}
    assert world.changed_tables() == []
