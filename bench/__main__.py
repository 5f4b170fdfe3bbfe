"""`bin/bench NAME…`: run benchmarks by name and print their table; --json for machines, --quick for fewer rows."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from pathlib import Path

NAMES = (
    "finalize",
    "list",
    "pdf",
    "ehf",
    "editor",
    "dashboard",
    "export",
    "mail",
    "public",
    "bank",
    "ageing",
    "intake",
    "billing",
    "backlog",
    "dunning",
    "sync",
)
MODULES = {name: f"bench.{name}" for name in NAMES} | {"list": "bench.listing"}


def main() -> int:
    """Run what is asked for; 0 when every figure meets its bar, 1 when one does not."""
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("names", nargs="+", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    rows = []
    for name in options.names:
        found = importlib.import_module(MODULES[name]).run(quick=options.quick)
        rows += found
        if not options.json:
            print_table(found)  # at once: a long run that is stopped has still said what it saw
    if options.json:
        print(json.dumps({"machine": machine(), "benches": rows}, indent=1))
    return 0 if all(row["ok"] for row in rows) else 1


def machine() -> dict[str, object]:
    """What the figures were taken on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    return {"processor": model, "cores": os.cpu_count(), "python": platform.python_version()}


def print_table(rows: list[dict[str, object]]) -> None:
    """The figures of one bench for people."""
    width = max(len(str(row["name"])) for row in rows)
    print(f"{'':{width}}  {'ours':>10} {'floor':>10} {'unit':<12} {'ratio':>7} {'bar':>6}")
    for row in rows:
        verdict = "" if row["ok"] else "  over the bar"
        print(
            f"{row['name']:{width}}  {row['ours']:>10} {row['floor']:>10} {row['unit']:<12}"
            f" {row['ratio']:>7} {row['bar']:>6}{verdict}",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
