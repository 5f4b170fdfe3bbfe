"""The four roles hold exactly the rights that the design gives them."""

import os

import psycopg
import pytest

from machine.checkout import ROOT
from machine.database import DATABASE_SQL, LOGINS, prepare_database
from machine.postgresql import Cluster, ensure_running

LOGIN_NAMES = sorted(LOGINS.values())


@pytest.fixture(scope="module")
def database(shared_cluster: Cluster) -> Cluster:
    """A cluster prepared as for production, with one table that the owner has made, as a migration would."""
    cluster = shared_cluster
    ensure_running(cluster)
    prepare_database(cluster, "bilag")
    with connect(cluster, "bilag_owner") as owner:
        owner.execute("CREATE TABLE thing (organization_id int, name text)")
        owner.execute("ALTER TABLE thing ENABLE ROW LEVEL SECURITY")
        owner.execute("ALTER TABLE thing FORCE ROW LEVEL SECURITY")
        owner.execute("CREATE POLICY own ON thing USING (organization_id = 1)")
    with connect(cluster, "postgres") as superuser:
        superuser.execute("INSERT INTO thing VALUES (1, 'ours'), (2, 'theirs')")
    return cluster


def connect(cluster: Cluster, login: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(cluster.sockets), user=login, dbname="bilag", autocommit=True)


def test_preparing_again_changes_nothing(database: Cluster) -> None:
    prepare_database(database, "bilag")
    with connect(database, "postgres") as superuser:
        assert superuser.execute("SELECT count(*) FROM thing").fetchone() == (2,)


def test_no_login_has_a_right_over_the_cluster(database: Cluster) -> None:
    with connect(database, "postgres") as superuser:
        rights = superuser.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin"
            " FROM pg_roles WHERE rolname LIKE 'bilag%' ORDER BY rolname"
        ).fetchall()
    assert rights == [
        ("bilag_app", False, False, False, False, False, True),
        ("bilag_backup", False, False, False, False, True, True),
        ("bilag_definer", False, False, False, False, False, False),
        ("bilag_owner", False, False, False, False, False, True),
    ]


def test_the_application_works_with_rows_and_owns_nothing(database: Cluster) -> None:
    with connect(database, "bilag_app") as app:
        assert app.execute("SELECT name FROM thing").fetchall() == [("ours",)]
        app.execute("INSERT INTO thing VALUES (1, 'new')")
        app.execute("UPDATE thing SET name = 'newer' WHERE name = 'new'")
        app.execute("DELETE FROM thing WHERE name = 'newer'")


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE thing",
        "DROP TABLE thing",
        "ALTER TABLE thing DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE other (id int)",
        "CREATE POLICY all_rows ON thing USING (true)",
        "CREATE TRIGGER t BEFORE INSERT ON thing EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "SET ROLE bilag_owner",
        "SET ROLE bilag_definer",
        "CREATE DATABASE other",
    ],
)
def test_the_application_is_refused_everything_else(database: Cluster, statement: str) -> None:
    with connect(database, "bilag_app") as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)


def test_the_backup_reads_every_row_and_writes_none(database: Cluster) -> None:
    with connect(database, "bilag_backup") as backup:
        assert backup.execute("SELECT count(*) FROM thing").fetchone() == (2,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            backup.execute("DELETE FROM thing")
        backup.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            backup.execute("DELETE FROM thing")


def test_the_owner_hands_functions_over_but_has_no_other_right_of_theirs(database: Cluster) -> None:
    with connect(database, "postgres") as superuser:
        superuser.execute("CREATE TABLE seen_by_functions (id int); GRANT SELECT ON seen_by_functions TO bilag_definer")
    with connect(database, "bilag_owner") as owner:
        owner.execute("CREATE FUNCTION look() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
        owner.execute("ALTER FUNCTION look() OWNER TO bilag_definer")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute("SELECT * FROM seen_by_functions")


def test_a_stranger_to_the_database_is_not_let_in(database: Cluster) -> None:
    with connect(database, "postgres") as superuser:
        superuser.execute("CREATE ROLE passer_by LOGIN")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connect(database, "passer_by")


def test_the_extensions_are_there(database: Cluster) -> None:
    with connect(database, "postgres") as superuser:
        found = superuser.execute("SELECT extname FROM pg_extension").fetchall()
    assert {("pg_trgm",), ("btree_gin",), ("btree_gist",)} <= set(found)


def test_the_test_server_offers_the_same_logins() -> None:
    for variable, login in LOGINS.items():
        with psycopg.connect(os.environ[variable]) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (login,)


def test_the_operations_manual_names_the_file_and_every_role() -> None:
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert str(DATABASE_SQL.relative_to(ROOT)) in manual
    for role in (*LOGIN_NAMES, "bilag_definer"):
        assert role in manual
