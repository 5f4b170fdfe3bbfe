"""A PostgreSQL of a test's own, migrated and durable, that may be killed while others are at work."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.db import connections

from machine import postgresql
from machine.checkout import ROOT, Checkout
from machine.database import SUPERUSER, database_url, database_urls, prepare_database, run_psql
from machine.postgresql import Cluster
from machine.server_binaries import ensure_server_binaries
from machine.socket_folders import make_private
from machine.system_user import server_account
from tests import databases

DATABASE = "bilag"
PLACE_OF_ALIAS = ("HOST", "PORT", "NAME", "PASSWORD")
# What is acknowledged must be on the disk, so none of the forgetful settings of the other test server.
SETTINGS = ("max_connections=200", "shared_buffers=32MB")


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A running server with one migrated database."""

    cluster: Cluster

    @property
    def environment(self) -> dict[str, str]:
        """What a process of its own must be told to work on this database."""
        urls = database_urls(self.cluster, DATABASE)
        return os.environ | urls | {"DATABASE_SUPERUSER_URL": self.url_of(SUPERUSER), "PYTHONPATH": str(ROOT)}

    def url_of(self, login: str) -> str:
        """The address under one login."""
        return database_url(self.cluster, login=login, name=DATABASE)

    def superuser(self) -> psycopg.Connection[tuple[object, ...]]:
        """A session that sees past row security."""
        return psycopg.connect(self.url_of(SUPERUSER), autocommit=True)

    def stop_at_once(self) -> None:
        """What a power cut is to a server: no checkpoint, every session dropped (pg_ctl stop -m immediate)."""
        child = self.cluster.child
        assert child is not None
        os.kill(child.pid, signal.SIGQUIT)
        child.wait(60)

    def start(self) -> None:
        """Bring it back; it repeats what its log holds before it serves."""
        postgresql.ensure_running(self.cluster)

    def restart_at_once(self) -> None:
        """An immediate stop and a new start; this process's own sessions are gone with the old server."""
        self.stop_at_once()
        self.start()
        for alias in connections:
            connections[alias].close()

    @contextmanager
    def used(self) -> Iterator[None]:
        """Point this process's three logins here, and back again afterwards."""
        before = {
            alias: {key: connections[alias].settings_dict[key] for key in PLACE_OF_ALIAS} for alias in connections
        }
        here = {"HOST": str(self.cluster.sockets), "PORT": "", "NAME": DATABASE, "PASSWORD": ""}
        try:
            _point(dict.fromkeys(connections, here))
            yield
        finally:
            _point(before)


def _point(places: dict[str, dict[str, str]]) -> None:
    for alias, place in places.items():
        connections[alias].close()
        connections[alias].settings_dict.update(place)


def _fill(cluster: Cluster) -> None:
    """The tables that the migrations have made for all tests: to make them anew would take many times as long."""
    template = databases.make_template()
    with tempfile.TemporaryDirectory(prefix="bilag-fire-") as folder:
        written = Path(folder) / "template.sql"
        databases.write_out(template, written, program=cluster.binaries / "pg_dump")
        run_psql(cluster, "--dbname", DATABASE, "--single-transaction", "--file", str(written))


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """Make, fill and serve a cluster in a folder that its account can reach; stopped and removed afterwards."""
    account = server_account()
    data = Path(os.environ["BILAG_DATA_DIR"]).parents[1]
    binaries = ensure_server_binaries(Checkout(root=ROOT, data=data), account=account)
    folder = Path(tempfile.mkdtemp(prefix="bilag-fire-"))
    make_private(folder, owner=account.owner)
    make_private(folder / "run", owner=account.owner)
    cluster = Cluster(
        binaries=binaries.postgresql,
        folder=folder,
        sockets=folder / "run",
        log=folder / "log",
        account=account,
        settings=SETTINGS,
    )
    server = OwnServer(cluster)
    try:
        server.start()
        prepare_database(cluster, DATABASE)
        _fill(cluster)
        yield server
    finally:
        postgresql.stop(cluster)
        shutil.rmtree(folder)
