"""A migration never makes requests queue behind it: it waits two seconds for a table in use, and then gives way."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from django.db import OperationalError, connections

from machine.database import LOGINS
from tenants.database.schema import LOCK_TIMEOUT
from tests.reliability.servers import OwnServer

READ = "SELECT count(*) FROM tenants_lawfigure"
CHANGE = "ALTER TABLE tenants_lawfigure ADD COLUMN rehearsal integer"


@pytest.mark.parametrize("way", ["in one transaction", "without one"])
def test_every_migration_runs_with_a_short_lock_timeout(server: OwnServer, way: str) -> None:
    owner = connections["owner"]
    before = _lock_timeout()
    with owner.schema_editor(atomic=way == "in one transaction"):
        assert _lock_timeout() == LOCK_TIMEOUT
    assert _lock_timeout() == before


def test_a_migration_that_needs_longer_says_so_for_itself_alone(server: OwnServer) -> None:
    with connections["owner"].schema_editor() as editor:
        editor.execute("SET LOCAL lock_timeout = '10s'")
        assert _lock_timeout() == "10s"
    with connections["owner"].schema_editor():
        assert _lock_timeout() == LOCK_TIMEOUT


def test_sql_for_reading_holds_no_setting(server: OwnServer) -> None:
    with connections["owner"].schema_editor(collect_sql=True) as editor:
        editor.execute(CHANGE)
    assert editor.collected_sql == [f"{CHANGE};"]


def test_a_migration_gives_way_to_a_reader_and_no_request_waits_longer(server: OwnServer) -> None:
    reader = psycopg.connect(server.url_of(LOGINS["DATABASE_URL"]))
    reader.execute(READ)  # an open transaction holds its lock until it ends
    waits: list[float] = []

    def read_while_the_migration_waits() -> None:
        time.sleep(0.3)
        start = time.monotonic()
        with psycopg.connect(server.url_of(LOGINS["DATABASE_URL"])) as other:
            other.execute(READ)
        waits.append(time.monotonic() - start)

    request = threading.Thread(target=read_while_the_migration_waits)
    request.start()
    start = time.monotonic()
    with pytest.raises(OperationalError, match="lock timeout"), connections["owner"].schema_editor() as editor:
        editor.execute(CHANGE)
    assert 1.5 <= time.monotonic() - start <= 4
    request.join()
    reader.close()
    assert waits[0] <= 2.5
    with server.superuser() as session:
        columns = session.execute("SELECT * FROM tenants_lawfigure LIMIT 0").description or []
    assert "rehearsal" not in {column.name for column in columns}


def _lock_timeout() -> str:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        return str(cursor.fetchone()[0])
