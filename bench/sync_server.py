"""An accounting system as a process of its own, so that its work is not counted as ours.

    python -m bench.sync_server CALLS_PER_SECOND

Says its address in one line, serves until its input ends, and then says what it has seen.
"""

from __future__ import annotations

import json
import sys

import django


def main(calls: str) -> None:
    """Serve until nobody wants it any more."""
    django.setup()
    from accounting_sync.providers.base import Rate
    from tests.ledgers.server import LedgerServer
    from tests.ledgers.systems.fiken import Ledger

    with LedgerServer(Ledger()) as server:
        print(json.dumps({"hosts": server.hosts, "secrets": server.system.secrets()}), flush=True)
        sys.stdin.read()
        seen = {
            "documents": len(server.system.documents()),
            "calls": len(server.calls),
            "most_at_once": server.most_at_once,
            "exceeded": server.limits_exceeded([Rate(int(calls), 1.0)]),
            "violations": server.violations,
        }
        print(json.dumps(seen, default=str), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
