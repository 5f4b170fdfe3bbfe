"""Drop folders: one per organization, into which a bank's transfer program lays files."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from django.conf import settings

from payments.bank_files.lines import read_bounded

FOLDER = "bank-files"
DONE, REFUSED = "done", "refused"
FILES_PER_ROUND = 20
QUIET_SECONDS = 5  # a file that still grows is left alone
UNFINISHED = (".part", ".tmp", ".filepart")


def folder_of(slug: str) -> Path:
    """Where files for an organization are laid."""
    return Path(settings.DATA_DIR) / FOLDER / slug


def waiting(slug: str) -> list[Path]:
    """The files that lie there whole, the oldest first; links, folders and what still grows are left alone."""
    folder = folder_of(slug)
    if not folder.is_dir():
        return []
    before = time.time() - QUIET_SECONDS
    found = []
    for entry in os.scandir(folder):
        if entry.name.startswith(".") or entry.name.endswith(UNFINISHED):
            continue
        facts = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(facts.st_mode) and facts.st_mtime <= before:
            found.append((facts.st_mtime, Path(entry.path)))
    return [path for _moment, path in sorted(found)[:FILES_PER_ROUND]]


def read(path: Path) -> bytes:
    """The bytes of a file, at most as many as a bank file may have."""
    with path.open("rb") as file:
        return read_bounded(file)


def put_away(path: Path, *, is_refused: bool) -> Path:
    """Move a file that was taken, or refused, out of the way; a name that stands there is kept beside it."""
    folder = path.parent / (REFUSED if is_refused else DONE)
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem}-{number}{path.suffix}"
    return path.rename(target)
