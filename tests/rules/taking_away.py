"""Takes a rule out of a copy of the source, or out of the copy's database, and runs the test that must notice."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.rules.table import CodeRule, DatabaseRule, Rule

ROOT = Path(__file__).resolve().parents[2]
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", "var")
STATEMENT = "BILAG_TEST_WITHOUT"  # read by tests.rules.without
SECONDS_MAX = 300
# A test notices by what it states; a name that is missing or a syntax that is broken is no notice.
NOTICED = re.compile(r"^FAILED .* - (assert |AssertionError|Failed: DID NOT RAISE)", re.MULTILINE)


class RuleIsMissing(Exception):
    """The piece of code of the table does not stand in its file, or stands there more than once."""


def copy_source(target: Path) -> Path:
    """The whole tree at another place, where it may be broken."""
    shutil.copytree(ROOT, target, ignore=LEFT_BEHIND, symlinks=True)
    return target


def without(rule: CodeRule, text: str) -> str:
    """The file's text with the rule taken away; it is Python still."""
    if text.count(rule.acts) != 1:
        raise RuleIsMissing(f"{rule.id}: {rule.acts!r} stands {text.count(rule.acts)} times in {rule.file}, not once.")
    changed = text.replace(rule.acts, rule.without)
    compile(changed, rule.file, "exec")
    return changed


def complaint_without(rule: Rule, tree: Path) -> str:
    """Run the rule's test in the tree without the rule: nothing when it notices, else what it said."""
    statement = rule.guard.drop if rule.guard else ""
    if isinstance(rule, DatabaseRule):
        code, output = run_tests(tree, [rule.test], statement=statement)
    else:
        path = tree / rule.file
        original = path.read_text(encoding="utf-8")
        try:
            changed = without(rule, original)
        except RuleIsMissing as missing:
            return str(missing)
        path.write_text(changed, encoding="utf-8")
        try:
            code, output = run_tests(tree, [rule.test], statement=statement)
        finally:
            path.write_text(original, encoding="utf-8")
    return "" if code == 1 and NOTICED.search(output) else f"{rule.id}: pytest ended with {code}.\n{output}"


def run_tests(tree: Path, tests: Sequence[str], *, statement: str = "") -> tuple[int, str]:
    """Run tests of the tree on a database of their own, without what the statement drops from it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"COLUMNS": "300", "BILAG_TEST_SCALE": "quick", STATEMENT: statement}
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "tests.rules.without"]
    done = subprocess.run(
        [*command, *dict.fromkeys(tests)],
        cwd=tree,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    return done.returncode, done.stdout
