"""What came in and was not read yet: files in a folder per organization, put there by the way back or by a partner."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from lxml import etree

from foundation import files
from foundation.errors import DomainError
from foundation.xml import parse_xml
from invoicing.delivery.folder import put_down
from invoicing.dispatching.responses import Mail, NotAResponse, Response, read_response, unwrapped
from invoicing.documents.ehf_rules.responses import response_rules

IN = "peppol-in"
MESSAGE_BYTES_MAX = 1024 * 1024
TRIED_FOR = timedelta(days=1)
WAITING_MAX = 2_000  # of one organization; a flood is refused before the disk is full


class TooMuchWaits(RuntimeError):
    """More has come in than is read; the sender shall try again later."""


def leave(organization_id: UUID, content: bytes) -> None:
    """Put a message down to be read by a worker; the same bytes lie there once."""
    folder = _folder(organization_id)
    if folder.is_dir() and sum(1 for _entry in os.scandir(folder)) >= WAITING_MAX:
        raise TooMuchWaits
    put_down(IN, str(organization_id), f"{hashlib.sha256(content).hexdigest()}.xml", content)


def alone(organization_id: UUID) -> AbstractContextManager[bool]:
    """Whether nobody else on this machine reads the same folder now."""
    return files.only_one(Path(settings.DATA_DIR) / IN / f".{organization_id}.lock")


def waiting(organization_id: UUID, most: int) -> Sequence[Path]:
    """The first messages that wait, in the order of their names; hidden and half written files are not among them."""
    folder = _folder(organization_id)
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if path.suffix == ".xml" and not path.name.startswith("."))
    return sorted(path for path in found if path.is_file() and not path.is_symlink())[:most]


def read_mail(organization_id: UUID, path: Path, *, today: date) -> Mail:
    """The message of a file, kept among the organization's files; what cannot be read is kept with the reason."""
    with path.open("rb") as file:
        content = file.read(MESSAGE_BYTES_MAX + 1)
    if len(content) > MESSAGE_BYTES_MAX:
        return Mail(hashlib.sha256(content).hexdigest(), problem="It is larger than a message may be.")
    sha256 = files.store(str(organization_id), content)
    try:
        root = parse_xml(content, max_bytes=MESSAGE_BYTES_MAX)
        response = read_response(root)
    except (DomainError, NotAResponse) as error:
        return Mail(sha256, problem=str(error)[:300])
    return Mail(sha256, response, broken_rules=_broken(root, response, today))


def put_away(path: Path) -> None:
    """The message is read and kept; the file goes."""
    path.unlink(missing_ok=True)


def set_aside(path: Path, now: datetime) -> None:
    """What could not be read for a day is looked at by a person: it stays under a name that nobody reads."""
    if path.exists() and now.timestamp() - path.stat().st_mtime > TRIED_FOR.total_seconds():
        path.rename(path.with_suffix(".unreadable"))


def _broken(root: etree._Element, response: Response, today: date) -> tuple[str, ...]:
    rules = response_rules(response.kind, today)
    return tuple(rules.broken(unwrapped(root))) if rules else ()


def _folder(organization_id: UUID) -> Path:
    return Path(settings.DATA_DIR) / IN / str(organization_id)
