"""One checkout, one owner; two data folders never share a name."""

import os
from pathlib import Path

import pytest

from machine.checkout import Checkout, open_checkout, refuse_foreign_folder
from machine.messages import MachineRefused


def test_the_data_folder_is_made_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILAG_DATA_DIR", str(tmp_path / "data"))
    opened = open_checkout("bin/up")
    assert opened.data == (tmp_path / "data").resolve()
    assert opened.logs.is_dir()


def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(MachineRefused, match=r"belongs to .*\. Run bin/test as .*, or remove \.venv and var as"):
        refuse_foreign_folder(tmp_path, script="bin/test")


def test_a_folder_that_is_not_there_belongs_to_nobody(tmp_path: Path) -> None:
    refuse_foreign_folder(tmp_path / "missing", script="bin/test")


def test_two_data_folders_have_two_keys(tmp_path: Path) -> None:
    one = Checkout(root=tmp_path, data=tmp_path / "one")
    two = Checkout(root=tmp_path, data=tmp_path / "two")
    assert one.key != two.key
    assert one.key == Checkout(root=Path(os.sep), data=tmp_path / "one").key
