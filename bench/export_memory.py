"""A process of its own for one export, so that nothing but the export shows in its memory.

python -m bench.export_memory DOCUMENTS FORMAT ROWS
"""

from __future__ import annotations

import os
import sys

import django


def main(documents: str, file_format: str, count: str) -> None:
    """Print by how many megabytes the process grew."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from bench.export import growth_mb

    print(growth_mb(int(documents), file_format, int(count)))


if __name__ == "__main__":
    main(*sys.argv[1:])
