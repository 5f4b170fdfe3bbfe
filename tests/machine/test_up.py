"""bin/up from the outside: it serves, survives what kills it, and leaves nothing running."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM

import pytest

from machine.checkout import ROOT
from machine.environment import KNOBS
from machine.processes import command_line

PATIENCE_SECONDS = 180.0

pytestmark = pytest.mark.skipif(
    os.environ.get("BILAG_TEST_SCALE") != "full", reason="makes the demo organizations; bin/test --full runs it"
)


@dataclass
class Checkout:
    """This checkout with a data folder of its own, and what was started on it."""

    data: Path
    port: int
    started: "list[subprocess.Popen[str]]" = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(KNOBS)}
        return {**own, "BILAG_DATA_DIR": str(self.data), "PORT": str(self.port)}

    def up(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [ROOT / "bin" / "up"], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == f"Ready: http://127.0.0.1:{self.port}\n"
        return process

    def organizations(self) -> list[str]:
        answer = subprocess.run(
            [ROOT / "bin" / "manage", "organizations", "--json"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return [organization["slug"] for organization in json.loads(answer.stdout)["organizations"]]

    def status(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/readyz")
        return connection.getresponse().status

    def running(self) -> list[str]:
        """The programs of this data folder that live."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                found += self._programs(entry)
        return sorted(found)

    def _programs(self, entry: Path) -> list[str]:
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            environment = b""
        words = command_line(int(entry.name)) or []
        is_ours = os.fsencode(f"BILAG_DATA_DIR={self.data}\0") in environment or str(self.data) in " ".join(words)
        return [" ".join(words)] if words and is_ours else []

    def wait_until_gone(self, program: str) -> bool:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(program in words for words in self.running()):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    folder = Path(tempfile.mkdtemp(prefix="bilag-up-"))
    folder.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # The programs are those that this test run uses; fetching them again would need a network.
    (folder / "binaries").symlink_to(Path(os.environ["BILAG_DATA_DIR"]).parents[1] / "binaries")
    made = Checkout(folder.resolve(), port)
    yield made
    for process in made.started:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
    shutil.rmtree(folder)


def test_it_serves_survives_a_kill_keeps_its_data_and_leaves_nothing(checkout: Checkout) -> None:
    first = checkout.up()
    assert checkout.status() == http.client.OK
    made = checkout.organizations()
    assert made

    first.send_signal(SIGKILL)
    first.wait()
    assert checkout.wait_until_gone("granian")
    assert checkout.wait_until_gone("celery")
    assert any("postgres" in words for words in checkout.running())

    started = time.monotonic()
    second = checkout.up()
    assert time.monotonic() - started < 30
    assert checkout.status() == http.client.OK
    assert checkout.organizations() == made

    second.send_signal(SIGINT)
    assert second.wait(PATIENCE_SECONDS) == 0
    assert checkout.running() == []


def test_a_killed_database_is_brought_back_under_a_running_application(checkout: Checkout) -> None:
    process = checkout.up()
    before = checkout.organizations()
    server = int((checkout.data / "postgresql" / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(server, SIGKILL)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while command_line(server) is not None or checkout.status() != http.client.OK:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert checkout.organizations() == before
    process.send_signal(SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 0
