"""A process of its own for one pass over all open claims, so that nothing else shows in its memory.

python -m bench.dunning_memory CLAIMS
"""

from __future__ import annotations

import os
import sys

import django


def main(claims: str) -> None:
    """Print by how many megabytes the process grew."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from bench.dunning import growth_mb

    print(growth_mb(int(claims)))


if __name__ == "__main__":
    main(*sys.argv[1:])
