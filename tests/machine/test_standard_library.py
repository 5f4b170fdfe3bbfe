"""The machine package runs before anything is installed."""

import ast
import sys
from pathlib import Path

import pytest

from machine.checkout import ROOT

FILES = sorted((ROOT / "machine").rglob("*.py"))
SCRIPTS = sorted((ROOT / "bin").iterdir())
SCRIPT_LINES_MAX = 20


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("file", [*FILES, *SCRIPTS], ids=lambda file: str(file.relative_to(ROOT)))
def test_only_the_standard_library_is_imported(file: Path) -> None:
    assert imported(file) <= sys.stdlib_module_names | {"machine"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.name)
def test_a_script_is_short_and_can_be_run(script: Path) -> None:
    assert script.stat().st_mode & 0o111
    assert len(script.read_text(encoding="utf-8").splitlines()) <= SCRIPT_LINES_MAX
