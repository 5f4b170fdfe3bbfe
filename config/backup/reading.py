"""Restoring a backup into an empty database: all of it, checked byte by byte, or nothing."""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from psycopg import sql

from config.backup.catalogue import Session, Table, counters, forced_tables, list_tables, own_triggers
from config.backup.writing import FORMAT, MANIFEST, PIECE, Tell
from foundation import files
from foundation.errors import DomainError

OWNER = "owner"


class BackupIsDamaged(DomainError):
    """The backup is not what was written."""


class DatabaseIsNotEmpty(DomainError):
    """A backup is restored into an empty database only."""


class ReleaseDoesNotFit(DomainError):
    """The backup was made by a release that this one does not know."""


def restore_backup(path: Path, *, tell: Tell) -> dict[str, Any]:
    """Fill an empty database and the file store from a backup; returns its manifest.

    Every byte is checked first. The tables are filled in one transaction: a failure leaves the database empty.
    Afterwards nothing is sent until somebody releases this environment.
    """
    with _opened(path) as archive:
        manifest = _checked_manifest(archive, tell)
        _refuse_filled(path)
        _migrate_to(manifest["migrations"])
        connection = connections[OWNER]
        connection.ensure_connection()
        session: Session = connection.connection
        with session.transaction():
            _load_tables(session, archive, manifest, tell)
            _store_files(archive, manifest)
    call_command("migrate", database=OWNER, verbosity=0)
    return manifest


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:") as archive:
            yield archive
    except (tarfile.TarError, gzip.BadGzipFile, EOFError) as error:
        raise BackupIsDamaged(
            _("%(path)s is not a whole backup: %(error)s") % {"path": path, "error": error}
        ) from error


def _checked_manifest(archive: tarfile.TarFile, tell: Tell) -> dict[str, Any]:
    """The manifest, after every member was found to be what it says."""
    members = {info.name: info for info in archive.getmembers()}
    if MANIFEST not in members:
        raise BackupIsDamaged(_("The backup has no manifest: it was not written to its end."))
    try:
        manifest: dict[str, Any] = json.loads(_read(archive, MANIFEST))
    except ValueError as error:
        raise BackupIsDamaged(_("The manifest of the backup cannot be read.")) from error
    if manifest.get("format") != FORMAT:
        raise ReleaseDoesNotFit(_("The backup has another format than this release reads."))
    told = {member["name"]: member for member in manifest["members"]}
    for name in sorted(told.keys() ^ (members.keys() - {MANIFEST})):
        raise BackupIsDamaged(_("The member %(name)s is missing or was added.") % {"name": name})
    for name, member in told.items():
        if _hash_of(archive, name) != member["sha256"]:
            raise BackupIsDamaged(_("The member %(name)s is not what was written.") % {"name": name})
    tell(f"{len(told)} members are whole")
    return manifest


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file is not None
    with file:
        return file.read()


def _hash_of(archive: tarfile.TarFile, name: str) -> str:
    seen = hashlib.sha256()
    file = archive.extractfile(name)
    if file is None:
        return ""
    with file:
        while piece := file.read(PIECE):
            seen.update(piece)
    return seen.hexdigest()


def _refuse_filled(path: Path) -> None:
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.tenants_user') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return
        # People stand in no organization, so the owner sees them; an organization has an owner among them.
        cursor.execute("SELECT EXISTS (SELECT 1 FROM tenants_user)")
        if cursor.fetchone()[0]:
            raise DatabaseIsNotEmpty(
                _("The database holds people and organizations. Restore %(path)s into an empty one.") % {"path": path}
            )


def _migrate_to(migrations: list[list[str]]) -> None:
    """Bring the empty database to the state that the backup was made in."""
    executor = MigrationExecutor(connections[OWNER])
    wanted = {(app, name) for app, name in migrations}
    unknown = sorted(wanted - executor.loader.graph.nodes.keys())
    if unknown:
        app, name = unknown[0]
        raise ReleaseDoesNotFit(
            _("The backup was made by a newer release: this one does not know %(app)s %(name)s.")
            % {"app": app, "name": name}
        )
    ahead = sorted(set(executor.loader.applied_migrations) - wanted)
    if ahead:
        app, name = ahead[0]
        raise ReleaseDoesNotFit(
            _("The database is ahead of the backup with %(app)s %(name)s. Restore into a new, empty database.")
            % {"app": app, "name": name}
        )
    last = dict(sorted(wanted))
    executor.migrate(sorted(last.items()))


def _load_tables(session: Session, archive: tarfile.TarFile, manifest: dict[str, Any], tell: Tell) -> None:
    tables = [
        Table(table.name, tuple(manifest["columns"][table.name]))
        for table in list_tables(session)
        if table.name in manifest["columns"]
    ]
    rows = {member["name"]: member["rows"] for member in manifest["members"]}
    with _guards_lowered(session, tables):
        session.execute(
            sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(sql.Identifier(table.name) for table in tables))
        )
        for table in tables:
            name = f"tables/{table.name}.copy.gz"
            _load_table(session, archive, table, name)
            [(count,)] = session.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name)))
            if count != rows[name]:
                raise BackupIsDamaged(_("The member %(name)s is not what was written.") % {"name": name})
            for column, sequence in counters(session, table):
                session.execute(
                    sql.SQL("SELECT setval({}, (SELECT COALESCE(max({}), 0) + 1 FROM {}), false)").format(
                        sql.Literal(sequence), sql.Identifier(column), sql.Identifier(table.name)
                    )
                )
        session.execute("UPDATE tenants_environment SET is_paused = true")
    tell(f"{len(tables)} tables, {sum(count or 0 for count in rows.values())} rows")


@contextmanager
def _guards_lowered(session: Session, tables: list[Table]) -> Iterator[None]:
    """Row security and our triggers step aside within the transaction; foreign keys and constraints stay."""
    triggers = {table.name: own_triggers(session, table.name) for table in tables}
    forced = forced_tables(session) & {table.name for table in tables}
    for table in tables:
        session.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table.name)))
    for name in forced:
        session.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(name)))
    yield
    session.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for name in forced:
        session.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(sql.Identifier(name)))
    for name, found in triggers.items():
        for trigger, fires in found.items():
            verb = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA", "D": "DISABLE"}[fires]
            session.execute(
                sql.SQL("ALTER TABLE {} {} TRIGGER {}").format(
                    sql.Identifier(name), sql.SQL(verb), sql.Identifier(trigger)
                )
            )


def _load_table(session: Session, archive: tarfile.TarFile, table: Table, name: str) -> None:
    copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    packed = archive.extractfile(name)
    assert packed is not None
    with packed, gzip.GzipFile(fileobj=packed, mode="rb") as content, session.cursor().copy(copy) as stream:
        while piece := content.read(PIECE):
            stream.write(piece)


def _store_files(archive: tarfile.TarFile, manifest: dict[str, Any]) -> None:
    """Put every file where its hash says; one whose bytes have another hash was damaged before the backup."""
    for member in manifest["members"]:
        kind, _slash, rest = member["name"].partition("/")
        if kind != "files":
            continue
        space, _slash, sha256 = rest.partition("/")
        if not _is_plain(space) or files.store(space, _read(archive, member["name"])) != sha256:
            raise BackupIsDamaged(_("The member %(name)s is not what was written.") % {"name": member["name"]})


def _is_plain(space: str) -> bool:
    return space.replace("-", "").isalnum()
