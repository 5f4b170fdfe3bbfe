"""Free text as it is set on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator


def without_gaps(text: str) -> str:
    """The text with at most one empty line in a row: three thousand of them would be sixty pages."""
    return re.sub(r"\s*\n\s*\n\s*", "\n\n", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def portions(text: str, *, characters_max: int, lines_max: int) -> Iterator[str]:
    """The text in pieces that are each lower than a page, parted at a line end or a space where there is one."""
    lines = text.split("\n")
    for start in range(0, len(lines), lines_max):
        rest = "\n".join(lines[start : start + lines_max])
        while len(rest) > characters_max:
            cut = max(rest.rfind("\n", 1, characters_max), rest.rfind(" ", 1, characters_max))
            cut = cut if cut > 0 else characters_max
            yield rest[:cut]
            rest = rest[cut:].lstrip()
        yield rest
