"""The databases that tests run on: one template, migrated once, and a copy for each worker."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import django
import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

ROOT = Path(__file__).resolve().parent.parent
SET_UP = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS btree_gist;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO bilag_app, bilag_backup;
GRANT USAGE, CREATE ON SCHEMA public TO bilag_owner, bilag_definer;
ALTER DEFAULT PRIVILEGES FOR ROLE bilag_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO bilag_app;
ALTER DEFAULT PRIVILEGES FOR ROLE bilag_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO bilag_app;
ALTER DEFAULT PRIVILEGES FOR ROLE bilag_owner IN SCHEMA public GRANT SELECT ON TABLES TO bilag_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE bilag_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO bilag_backup;
"""
SECONDS_FOR_A_LAST_REQUEST = 30
TRUNCATED_FROM_BYTES = 1_000_000  # TRUNCATE makes new files for a table and its indexes; few rows are deleted sooner
KEPT_ON_FLUSH = frozenset({"django_migrations", "django_content_type", "auth_permission", "tenants_lawfigure"})


def superuser(database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    """A session of the test server's superuser."""
    return psycopg.connect(os.environ["DATABASE_SUPERUSER_URL"], dbname=database, autocommit=True)


def schema_version() -> str:
    """Changes whenever a migration or what writes its SQL changes."""
    total = hashlib.sha256(SET_UP.encode())
    for path in sorted(
        [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("tenants/data/*"), *ROOT.glob("tenants/database/*.py")]
    ):
        total.update(path.read_bytes())
    return total.hexdigest()[:12]


def make_template() -> str:
    """The name of a migrated database that nobody is connected to; made once per state of the migrations."""
    name = f"bilag_template_{schema_version()}"
    with _lock("bilag-template"), superuser() as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", [name]).fetchone():
            return name
        _drop(server, name)
        server.execute(sql.SQL("CREATE DATABASE {} OWNER bilag_owner TEMPLATE template0").format(sql.Identifier(name)))
        with superuser(name) as database:
            database.execute(SET_UP)
        use_database(name)
        call_command("migrate", database="owner", verbosity=0)
        for connection in connections.all():
            connection.close()
        server.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(sql.Identifier(name)))
    return name


def is_made() -> bool:
    """Whether the template of this state of the migrations is there."""
    with superuser() as server:
        name = f"bilag_template_{schema_version()}"
        question = "SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate"
        return server.execute(question, [name]).fetchone() is not None


def begin_template() -> subprocess.Popen[bytes] | None:
    """Make the template in a process apart, unless it is there: a worker that asks meanwhile waits for it."""
    if "DATABASE_SUPERUSER_URL" not in os.environ or is_made():
        return None
    return subprocess.Popen([sys.executable, "-m", "tests.databases"], cwd=ROOT)


def make_copy(template: str, name: str) -> None:
    """A database of its own for one worker."""
    with _lock("bilag-template"), superuser() as server:
        _drop(server, name)
        server.execute(
            sql.SQL("CREATE DATABASE {} OWNER bilag_owner TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    use_database(name)


def write_out(template: str, target: Path, *, program: Path) -> None:
    """The template as SQL, by pg_dump, for a server of somebody's own: to read it takes a second."""
    source = make_conninfo(os.environ["DATABASE_SUPERUSER_URL"], dbname=template)
    with _lock("bilag-template"):  # while somebody is connected to it nobody can copy it
        subprocess.run([str(program), "--dbname", source, "--file", str(target)], check=True)


def drop(name: str) -> None:
    """Remove a copy and whoever is still connected to it."""
    with superuser() as server:
        _drop(server, name)


def use_database(name: str) -> None:
    """Point all three logins at a database."""
    for alias in connections:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        if alias != "default":
            # The other logins see the same tables, which are emptied once.
            connections[alias].settings_dict["TEST"]["MIRROR"] = "default"


def flush(name: str) -> None:
    """Empty every table but law and migrations, as superuser past the triggers that forbid it.

    A page that a browser test left may still be answered meanwhile: its request is waited for, table by table and
    without holding a lock while waiting, for a lock held would deadlock with the request's next statement.
    """
    with superuser(name) as database:
        rows = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = [sql.Identifier(str(row[0])) for row in sorted(rows) if row[0] not in KEPT_ON_FLUSH]
        database.execute("SET session_replication_role = replica")
        last_try = monotonic() + SECONDS_FOR_A_LAST_REQUEST
        while True:
            try:
                with database.transaction():
                    everything = sql.SQL(", ").join(tables)
                    database.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT").format(everything))
                    _empty(database, tables)
                return
            except psycopg.errors.LockNotAvailable:
                if monotonic() > last_try:
                    raise
                sleep(0.02)


def _empty(database: psycopg.Connection[tuple[object, ...]], tables: Sequence[sql.Identifier]) -> None:
    """Only what holds rows is touched."""
    question = sql.SQL("SELECT {}, pg_relation_size({}) WHERE EXISTS (SELECT FROM {})")
    each = [question.format(place, sql.Literal(table.as_string(database)), table) for place, table in enumerate(tables)]
    for place, size in database.execute(sql.SQL(" UNION ALL ").join(each)).fetchall():
        command = "TRUNCATE {} CASCADE" if int(str(size)) > TRUNCATED_FROM_BYTES else "DELETE FROM {}"
        database.execute(sql.SQL(command).format(tables[int(str(place))]))


def _drop(server: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def _lock(name: str) -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / f"{name}-{os.getuid()}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    django.setup()
    make_template()
