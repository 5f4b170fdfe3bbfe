"""Rows of an organization are seen and written inside it alone, whatever is asked and however."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.http import StreamingHttpResponse

from customers.models import Contact, Customer
from foundation.ids import uuid7
from invoicing.models import Invoice, InvoiceLine
from tenants.context import OrganizationAlreadyOpen, current_organization_id, organization_context
from tenants.models import Organization
from tests.architecture.walls import owned_models
from tests.builders import in_organization, scaled
from tests.committed_world import World, app_session, committed_world, refusal_of

NOT_ALLOWED = "42501"
SETTING = "SELECT coalesce(nullif(current_setting('app.organization_id', true), ''), 'nothing')"


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), committed_world() as made:
        yield made


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a running process: a transaction may not change its organization."""
    monkeypatch.setattr(connection, "allows_organization_change", False)


def open_session(organization_id: UUID) -> psycopg.Connection[Any]:
    session = app_session()
    session.execute(f"SET LOCAL app.organization_id = '{organization_id}'")
    return session


def test_with_nothing_set_every_owned_table_is_empty(world: World) -> None:
    with app_session() as session:
        for table in sorted({*owned_models(), "tenants_organization"}):
            assert session.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_inside_an_organization_no_owned_table_shows_a_row_of_another(world: World) -> None:
    with open_session(world.organization.pk) as session:
        for table in sorted(owned_models()):
            found = session.execute(f"SELECT DISTINCT organization_id FROM {table}").fetchall()
            assert found in ([], [(world.organization.pk,)]), table
        assert session.execute("SELECT id FROM tenants_organization").fetchall() == [(world.organization.pk,)]


def test_a_setting_that_is_no_id_shows_nothing_or_fails(world: World) -> None:
    with app_session() as session:
        session.execute("SET LOCAL app.organization_id = ''")
        assert session.execute("SELECT count(*) FROM customers_customer").fetchone() == (0,)
        session.execute("SET LOCAL app.organization_id = 'anything'")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            session.execute("SELECT count(*) FROM customers_customer")


def test_the_object_mapper_shows_only_the_open_organization(world: World) -> None:
    with in_organization(world.organization):
        assert set(Customer.objects.values_list("organization_id", flat=True)) == {world.organization.pk}
        assert not Customer.objects.filter(pk=world.ids["other_any_customer"]).exists()
        # The manager's own condition is one net, row security is the other: here it is left out.
        by_id = "SELECT * FROM customers_customer WHERE id = %s"
        assert not list(Customer.objects.raw(by_id, [world.ids["other_any_customer"]]))
        assert Customer.objects.filter(pk=world.ids["other_any_customer"]).update(name="Taken") == 0
        assert Customer.objects.filter(pk=world.ids["other_any_customer"]).delete()[0] == 0


def test_the_object_mapper_outside_every_organization_sees_nothing(world: World) -> None:
    assert Customer.objects.count() == 0
    with transaction.atomic():
        assert Invoice.objects.count() == 0


def test_a_server_side_cursor_is_filtered(world: World) -> None:
    with in_organization(world.organization):
        seen = {line.organization_id for line in InvoiceLine.objects.order_by("id").iterator(chunk_size=1)}

    assert seen == {world.organization.pk}


def test_copying_out_is_filtered(world: World) -> None:
    with (
        open_session(world.organization.pk) as session,
        session.cursor() as cursor,
        cursor.copy("COPY customers_customer (organization_id) TO STDOUT") as copy,
    ):
        copied = {bytes(part).decode().strip() for part in copy}

    assert copied == {str(world.organization.pk)}


def test_copying_in_is_refused(world: World) -> None:
    with (
        open_session(world.organization.pk) as session,
        session.cursor() as cursor,
        pytest.raises(psycopg.errors.FeatureNotSupported),
        cursor.copy("COPY customers_contact (organization_id) FROM STDIN") as copy,
    ):
        copy.write(f"{world.organization.pk}\n")


@pytest.mark.parametrize("table", sorted(owned_models()))
def test_a_row_cannot_be_inserted_for_another_organization_nor_for_none(world: World, table: str) -> None:
    theirs = "jsonb_build_object('organization_id', %(other)s::uuid)"
    copied = f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, {theirs})).*"
    with app_session() as session:
        session.execute(f"SET LOCAL app.organization_id = '{world.organization.pk}'")
        with pytest.raises(psycopg.Error) as refused:
            session.execute(copied, world.ids)
    # Row security is asked first, except by triggers and rights that refuse even more.
    assert refused.value.sqlstate in {NOT_ALLOWED, "23001", "23502"}
    error = refusal_of(copied, world.ids, organization_id=None)
    assert error is not None


def test_a_whole_row_for_another_organization_is_refused_by_row_security(world: World) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), in_organization(world.organization):
        Customer.objects.create(organization=world.other, number=900, name="Planted")
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Customer.objects.create(organization=world.organization, number=900, name="Planted")


def test_a_row_cannot_be_moved_to_another_organization(world: World) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), in_organization(world.organization):
        Customer.objects.filter(pk=world.ids["customer"]).update(organization_id=world.other.pk)


def test_a_row_of_another_organization_cannot_be_changed_or_deleted_by_its_id(world: World) -> None:
    with open_session(world.organization.pk) as session:
        for table, row in (("customers_customer", "other_any_customer"), ("invoicing_invoice", "other_draft")):
            changed = session.execute(
                f"UPDATE {table} SET organization_id = organization_id WHERE id = %({row})s", world.ids
            )
            assert changed.rowcount == 0
            assert session.execute(f"DELETE FROM {table} WHERE id = %({row})s", world.ids).rowcount == 0
        session.rollback()


def test_a_row_cannot_point_at_another_organizations_row(world: World) -> None:
    with pytest.raises(IntegrityError, match="foreign key"), in_organization(world.organization):
        Contact.objects.create(
            organization=world.organization, customer_id=world.ids["other_any_customer"], name="Planted"
        )
    with pytest.raises(IntegrityError, match="foreign key"), in_organization(world.organization):
        Invoice.objects.filter(pk=world.ids["draft"]).update(customer_id=world.ids["other_any_customer"])


def test_an_id_that_another_organization_uses_tells_nothing(world: World) -> None:
    with in_organization(world.organization):
        taken = Customer.objects.create(
            id=world.ids["other_any_customer"], organization=world.organization, number=901, name="Same id"
        )
        taken.delete()


def test_a_value_that_another_organization_uses_tells_nothing(world: World) -> None:
    for organization in (world.organization, world.other):
        with in_organization(organization):
            assert Customer.objects.filter(number=1).count() == 1


def test_the_setting_ends_with_the_transaction(world: World) -> None:
    def setting() -> str:
        with connection.cursor() as cursor:
            cursor.execute(SETTING)
            return str(cursor.fetchone()[0])

    with in_organization(world.organization):
        assert setting() == str(world.organization.pk)
    assert setting() == "nothing"
    with pytest.raises(ZeroDivisionError), in_organization(world.organization):
        raise ZeroDivisionError
    assert setting() == "nothing"
    with organization_context(world.organization.pk):
        assert setting() == "nothing"


def test_the_setting_outlives_a_savepoint_that_is_rolled_back(world: World) -> None:
    with in_organization(world.organization):
        with pytest.raises(IntegrityError), transaction.atomic():
            Customer.objects.create(organization=world.organization, number=1, name="Number taken")
        assert Customer.objects.filter(pk=world.ids["customer"]).exists()


def test_a_transaction_stays_in_one_organization(world: World, strict: None) -> None:
    with in_organization(world.organization):
        with pytest.raises(OrganizationAlreadyOpen), organization_context(world.other.pk):
            pass
        assert current_organization_id() == world.organization.pk
        with organization_context(world.organization.pk):
            assert Customer.objects.filter(pk=world.ids["customer"]).exists()


def test_a_transaction_stays_in_one_organization_after_the_context_has_ended(world: World, strict: None) -> None:
    with transaction.atomic():
        with organization_context(world.organization.pk):
            assert Customer.objects.exists()
        with pytest.raises(OrganizationAlreadyOpen), organization_context(world.other.pk):
            pass


FORBIDDEN = [
    "ALTER TABLE customers_customer DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE customers_customer NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE customers_customer OWNER TO bilag_app",
    "DROP POLICY organization_rows ON customers_customer",
    "ALTER POLICY organization_rows ON customers_customer USING (true)",
    "CREATE POLICY mine ON customers_customer USING (true)",
    "SET ROLE bilag_owner",
    "SET ROLE bilag_backup",
    "SET ROLE bilag_definer",
    "SET SESSION AUTHORIZATION bilag_owner",
    "TRUNCATE customers_customer CASCADE",
    "CREATE TABLE mine (id integer)",
    "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE VIEW mine AS SELECT 1",
    "ALTER ROLE bilag_app BYPASSRLS",
    "GRANT bilag_owner TO bilag_app",
    "DROP TABLE customers_customer CASCADE",
    "DROP FUNCTION memberships_of(uuid)",
    "COPY customers_customer TO PROGRAM 'cat'",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_application_cannot_take_the_walls_down(world: World, statement: str) -> None:
    error = refusal_of(statement, {}, organization_id=world.organization.pk)

    assert error is not None
    assert error.sqlstate == NOT_ALLOWED, error


def test_row_security_cannot_be_stepped_around(world: World) -> None:
    error = refusal_of(
        ["SET LOCAL row_security = off", "SELECT * FROM customers_customer"], {}, organization_id=world.organization.pk
    )

    assert error is not None
    assert "row-level security" in str(error)


def test_a_look_up_across_organizations_returns_no_more_than_it_says(world: World) -> None:
    with app_session() as session:
        nobody = session.execute("SELECT * FROM memberships_of(%s)", [uuid7()]).fetchall()
        due = session.execute("SELECT * FROM organizations_with_due_outbox(9)").description or []
        searched = session.execute("SELECT * FROM search_customer_ids('havgl', 10)").fetchall()

    assert nobody == []
    assert [column.name for column in due] == ["organization_id"]
    assert searched == []


def test_a_search_function_finds_only_in_the_open_organization(world: World) -> None:
    with open_session(world.other.pk) as session:
        found = {row[0] for row in session.execute("SELECT id FROM search_customer_ids('havgl', 100)").fetchall()}
        own = {row[0] for row in session.execute("SELECT id FROM customers_customer").fetchall()}

    assert found
    assert found <= own


def test_threads_that_mix_organizations_never_see_a_wrong_row(world: World) -> None:
    wrong: list[object] = []
    rounds = scaled(100, 50)

    def work(start: int) -> None:
        try:
            for turn in range(start, start + rounds):
                organization = (world.organization, world.other)[turn % 2]
                with in_organization(organization):
                    seen = set(Customer.objects.raw("SELECT id, organization_id FROM customers_customer"))
                    wrong.extend(row for row in seen if row.organization_id != organization.pk)
                if Customer.objects.exists():
                    wrong.append("rows without an organization")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_a_streamed_answer_opens_the_organization_itself(world: World) -> None:
    def rows(organization_id: UUID) -> Iterator[str]:
        with organization_context(organization_id), transaction.atomic():
            yield from Customer.objects.order_by("number").values_list("name", flat=True)

    with in_organization(world.organization):
        streamed = StreamingHttpResponse(rows(world.organization.pk))
        careless = StreamingHttpResponse(Customer.objects.values_list("name", flat=True).iterator())

    assert streamed.getvalue() == "Havgløtt Verksted AS".encode()
    assert current_organization_id() is None
    assert careless.getvalue() == b""  # safe, though not what anybody wanted


def test_the_organizations_row_itself_is_behind_the_wall(world: World) -> None:
    with in_organization(world.organization):
        assert list(Organization.objects.values_list("pk", flat=True)) == [world.organization.pk]
        assert Organization.objects.filter(pk=world.other.pk).update(name="Taken") == 0
