"""What is written in the repository is fit to be read anywhere: no workplace, no machine, no private host."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

# Each is written in parts, so that this file does not hold what it looks for.
FORBIDDEN = {
    "an issue number": re.compile(
        r"\b(issue|issues|PR|pull request)\s+#?\d{1,3}\b|(?<![\w&/#(\"'])#\d{1,4}\b(?![0-9a-fA-F;])"
    ),
    "a path of one machine": re.compile(
        r"(?<![\w.<])/(" + "|".join(["wo" + "rk", "ro" + "ot", "home/" + r"\w+"]) + r")/\w"
    ),
    "a registry's host": re.compile(
        "artifact" + r"ory|nex" + r"us\.|pypi\.(?!org|python)|/simple/?\s*$", re.IGNORECASE
    ),
    "the assistant that wrote it": re.compile("Cla" + "ude|Anthro" + "pic|Chat" + "GPT|Cop" + "ilot", re.IGNORECASE),
    "work left over": re.compile("TO" + "DO|FIX" + "ME"),
}
BINARY = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".woff2", ".pdf", ".gz", ".zip", ".mo", ".icc"}
# Locked versions and markup of our own drawings hold numbers that only look like something else.
NOT_PROSE = re.compile(r"(^|/)(uv\.lock|requirements[\w-]*\.txt|[\w-]+\.(svg|css|csv|xml|xsl|sch|xsd|json))$")


def files() -> list[str]:
    """Every file that is in the repository or about to be; without git, every file of the tree."""
    if (ROOT / ".git").exists() and (git := shutil.which("git")):
        command = [git, "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line]
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name != ".git" and not _matches(name, ignored))
        found += [
            (Path(folder) / name).relative_to(ROOT).as_posix() for name in sorted(names) if not _matches(name, ignored)
        ]
    return found


def _matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str) -> None:
    found = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in files()
        if not any(name.endswith(ending) for ending in BINARY) and not NOT_PROSE.search(name)
        for number, line in enumerate(text_of(name).splitlines(), start=1)
        if FORBIDDEN[what].search(line)
    ]

    assert found == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("an issue number", "as iss" + "ue 12 says"),
        ("an issue number", "fixes #" + "12"),
        ("a path of one machine", "see /wo" + "rk/main"),
        ("a registry's host", "https://artifact" + "ory.example"),
        ("work left over", "# TO" + "DO later"),
    ],
)
def test_such_a_line_would_be_seen(what: str, line: str) -> None:
    assert FORBIDDEN[what].search(line)


@pytest.mark.parametrize("line", ["color: #123456", "&#39;", "href='#1'", "§ 5-1-3", "a/root/of", "1.5 % of 100"])
def test_a_harmless_line_is_left_alone(line: str) -> None:
    assert not any(pattern.search(line) for pattern in FORBIDDEN.values())


def test_no_file_is_larger_than_a_reader_or_a_clone_can_bear() -> None:
    large = {name: (ROOT / name).stat().st_size for name in files() if (ROOT / name).stat().st_size > 2_000_000}

    assert large == {}
