"""A server of a test's own, to be killed at will."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from machine import postgresql
from machine.checkout import ROOT, Checkout
from machine.postgresql import FORGETFUL_SETTINGS, Cluster
from machine.server_binaries import ServerBinaries, ensure_server_binaries
from machine.socket_folders import make_private
from machine.system_user import server_account


@pytest.fixture(scope="session")
def binaries() -> ServerBinaries:
    """The programs that bin/test itself has started its servers with."""
    data = Path(os.environ["BILAG_DATA_DIR"]).parents[1]
    return ensure_server_binaries(Checkout(root=ROOT, data=data), account=server_account())


@contextmanager
def cluster_of_its_own(binaries: ServerBinaries) -> Iterator[Cluster]:
    """A cluster that is not made yet, in a folder that its account can reach; stopped and removed afterwards."""
    account = server_account()
    folder = Path(tempfile.mkdtemp(prefix="bilag-test-"))
    make_private(folder, owner=account.owner)
    make_private(folder / "run", owner=account.owner)
    made = Cluster(
        binaries=binaries.postgresql,
        folder=folder,
        sockets=folder / "run",
        log=folder / "log",
        account=account,
        settings=(*FORGETFUL_SETTINGS, "shared_buffers=16MB"),
    )
    try:
        yield made
    finally:
        postgresql.stop(made)
        shutil.rmtree(folder)


@pytest.fixture
def cluster(binaries: ServerBinaries) -> Iterator[Cluster]:
    """A cluster to be killed at will."""
    with cluster_of_its_own(binaries) as made:
        yield made


@pytest.fixture(scope="module")
def shared_cluster(binaries: ServerBinaries) -> Iterator[Cluster]:
    """A cluster for tests that only ask."""
    with cluster_of_its_own(binaries) as made:
        yield made
