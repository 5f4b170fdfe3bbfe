"""E-mails that were kept as files because there is no mail server: found and read again for the screens."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.http import Http404

from tenants.models import Organization

FOLDER = "mail"
NAME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.eml")
SHOWN_MAX = 100
FILES_LOOKED_AT_MAX = 10_000
BYTES_MAX = 60 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One kept e-mail as a person reads it."""

    id: UUID
    sender: str
    to: str
    cc: str
    subject: str
    moment: datetime | None
    text: str
    files: tuple[str, ...]


def list_mails(organization: Organization) -> list[CaughtMail]:
    """The newest mails, read from their files."""
    newest = sorted(_files(organization), key=lambda path: path.stat().st_mtime, reverse=True)
    return [_read(path) for path in newest[:SHOWN_MAX]]


def read_mail(organization: Organization, mail_id: UUID) -> CaughtMail:
    """One mail of the organization's own folder, or 404."""
    path = _folder(organization) / f"{mail_id}.eml"
    if not path.is_file():
        raise Http404
    return _read(path)


def forget_mails(organization: Organization, before: datetime, most: int) -> int:
    """Remove mails that were kept before this moment, so many at a time; returns how many."""
    old = [path for path in _files(organization) if path.stat().st_mtime < before.timestamp()][:most]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _files(organization: Organization) -> Iterator[Path]:
    folder = _folder(organization)
    if not folder.is_dir():
        return
    for count, path in enumerate(folder.iterdir()):
        if count >= FILES_LOOKED_AT_MAX:
            return
        if NAME.fullmatch(path.name):
            yield path


def _folder(organization: Organization) -> Path:
    return Path(settings.DATA_DIR) / FOLDER / str(organization.pk)


def _read(path: Path) -> CaughtMail:
    with path.open("rb") as file:
        message = email.message_from_bytes(file.read(BYTES_MAX), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    date = message["Date"]
    return CaughtMail(
        id=UUID(path.stem),
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        cc=str(message["Cc"] or ""),
        subject=str(message["Subject"] or ""),
        moment=parsedate_to_datetime(str(date)) if date else None,
        text=str(body.get_content()) if body is not None else "",
        files=tuple(part.get_filename() or "" for part in message.iter_attachments()),
    )
