"""The test world: two organizations and the people in them, always."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connections
from django.test import Client, TransactionTestCase, override_settings

from config.processes import settle
from tests import builders, databases
from tests.committed_world import SETTINGS_OF_TESTS, folders_of

LONGEST = "test_accessibility.py"
ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("BILAG_SHARED", ROOT.parent / "shared"))
FOLDERS_MADE = count(1)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, worker_id: str) -> Iterator[None]:
    """A copy of the migrated template for this worker; the tests run as the application's own login."""
    name = f"bilag_{worker_id}_{os.getpid()}"
    with django_db_blocker.unblock():
        databases.make_copy(databases.make_template(), name)
        _flush_as_superuser(name)
        yield
        for opened in connections.all():
            opened.close()
        databases.drop(name)


def _flush_as_superuser(name: str) -> None:
    def empty_the_tables(_test: TransactionTestCase) -> None:
        databases.flush(name)

    # The application's login holds no TRUNCATE; and what migrations leave stays, while Django would write it anew.
    setattr(TransactionTestCase, "_fixture_teardown", empty_the_tables)  # noqa: B010 - the method is replaced


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The xdist worker's name, or that of the only process."""
    return str(getattr(request.config, "workerinput", {"workerid": "main"})["workerid"])


@pytest.fixture(autouse=True)
def _transactions(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test wrapped in one rolled-back transaction may visit several organizations; a transactional one may not."""
    marker = request.node.get_closest_marker("django_db")
    is_transactional = bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in request.fixturenames
    wrapper: Any = connections["default"]
    wrapper.allows_organization_change = not is_transactional
    yield
    wrapper.allows_organization_change = False


@pytest.fixture(scope="session", autouse=True)
def _settings_of_tests() -> Iterator[None]:
    """What no test sets anew: each change of these makes Django forget its caches, storages and hashers."""
    with override_settings(**SETTINGS_OF_TESTS):
        yield


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the test's own: pytest's fixture looks through those of all earlier tests for the next number."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    folder = tmp_path_factory.getbasetemp() / f"{name}{next(FOLDERS_MADE)}"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(autouse=True)
def _own_data_folder(settings: Any, tmp_path: Path) -> None:
    """Files and mails of a test lie in a folder of its own."""
    for name, value in folders_of(tmp_path).items():
        setattr(settings, name, value)
    caches["default"].clear()  # what one test did too often must not keep the next one out


@pytest.fixture
def organization(db: None) -> Any:
    """A Norwegian company with an account, registered for VAT."""
    return builders.make_organization("nordlys", "Nordlys Rådgivning AS", owner_email="owner@nordlys.example")


@pytest.fixture
def other_organization(db: None) -> Any:
    """Somebody else's company."""
    return builders.make_organization("fremmed", "Fremmed Drift AS", owner_email="stranger@fremmed.example")


@pytest.fixture
def owner(organization: Any) -> Any:
    return builders.user_of("owner@nordlys.example")


@pytest.fixture
def stranger(other_organization: Any) -> Any:
    """The owner of the other organization."""
    return builders.user_of("stranger@fremmed.example")


@pytest.fixture
def accountant(organization: Any) -> Any:
    return builders.make_member(organization, "accountant")


@pytest.fixture
def project_manager(organization: Any) -> Any:
    return builders.make_member(organization, "project_manager")


@pytest.fixture
def case_worker(organization: Any) -> Any:
    return builders.make_member(organization, "case_worker")


@pytest.fixture
def auditor(organization: Any) -> Any:
    return builders.make_member(organization, "auditor")


@pytest.fixture
def client_of() -> Callable[[Any], Client]:
    """A signed-in browser of a user."""

    def sign_in(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def shared() -> Path:
    """The folder of rule files, samples and figures that some tests compare with; skipped where it is missing."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here: rule files and samples lie outside the repository")
    return SHARED


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """The template is made while the workers still read the tests: else all of them wait for the one that makes it."""
    making = databases.begin_template()
    if making is not None:
        config.add_cleanup(lambda: _end(making))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()  # a run that is stopped early; else it has ended long ago
    process.wait()


def pytest_collection_finish() -> None:
    """The tests and all that they import live to the end: the collector need not look through them each time."""
    settle()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest walk begins first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.path.name != LONGEST)


def pytest_report_header() -> list[str]:
    return [f"scale: {os.environ.get('BILAG_TEST_SCALE', 'quick')}", f"seed: {builders.SEED}"]
