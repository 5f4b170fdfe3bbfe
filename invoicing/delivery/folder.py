"""Files put down for somebody else to fetch: whole or not at all, and once under their name."""

from __future__ import annotations

import os
import re
from pathlib import Path
from uuid import UUID

from django.conf import settings

ORGANIZATION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def put_down(folder: str, organization_id: str, name: str, content: bytes) -> Path:
    """Write a file under DATA_DIR/folder/organization/name; the same name again leaves what lies there.

    Raises OSError when the disk does not take it; then nothing of the file remains.
    """
    place = Path(settings.DATA_DIR) / folder / organization_id
    place.mkdir(parents=True, exist_ok=True)
    target = place / name
    if target.exists():
        return target
    passing = place / f".{name}.{os.getpid()}"
    try:
        with passing.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        passing.rename(target)
    finally:
        passing.unlink(missing_ok=True)
    return target


def lies_there(folder: str, organization_id: str, name: str) -> bool:
    """Whether a file of that name was put down."""
    return (Path(settings.DATA_DIR) / folder / organization_id / name).exists()


def organizations_with(folder: str, suffix: str) -> set[UUID]:
    """Whose folders below DATA_DIR/folder hold such files; what is not called by an organization's id is nobody's."""
    root = Path(settings.DATA_DIR) / folder
    if not root.is_dir():
        return set()
    ours = (path for path in root.iterdir() if ORGANIZATION.fullmatch(path.name))
    return {UUID(path.name) for path in ours if any(path.glob(f"*{suffix}"))}
