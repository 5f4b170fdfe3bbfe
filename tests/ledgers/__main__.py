"""An invented accounting system in a process of its own: python -m tests.ledgers fiken [--port 8123] [--unchecked].

Prints the value for LEDGER_HOSTS, then serves until it is ended. For looking around and for measuring.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from importlib import import_module


def main() -> None:
    """Serve one system."""
    parser = argparse.ArgumentParser(prog="python -m tests.ledgers")
    parser.add_argument("slug")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--unchecked", action="store_true", help="do not hold requests to the contract: faster")
    told = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from tests.ledgers.server import LedgerServer

    system = import_module(f"tests.ledgers.systems.{told.slug.replace('-', '_')}").Ledger()
    with LedgerServer(system, checks=not told.unchecked, port=told.port) as server:
        sys.stdout.write(json.dumps(server.hosts) + "\n")
        sys.stdout.flush()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        signal.pause()


if __name__ == "__main__":
    main()
