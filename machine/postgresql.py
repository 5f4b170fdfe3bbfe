"""An embedded PostgreSQL: made, started, found again after a kill, and stopped; it listens on a socket only."""

import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGINT, SIGQUIT

from machine.messages import MachineRefused, last_lines, tell
from machine.processes import POLL_SECONDS, command_line, wait_until_gone
from machine.system_user import Account

# A long crash recovery must not be taken for a failure.
START_SECONDS_MAX = 300.0
STOP_SECONDS_MAX = 60.0
# After a kill the old server's children may hold its shared memory for a moment.
OLD_MEMORY_SECONDS_MAX = 5.0
OLD_MEMORY = "pre-existing shared memory block"

ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
SETTINGS = ("listen_addresses=", "timezone=UTC", "log_timezone=UTC", "log_line_prefix=%m [%p] %q%u@%d ")
DURABLE_SETTINGS = ("max_connections=150",)
# For tests only: a crash of the machine loses such a cluster.
FORGETFUL_SETTINGS = ("max_connections=300", "fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(slots=True, kw_only=True)
class Cluster:
    """One data folder with the programs and the account that serve it."""

    binaries: Path
    folder: Path
    sockets: Path
    log: Path
    account: Account
    settings: tuple[str, ...]
    child: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def data(self) -> Path:
        return self.folder / "data"


def ensure_running(cluster: Cluster) -> None:
    """Start the server unless it already serves this data folder; make the data folder first when it is missing."""
    if find_running(cluster) is not None:
        return
    if not (cluster.data / "PG_VERSION").exists():
        initialize(cluster)
    refuse_other_version(cluster)
    remove_stale_notes(cluster)
    start(cluster)


def find_running(cluster: Cluster) -> int | None:
    """The process that serves this data folder and says it is ready, if there is one."""
    if cluster.child is not None:
        cluster.child.poll()  # lets the kernel forget a server that was killed
    pid = server_named_in(cluster, pid_file(cluster))
    return pid if pid is not None and wait_until_ready(cluster, pid) else None


def initialize(cluster: Cluster) -> None:
    """Make the data folder, beside its place and moved there when whole, so that a killed attempt leaves nothing."""
    tell("Making a PostgreSQL data folder.")
    half = cluster.folder / "data.new"
    if half.exists():
        run_as_server(cluster, ["/bin/rm", "-rf", str(half)])
    # A collation of the server's own needs no locale on the machine; sort order is a function of the application.
    run_as_server(
        cluster,
        [
            str(cluster.binaries / "initdb"),
            f"--pgdata={half}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
        ],
    )
    half.rename(cluster.data)


def start(cluster: Cluster) -> None:
    """Start the server and wait until it serves; says what its log says when it does not."""
    give_up_on_old_memory = time.monotonic() + OLD_MEMORY_SECONDS_MAX
    while True:
        cluster.child = launch(cluster)
        if wait_until_ready(cluster, cluster.child.pid):
            return
        report = last_lines(cluster.log)
        if OLD_MEMORY in report and time.monotonic() < give_up_on_old_memory:
            time.sleep(0.25)
            continue
        raise MachineRefused(f"PostgreSQL did not start. The end of {cluster.log}:\n{report}")


def launch(cluster: Cluster) -> "subprocess.Popen[bytes]":
    """Start the server in a session of its own, so that Ctrl-C in our terminal does not reach it."""
    command = [str(cluster.binaries / "postgres"), "-D", str(cluster.data), "-k", str(cluster.sockets)]
    for setting in (*SETTINGS, *cluster.settings):
        command += ["-c", setting]
    if cluster.log.exists():
        cluster.log.replace(cluster.log.with_name(cluster.log.name + ".1"))
    with cluster.log.open("wb") as log:
        return subprocess.Popen(
            command,
            cwd="/",
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=cluster.account.user,
            group=cluster.account.group,
            extra_groups=cluster.account.groups,
        )


def wait_until_ready(cluster: Cluster, pid: int) -> bool:
    """Whether this very process says that it serves; something that answers on the socket could be another server."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        lines = lines_of(pid_file(cluster))
        if len(lines) >= 8 and lines[0] == str(pid) and lines[7] == "ready":
            return True
        if has_ended(cluster, pid):
            return False
        time.sleep(POLL_SECONDS)
    return False


def has_ended(cluster: Cluster, pid: int) -> bool:
    """Whether the process is gone; a child of ours must be asked, a stranger is looked up."""
    if cluster.child is not None and cluster.child.pid == pid:
        return cluster.child.poll() is not None
    return command_line(pid) is None


def pid_file(cluster: Cluster) -> Path:
    """The running server's note about itself: its number in line 1, how far it has come in line 8."""
    return cluster.data / "postmaster.pid"


def lines_of(note: Path) -> list[str]:
    """The lines of a note without blanks at their ends; none when there is no such note."""
    try:
        text = note.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line.strip() for line in text.splitlines()]


def server_named_in(cluster: Cluster, note: Path) -> int | None:
    """The process that the note names, if it lives and serves this data folder."""
    lines = lines_of(note)
    if not lines or not lines[0].isdigit():
        return None
    words = command_line(int(lines[0])) or []
    return int(lines[0]) if str(cluster.data) in words else None


def remove_stale_notes(cluster: Cluster) -> None:
    """Remove what a killed server left: its number may by now be another's, or a dead child's that nobody waits for."""
    for note in (pid_file(cluster), cluster.sockets / ".s.PGSQL.5432.lock"):
        if server_named_in(cluster, note) is None:
            note.unlink(missing_ok=True)


def refuse_other_version(cluster: Cluster) -> None:
    """Refuse data that another major version of PostgreSQL has written."""
    theirs = (cluster.data / "PG_VERSION").read_text(encoding="ascii").strip()
    ours = run_as_server(cluster, [str(cluster.binaries / "postgres"), "--version"]).split()[-1].split(".")[0]
    if theirs != ours:
        raise MachineRefused(
            f"The data in {cluster.data} was written by PostgreSQL {theirs} and this is {ours}: "
            'see "A new major version of PostgreSQL" in docs/operations.md.'
        )


def stop(cluster: Cluster) -> None:
    """Stop the server at once but in order; clients that are still connected are told."""
    pid = find_running(cluster)
    if pid is None:
        return
    for signal in (SIGINT, SIGQUIT):
        os.kill(pid, signal)
        if cluster.child is not None and cluster.child.pid == pid:
            try:
                cluster.child.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                continue
            return
        if wait_until_gone(pid, seconds=STOP_SECONDS_MAX):
            return


def run_as_server(cluster: Cluster, command: list[str]) -> str:
    """Run one of the server's own programs to its end; what it says when it fails is passed on."""
    finished = subprocess.run(
        command,
        cwd="/",
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=cluster.account.user,
        group=cluster.account.group,
        extra_groups=cluster.account.groups,
    )
    if finished.returncode != 0:
        raise MachineRefused(f"{Path(command[0]).name} failed: {finished.stderr.strip() or finished.stdout.strip()}")
    return finished.stdout
