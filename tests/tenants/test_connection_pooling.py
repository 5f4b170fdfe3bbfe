"""Connections are shared among requests and carry nothing from one organization to the next."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from customers.models import Customer
from tenants.database.base import DatabaseWrapper
from tests.builders import in_organization, scaled
from tests.committed_world import World, app_session, committed_world

THREADS = 8
SERVER_CONNECTIONS = 2
SESSION_LEVEL = re.compile(
    r"set_config\(|SET\s+(?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)(SESSION\s+)?app\.", re.IGNORECASE
)
APPS = ("config", "invoicing", "payments", "customers", "tenants", "foundation")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), committed_world() as made:
        yield made


@pytest.fixture
def pooled(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Django's own pool with two server connections for all threads."""
    connection.close()
    options = {**connection.settings_dict["OPTIONS"], "pool": {"min_size": 1, "max_size": SERVER_CONNECTIONS}}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    yield
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def count_wrong_rows(world: World, transactions: int) -> list[object]:
    """Let threads visit two organizations in turn, and gather every row that should not have been seen."""
    wrong: list[object] = []

    def work(start: int) -> None:
        for turn in range(start, start + transactions // THREADS):
            organization = (world.organization, world.other)[turn % 2]
            try:
                with in_organization(organization):
                    rows = list(Customer.objects.raw("SELECT id, organization_id FROM customers_customer"))
                    if not rows:
                        wrong.append("nothing seen")
                    wrong.extend(row for row in rows if row.organization_id != organization.pk)
                    if turn % 5 == 0:
                        raise ZeroDivisionError  # a request that fails gives its connection back as well
            except ZeroDivisionError:
                pass
            with transaction.atomic():
                wrong.extend(Customer.objects.raw("SELECT id, organization_id FROM customers_customer"))
            connection.close()

    threads = [threading.Thread(target=work, args=(start,)) for start in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_a_pool_of_two_serves_eight_threads_without_a_wrong_row(world: World, pooled: None) -> None:
    assert count_wrong_rows(world, scaled(1200, 240)) == []


def test_a_pooled_connection_comes_back_without_an_organization(world: World, pooled: None) -> None:
    with in_organization(world.organization):
        assert Customer.objects.exists()
    wrapper = connection._connections[connection._alias]  # type: ignore[attr-defined]
    assert isinstance(wrapper, DatabaseWrapper)
    connection.close()

    assert wrapper.transaction_organization is None
    assert Customer.objects.count() == 0


def test_a_setting_of_the_session_would_leak_which_is_why_there_is_none(world: World) -> None:
    with app_session(autocommit=True) as session:
        session.execute(f"SET app.organization_id = '{world.organization.pk}'")
        with session.transaction():
            leaked = session.execute("SELECT count(*) FROM customers_customer").fetchone()

    assert leaked != (0,)


@pytest.mark.parametrize("app", APPS)
def test_no_code_sets_the_organization_for_a_session(app: str) -> None:
    for path in sorted((Path(settings.BASE_DIR) / app).rglob("*.py")):
        code = re.sub(r"^\s*#.*$", "", path.read_text(), flags=re.MULTILINE)
        assert not SESSION_LEVEL.search(code), path
