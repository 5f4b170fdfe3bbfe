"""Writes docs/coverage.md anew: python3 -m tests.behaviours [--check]."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests.behaviours.page import PAGE, written_page


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or only say whether it stands as it should."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.behaviours", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is not up to date")
    page = written_page()
    if parser.parse_args(arguments).check:
        return 0 if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page else 1
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
