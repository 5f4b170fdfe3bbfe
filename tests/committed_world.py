"""Two companies whose records are committed, for tests that try what a rolled-back transaction would hide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from customers.models import Customer
from foundation.ids import uuid7
from invoicing import queries
from invoicing.actions import credit
from invoicing.models import DocumentFile, FileKind, Invoice, InvoiceLine
from payments.models import Allocation
from tenants import sealing
from tenants.actions import invite_member
from tenants.context import organization_context
from tenants.models import Organization
from tests import builders, databases
from tests.desk_rows import keep_one_of_each

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class World:
    """What stands in the database, with the ids that statements name as %(name)s."""

    organization: Organization
    other: Organization
    invoice: Invoice
    ids: dict[str, Any]
    at_first: dict[str, str]

    def changed_tables(self) -> list[str]:
        """The owned tables whose rows are not what they were when the world was made."""
        return sorted(table for table, found in fingerprint().items() if found != self.at_first[table])


def fingerprint(*, organization_id: UUID | None = None) -> dict[str, str]:
    """A hash of the rows of every owned table, of one organization or of all, read past row security."""
    with databases.superuser(database_name()) as session:
        rows = session.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'organization_id' ORDER BY table_name"
        ).fetchall()
        tables = [str(row[0]) for row in rows]
        one = sql.SQL(
            """SELECT {table}::text, md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {rows} t
               WHERE %(organization)s::uuid IS NULL OR organization_id = %(organization)s"""
        )
        every = [one.format(table=sql.Literal(table), rows=sql.Identifier(table)) for table in tables]
        hashes = session.execute(sql.SQL(" UNION ALL ").join(every), {"organization": organization_id}).fetchall()
        return {str(table): str(found) for table, found in hashes}


# What every test sets otherwise than the application: nothing leaves the machine, and nothing is slow on purpose.
SETTINGS_OF_TESTS: dict[str, Any] = {
    "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend",
    "PASSWORD_HASHERS": ["tests.hashers.QuickArgon2PasswordHasher"],
    "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    "STORAGES": {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
}


def folders_of(folder: Path) -> dict[str, Any]:
    """The settings by which the files of a test lie in a folder of its own."""
    return {"DATA_DIR": folder, "FILES_DIR": folder / "files"}


def settings_of_tests(folder: Path) -> dict[str, Any]:
    """Both, for what is made before any test begins."""
    return SETTINGS_OF_TESTS | folders_of(folder)


@contextmanager
def kept_between_tests(blocker: Any) -> Iterator[None]:
    """For a fixture that serves many tests: what is written within is committed, and gone at the end.

    The tests themselves are rolled back; one that is transactional would empty the tables under the others.
    """
    with blocker.unblock():
        databases.flush(database_name())
        try:
            yield
        finally:
            connection.close()
            databases.flush(database_name())


@contextmanager
def committed_world() -> Iterator[World]:
    """Make the two companies, and empty the database afterwards."""
    databases.flush(database_name())
    try:
        yield _make_world()
    finally:
        connection.close()
        databases.flush(database_name())


def database_name() -> str:
    """The database of this worker."""
    return str(connection.settings_dict["NAME"])


def app_session(**options: Any) -> psycopg.Connection[Any]:
    """A session of the application's own login, beside Django's."""
    settings = connection.settings_dict
    return psycopg.connect(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"] or None,
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
        **options,
    )


def refusal_of(
    statements: Sequence[str] | str, values: Mapping[str, Any], *, organization_id: UUID | None
) -> psycopg.Error | None:
    """Run the statements as the application in one transaction; what refused them, or None once committed."""
    with app_session() as session:
        try:
            if organization_id is not None:
                session.execute(f"SET LOCAL app.organization_id = '{organization_id}'")
            for statement in [statements] if isinstance(statements, str) else statements:
                session.execute(statement, values)
            session.commit()
        except psycopg.Error as error:
            session.rollback()
            return error
    return None


def _make_world() -> World:
    organization = builders.make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="owner@nordlys.example")
    other = builders.make_organization("fremmed", "Fremmed Drift AS", owner_email="stranger@fremmed.example")
    customer = builders.make_customer(organization)
    product = builders.make_product(organization)
    lines = [builders.line("Rådgivning"), builders.line("Reise", quantity=Decimal(1))]
    invoice = builders.make_finalized_invoice(organization, customer, lines=lines)
    second = builders.make_finalized_invoice(organization, customer)
    credited = builders.make_finalized_invoice(organization, customer)
    note = _credit(organization, credited)
    builders.finalize_drafts(organization, [note.pk])
    draft_note, spare_note = _credit(organization, invoice), _credit(organization, invoice)
    draft = builders.make_draft(organization, customer)
    second_draft = builders.make_draft(organization, customer)
    other_draft = builders.make_draft(other)
    other_invoice = builders.make_finalized_invoice(other)
    with builders.in_organization(organization):
        _invite(organization)
        _keep_file(organization, invoice)
        keep_one_of_each(organization, draft=second_draft, note=draft_note, original=invoice)
    sealing.seal_everywhere()
    ids = {
        "organization": organization.pk,
        "other": other.pk,
        "customer": customer.pk,
        "product": product.pk,
        "invoice": invoice.pk,
        "second": second.pk,
        "draft": draft.pk,
        "second_draft": second_draft.pk,
        "spare_note": spare_note.pk,
        "draft_note": draft_note.pk,
        "other_draft": other_draft.pk,
        "other_invoice": other_invoice.pk,
        "fresh": uuid7(),
        "fresh_2": uuid7(),
        "fresh_3": uuid7(),
        **_found(organization, invoice, second, draft),
        **{f"other_{name}": value for name, value in _found(other, other_invoice, other_invoice, other_draft).items()},
    }
    return World(organization, other, builders.reload_invoice(organization, invoice), ids, fingerprint())


def _credit(organization: Organization, invoice: Invoice) -> Invoice:
    with organization_context(organization.pk):
        return credit.credit_invoice(
            organization,
            invoice.pk,
            quantities=None,
            reason="Feil",
            actor=builders.actor_of(organization),
            today=builders.TODAY,
        )


def _invite(organization: Organization) -> None:
    invite_member(
        organization,
        email="invited@nordlys.example",
        role="accountant",
        inviter=builders.user_of("owner@nordlys.example"),
        actor=builders.actor_of(organization),
        now=NOW,
    )


def _keep_file(organization: Organization, invoice: Invoice) -> None:
    row = DocumentFile(
        id=uuid7(),
        organization=organization,
        subject_kind="invoice",
        subject_id=invoice.pk,
        kind=FileKind.CORE_XML,
        sha256="0" * 64,
        size_bytes=1,
        made_at=NOW,
    )
    row.row_hash = row.content_hash()
    row.save(force_insert=True)


def _found(organization: Organization, invoice: Invoice, second: Invoice, draft: Invoice) -> dict[str, Any]:
    with builders.in_organization(organization):
        series = queries.default_series(organization)
        stored = Invoice.objects.get(pk=invoice.pk)
        allocation = Allocation.objects.order_by("id").first()
        file = DocumentFile.objects.order_by("id").first()
        return {
            "line": InvoiceLine.objects.filter(invoice_id=invoice.pk).order_by("position")[0].pk,
            "second_line": InvoiceLine.objects.filter(invoice_id=second.pk).order_by("position")[0].pk,
            "draft_line": InvoiceLine.objects.filter(invoice_id=draft.pk).order_by("position")[0].pk,
            "series": series.pk,
            "next_number": series.last_number + 1,
            "voucher": stored.voucher_id,
            "receivable": stored.receivable_id,
            "allocation": allocation.pk if allocation else None,
            "file": file.pk if file else None,
            "any_customer": Customer.objects.order_by("id")[0].pk,
        }
