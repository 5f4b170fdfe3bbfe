"""manage.py export_documents: the files as they were made, or a refusal; never a rendering."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from foundation import files
from invoicing.models import DocumentFile, Invoice
from tenants.models import Organization
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "backup"])


def keep_file(organization: Organization, invoice: Invoice, kind: str, content: bytes) -> DocumentFile:
    with builders.in_organization(organization):
        row = DocumentFile(
            organization=organization,
            subject_kind="invoice",
            subject_id=invoice.pk,
            kind=kind,
            sha256=files.store(str(organization.pk), content),
            size_bytes=len(content),
        )
        row.row_hash = row.content_hash()
        row.save(force_insert=True)
        return row


@pytest.fixture
def kept(organization: Organization) -> Callable[[], Invoice]:
    """Makes an invoice with its files; their bytes name the number."""

    def make() -> Invoice:
        invoice = builders.make_finalized_invoice(organization)
        for kind in ("core_xml", "pdf", "ehf"):
            keep_file(organization, invoice, kind, f"{kind} of {invoice.number}".encode())
        return invoice

    return make


def export(organization: Organization, folder: Path, *options: str) -> str:
    call_command(
        "export_documents",
        "--organization",
        organization.slug,
        "--out",
        str(folder),
        *options,
        stdout=(out := StringIO()),
    )
    return out.getvalue()


def test_writes_both_files_and_a_manifest_with_their_hashes(
    organization: Organization, kept: Callable[[], Invoice], tmp_path: Path
) -> None:
    first, second = kept(), kept()
    builders.make_draft(organization)
    answer = json.loads(export(organization, tmp_path / "out", "--json"))
    assert answer["documents"] == 2
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["10001.pdf", "10001.xml", "10002.pdf", "10002.xml", "manifest.json"]
    assert (tmp_path / "out/10002.xml").read_bytes() == b"ehf of 10002"
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["organization"]["slug"] == organization.slug
    assert [entry["hash"] for entry in manifest["documents"]] == [first.hash, second.hash]
    for entry in manifest["documents"]:
        for ending in ("pdf", "xml"):
            content = (tmp_path / "out" / entry[ending]["file"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == entry[ending]["sha256"]
            assert len(content) == entry[ending]["size"]


def test_twice_gives_the_same_folder(organization: Organization, kept: Callable[[], Invoice], tmp_path: Path) -> None:
    kept()
    export(organization, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.*")}
    export(organization, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.*")} == before


def test_holds_nothing_of_another_organization(
    organization: Organization, other_organization: Organization, kept: Callable[[], Invoice], tmp_path: Path
) -> None:
    kept()
    assert "0 documents" in export(other_organization, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["manifest.json"]


def test_refuses_before_the_first_file_when_one_is_missing(
    organization: Organization, kept: Callable[[], Invoice], tmp_path: Path
) -> None:
    kept()
    late = builders.make_finalized_invoice(organization)
    keep_file(organization, late, "pdf", b"only the PDF")
    with pytest.raises(CommandError, match=str(late.number)) as refusal:
        export(organization, tmp_path / "out")
    assert refusal.value.returncode == 1
    assert not (tmp_path / "out").exists()


def test_refuses_bytes_that_are_not_those_that_were_made(
    organization: Organization, kept: Callable[[], Invoice], tmp_path: Path
) -> None:
    invoice = kept()
    with builders.in_organization(organization):
        row = DocumentFile.objects.get(subject_id=invoice.pk, kind="pdf")
    path = files.path_of(str(organization.pk), row.sha256)
    os.chmod(path, 0o640)
    path.write_bytes(b"something else")
    with pytest.raises(CommandError, match=r"10001\.pdf") as refusal:
        export(organization, tmp_path / "out")
    assert refusal.value.returncode == 1
    assert not (tmp_path / "out/manifest.json").exists()


def test_bad_arguments_are_told_apart(organization: Organization, tmp_path: Path) -> None:
    def code_of(**options: Any) -> int:
        with pytest.raises(CommandError) as refusal:
            call_command("export_documents", **options)
        return refusal.value.returncode

    (tmp_path / "a file").touch()
    assert code_of(organization="nobody", out=tmp_path) == 2
    assert code_of(organization=organization.slug, out=tmp_path / "a file") == 2
