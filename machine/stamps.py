"""Remembers what a step was done for, so that a second start does nothing."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(files: Iterable[Path], *facts: str) -> str:
    """One hash over the facts and the names and contents of the files, in a fixed order."""
    total = hashlib.sha256()
    for fact in facts:
        total.update(fact.encode() + b"\0")
    for file in sorted(files):
        total.update(str(file).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def is_current(stamp: Path, value: str) -> bool:
    """Whether the step was last done for exactly this."""
    try:
        return stamp.read_text(encoding="ascii").strip() == value
    except OSError:
        return False


def renew(stamp: Path, value: str) -> None:
    """Note that the step is done; a reader sees the old note or the new one, never half of it."""
    half = stamp.with_name(stamp.name + ".new")
    half.write_text(value + "\n", encoding="ascii")
    half.replace(stamp)
