"""A proof pack on a machine without the application: whole, or every changed byte is named with its place."""

from __future__ import annotations

import ast
import hashlib
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from foundation.canonical import canonical_bytes
from invoicing.proof_pack.checker import container, layout, places
from invoicing.proof_pack.checker.findings import Findings
from invoicing.proof_pack.checker.main import check_pack
from invoicing.proof_pack.script import ROOMS, checker_source
from tenants.models import Organization
from tests import builders
from tests.committed_world import kept_between_tests, settings_of_tests
from tests.invoicing.proof_packs import Checked, books, check, period_pack, rewritten


@pytest.fixture(scope="module")
def whole_pack(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of a month with two invoices and a credit note, made once: no test changes it."""
    folder = tmp_path_factory.mktemp("books")
    with kept_between_tests(django_db_blocker), override_settings(**settings_of_tests(folder)):
        organization = builders.make_organization(
            "nordlys", "Nordlys Rådgivning AS", owner_email="owner@nordlys.example"
        )
        return period_pack(books(organization), folder / "pack")


@pytest.fixture
def pack(whole_pack: Path, tmp_path: Path) -> Path:
    """A copy of that pack of the test's own."""
    (tmp_path / "pack").mkdir()
    return Path(shutil.copy(whole_pack, tmp_path / "pack"))


def flipped(pack: Path, target: Path, place: int, change: int) -> Path:
    """A copy of the pack with one byte turned into another."""
    content = bytearray(pack.read_bytes())
    content[place] ^= change
    target.write_bytes(content)
    return target


def places_of_members(pack: Path) -> dict[str, tuple[int, int]]:
    """Where each member's bytes begin, and how many there are."""
    with zipfile.ZipFile(pack) as archive:
        return {
            info.filename: (info.header_offset + 30 + len(info.filename.encode()), info.file_size)
            for info in archive.infolist()
        }


def checked_inside(pack: Path) -> list[str]:
    """What the same checker says when it runs in this process: quick enough for many packs."""
    findings = Findings()
    opened = container.ZipPack(str(pack), findings)
    try:
        check_pack(opened, findings)
    finally:
        opened.file.close()
    return findings.problems


def test_a_pack_is_whole_on_a_machine_without_the_application(pack: Path, tmp_path: Path) -> None:
    said = check(pack, tmp_path / "elsewhere")

    assert said.code == 0, said.problems
    assert said.report["seen"]["documents"] == 3
    assert said.report["seen"]["XML files"] == 6
    assert said.report["about"]["organization"]["name"] == "Nordlys Rådgivning AS"
    # Numbers and vouchers from their very beginning.
    assert "Series main: 10001 to 10003, from its very beginning" in " ".join(said.report["chains"])


def test_a_pack_holds_everything_that_proves_a_document(pack: Path) -> None:
    with zipfile.ZipFile(pack) as archive:
        names = archive.namelist()
        document = json.loads(archive.read("documents/10001/document.json"))
        sources = json.loads(archive.read("documents/10001/sources.json"))
        history = json.loads(archive.read("documents/10001/history.json"))
        vouchers = json.loads(archive.read("documents/10001/vouchers.json"))
        read_me = archive.read("READ ME.txt").decode()

    own = {name.removeprefix("documents/10001/") for name in names if name.startswith("documents/10001/")}
    assert own == {
        "document.json",
        "core.xml",
        "invoice.pdf",
        "ehf.xml",
        "attachments/01-timeliste-uke-46.csv",
        "sources.json",
        "vouchers.json",
        "history.json",
    }
    assert names[-1] == "manifest.jsonl", "written last: with it the pack is whole"
    assert sources[0]["source"]["label"] == "Timeliste uke 46"
    assert hashlib.sha256(canonical_bytes(document["snapshot"])).hexdigest() == document["body_hash"]
    assert {line["entry"]["verb"] for line in history} >= {"draft.created", "invoice.finalized", "documents.made"}
    assert all(line["seal"] for line in history)
    assert sum(len(voucher["postings"]) for voucher in vouchers) >= 5, "the sale and the credit note's settlement"
    assert "check.py" in read_me
    assert "Nordlys Rådgivning AS" in read_me


def test_an_unpacked_pack_is_checked_by_the_checker_that_lies_in_it(pack: Path, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(folder)

    def run() -> Checked:
        command = [sys.executable, "-I", "-S", "check.py", "--json"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={})
        return Checked(done.returncode, json.loads(done.stdout))

    assert run().code == 0
    (folder / "documents/10002/ehf.xml").unlink()
    (folder / "documents/10002/more.txt").write_text("I was never here")
    assert run().problems[0] == "documents/10002/ehf.xml (document 10002): is missing."
    assert "documents/10002/more.txt: does not belong to the pack." in run().problems


def test_every_changed_byte_of_a_member_is_named_with_its_place(pack: Path, tmp_path: Path) -> None:
    """One byte of each member in turn, checked by the script as it lies in the pack."""
    chance = random.Random(builders.SEED)
    missed = []
    for name, (start, size) in places_of_members(pack).items():
        place, change = chance.randrange(size), chance.randrange(1, 256)
        said = check(flipped(pack, tmp_path / "changed.zip", start + place, change), tmp_path / "elsewhere")
        if said.code != 1 or not any(line.startswith(name) and f"byte {place} " in line for line in said.problems):
            missed.append((name, place, change, said.problems[:3]))

    assert missed == []


def test_any_changed_byte_of_the_file_is_found(pack: Path, tmp_path: Path) -> None:
    """Anywhere: in members, between them, in the manifest, in the directory, in the end record."""
    chance = random.Random(builders.SEED)
    size = pack.stat().st_size
    _start, manifest_size = places_of_members(pack)["manifest.jsonl"]
    tail = size - manifest_size
    anywhere = [chance.randrange(size) for _ in range(builders.scaled(600, 40))]
    anywhere += [chance.randrange(tail - 20_000, size) for _ in range(builders.scaled(600, 40))]
    anywhere += list(range(size - 160, size, 1 if builders.IS_FULL else 7))  # the end record and its comment
    missed = []
    for place in anywhere:
        problems = checked_inside(flipped(pack, tmp_path / "changed.zip", place, chance.randrange(1, 256)))
        if not problems:
            missed.append(place)

    assert missed == []


def test_a_changed_byte_between_members_is_named_with_its_offset(pack: Path, tmp_path: Path) -> None:
    start, _size = places_of_members(pack)["documents/10002/core.xml"]
    [problem] = checked_inside(flipped(pack, tmp_path / "changed.zip", start - 3, 4))

    assert problem == (
        f"The pack's file: byte {start - 3}, in the heading of documents/10002/core.xml, is not what it was."
    )


def test_the_field_of_a_changed_byte_is_named(pack: Path, tmp_path: Path) -> None:
    start, size = places_of_members(pack)["documents/10001/document.json"]
    text = pack.read_bytes()[start : start + size]
    place = text.index(b'"description": "Reise"') + len(b'"description": "')
    problems = checked_inside(flipped(pack, tmp_path / "changed.zip", start + place, 0x04))

    assert problems[0] == (
        f"documents/10001/document.json (document 10001): byte {place} has been changed, "
        "in field lines.1.columns.description: it is 0x56 and was 0x52."
    )
    assert "Document 10001: field description of line 2 is not what its hash says." in problems


@pytest.mark.parametrize("cut", [1, 200, 5000])
def test_a_pack_that_was_cut_off_or_grew_is_refused(pack: Path, tmp_path: Path, cut: int) -> None:
    whole = pack.read_bytes()
    for content in (whole[:-cut], whole + b"x" * cut, whole[cut:]):
        (tmp_path / "changed.zip").write_bytes(content)
        assert checked_inside(tmp_path / "changed.zip")


def changed_json(pack: Path, name: str, change: Any) -> bytes:
    """A member of JSON with something else in it, spelled as we spell it."""
    with zipfile.ZipFile(pack) as archive:
        value = json.loads(archive.read(name))
    change(value)
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


LIES: dict[str, tuple[str, Any, str]] = {
    "the amount of a line": (
        "documents/10001/document.json",
        lambda said: said["lines"][0]["columns"].update(unit_price="1"),
        "Document 10001: field unit_price of line 1",
    ),
    "the buyer in the snapshot": (
        "documents/10001/document.json",
        lambda said: said["snapshot"]["buyer"].update(name="Noen andre"),
        "Document 10001: its snapshot is not the one that was frozen",
    ),
    "the snapshot and its hash": (
        "documents/10001/document.json",
        lambda said: said.update(body_hash="0" * 64),
        "Document 10001: one of its columns or lines is not what its hash says",
    ),
    "the due date": (
        "documents/10002/document.json",
        lambda said: said["columns"].update(due_date="2027-12-24"),
        "Document 10002: one of its columns or lines is not what its hash says",
    ),
    "a posting": (
        "documents/10001/vouchers.json",
        lambda said: said[0]["postings"][0].update(amount="1"),
        "Voucher 2026-00001 of document 10001: it or a posting has been changed",
    ),
    "who finalized": (
        "documents/10001/history.json",
        lambda said: said[-1]["entry"].update(actor_name="Noen andre"),
        "has been changed",
    ),
    "the source of a line": (
        "documents/10001/sources.json",
        lambda said: said[0]["source"].update(approved_by="Noen andre"),
        "Document 10001: sources.json says something else than its lines",
    ),
    "what a chain begins with": (
        "chains.json",
        lambda said: said[1].update(genesis=["another"]),
        "its chain does not begin where it should",
    ),
    "how many documents there are": ("pack.json", lambda said: said.update(documents=2), "pack.json: says 2"),
}


@pytest.mark.parametrize("what", LIES)
def test_a_lie_with_a_manifest_that_agrees_is_found_by_the_hashes(pack: Path, tmp_path: Path, what: str) -> None:
    member, change, problem = LIES[what]
    lying = rewritten(pack, tmp_path / "lying", {member: changed_json(pack, member, change)})
    problems = checked_inside(lying)

    assert any(problem in line for line in problems), problems
    assert check(pack, tmp_path / "elsewhere", "--fingerprint", "0" * 64).code == 1


def test_totals_of_the_xml_that_differ_from_the_document_are_named(pack: Path, tmp_path: Path) -> None:
    name = "documents/10002/core.xml"
    with zipfile.ZipFile(pack) as archive:
        core = archive.read(name)
    changed = re.sub(rb"(<cbc:PayableAmount[^>]*>)[^<]+", rb"\g<1>1.00", core)
    problems = checked_inside(rewritten(pack, tmp_path / "lying", {name: changed}))

    assert any(line.startswith(f"{name}: cbc:PayableAmount says 1.00, the document ") for line in problems)
    assert "documents/10002/invoice.pdf: does not hold core.xml as it stands." in problems
    assert "Document 10002: core.xml is not the file that was kept." in problems


def test_a_document_that_is_left_out_is_missed(pack: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(pack) as archive:
        without = {name: None for name in archive.namelist() if name.startswith("documents/10002/")}
    assert any("says 3 documents" in line for line in checked_inside(rewritten(pack, tmp_path / "a", without)))

    with zipfile.ZipFile(pack) as archive:
        [chain] = [name for name in archive.namelist() if name.startswith("chains/documents/")]
        links = archive.read(chain).splitlines(keepends=True)
    problems = checked_inside(rewritten(pack, tmp_path / "b", {chain: b"".join([links[0], *links[2:]])}))
    assert "Document 10003: its predecessor 10002 is missing from the chain." in problems


@pytest.mark.django_db(transaction=True)
def test_the_same_moment_gives_the_same_bytes(organization: Organization, tmp_path: Path) -> None:
    books(organization)
    moment = timezone.now()
    first = period_pack(organization, tmp_path / "first", moment).read_bytes()
    builders.make_finalized_invoice(organization)
    builders.run_background()
    second = period_pack(organization, tmp_path / "second", moment).read_bytes()

    assert first == second


def test_other_programs_read_the_zip(pack: Path) -> None:
    with zipfile.ZipFile(pack) as archive:
        assert archive.testzip() is None
        assert archive.read("check.py").decode() == checker_source()


def test_the_long_form_of_a_zip_is_written_where_it_must_be() -> None:
    """Past 65,535 members, or past four gigabytes, as other programs expect it."""
    count = layout.COUNT_LIMIT + 5
    names = [f"{number:06}".encode() for number in range(count)]
    body = b"".join(layout.member_heading(name, 0, 0) for name in names)
    offsets = range(0, len(body), len(body) // count)
    directory = b"".join(layout.directory_entry(name, 0, 0, at) for name, at in zip(names, offsets, strict=True))
    end = layout.end_record(count, len(body), len(directory), b"")
    with zipfile.ZipFile(io.BytesIO(body + directory + end)) as archive:
        assert len(archive.namelist()) == count
    far = layout.directory_entry(b"far", 0, 0, 5_000_000_000)
    end = layout.end_record(1, 0, len(far), b"")
    with zipfile.ZipFile(io.BytesIO(far + end)) as archive:
        assert archive.infolist()[0].header_offset == 5_000_000_000


def test_one_changed_byte_is_found_by_the_check_sum_alone() -> None:
    chance = random.Random(builders.SEED)
    for _round in range(builders.scaled(400, 40)):
        was = chance.randbytes(chance.randrange(1, 5000))
        now = bytearray(was)
        place = chance.randrange(len(was))
        now[place] ^= chance.randrange(1, 256)
        assert places.mend(bytes(now), layout.checksum(was), hashlib.sha256(was).hexdigest()) == (place, was)
    assert places.mend(b"ab", layout.checksum(b"cd"), hashlib.sha256(b"cd").hexdigest()) is None


def test_the_checker_is_one_file_that_an_old_python_reads() -> None:
    source = checker_source()
    tree = ast.parse(source, feature_version=(3, 9))
    imported = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else name.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    defined = [
        name
        for node in tree.body
        for name in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            else [target.id for target in node.targets if isinstance(target, ast.Name)]
            if isinstance(node, ast.Assign)
            else []
        )
    ]

    assert imported <= set(sys.stdlib_module_names)
    assert sorted(defined) == sorted(set(defined)), "no room may take another room's name"
    assert {path.stem for path in (Path(container.__file__).parent).glob("*.py")} == {*ROOMS, "__init__"}


def test_nothing_to_check_is_told_apart(tmp_path: Path) -> None:
    script = tmp_path / "check.py"
    script.write_text(checker_source())

    def code(*arguments: str) -> int:
        command = [sys.executable, "-I", "-S", str(script), *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, env={}).returncode

    assert code("nothing.zip") == 2
    (tmp_path / "some.zip").write_bytes(os.urandom(500))
    assert code("some.zip") == 1
    (tmp_path / "empty.zip").touch()
    assert code("empty.zip") == 1
    shutil.rmtree(tmp_path / "folder", ignore_errors=True)
    (tmp_path / "folder").mkdir()
    assert code("folder") == 1
