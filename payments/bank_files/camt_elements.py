"""What stands below an XML element, by path: walked once, asked often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree

# Large and many: their elements are not even looked at.
NEVER_READ = frozenset({"NtryDtls", "Ntry", "RltdAgts", "PstlAdr", "CtctDtls", "Domn", "Avlbty", "Svcr", "Tax", "Cdtr"})


def line_of(element: etree._Element) -> int:
    """The line of the file on which an element begins."""
    line: Any = element.sourceline
    return int(line or 0)


class Elements:
    """The elements below one, each under its path of plain names, such as `RltdPties/Dbtr/Nm`; comments are none."""

    __slots__ = ("_found", "line")

    def __init__(self, element: etree._Element, prefix_length: int) -> None:
        self.line = line_of(element)
        self._found: dict[str, list[etree._Element]] = {}
        self._walk(element, "", prefix_length)

    def _walk(self, element: etree._Element, path: str, prefix_length: int) -> None:
        for child in element:
            name = str(child.tag)[prefix_length:]
            if name in NEVER_READ:
                continue
            below = path + name
            known = self._found.get(below)
            if known is None:
                self._found[below] = [child]
            else:
                known.append(child)
            if len(child):
                self._walk(child, f"{below}/", prefix_length)

    def first(self, path: str) -> etree._Element | None:
        """The first element of this path."""
        found = self._found.get(path)
        return found[0] if found else None

    def all(self, path: str) -> Sequence[etree._Element]:
        """Every element of this path, in the order of the file."""
        return self._found.get(path, ())

    def has(self, path: str) -> bool:
        """Is there an element of this path?"""
        return path in self._found

    def text(self, path: str) -> str | None:
        """The text of the first element of this path; None when there is none."""
        found = self._found.get(path)
        return (found[0].text or "") if found else None

    def either(self, path: str) -> str | None:
        """A code, whether from a public list or of the bank's own."""
        return self.text(f"{path}/Cd") or self.text(f"{path}/Prtry")
