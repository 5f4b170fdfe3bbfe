"""Workers that push vouchers and are killed, each at its own point of a push.

    python -m tests.reliability.push_crew PLAN

The plan is a file of JSON: for each worker the organization, the connection, where its accounting
system is, and the point at which it kills itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

# Before the first call, around the customer's, around the voucher's, around reading it back.
POINTS = ("taken", "customer_made", "linked", "begun", "answered", "kept", "read", "confirmed")
# Around the later steps of a system that makes a voucher in several: which point, and at which of its steps.
LATER_POINTS = {"e-conomic": ("begun:look", "answered:look", "begun:book", "answered:book", "kept:book")}


def main(plan: str) -> int:
    """Let every worker come to its point; the number of those that did not die there."""
    django.setup()
    import accounting_sync.tasks.pushing
    import config.celery

    assert accounting_sync.tasks.pushing
    assert config.celery
    alive = 0
    for place in json.loads(Path(plan).read_text()):
        pid = os.fork()
        if pid == 0:
            _work(**place)
        _pid, status = os.waitpid(pid, 0)
        alive += not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL)
    return alive


def _work(organization: str, connection: str, point: str, hosts: dict[str, str]) -> None:
    """Push until the point; a worker that comes to its end says so."""
    try:
        from django.conf import settings

        settings.LEDGER_HOSTS = hosts
        _lie_in_wait(point)
        from accounting_sync.tasks.pushing import push_connection

        carried = push_connection(organization, connection)
        print(f"{point}: carried {carried} to the end", file=sys.stderr, flush=True)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - whatever it is, a fork must not go on as its parent
        import traceback

        traceback.print_exc()
        os._exit(1)


def _lie_in_wait(point: str) -> None:
    from accounting_sync import carrying, linking
    from accounting_sync.passage import Passage
    from accounting_sync.talking import Talk

    # Module or class, name, and whether it dies before or after.
    places: dict[str, tuple[Any, str, bool]] = {
        "taken": (Talk, "prepare", False),
        "customer_made": (linking, "keep_link", False),
        "linked": (linking, "keep_link", True),
        "begun": (Passage, "_begin", True),
        "answered": (Passage, "_keep", False),
        "kept": (Passage, "_keep", True),
        "read": (Passage, "_differs_or_confirms", False),
        "confirmed": (carrying, "_carry_one", True),
    }
    kind, _colon, step = point.partition(":")
    place, name, is_after = places[kind]
    setattr(place, name, _dying(getattr(place, name), step, is_after=is_after))


def _dying(act: Callable[..., Any], step: str, *, is_after: bool) -> Callable[..., Any]:
    """Dies at the first call, or at the first that is about the step."""

    def act_and_die(*values: Any, **named: Any) -> Any:
        is_there = not step or step in values
        if is_there and not is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = act(*values, **named)
        if is_there:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return act_and_die


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
