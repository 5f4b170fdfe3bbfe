"""Putting the rooms of the checker together into `check.py`: one file that needs only Python."""

from __future__ import annotations

from functools import cache
from pathlib import Path

ROOMS = ("layout", "findings", "places", "spelling", "container", "records", "papers", "chains", "main")
FOLDER = Path(__file__).resolve().parent / "checker"
OWN = "from invoicing.proof_pack.checker."
FUTURE = "from __future__ import annotations"
HEAD = '''#!/usr/bin/env python3
"""Checks a proof pack: python3 check.py PACK.zip (or the folder that it was unpacked into).

Needs Python 3.9 or newer and nothing else: no network, no application, no further package.
Ends with 0 when everything is whole, 1 when something is not as it was, 2 when there is nothing to check.
"""

from __future__ import annotations
'''
FOOT = """

if __name__ == "__main__":
    sys.exit(main())
"""


@cache
def checker_source() -> str:
    """The text of check.py: the rooms one after the other, without what they import from each other."""
    parts = [HEAD]
    for room in ROOMS:
        text = (FOLDER / f"{room}.py").read_text(encoding="utf-8")
        docstring, _future, body = text.partition(FUTURE)
        parts.append(f"\n\n# {docstring.strip().strip(chr(34)).splitlines()[0]}\n" + _without_own_imports(body))
    return "".join(parts) + FOOT


def _without_own_imports(body: str) -> str:
    kept, is_inside = [], False
    for line in body.splitlines():
        if is_inside or line.startswith(OWN):
            is_inside = not line.startswith(")") if is_inside else line.endswith("(")
            continue
        kept.append(line)
    return "\n".join(kept).rstrip() + "\n"
