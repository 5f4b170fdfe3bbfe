"""Takes rules away one by one and demands that a test of each notices: python3 -m tests.rules [M-042 …].

It needs the servers that tests run on, as they stand in the environment; `bin/test --full tests/rules` brings its own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.rules.table import RULES
from tests.rules.taking_away import complaint_without, copy_source, run_tests


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tests with the rules in place, then without each rule; 1 when one of them goes unnoticed."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.rules", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID", help="the rules to take away; all of them without")
    wanted = parser.parse_args(arguments).ids
    rules = [rule for rule in RULES if not wanted or rule.id in wanted]
    with tempfile.TemporaryDirectory(prefix="bilag-rules-") as folder:
        tree = copy_source(Path(folder) / "tree")
        code, output = run_tests(tree, [rule.test for rule in rules])
        if code:
            print(f"With every rule in place the tests do not pass.\n{output}")
            return 1
        print(f"With every rule in place the tests of {len(rules)} rules pass.", flush=True)
        unnoticed = 0
        for rule in rules:
            complaint = complaint_without(rule, tree)
            unnoticed += bool(complaint)
            print(complaint or f"{rule.id}: taken away, and noticed by {rule.test.rpartition('::')[2]}", flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
