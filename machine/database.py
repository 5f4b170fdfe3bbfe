"""What an embedded cluster holds before the first migration: roles, a database and extensions, from database.sql."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import quote

from machine.messages import MachineRefused
from machine.postgresql import Cluster
from machine.processes import command_line

DATABASE_SQL = Path(__file__).with_name("database.sql")
LOGINS = {"DATABASE_URL": "bilag_app", "DATABASE_OWNER_URL": "bilag_owner", "DATABASE_BACKUP_URL": "bilag_backup"}
SUPERUSER = "postgres"
# A test run and its workers end the names of their databases with their process numbers.
NUMBERED = r"^bilag_[a-z0-9]+_([0-9]+)$"


def prepare_database(cluster: Cluster, name: str) -> None:
    """Make the roles and the named database, ready for migrations; what is there already stays."""
    run_psql(cluster, "--file", str(DATABASE_SQL), "--set", f"database={name}")


def prepare_test_databases(cluster: Cluster, name: str) -> None:
    """Make the named database, prepare those that the owner will make, and remove what killed runs left."""
    # template1 is what a new database is copied from.
    run_psql(cluster, "--file", str(DATABASE_SQL), "--set", "database=template1", "--set", "test_server=1")
    for found in list_databases(cluster, NUMBERED):
        number = re.search(NUMBERED, found)
        if number is not None and (found == name or command_line(int(number[1])) is None):
            drop_database(cluster, found)
    run_psql(cluster, "--command", f'CREATE DATABASE "{name}" OWNER bilag_owner')


def list_databases(cluster: Cluster, pattern: str) -> list[str]:
    """The names that match the regular expression; templates are not asked about."""
    query = f"SELECT datname FROM pg_catalog.pg_database WHERE NOT datistemplate AND datname ~ '{pattern}'"  # noqa: S608  # our own pattern
    return run_psql(cluster, "--no-align", "--tuples-only", "--command", query).split()


def drop_database(cluster: Cluster, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    run_psql(cluster, "--command", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def run_psql(cluster: Cluster, *arguments: str) -> str:
    """Run psql as superuser to its end; what it says when it fails is passed on."""
    command = [
        str(cluster.binaries / "psql"),
        *("--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"),
        *("--host", str(cluster.sockets), "--username", SUPERUSER, "--dbname", "postgres"),
        *arguments,
    ]
    # The caller's own PG… variables speak of other servers.
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise MachineRefused(f"The database could not be prepared: {finished.stderr.strip()}")
    return finished.stdout


def database_url(cluster: Cluster, *, login: str, name: str) -> str:
    """The address of a database behind the cluster's socket."""
    return f"postgresql://{login}@/{name}?host={quote(str(cluster.sockets))}"


def database_urls(cluster: Cluster, name: str) -> dict[str, str]:
    """The addresses under the three logins, by the variables that name them."""
    return {variable: database_url(cluster, login=login, name=name) for variable, login in LOGINS.items()}
