"""manage.py verify: whole on sound data, and after any single change it names the row."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from config import environment, verification
from config.database_guards import guard_problems
from foundation import files
from invoicing.models import DocumentFile
from tenants import audit, sealing
from tenants.context import organization_context
from tenants.database.routing import reading_through, routed_to
from tenants.models import BankAccount, Organization
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "backup"])

SUPERUSER = "superuser"
# Rows of these tables are walked column by column: the table, which rows, and by what names a problem may call one.
TABLES: dict[str, tuple[str, Callable[[dict[str, Any]], list[str]]]] = {
    "invoicing_invoice": (
        "status = 'finalized' ORDER BY number",
        lambda row: [str(row["id"]), f"Document {row['number']}:", f"number {row['number']} is missing"],
    ),
    "invoicing_invoiceline": (
        "invoice_id IN (SELECT id FROM invoicing_invoice WHERE status = 'finalized') ORDER BY id",
        lambda row: [str(row["id"])],
    ),
    "payments_voucher": (
        "true ORDER BY number",
        lambda row: [str(row["id"]), f"Voucher {row['year']}-{row['number']:05d}"],
    ),
    "payments_posting": ("true ORDER BY id", lambda row: [str(row["id"]), str(row["voucher_id"])]),
    "payments_voucherseries": (
        "true ORDER BY year",
        lambda row: [str(row["id"]), f"Voucher series {row['year']}", f"Voucher {row['year']}-"],
    ),
    "invoicing_numberseries": ("true ORDER BY code", lambda row: [str(row["id"])]),
    "tenants_auditentry": ("true ORDER BY id", lambda row: [str(row["id"])]),
    "tenants_auditseal": (
        "true ORDER BY sequence",
        lambda row: [str(row["id"]), f"line {row['sequence']} ", str(row["entry_id"])],
    ),
    "invoicing_documentfile": ("true ORDER BY id", lambda row: [str(row["id"]), str(row["subject_id"])]),
}
# No value but the stored one passes the table's own constraints, even for a superuser.
REFUSED_BY_CONSTRAINT = {("invoicing_invoice", "status"), ("invoicing_invoice", "waits_for")}


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    scale: int | None
    length: int | None


@pytest.fixture
def books(organization: Organization) -> Organization:
    """Invoices with much on them, a credit note, a draft, files of one document, and a sealed audit trail."""
    rich = builders.line(
        dimensions={"project": "7"}, detail="Etter timeliste", internal_text="Avklart", discount_percent=Decimal(10)
    )
    period: dict[str, Any] = {"delivery_date": None, "period_from": date(2026, 10, 1), "period_to": date(2026, 10, 31)}
    first = builders.make_finalized_invoice(organization, lines=[rich, builders.line("Reise")])
    builders.make_finalized_invoice(organization, lines=[rich], note="Takk", **period)
    note = builders.make_credit_note_draft(organization, first)
    builders.finalize_drafts(organization, [note.pk])
    builders.make_finalized_invoice(organization, discount_amount=Decimal(5), discount_reason="Rabatt")
    builders.make_draft(organization)
    _keep_files(organization, first.pk)
    sealing.seal(organization.pk)
    return organization


def _keep_files(organization: Organization, invoice_id: Any) -> None:
    with builders.in_organization(organization):
        for kind in ("core_xml", "pdf", "ehf"):
            content = f"the bytes of {kind}".encode()
            row = DocumentFile(
                organization=organization,
                subject_kind="invoice",
                subject_id=invoice_id,
                kind=kind,
                sha256=files.store(str(organization.pk), content),
                size_bytes=len(content),
                versions={"renderer": "1"},
                row_hash="",
            )
            row.row_hash = row.content_hash()
            row.save(force_insert=True)


@contextmanager
def past_every_trigger() -> Iterator[Any]:
    """A superuser's transaction in which no trigger fires; nothing of it stays."""
    connections.databases[SUPERUSER] = {
        **connections.databases["owner"],
        **environment.database("DATABASE_SUPERUSER_URL", persistent_seconds=0),
        "NAME": connections["default"].settings_dict["NAME"],
    }
    connection = connections[SUPERUSER]
    del connections.databases[SUPERUSER]  # Django's tests allow a connection that no settings name
    try:
        with transaction.atomic(using=SUPERUSER), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield cursor
            transaction.set_rollback(True, using=SUPERUSER)
    finally:
        connection.close()
        del connections[SUPERUSER]


def problems_of(organization: Organization) -> list[str]:
    """What the check of the organization says, in the superuser's open transaction, an hour from now."""
    with routed_to(SUPERUSER):
        return list(verification.organization_problems(organization, now=timezone.now() + timedelta(minutes=9)))


def columns_of(cursor: Any, table: str) -> list[Column]:
    cursor.execute(
        """SELECT column_name, data_type, numeric_scale, character_maximum_length
           FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position""",
        [table],
    )
    return [Column(*row) for row in cursor.fetchall()]


def other_values(table: str, column: Column) -> list[str]:
    """SQL expressions for another value of the column, the most innocent first."""
    name = f'"{column.name}"'
    if column.type == "uuid":
        return ["gen_random_uuid()"]
    if column.type in {"character varying", "text"}:
        model = next(model for model in apps.get_models() if model._meta.db_table == table)
        field = model._meta.get_field(column.name)
        choices = [f"'{value}'" for value, _label in getattr(field, "choices", None) or ()]
        return [f"CASE WHEN {name} = '' THEN 'x' ELSE overlay({name} placing '~' from 1 for 1) END", *choices]
    if column.type == "jsonb":
        return [
            f"""CASE jsonb_typeof({name}) WHEN 'array' THEN {name} || '["x"]' ELSE {name} || '{{"x": "y"}}' END""",
        ]
    return {
        "integer": [f"coalesce({name} + 1, 1)", f"{name} - 1"],
        "smallint": [f"coalesce({name} + 1, 1)", f"{name} - 1"],
        "bigint": [f"coalesce({name} + 1, 1)", f"{name} + 1000", f"{name} - 1"],
        "numeric": [f"coalesce({name}, 0) + {Decimal(1).scaleb(-(column.scale or 0))}", f"{name} / 2"],
        "boolean": [f"NOT {name}"],
        "date": [f"coalesce({name} + 1, DATE '2026-11-01')", f"{name} - 1", "NULL"],
        "timestamp with time zone": [f"coalesce({name} + interval '1 microsecond', now())"],
    }[column.type]


def change(cursor: Any, table: str, column: Column, row_id: Any) -> bool:
    """Give the column another value that the table's constraints accept; whether there was one."""
    for expression in other_values(table, column):
        try:
            with transaction.atomic(using=SUPERUSER):
                cursor.execute(
                    f'UPDATE {table} SET "{column.name}" = {expression} '
                    f'WHERE id = %s AND "{column.name}" IS DISTINCT FROM {expression}',
                    [row_id],
                )
                if cursor.rowcount == 1:
                    return True
        except DatabaseError:
            continue
    return False


@pytest.mark.parametrize("table", TABLES)
def test_every_changed_column_is_named(books: Organization, table: str) -> None:
    condition, names_of = TABLES[table]
    with organization_context(books.pk), past_every_trigger() as cursor:
        assert problems_of(books) == []
        cursor.execute(f"SELECT * FROM {table} WHERE {condition}")
        fields = [field.name for field in cursor.description]
        rows = [dict(zip(fields, row, strict=True)) for row in cursor.fetchall()]
        assert rows
        unseen, refused = [], set()
        for column in columns_of(cursor, table):
            walked = 0
            for row in [rows[-1], *rows[:-1]]:  # the last first: nothing after it would miss it
                before = transaction.savepoint(using=SUPERUSER)
                if change(cursor, table, column, row["id"]):
                    walked += 1
                    said = problems_of(books)
                    if not any(name in problem for problem in said for name in names_of(row)):
                        unseen.append((column.name, said))
                transaction.savepoint_rollback(before, using=SUPERUSER)
                if walked == builders.scaled(full=4, quick=1):
                    break
            if not walked:
                refused.add((table, column.name))
        assert unseen == []
        assert refused == {pair for pair in REFUSED_BY_CONSTRAINT if pair[0] == table}


@pytest.mark.parametrize("table", [*TABLES, "payments_receivable", "payments_receivablebalance", "payments_allocation"])
def test_a_row_that_is_gone_is_missed(books: Organization, table: str) -> None:
    condition = TABLES.get(table, ("true ORDER BY id", None))[0]
    with organization_context(books.pk), past_every_trigger() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = (SELECT id FROM {table} WHERE {condition} LIMIT 1)")
        assert problems_of(books)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("payments_receivable", "document_number"),
        ("payments_receivable", "due_date"),
        ("payments_receivable", "customer_id"),
        ("payments_receivable", "id"),
        ("payments_receivablebalance", "amount"),
        ("payments_receivablebalance", "currency_amount"),
        ("payments_receivablebalance", "receivable_id"),
        ("payments_receivablebalance", "customer_id"),
        ("payments_receivablebalance", "currency"),
        ("payments_allocation", "amount"),
        ("payments_allocation", "credit_receivable_id"),
    ],
)
def test_the_sub_ledger_agrees_with_documents_and_postings(books: Organization, table: str, column: str) -> None:
    with organization_context(books.pk), past_every_trigger() as cursor:
        [named] = [item for item in columns_of(cursor, table) if item.name == column]
        cursor.execute(f"SELECT id FROM {table} ORDER BY id LIMIT 1")
        assert change(cursor, table, named, cursor.fetchone()[0])
        assert problems_of(books)


def test_changed_and_lost_bytes_are_named(books: Organization) -> None:
    with builders.in_organization(books):
        rows = {row.kind: row for row in DocumentFile.objects.of(books)}
    changed, lost = (files.path_of(str(books.pk), rows[kind].sha256) for kind in ("pdf", "ehf"))
    os.chmod(changed, 0o640)
    changed.write_bytes(b"other bytes")
    lost.unlink()
    with pytest.raises(CommandError) as refusal:
        call_command("verify", "--organization", books.slug, stdout=(out := StringIO()))
    assert refusal.value.returncode == 1
    assert f"File pdf of invoice {rows['pdf'].subject_id}" in out.getvalue()
    assert f"File ehf of invoice {rows['ehf'].subject_id}" in out.getvalue()
    assert "core_xml" not in out.getvalue()


def test_a_cut_tail_shows_against_the_published_head(books: Organization, settings: Any) -> None:
    with builders.in_organization(books):
        sequence, link = sealing.chain_head(books)
    heads = settings.DATA_DIR / "audit-heads"
    heads.mkdir()
    (heads / "2026-11-21.json").write_text(json.dumps({str(books.pk): {"sequence": sequence, "hash": link}}))
    with organization_context(books.pk), past_every_trigger() as cursor:
        assert problems_of(books) == []
        cursor.execute("DELETE FROM tenants_auditseal WHERE sequence = %s RETURNING entry_id", [sequence])
        cursor.execute("DELETE FROM tenants_auditentry WHERE id = %s", cursor.fetchone())
        assert any(f"line {sequence}, the last when the heads were published" in said for said in problems_of(books))


def test_lines_outside_the_chain_are_named_after_five_minutes(books: Organization) -> None:
    with builders.in_organization(books):
        entry = audit.record(builders.actor_of(books), "tested.late", BankAccount.objects.of(books)[0])
        now = timezone.now()
        assert list(sealing.audit_problems(books, now=now)) == []
        late = list(sealing.audit_problems(books, now=now + timedelta(minutes=6)))
    assert len(late) == 1
    assert str(entry.pk) in late[0]


def test_lines_of_a_stopped_application_are_sealed_by_hand(books: Organization) -> None:
    with builders.in_organization(books):
        audit.record(builders.actor_of(books), "tested.late", BankAccount.objects.of(books)[0])
    call_command("seal_audit", stdout=(out := StringIO()))
    assert out.getvalue() == "Sealed: 1\n"
    with builders.in_organization(books):
        assert list(sealing.audit_problems(books, now=timezone.now() + timedelta(hours=1))) == []


def test_says_whole_in_words_and_json(books: Organization, other_organization: Organization) -> None:
    call_command("verify", stdout=(out := StringIO()))
    assert f"{books.slug}: whole (4 documents, " in out.getvalue()
    assert f"{other_organization.slug}: whole (0 documents, " in out.getvalue()
    assert "database: whole" in out.getvalue()
    call_command("verify", "--json", "--organization", books.slug, stdout=(out := StringIO()))
    answer = json.loads(out.getvalue())
    assert answer["whole"] is True
    assert answer["database"] == {"whole": True, "problems": []}
    [report] = answer["organizations"]
    assert report["slug"] == books.slug
    assert (report["documents"], report["files"], report["problems"]) == (4, 3, [])


def test_an_unknown_organization_is_a_bad_argument() -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("verify", "--organization", "nobody")
    assert refusal.value.returncode == 2


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("ALTER TABLE invoicing_invoice DISABLE TRIGGER finalized_documents_are_frozen", "is switched off"),
        ("ALTER TABLE payments_posting ENABLE REPLICA TRIGGER postings_balance", "is switched off"),
        ("DROP TRIGGER rows_are_never_changed ON tenants_auditentry", "is missing"),
        ("ALTER TABLE payments_voucher NO FORCE ROW LEVEL SECURITY", "row security is not forced"),
        ("ALTER TABLE tenants_organization DISABLE ROW LEVEL SECURITY", "row security is not forced"),
        ("DROP POLICY organization_rows ON customers_customer", "lacks the policy"),
        ("CREATE POLICY open ON customers_customer USING (true)", "not ours"),
        ("GRANT TRUNCATE ON invoicing_invoice TO bilag_app", "may truncate invoicing_invoice"),
        ("GRANT UPDATE ON payments_posting TO bilag_app", "may UPDATE on payments_posting"),
        ("ALTER TABLE tenants_outboxrow OWNER TO bilag_app", "owns tenants_outboxrow"),
        ("GRANT bilag_owner TO bilag_app", "is a member of bilag_owner"),
    ],
)
def test_a_guard_that_is_gone_is_named(organization: Organization, sql: str, named: str) -> None:
    with past_every_trigger() as cursor:
        assert guard_problems(SUPERUSER) == []
        cursor.execute(sql)
        assert any(named in problem for problem in guard_problems(SUPERUSER))


def test_reads_only(books: Organization) -> None:
    """The login that verifies can write nothing, and what it reads is one moment's."""
    with pytest.raises(DatabaseError), reading_through("backup"), connections["backup"].cursor() as cursor:
        cursor.execute("UPDATE tenants_organization SET name = 'x'")
