"""What the tests of faults share: a server that may be killed, and a world in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.reliability.servers import OwnServer, own_server


@pytest.fixture(scope="session")
def _served(django_db_blocker: Any) -> Iterator[OwnServer]:
    with django_db_blocker.unblock(), own_server() as server:
        yield server


@pytest.fixture
def server(_served: OwnServer, django_db_blocker: Any) -> Iterator[OwnServer]:
    """A migrated PostgreSQL of our own, which this process works on until the test ends."""
    _served.start()
    with django_db_blocker.unblock(), _served.used():
        database: Any = connection
        database.allows_organization_change = False
        yield _served
    _served.start()
