"""Reads the marks: a test names a behaviour in its name (`test_m_042_…`), in its docstring or in a comment (M-042)."""

from __future__ import annotations

import ast
import csv
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_name("behaviours.csv")
IN_NAME = re.compile(r"_m_(\d{3})(?=_|$)")
IN_WORDS = re.compile(r"\bM-(\d{3})\b(?: to M-(\d{3})\b)?")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing that the product owes; a rule is one whose breach a test can show."""

    id: str
    is_rule: bool
    words: str


@dataclass(frozen=True, slots=True)
class Test:
    """A test that names behaviours, known by its file and its name."""

    file: str
    name: str
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """What was read: the tests that name something, and the ids that stand where no test is."""

    tests: tuple[Test, ...]
    strays: tuple[str, ...]

    def of(self, behaviour_id: str) -> list[Test]:
        """The tests that name the behaviour, in the order of their files."""
        return [test for test in self.tests if behaviour_id in test.named]


def behaviours() -> list[Behaviour]:
    """Every behaviour in the order of its id."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return [Behaviour(row["id"], row["kind"] == "rule", row["words"]) for row in csv.DictReader(file)]


@cache
def read_marks(folder: Path = ROOT / "tests") -> Marks:
    """The marks of all tests below the folder."""
    tests: list[Test] = []
    strays: list[str] = []
    for path in sorted(folder.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if not IN_NAME.search(text) and not IN_WORDS.search(text):
            continue
        file, comments = path.relative_to(folder.parent).as_posix(), _comments(text)
        for function in _functions(ast.parse(text)):
            own = [line for line in comments if _first_line(function) <= line <= (function.end_lineno or 0)]
            words = [ast.get_docstring(function) or "", *(comments.pop(line) for line in own)]
            numbers = [int(number) for number in IN_NAME.findall(function.name)]
            numbers += [number for said in words for number in _numbers(said)]
            if numbers:
                tests.append(Test(file, function.name, tuple(dict.fromkeys(f"M-{number:03}" for number in numbers))))
        strays += [f"{file}:{line}" for line in comments]
    return Marks(tuple(tests), tuple(strays))


def _comments(text: str) -> dict[int, str]:
    """The comments that name something, by line."""
    if not any("#" in line and IN_WORDS.search(line) for line in text.splitlines()):
        return {}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {
        token.start[0]: token.string
        for token in tokens
        if token.type == tokenize.COMMENT and IN_WORDS.search(token.string)
    }


def _numbers(words: str) -> Iterator[int]:
    """The numbers that the words name, one by one or from one to another."""
    for first, last in IN_WORDS.findall(words):
        yield from range(int(first), int(last or first) + 1)


def _first_line(function: ast.FunctionDef) -> int:
    return min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node
