"""Handing files over: against a real SSH server on this machine, and into a folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from foundation import transfer
from foundation.transfer import (
    AnotherFileIsThere,
    Handed,
    HostKeyIsNotPinned,
    OutcomeIsUnknown,
    PlaceIsMissing,
    ServerIsAway,
    SftpPlace,
    SignInIsRefused,
    TransferRefused,
    drop_into_folder,
    send_by_sftp,
    try_sftp,
)
from tests.foundation.sftp_server import Server, serving

CONTENT = b"LG04 " * 40_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("sftp")) as running:
        yield running


def test_m_149_a_file_is_sent_whole_once_with_a_password_or_a_key(server: Server) -> None:
    by_key = replace(server.place, password="", private_key=server.client_key)

    assert send_by_sftp(server.place, "26112201.txt", CONTENT) is Handed.SENT
    assert send_by_sftp(by_key, "26112201.txt", CONTENT) is Handed.WAS_THERE
    assert send_by_sftp(by_key, "26112202.txt", CONTENT) is Handed.SENT

    found = {path.name: path.read_bytes() for path in (server.root / "in").iterdir()}
    assert found == {"26112201.txt": CONTENT, "26112202.txt": CONTENT}
    with pytest.raises(AnotherFileIsThere):
        send_by_sftp(server.place, "26112201.txt", CONTENT + b"x")
    assert (server.root / "in" / "26112201.txt").read_bytes() == CONTENT


def test_a_server_with_another_key_gets_nothing_and_its_key_is_told(server: Server) -> None:
    for pinned in ("", "SHA256:" + "A" * 43):
        with pytest.raises(HostKeyIsNotPinned) as refused:
            send_by_sftp(replace(server.place, fingerprint=pinned), "other.txt", CONTENT)
        assert refused.value.fingerprint == server.place.fingerprint
        assert refused.value.fingerprint in str(refused.value)
    assert not (server.root / "in" / "other.txt").exists()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"password": "wrong"}, SignInIsRefused),
        ({"private_key": "no key"}, SignInIsRefused),
        ({"folder": "/elsewhere"}, PlaceIsMissing),
        ({"port": 1}, ServerIsAway),
        ({"host": "nobody.invalid"}, ServerIsAway),
        ({"allows_inside": False}, TransferRefused),
    ],
)
def test_what_stands_in_the_way_is_said(server: Server, changes: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal) as refused:
        send_by_sftp(replace(server.place, **changes), "refused.txt", CONTENT)

    assert "right horse" not in str(refused.value) + repr(server.place)
    assert not (server.root / "in" / "refused.txt").exists()
    with pytest.raises(refusal):
        try_sftp(replace(server.place, **changes))


def test_a_place_is_tried_without_sending_anything(server: Server) -> None:
    before = sorted((server.root / "in").iterdir())
    try_sftp(server.place)
    assert sorted((server.root / "in").iterdir()) == before


def test_a_connection_that_breaks_leaves_no_half_file_under_the_name(server: Server) -> None:
    server.fails["in the middle"] = True
    with pytest.raises(ServerIsAway) as broken:
        send_by_sftp(server.place, "broken.txt", CONTENT)
    assert broken.value.may_retry
    assert not (server.root / "in" / "broken.txt").exists()

    assert send_by_sftp(server.place, "broken.txt", CONTENT) is Handed.SENT
    assert (server.root / "in" / "broken.txt").read_bytes() == CONTENT


def test_a_connection_that_breaks_after_the_naming_is_unknown_and_the_next_look_finds_the_file(server: Server) -> None:
    server.fails["after naming"] = True
    with pytest.raises(OutcomeIsUnknown):
        send_by_sftp(server.place, "unknown.txt", CONTENT)

    assert send_by_sftp(server.place, "unknown.txt", CONTENT) is Handed.WAS_THERE


def test_a_server_that_never_answers_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "CONNECT_SECONDS", 0.3)

    async def silent() -> int:
        served = await asyncio.start_server(lambda _reader, _writer: asyncio.sleep(5), "127.0.0.1", 0)
        place = SftpPlace(
            host="127.0.0.1",
            port=served.sockets[0].getsockname()[1],
            user="bilag",
            fingerprint="SHA256:x",
            allows_inside=True,
        )
        with pytest.raises(ServerIsAway):
            await asyncio.to_thread(send_by_sftp, place, "silent.txt", CONTENT)
        served.close()
        return 1

    with ThreadPoolExecutor(max_workers=1) as thread:  # a browser of another test may have left a loop in this one
        assert thread.submit(asyncio.run, silent()).result() == 1


@pytest.mark.parametrize("name", ["../a.txt", ".a", "a/b", "", "a\nb", "x" * 101])
def test_only_plain_names_are_handed_over(tmp_path: Path, name: str) -> None:
    with pytest.raises(TransferRefused):
        drop_into_folder(tmp_path, ".", name, CONTENT)


def test_a_folder_gets_the_file_whole_and_keeps_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()

    assert drop_into_folder(tmp_path, "in", "26112201.txt", CONTENT) is Handed.SENT
    assert drop_into_folder(tmp_path, "in", "26112201.txt", CONTENT) is Handed.WAS_THERE
    with pytest.raises(AnotherFileIsThere):
        drop_into_folder(tmp_path, "in", "26112201.txt", b"another")
    for folder in ("out", "..", "/etc"):
        with pytest.raises(PlaceIsMissing):
            drop_into_folder(tmp_path, folder, "26112201.txt", CONTENT)

    assert {path.name: path.read_bytes() for path in (tmp_path / "in").iterdir()} == {"26112201.txt": CONTENT}
