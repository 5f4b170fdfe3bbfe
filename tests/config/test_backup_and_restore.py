"""manage.py backup and restore: the same books in an empty database, whole, and silent until somebody releases them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from psycopg import sql

from foundation import files
from invoicing.models import DocumentFile
from machine.checkout import ROOT
from tenants import environment, sealing
from tenants.actions import invite_member
from tenants.models import Environment, Membership, Organization
from tests import builders, databases

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "backup", "owner"])

SEED = 20261121


@dataclass(frozen=True, slots=True)
class EmptyPlace:
    """An empty database and an empty data folder, as a new machine has them."""

    name: str
    folder: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of the application there."""
        return self._run(str(ROOT / "manage.py"), *arguments)

    def run_module(self, module: str) -> subprocess.CompletedProcess[str]:
        """A module of these tests there."""
        return self._run("-m", module)

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        variables = dict(os.environ)
        present = connections["default"].settings_dict["NAME"]
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_BACKUP_URL"):
            before, _slash, query = variables[name].partition("?")
            variables[name] = f"{before.rpartition('/')[0]}/{self.name}" + (f"?{query}" if query else "")
        assert present != self.name
        variables["BILAG_DATA_DIR"] = str(self.folder)
        variables["PYTHONPATH"] = str(ROOT)
        return subprocess.run(
            [sys.executable, *arguments], env=variables, cwd=ROOT, capture_output=True, text=True, check=False
        )


@pytest.fixture
def empty_place(tmp_path: Path) -> Iterator[EmptyPlace]:
    """Migrated and without rows."""
    yield from _place(tmp_path, template=databases.make_template())


@pytest.fixture
def bare_place(tmp_path: Path) -> Iterator[EmptyPlace]:
    """Without a single table."""
    yield from _place(tmp_path, template="template0")


def _place(tmp_path: Path, *, template: str) -> Iterator[EmptyPlace]:
    name = f"bilag_restored_{os.getpid()}"
    with databases.superuser() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(
            sql.SQL("CREATE DATABASE {} OWNER bilag_owner TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    if template == "template0":
        with databases.superuser(name) as database:
            database.execute(databases.SET_UP)
    folder = tmp_path / "elsewhere"
    (folder / "static").mkdir(parents=True)
    yield EmptyPlace(name, folder)
    databases.drop(name)


@pytest.fixture
def books(organization: Organization) -> Organization:
    """Finalized documents with files, a credit note, a draft, and an invitation that waits to be mailed."""
    environment.lock()  # a running installation owns its database from its first round of the relay on
    first = builders.make_finalized_invoice(organization)
    note = builders.make_credit_note_draft(organization, first)
    builders.finalize_drafts(organization, [note.pk])
    builders.make_draft(organization)
    with builders.in_organization(organization):
        membership = Membership.objects.select_related("user").filter(role="owner").first()
        assert membership is not None
        for kind in ("core_xml", "pdf", "ehf"):
            content = f"the bytes of {kind}".encode()
            row = DocumentFile(
                organization=organization,
                subject_kind="invoice",
                subject_id=first.pk,
                kind=kind,
                sha256=files.store(str(organization.pk), content),
                size_bytes=len(content),
                row_hash="",
            )
            row.row_hash = row.content_hash()
            row.save(force_insert=True)
        invite_member(
            organization,
            email="ny@kyst.example",
            role="accountant",
            inviter=membership.user,
            actor=builders.actor_of(organization),
            now=membership.created_at,
        )
    sealing.seal(organization.pk)
    return organization


@pytest.fixture
def backup(books: Organization, tmp_path: Path) -> Path:
    path = tmp_path / "books.tar"
    call_command("backup", "--out", str(path), stdout=StringIO())
    return path


def _rows_of(name: str) -> dict[str, list[tuple[Any, ...]]]:
    with databases.superuser(name) as database:
        tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        return {
            str(table): database.execute(
                sql.SQL("SELECT t::text FROM {} AS t ORDER BY 1").format(sql.Identifier(str(table)))
            ).fetchall()
            for (table,) in tables
            if table not in {"django_migrations", "tenants_environment"}
        }


def test_a_backup_restored_into_an_empty_database_is_whole_and_sends_nothing_until_told(
    backup: Path, bare_place: EmptyPlace
) -> None:
    empty_place = bare_place
    restored = empty_place.run("restore", str(backup))

    assert restored.returncode == 0, restored.stderr
    assert _rows_of(empty_place.name) == _rows_of(str(connections["default"].settings_dict["NAME"]))
    verified = empty_place.run("verify", "--json")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert json.loads(verified.stdout)["whole"] is True

    tried = empty_place.run_module("tests.config.restored_copy")
    assert tried.returncode == 0, tried.stderr
    answers = json.loads(tried.stdout.strip().splitlines()[-1])
    assert answers["lock"] == "other_environment"
    assert answers["sent_while_locked"] == 0
    assert answers["refuses"] is True
    assert answers["waiting"] == 1
    assert answers["asks_first"] is True
    assert answers["still_locked"] == "other_environment"
    assert answers["lock_after_release"] == ""
    assert answers["sent_after_release"] == 1
    assert answers["states"] == ["sent"]


def test_a_restore_with_the_same_environment_id_waits_too(backup: Path, empty_place: EmptyPlace) -> None:
    (empty_place.folder / "environment-id").write_text(f"{environment.installation_id()}\n", encoding="ascii")

    assert empty_place.run("restore", str(backup)).returncode == 0
    answers = json.loads(empty_place.run_module("tests.config.restored_copy").stdout.strip().splitlines()[-1])

    assert answers["lock"] == "paused"
    assert answers["sent_while_locked"] == 0
    assert answers["sent_after_release"] == 1


def test_the_guards_stand_again_after_a_restore(backup: Path, empty_place: EmptyPlace) -> None:
    assert empty_place.run("restore", str(backup)).returncode == 0

    def guards(name: str) -> list[tuple[Any, ...]]:
        with databases.superuser(name) as database:
            return database.execute(
                """SELECT c.relname, t.tgname, t.tgenabled::text, c.relrowsecurity, c.relforcerowsecurity
                   FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
                   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1, 2"""
            ).fetchall()

    assert guards(empty_place.name) == guards(str(connections["default"].settings_dict["NAME"]))


def test_a_database_that_holds_people_is_not_overwritten(backup: Path, empty_place: EmptyPlace) -> None:
    assert empty_place.run("restore", str(backup)).returncode == 0
    before = _rows_of(empty_place.name)

    again = empty_place.run("restore", str(backup))

    assert again.returncode == 1
    assert "Restore" in again.stderr or "tom" in again.stderr
    assert _rows_of(empty_place.name) == before


def test_a_changed_byte_is_refused_with_the_member_that_holds_it_and_nothing_is_restored(
    backup: Path, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    random = Random(SEED)
    with tarfile.open(backup) as archive:
        members = [info for info in archive.getmembers() if info.size]
    print(f"seed {SEED}")
    for info in random.sample(members, builders.scaled(len(members), 3)):
        damaged = tmp_path / "damaged.tar"
        content = bytearray(backup.read_bytes())
        at = info.offset_data + random.randrange(info.size)
        content[at] ^= 1 << random.randrange(8)
        damaged.write_bytes(content)

        refused = empty_place.run("restore", str(damaged))

        assert refused.returncode == 1, (info.name, at)
        if info.name != "manifest.json":
            assert info.name in refused.stderr
        with databases.superuser(empty_place.name) as database:
            there = database.execute("SELECT to_regclass('public.tenants_user') IS NOT NULL").fetchone()
            if there and there[0]:
                assert database.execute("SELECT count(*) FROM tenants_user").fetchone() == (0,)


def test_a_backup_that_was_cut_short_is_refused(backup: Path, empty_place: EmptyPlace, tmp_path: Path) -> None:
    short = tmp_path / "short.tar"
    short.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])

    assert empty_place.run("restore", str(short)).returncode == 1


def test_a_failure_in_the_middle_leaves_the_database_empty(
    backup: Path, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    """A row that its table refuses: loaded last, so that everything before it is taken back."""
    broken = tmp_path / "broken.tar"
    with tarfile.open(backup) as source, tarfile.open(broken, "w") as target:
        for info in source.getmembers():
            content = source.extractfile(info).read()  # type: ignore[union-attr]
            if info.name == "manifest.json":
                manifest = json.loads(content)
                manifest["columns"]["tenants_membership"].reverse()
                content = json.dumps(manifest).encode()
                info.size = len(content)
            target.addfile(info, BytesIO(content))

    failed = empty_place.run("restore", str(broken))

    assert failed.returncode != 0
    with databases.superuser(empty_place.name) as database:
        assert database.execute("SELECT count(*) FROM tenants_organization").fetchone() == (0,)


def test_a_backup_holds_one_moment_and_is_written_once(books: Organization, tmp_path: Path) -> None:
    path = tmp_path / "once.tar"
    out = StringIO()
    call_command("backup", "--out", str(path), "--json", stdout=out)

    assert json.loads(out.getvalue())["file"] == str(path)
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError):
        call_command("backup", "--out", str(path), stdout=StringIO())
    assert not list(tmp_path.glob(".*.part"))


def test_a_fresh_database_belongs_to_the_installation_that_first_asks(organization: Organization) -> None:
    assert environment.seen_lock() is environment.Lock.NONE
    assert environment.lock() is environment.Lock.NONE
    assert Environment.objects.get().pk == environment.installation_id()


def test_threads_that_ask_at_once_find_one_id(settings: Any, tmp_path: Path) -> None:
    for round_number in range(20):
        settings.DATA_DIR = tmp_path / str(round_number)
        with ThreadPoolExecutor(8) as threads:
            found = set(threads.map(lambda _place: environment.installation_id(), range(16)))
        assert found == {environment.installation_id()}
        assert [path.name for path in settings.DATA_DIR.iterdir()] == ["environment-id"]


def test_another_installation_beside_the_same_database_sends_nothing(organization: Organization, settings: Any) -> None:
    environment.lock()
    settings.ENVIRONMENT_ID = str(uuid4())

    assert environment.lock() is environment.Lock.OTHER_ENVIRONMENT
    with pytest.raises(environment.SendingIsLocked):
        environment.refuse_locked()
