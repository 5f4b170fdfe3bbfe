"""The command that bills through a day, with small batches; it may stand still in the middle.

    python -m tests.reliability.run_worker ORGANIZATION UNTIL POINT FILE

Points: `batch` (one batch is committed), `within` (a batch is written and not committed), `end` (none: it goes on).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import django

from tests.reliability.processes import stand_still

CUSTOMERS_AT_ONCE = 4


def main(slug: str, until: str, point: str, file: str) -> None:
    """Run the command up to the point."""
    django.setup()
    from django.core.management import call_command

    from billing_backlog.actions import run_generating
    from billing_backlog.actions.proformas import make_proformas as make
    from billing_backlog.actions.run_generating import generate_batch as generate
    from config.management.commands import billing_run

    turns = 0

    def generate_and_stop(*values: Any, **more: Any) -> Any:
        nonlocal turns
        turns += 1
        if turns == 2 and point == "batch":
            stand_still(Path(file))
        return generate(*values, **more)

    def make_and_stop(*values: Any, **more: Any) -> Any:
        made = make(*values, **more)
        if turns == 2 and point == "within":
            stand_still(Path(file))
        return made

    for place, name, value in (
        (run_generating, "CUSTOMERS_AT_ONCE", CUSTOMERS_AT_ONCE),
        (run_generating, "make_proformas", make_and_stop),
        (billing_run, "generate_batch", generate_and_stop),
    ):
        setattr(place, name, value)
    call_command("billing_run", "--organization", slug, "--until", until)
    Path(file).touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
