"""The page docs/coverage.md: every behaviour with the tests that show it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.behaviours.marks import ROOT, Behaviour, Marks, Test, behaviours, read_marks
from tests.rules.table import RULES

PAGE = ROOT / "docs" / "coverage.md"
SECTIONS = (
    ("Invoicing, from its basis to the money", 1),
    ("Project work and its billing", 22),
    ("The invoice desk", 68),
    ("Billing by itself", 120),
    ("Billing runs and finance files", 135),
)
HEAD = """# What is promised, and which tests show it

Made by `python3 -m tests.behaviours` from the marks in the tests: a test names a behaviour in its name
(`test_m_042_…`), in its docstring or in a comment of its own (“M-042”). A test fails when this page is not what the
marks say, when an id is named that is not in `tests/behaviours/behaviours.csv`, when an id stands in a comment outside
every test, and when work, its billing or a run has a behaviour that no test names.

**Taken away** means: `bin/test --full tests/rules` takes the rule out of a copy of the source, and a test of it fails.
"""


def written_page() -> str:
    """The whole page as it has to stand."""
    everything, marks = behaviours(), read_marks()
    shown = sum(bool(marks.of(each.id)) for each in everything)
    marked = len(marks.tests)
    lines = [HEAD, f"{shown} of {len(everything)} behaviours are named by {marked} tests.\n"]
    starts = [first for _title, first in SECTIONS[1:]] + [1000]
    for (title, first), end in zip(SECTIONS, starts, strict=True):
        own = [each for each in everything if first <= int(each.id[2:]) < end]
        lines += [f"## {title}\n", *_section(own, marks)]
    return "\n".join(lines).rstrip() + "\n"


def _section(own: Sequence[Behaviour], marks: Marks) -> list[str]:
    lines = []
    for behaviour in own:
        kind = "rule" if behaviour.is_rule else "feature"
        away = ", taken away" if any(rule.id == behaviour.id for rule in RULES) else ""
        lines.append(f"- **{behaviour.id}** {behaviour.words}. ({kind}{away})")
        tests = marks.of(behaviour.id)
        lines += [_line(test) for test in tests] or ["  - *No test names it.*"]
    return [*lines, ""]


def _line(test: Test) -> str:
    return f"  - `{test.file.removeprefix('tests/')}` `{test.name}`"
