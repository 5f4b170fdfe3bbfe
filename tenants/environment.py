"""Whether this installation may send: a restored copy, or one beside the original, keeps everything to itself."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connections, transaction
from django.utils.translation import gettext as _

from foundation.errors import DomainError

OWNER = "owner"


class Lock(StrEnum):
    """Why nothing leaves the house."""

    NONE = ""
    OTHER_ENVIRONMENT = "other_environment"  # the database belongs to another installation
    PAUSED = "paused"  # restored from a backup and not released


class SendingIsLocked(DomainError):
    """Nothing is sent from here until somebody says that this is the place."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What would be sent at once after a release."""

    effects: int
    oldest: str


def installation_id() -> UUID:
    """What this installation is known by: BILAG_ENVIRONMENT_ID, else a file in its data folder, made at the first need.

    A copy of the database alone finds another id in its own data folder; where the folder is copied too, name the
    copies apart with BILAG_ENVIRONMENT_ID.
    """
    if settings.ENVIRONMENT_ID:
        return UUID(settings.ENVIRONMENT_ID)
    path = Path(settings.DATA_DIR) / "environment-id"
    if not path.exists():
        _make_id(path)
    return UUID(path.read_text(encoding="ascii").strip())


def _make_id(path: Path) -> None:
    """Write an id beside and link it: the first of several processes or threads wins, and no id is ever changed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".environment-id-")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{uuid4()}\n")
        os.link(fresh, path)
    except FileExistsError:
        pass  # another was first: its id stands
    finally:
        fresh.unlink()


def lock(alias: str = "default") -> Lock:
    """Why nothing may be sent now; the first installation that asks an untouched database owns it."""
    row = _row(alias)
    if row is None and alias == "default":
        _adopt()
        row = _row(alias)
    return _lock_of(row)


def seen_lock(alias: str = "default") -> Lock:
    """The same for who only reads: a database that nobody owns yet is not locked."""
    return _lock_of(_row(alias))


def refuse_locked() -> None:
    """Refuse to send where sending is locked; the sentence says who can end it."""
    if lock() is not Lock.NONE:
        raise SendingIsLocked(
            _("Nothing is sent from this copy. Whoever runs it must say that it is the right one: release_environment.")
        )


def release() -> None:
    """Make this installation the one that sends; done as owner, since the application may not."""
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("DELETE FROM tenants_environment")
        cursor.execute(
            """INSERT INTO tenants_environment (id, is_only, is_paused, adopted_at)
               VALUES (%s, true, false, now())""",
            [installation_id()],
        )


def waiting(alias: str = "backup") -> Waiting:
    """How many effects that leave the house are due or will be, and since when the oldest waits."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            """SELECT count(*), COALESCE(min(created_at)::text, '') FROM tenants_outboxrow
               WHERE leaves_house AND state IN ('new', 'sending')"""
        )
        count, oldest = cursor.fetchone()
    return Waiting(count, oldest)


def _lock_of(row: tuple[UUID, bool] | None) -> Lock:
    if row is None:
        return Lock.NONE
    owner, is_paused = row
    return Lock.OTHER_ENVIRONMENT if owner != installation_id() else Lock.PAUSED if is_paused else Lock.NONE


def _row(alias: str) -> tuple[UUID, bool] | None:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT id, is_paused FROM tenants_environment")
        found: tuple[UUID, bool] | None = cursor.fetchone()
    return found


def _adopt() -> None:
    """The application may write the row once, where none stands: a restored database has one."""
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(
            """INSERT INTO tenants_environment (id, is_only, is_paused, adopted_at)
               VALUES (%s, true, false, now()) ON CONFLICT DO NOTHING""",
            [installation_id()],
        )
