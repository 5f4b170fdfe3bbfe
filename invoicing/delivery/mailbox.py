"""Returned mail that was not read yet: files in folders, one per organization and one for the whole installation."""

from __future__ import annotations

import hashlib
import mailbox
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.conf import settings

from invoicing.delivery.folder import put_down
from invoicing.dispatching.returned_mail import BYTES_MAX

FOLDER = "returned-mail"
SHARED = "shared"  # of the installation: whose mail it is, is told by the notification
UNREAD = "unread"
WAITING_MAX = 5_000
MESSAGE_BYTES_MAX = 2 * 1024 * 1024
MESSAGES_MAX = 100_000


class TooMuchWaits(RuntimeError):
    """More has come in than is read; the sender shall try again later."""


def leave(organization_id: UUID, content: bytes) -> None:
    """Put a message down to be read by a worker; the same bytes lie there once."""
    place = _folder(str(organization_id))
    if place.is_dir() and sum(1 for _entry in os.scandir(place)) >= WAITING_MAX:
        raise TooMuchWaits
    put_down(FOLDER, str(organization_id), f"{hashlib.sha256(content).hexdigest()}.eml", content)


def waiting(space: str, most: int) -> list[Path]:
    """The first messages that wait in an organization's folder, or in the one of the installation."""
    place = _folder(space)
    if not place.is_dir():
        return []
    found = (path for path in place.iterdir() if path.is_file() and not path.is_symlink())
    return sorted(path for path in found if path.suffix == ".eml" and not path.name.startswith("."))[:most]


def read_file(path: Path) -> bytes:
    """The message of a file, as far as notifications are read."""
    with path.open("rb") as file:
        return file.read(BYTES_MAX)


def put_away(path: Path) -> None:
    """The message is read and kept; the file goes."""
    path.unlink(missing_ok=True)


def set_aside(path: Path) -> None:
    """A message that is nobody's stays where a person finds it."""
    place = _folder(UNREAD)
    place.mkdir(parents=True, exist_ok=True)
    path.replace(place / path.name)


def messages_of(path: Path) -> Iterator[bytes]:
    """The messages of a mailbox file, of a folder of messages, of a Maildir, or of one message."""
    if path.is_dir():
        yield from islice(_of_folder(path), MESSAGES_MAX)
        return
    with path.open("rb") as file:
        is_mailbox = file.read(5) == b"From "
    if not is_mailbox:
        yield read_file(path)
        return
    box = mailbox.mbox(path, create=False)
    try:
        for key in islice(box.iterkeys(), MESSAGES_MAX):
            with box.get_file(key) as message:
                yield message.read(BYTES_MAX)
    finally:
        box.close()


def _of_folder(path: Path) -> Iterator[bytes]:
    places = [path / name for name in ("new", "cur")] if (path / "cur").is_dir() else [path]
    for place in places:
        for found in sorted(place.iterdir()) if place.is_dir() else ():
            if found.is_file() and not found.name.startswith("."):
                yield read_file(found)


def _folder(space: str) -> Path:
    return Path(settings.DATA_DIR) / FOLDER / space
