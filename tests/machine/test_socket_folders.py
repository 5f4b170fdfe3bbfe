"""A socket's folder is private, and its path suits the kernel and URLs."""

import os
from pathlib import Path

import pytest

from machine.socket_folders import FOLDER_BYTES_MAX, is_private, make_private, socket_folder


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return tmp_path_factory.mktemp("s", numbered=True)


def test_a_plain_short_path_is_taken_as_it_is(short: Path) -> None:
    folder = socket_folder(short / "run", key="key", owner=os.getuid())
    assert folder == short / "run"
    assert is_private(folder, owner=os.getuid())


@pytest.mark.parametrize("name", ["a" * (FOLDER_BYTES_MAX + 1), "æ" * 3, "with space", "per%cent"])
def test_any_other_path_is_replaced_by_one_that_is_remembered(short: Path, name: str) -> None:
    preferred = short / name / "run"
    preferred.parent.mkdir()
    folder = socket_folder(preferred, key="key", owner=os.getuid())
    assert len(os.fsencode(folder)) <= FOLDER_BYTES_MAX
    assert is_private(folder, owner=os.getuid())
    assert socket_folder(preferred, key="key", owner=os.getuid()) == folder
    folder.rmdir()


def test_a_remembered_folder_that_others_may_enter_is_not_trusted(short: Path) -> None:
    preferred = short / "with space"
    first = socket_folder(preferred, key="key", owner=os.getuid())
    first.chmod(0o755)
    second = socket_folder(preferred, key="key", owner=os.getuid())
    assert second != first
    assert is_private(second, owner=os.getuid())
    first.rmdir()
    second.rmdir()


def test_a_link_to_a_private_folder_is_not_one(short: Path) -> None:
    make_private(short / "real", owner=os.getuid())
    (short / "link").symlink_to(short / "real")
    assert not is_private(short / "link", owner=os.getuid())
    assert not is_private(short / "missing", owner=os.getuid())
