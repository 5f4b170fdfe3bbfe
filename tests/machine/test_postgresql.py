"""An embedded PostgreSQL survives a kill, is found again, and is never taken for another."""

import dataclasses
import os
from pathlib import Path
from signal import SIGKILL

import pytest

from machine import postgresql
from machine.database import run_psql
from machine.messages import MachineRefused
from machine.postgresql import DURABLE_SETTINGS, Cluster, ensure_running, find_running, pid_file, stop


def ask(cluster: Cluster, query: str) -> str:
    return run_psql(cluster, "--no-align", "--tuples-only", "--command", query).strip()


def seen_by_another_process(cluster: Cluster) -> Cluster:
    return dataclasses.replace(cluster, child=None)


def test_a_killed_server_comes_back_with_its_rows(cluster: Cluster) -> None:
    cluster.settings = (*DURABLE_SETTINGS, "shared_buffers=16MB")
    ensure_running(cluster)
    run_psql(cluster, "--command", "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    first = find_running(cluster)
    assert first is not None
    os.kill(first, SIGKILL)
    assert cluster.child is not None
    cluster.child.wait()
    assert find_running(cluster) is None
    ensure_running(cluster)
    assert find_running(cluster) not in {None, first}
    assert ask(cluster, "SELECT count(*) FROM kept") == "1000"


def test_a_running_server_is_joined_and_stopped_by_a_stranger(cluster: Cluster) -> None:
    ensure_running(cluster)
    stranger = seen_by_another_process(cluster)
    ensure_running(stranger)
    assert stranger.child is None
    assert find_running(stranger) == find_running(cluster)
    stop(cluster)
    assert find_running(stranger) is None
    stop(stranger)


def test_a_note_that_names_somebody_else_is_not_believed(cluster: Cluster) -> None:
    ensure_running(cluster)
    note = pid_file(cluster).read_text()
    stop(cluster)
    us = "\n".join([str(os.getpid()), *note.splitlines()[1:]])
    pid_file(cluster).write_text(us + "\n")
    assert find_running(cluster) is None
    ensure_running(cluster)
    assert ask(cluster, "SELECT 1") == "1"


def test_a_half_made_data_folder_is_made_anew(cluster: Cluster) -> None:
    half = cluster.folder / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    os.chown(half, cluster.account.owner, -1)
    ensure_running(cluster)
    assert not half.exists()
    assert ask(cluster, "SHOW data_checksums") == "on"


def test_data_of_another_major_version_is_refused(cluster: Cluster) -> None:
    cluster.data.mkdir()
    (cluster.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(MachineRefused, match="written by PostgreSQL 15"):
        ensure_running(cluster)


def test_a_server_that_cannot_start_says_why(cluster: Cluster) -> None:
    broken = dataclasses.replace(cluster, settings=("no_such_setting=1",))
    with pytest.raises(MachineRefused, match="no_such_setting"):
        ensure_running(broken)


def test_nobody_but_the_account_may_enter_the_data_folder(cluster: Cluster) -> None:
    ensure_running(cluster)
    assert ask(cluster, "SHOW listen_addresses") == ""
    for folder in (cluster.folder, cluster.data, cluster.sockets):
        assert folder.stat().st_mode & 0o077 == 0
        assert folder.stat().st_uid == cluster.account.owner


def test_a_log_of_the_time_before_is_kept_once(cluster: Cluster, tmp_path: Path) -> None:
    cluster.log = tmp_path / "server.log"
    cluster.log.write_text("the time before")
    ensure_running(cluster)
    assert (tmp_path / "server.log.1").read_text() == "the time before"
    assert "ready to accept connections" in cluster.log.read_text()


def test_waiting_for_a_process_that_never_was_ends(cluster: Cluster) -> None:
    assert not postgresql.wait_until_ready(cluster, 2**22 + 1)
