"""A port that is taken is named with another that is not."""

import re
import socket
from collections.abc import Iterator

import pytest

from machine.messages import MachineRefused
from machine.port import HOST, is_free, wanted_port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_refused_with_a_command(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(taken))
    with pytest.raises(MachineRefused) as refusal:
        wanted_port()
    said = re.fullmatch(rf"Port {taken} is taken\. Run: PORT=(\d+) bin/up", str(refusal.value))
    assert said is not None
    assert is_free(int(said[1]))


@pytest.mark.parametrize("text", ["web", "0", "65536", "-1", "80.5"])
def test_what_is_no_port_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)
    with pytest.raises(MachineRefused, match="not a port number"):
        wanted_port()
