"""A plugin of pytest: takes one guard out of the database of this run, which nobody else uses and which is dropped."""

from __future__ import annotations

import os

import pytest
from django.db import connection

from tests import databases
from tests.rules.taking_away import STATEMENT


@pytest.fixture(scope="session", autouse=True)
def _guard_is_taken_away(request: pytest.FixtureRequest) -> None:
    statement = os.environ.get(STATEMENT, "")
    if statement:
        request.getfixturevalue("django_db_setup")
        with databases.superuser(str(connection.settings_dict["NAME"])) as database:
            database.execute(statement)
