"""Writing a backup: every table by COPY in one snapshot, every stored file, and a manifest with their hashes.

The file is a tar archive. Its members are `tables/<name>.copy.gz` (PostgreSQL's own text form, which every version
reads), `files/<organization>/<hash>` and, last, `manifest.json`: a backup without it is not whole.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connections
from django.utils.translation import gettext as _
from psycopg import sql

from config.backup.catalogue import Session, Table, applied_migrations, list_tables
from foundation.errors import DomainError

FORMAT = 1
MANIFEST = "manifest.json"
PIECE = 1024 * 1024
BACKUP = "backup"

Tell = Callable[[str], None]


class BackupNotWritten(DomainError):
    """The place for the backup cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file inside the backup, known by its hash."""

    name: str
    sha256: str
    size: int
    rows: int | None = None  # of a table


def write_backup(path: Path, *, now: datetime, tell: Tell) -> dict[str, Any]:
    """Write the whole database and all stored files into one new file; returns its manifest.

    Written beside and renamed, so that a file under this name is whole. Nothing is written into the database.
    """
    if path.exists():
        raise BackupNotWritten(_("%(path)s is there already. Choose another name.") % {"path": path})
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with tarfile.open(half, "w") as archive:
            manifest = _fill(archive, path.parent, now=now, tell=tell)
        with half.open("rb") as file:
            os.fsync(file.fileno())
        half.chmod(0o600)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return manifest


def _fill(archive: tarfile.TarFile, folder: Path, *, now: datetime, tell: Tell) -> dict[str, Any]:
    connection = connections[BACKUP]
    connection.ensure_connection()
    session: Session = connection.connection
    members: list[Member] = []
    with session.transaction():
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tables = list_tables(session)
        for position, table in enumerate(tables, start=1):
            members.append(_add_table(archive, session, table, folder))
            tell(f"{position}/{len(tables)} {table.name}: {members[-1].rows} rows")
        environment = session.execute("SELECT id::text FROM tenants_environment").fetchall()
        migrations = applied_migrations(session)
        # After the snapshot: whatever a row of it names was stored before the row was written.
        files = list(_stored_files())
    for path in files:
        member = _add_file(archive, path)
        if member is not None:
            members.append(member)
    tell(f"{len(files)} files")
    manifest = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "environment": environment[0][0] if environment else "",
        "migrations": migrations,
        "columns": {table.name: list(table.columns) for table in tables},
        "members": [asdict(member) for member in members],
    }
    _add_bytes(archive, MANIFEST, json.dumps(manifest, indent=1).encode())
    return manifest


def _add_table(archive: tarfile.TarFile, session: Session, table: Table, folder: Path) -> Member:
    """One table, spooled beside the backup, since a member's size stands before its bytes."""
    copy = sql.SQL("COPY {} ({}) TO STDOUT").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    rows = 0
    with tempfile.TemporaryFile(dir=folder) as spool:
        with (
            gzip.GzipFile(fileobj=spool, mode="wb", compresslevel=6, mtime=0) as packed,
            session.cursor().copy(copy) as stream,
        ):
            for piece in stream:
                content = bytes(piece)
                rows += content.count(b"\n")
                packed.write(content)
        return _add_stream(archive, f"tables/{table.name}.copy.gz", spool, rows=rows)


def _stored_files() -> Iterator[Path]:
    root = Path(settings.FILES_DIR)
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path


def _add_file(archive: tarfile.TarFile, path: Path) -> Member | None:
    """A stored file; None when it was cleared away since the list was made."""
    space = path.relative_to(settings.FILES_DIR).parts[0]
    try:
        with path.open("rb") as file:
            return _add_stream(archive, f"files/{space}/{path.name}", file)
    except FileNotFoundError:
        return None


def _add_stream(archive: tarfile.TarFile, name: str, file: BinaryIO | Any, *, rows: int | None = None) -> Member:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    seen = hashlib.sha256()
    while piece := file.read(PIECE):
        seen.update(piece)
    file.seek(0)
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o600
    archive.addfile(info, file)
    return Member(name=name, sha256=seen.hexdigest(), size=size, rows=rows)


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode = 0o600
    archive.addfile(info, io.BytesIO(content))
