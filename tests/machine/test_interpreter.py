"""An unsupported Python hands over to a supported one, or says what to install."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from machine.interpreter import require_supported_python


def test_a_supported_python_goes_on() -> None:
    require_supported_python()


@pytest.mark.parametrize("version", [(3, 9, 2), (3, 14, 0)])
def test_without_another_python_one_sentence_says_what_to_do(
    version: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(SystemExit, match=rf"needs Python 3\.11, 3\.12 or 3\.13, and this is 3\.{version[1]}\. Ask"):
        require_supported_python()


def test_the_newest_that_really_runs_takes_over_with_the_same_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    handed: list[object] = []

    def take_over(program: str, words: list[str]) -> None:
        handed.append((program, words))
        raise SystemExit(0)

    for name, code in (("python3.13", 127), ("python3.12", 0), ("python3.11", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    monkeypatch.setattr(sys, "argv", ["bin/up", "--help"])
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "execv", take_over)
    with pytest.raises(SystemExit):
        require_supported_python()
    chosen = str(tmp_path / "python3.12")
    assert handed == [(chosen, [chosen, "bin/up", "--help"])]
