"""The catalogue of the database keeps every rule of tenancy, and the rules really see what breaks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests import databases
from tests.architecture import walls
from tests.committed_world import database_name


@pytest.fixture
def session(django_db_setup: None, django_db_blocker: Any) -> Iterator[walls.Session]:
    """A superuser's transaction on the migrated database, rolled back in the end."""
    with django_db_blocker.unblock(), databases.superuser(database_name()) as opened:
        opened.autocommit = False
        yield opened
        opened.rollback()


@pytest.mark.parametrize("rule", walls.RULES, ids=lambda rule: rule.__name__)
def test_the_database_keeps_the_rule(session: walls.Session, rule: walls.Rule) -> None:
    assert list(rule(session)) == []


def test_the_owned_tables_are_many(session: walls.Session) -> None:
    assert len(walls.owned_tables(session)) >= 20


TABLE = "CREATE TABLE planted (organization_id uuid NOT NULL, id uuid NOT NULL, x_id uuid"
SECURE = "ALTER TABLE planted ENABLE ROW LEVEL SECURITY; ALTER TABLE planted FORCE ROW LEVEL SECURITY;"
POLICY = """CREATE POLICY organization_rows ON planted
    USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);"""
KEY = ", PRIMARY KEY (organization_id, id)"
DEFINER = """CREATE FUNCTION planted() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER {options}
    AS 'BEGIN RETURN 1; END'; ALTER FUNCTION planted() OWNER TO {owner};"""
PINNED = "SET search_path = pg_catalog"

PLANTED: dict[str, tuple[walls.Rule, str]] = {
    "a table that nobody declared": (walls.every_table_is_known, "CREATE TABLE planted (id uuid PRIMARY KEY)"),
    "a table with organization_id without a model": (walls.every_table_is_known, f"{TABLE}{KEY})"),
    "a table without row security": (walls.rows_are_secured, f"{TABLE}{KEY})"),
    "row security that its owner escapes": (
        walls.rows_are_secured,
        f"{TABLE}{KEY}); ALTER TABLE planted ENABLE ROW LEVEL SECURITY",
    ),
    "row security switched off": (walls.rows_are_secured, "ALTER TABLE tenants_membership DISABLE ROW LEVEL SECURITY"),
    "a table that the application owns": (
        walls.rows_are_secured,
        f"{TABLE}{KEY}); {SECURE} ALTER TABLE planted OWNER TO bilag_app",
    ),
    "a table without a policy": (walls.policies_are_the_declared_ones, f"{TABLE}{KEY}); {SECURE}"),
    "a policy that lets everybody in": (
        walls.policies_are_the_declared_ones,
        "CREATE POLICY planted ON invoicing_invoiceline USING (true)",
    ),
    "a policy that checks no writing": (
        walls.policies_are_the_declared_ones,
        "ALTER POLICY organization_rows ON invoicing_invoiceline WITH CHECK (true)",
    ),
    "a reading across organizations that nobody declared": (
        walls.policies_are_the_declared_ones,
        "CREATE POLICY definer_reads ON invoicing_invoiceline FOR SELECT TO bilag_definer USING (true)",
    ),
    "a key on id alone": (walls.keys_begin_with_the_organization, f"{TABLE}, PRIMARY KEY (id))"),
    "a table without a key": (walls.keys_begin_with_the_organization, f"{TABLE})"),
    "a unique index that tells of other organizations": (
        walls.keys_begin_with_the_organization,
        "CREATE UNIQUE INDEX planted ON customers_customer (email)",
    ),
    "an exclusion that tells of other organizations": (
        walls.keys_begin_with_the_organization,
        "ALTER TABLE customers_customer ADD CONSTRAINT planted EXCLUDE USING gist (number WITH =)",
    ),
    "a plain foreign key": (
        walls.references_stay_inside,
        f"""CREATE UNIQUE INDEX target ON customers_customer (id); {TABLE}{KEY},
            CONSTRAINT planted FOREIGN KEY (x_id) REFERENCES customers_customer (id))""",
    ),
    "a deferrable foreign key": (
        walls.references_stay_inside,
        f"""{TABLE}{KEY}, CONSTRAINT planted FOREIGN KEY (organization_id, x_id)
            REFERENCES customers_customer (organization_id, id) DEFERRABLE)""",
    ),
    "a foreign key from a table of nobody": (
        walls.references_stay_inside,
        """CREATE TABLE planted (organization uuid, x_id uuid, CONSTRAINT planted FOREIGN KEY (organization, x_id)
            REFERENCES customers_customer (organization_id, id))""",
    ),
    "a reference without its key": (
        walls.every_reference_has_its_key,
        """DO $$ DECLARE name text; BEGIN
             SELECT conname INTO name FROM pg_constraint
             WHERE contype = 'f' AND conrelid = 'customers_contact'::regclass
               AND confrelid = 'customers_customer'::regclass;
             EXECUTE format('ALTER TABLE customers_contact DROP CONSTRAINT %I', name);
           END $$""",
    ),
    "a view that asks as its owner": (
        walls.views_ask_as_their_reader,
        "CREATE VIEW planted AS SELECT * FROM customers_customer",
    ),
    "a materialized view": (
        walls.views_ask_as_their_reader,
        "CREATE MATERIALIZED VIEW planted AS SELECT * FROM customers_customer",
    ),
    "a definer function without a path": (
        walls.functions_are_pinned,
        DEFINER.format(options="", owner="bilag_definer") + "REVOKE ALL ON FUNCTION planted() FROM PUBLIC",
    ),
    "a definer function that everybody may call": (
        walls.functions_are_pinned,
        DEFINER.format(options=PINNED, owner="bilag_definer"),
    ),
    "a definer function of the superuser": (
        walls.functions_are_pinned,
        DEFINER.format(options=PINNED, owner="CURRENT_USER") + "REVOKE ALL ON FUNCTION planted() FROM PUBLIC",
    ),
    "a trigger without a path": (
        walls.functions_are_pinned,
        "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ),
    "a right to truncate": (walls.rights_are_no_wider, "GRANT TRUNCATE ON customers_customer TO bilag_app"),
    "a right to write law": (walls.rights_are_no_wider, "GRANT UPDATE ON tenants_lawfigure TO bilag_app"),
    "a right to change postings": (walls.rights_are_no_wider, "GRANT UPDATE ON payments_posting TO bilag_app"),
    "a backup that writes": (walls.rights_are_no_wider, "GRANT INSERT ON customers_customer TO bilag_backup"),
    "a right of everybody": (walls.rights_are_no_wider, "GRANT SELECT ON customers_customer TO PUBLIC"),
    "an application that becomes owner": (walls.logins_are_weak, "GRANT bilag_owner TO bilag_app"),
    "an application that makes tables": (walls.logins_are_weak, "GRANT CREATE ON SCHEMA public TO bilag_app"),
    "an application that owns a table": (
        walls.logins_are_weak,
        "CREATE TABLE planted (id uuid); ALTER TABLE planted OWNER TO bilag_app",
    ),
    "a name too long": (
        walls.names_are_short,
        f"CREATE INDEX planted_{'x' * 50} ON customers_customer (organization_id, email)",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_breach_is_seen(session: walls.Session, name: str) -> None:
    rule, breach = PLANTED[name]
    session.execute(breach)

    assert len(list(rule(session))) >= 1


def test_a_whole_table_raises_no_complaint_but_that_it_has_no_model(session: walls.Session) -> None:
    session.execute(f"{TABLE}{KEY}); {SECURE} {POLICY}")

    [complaint] = walls.complaints(session)
    assert complaint.startswith("planted: is not both a table")
