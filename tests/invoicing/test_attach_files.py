"""Files go with a draft, are frozen with it, travel in its EHF, and are proven as long as the document is kept."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from foundation import files
from foundation.canonical import digest
from foundation.xml import parse_xml
from invoicing import queries
from invoicing.actions import attachments, drafts
from invoicing.attachments import (
    FILES_MAX,
    AttachmentRefused,
    ReadyFile,
    TooManyAttachments,
    clean_name,
    made_file,
    name_beside,
)
from invoicing.documents.ehf import core_xml, ehf_xml
from invoicing.documents.ehf_checks import check_document, check_ehf
from invoicing.documents.facts import AttachedFile, DocumentBody
from invoicing.drafting.checking import look_at, read_draft
from invoicing.errors import InvoiceAlreadyFinalized
from invoicing.file_proof import file_problems
from invoicing.models import Attachment, FileKind, Invoice
from tenants.context import organization_context
from tests import builders
from tests.invoicing import upload_payloads as payloads
from tests.invoicing.document_builders import sample_body, sample_credit_note, sample_document
from tests.invoicing.ehf_material import TODAY

CSV = b"Dato;Timer\r\n20.11.2026;7,5\r\n"
FRAGMENT = {"HX-Request": "true"}


def address(name: str, organization: Any, draft: Invoice, *more: Any) -> str:
    return reverse(f"invoicing:{name}", args=[organization.slug, draft.pk, *more])


def upload(client: Client, organization: Any, draft: Invoice, *uploads: tuple[str, bytes], **options: Any) -> Any:
    sent = [SimpleUploadedFile(name, content) for name, content in uploads]
    data = {"files": sent, "version": options.pop("version", "")}
    return client.post(address("attach_files", organization, draft), data, **options)


def attached_to(organization: Any, draft: Invoice) -> list[Attachment]:
    with builders.in_organization(organization):
        return queries.attachments_of(organization, draft.pk)


def test_several_files_are_taken_at_once_under_names_that_can_be_shown(
    organization: Any, owner: Any, client_of: Any
) -> None:
    draft = builders.make_draft(organization)
    answer = upload(
        client_of(owner), organization, draft, ("../../timer\u202e.csv", CSV), ("Kvittering.exe", payloads.picture())
    )
    assert answer.status_code == 302
    rows = attached_to(organization, draft)
    assert [(row.name, row.content_type, row.position) for row in rows] == [
        ("timer.csv", "text/csv", 1),
        ("Kvittering.png", "image/png", 2),
    ]
    assert rows[0].added_by == "Olga Owner"
    page = client_of(owner).get(address("update_draft", organization, draft)).content.decode()
    assert "timer.csv" in page
    assert "Kvittering.png" in page


def test_what_is_not_what_it_says_is_named_and_the_rest_is_kept(organization: Any, owner: Any, client_of: Any) -> None:
    draft = builders.make_draft(organization)
    answer = upload(
        client_of(owner), organization, draft, ("faktura.pdf", payloads.program()), ("timer.csv", CSV), headers=FRAGMENT
    )
    assert answer.status_code == 200
    shown = answer.content.decode()
    assert 'role="alert"' in shown
    assert "faktura.pdf" in shown
    assert [row.name for row in attached_to(organization, draft)] == ["timer.csv"]


def test_a_second_file_of_a_name_is_numbered_and_the_same_bytes_are_attached_once(organization: Any) -> None:
    draft = builders.make_draft(organization)
    builders.make_attachment(organization, draft)
    builders.make_attachment(organization, draft, content=b"a;b\r\n1;2\r\n")
    with organization_context(organization.pk):
        again = [ReadyFile("other.csv", b"\xef\xbb\xbfa;b\r\n1;2\r\n", "text/csv")]
        assert attachments.attach_files(organization, draft.pk, again, actor=builders.actor_of(organization)) == []
    assert [row.name for row in attached_to(organization, draft)] == ["timer.csv", "timer (2).csv"]


def test_files_are_ordered_and_taken_away(organization: Any, owner: Any, client_of: Any) -> None:
    draft = builders.make_draft(organization)
    first, second, third = (
        builders.make_attachment(organization, draft, f"{name}.csv", f"{name};b\r\n".encode()) for name in "xyz"
    )
    client = client_of(owner)
    client.post(address("move_attachment", organization, draft, third.pk), {"to": "up"})
    assert [row.pk for row in attached_to(organization, draft)] == [first.pk, third.pk, second.pk]
    client.post(address("move_attachment", organization, draft, first.pk), {"to": "up"})  # at the end it stays
    client.post(address("remove_attachment", organization, draft, first.pk))
    assert [(row.pk, row.position) for row in attached_to(organization, draft)] == [(third.pk, 1), (second.pk, 2)]


def test_the_form_beside_it_goes_on_from_the_new_version(organization: Any, owner: Any, client_of: Any) -> None:
    draft = builders.make_draft(organization)
    client = client_of(owner)
    answer = upload(client, organization, draft, ("timer.csv", CSV), version=str(draft.version), headers=FRAGMENT)
    now = builders.reload_invoice(organization, draft)
    assert now.version == draft.version + 1
    assert f'id="draft-version" name="version" value="{now.version}" hx-swap-oob="true"' in answer.content.decode()
    # Somebody who looks at an older version is told nothing, so that the next save still shows both.
    other = upload(client, organization, draft, ("b.csv", b"a;b\r\n"), version="1", headers=FRAGMENT)
    assert "draft-version" not in other.content.decode()


def test_another_organization_gets_404_and_who_may_not_edit_403(
    organization: Any, stranger: Any, auditor: Any, client_of: Any
) -> None:
    draft = builders.make_draft(organization)
    row = builders.make_attachment(organization, draft)
    for name, more in (("attach_files", ()), ("move_attachment", (row.pk,)), ("remove_attachment", (row.pk,))):
        assert client_of(stranger).post(address(name, organization, draft, *more)).status_code == 404
        assert client_of(auditor).post(address(name, organization, draft, *more)).status_code == 403
    assert client_of(stranger).get(address("download_attachment", organization, draft, row.pk)).status_code == 404
    assert client_of(auditor).get(address("download_attachment", organization, draft, row.pk)).status_code == 200


def test_a_file_is_saved_and_never_shown_as_a_page(organization: Any, owner: Any, client_of: Any) -> None:
    draft = builders.make_draft(organization)
    row = builders.make_attachment(organization, draft, "Timer for Ærlig.csv", CSV)
    url = address("download_attachment", organization, draft, row.pk)
    answer = client_of(owner).get(url)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''Timer")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert answer.content.removeprefix(b"\xef\xbb\xbf") == CSV
    assert client_of(owner).get(url, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_draft_carries_so_many_files_and_no_more(organization: Any) -> None:
    draft = builders.make_draft(organization)
    many = [ReadyFile(f"{n}.csv", f"{n};b".encode(), "text/csv") for n in range(FILES_MAX + 1)]
    large = [ReadyFile(f"{n}.pdf", bytes([n]) * 9_000_000, "application/pdf") for n in range(3)]
    with organization_context(organization.pk), translation.override("en"):
        for ready, words in ((many, "at most 20 files"), (large, "at most 25 MB")):
            with pytest.raises(TooManyAttachments, match=words):
                attachments.attach_files(organization, draft.pk, ready, actor=builders.actor_of(organization))
    assert attached_to(organization, draft) == []


def test_finalizing_freezes_the_files_in_the_document_and_sends_them(
    organization: Any, owner: Any, client_of: Any
) -> None:
    draft = builders.make_draft(organization)
    row = builders.make_attachment(organization, draft, "timer.csv", CSV)
    [invoice] = builders.finalize_drafts(organization, [draft.pk])
    assert invoice.snapshot is not None
    told = {"name": "timer.csv", "content_type": "text/csv", "sha256": row.sha256, "size_bytes": row.size_bytes}
    assert invoice.snapshot["attachments"] == [told]
    for name, more in (("attach_files", ()), ("remove_attachment", (row.pk,)), ("move_attachment", (row.pk,))):
        answer = client_of(owner).post(address(name, organization, invoice, *more))
        assert answer.headers["Location"] == address("show_invoice", organization, invoice)
    assert [kept.pk for kept in attached_to(organization, invoice)] == [row.pk]
    assert "timer.csv" in client_of(owner).get(address("show_invoice", organization, invoice)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_ehf_that_is_made_carries_the_files(organization: Any) -> None:
    draft = builders.make_draft(organization)
    row = builders.make_attachment(organization, draft, "timer.csv", CSV)
    [invoice] = builders.finalize_drafts(organization, [draft.pk])
    builders.run_background()
    with organization_context(organization.pk), transaction.atomic():
        ehf = queries.files_of(organization, invoice.pk)[FileKind.EHF]
        root = parse_xml(files.load(str(organization.pk), ehf.sha256))
        embedded = [
            (element.get("filename"), element.get("mimeCode"), base64.b64decode(element.text or ""))
            for element in root.iter("{*}EmbeddedDocumentBinaryObject")
        ]
        assert embedded[0][:2] == (f"{invoice.number}.pdf", "application/pdf")
        assert embedded[1] == ("timer.csv", "text/csv", files.load(str(organization.pk), row.sha256))
        assert list(file_problems(organization, now=timezone.now())) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["DELETE FROM invoicing_attachment", "UPDATE invoicing_attachment SET name = 'b'"])
def test_the_database_keeps_the_files_of_a_finalized_document(change: str, organization: Any) -> None:
    draft = builders.make_draft(organization)
    builders.make_attachment(organization, draft)
    builders.finalize_drafts(organization, [draft.pk])
    frozen = pytest.raises(DatabaseError, match="attachments of finalized documents are frozen")
    with frozen, builders.in_organization(organization), connection.cursor() as cursor:
        cursor.execute(f"{change} WHERE organization_id = %s", [organization.pk])


def test_a_lost_or_changed_file_is_found(organization: Any) -> None:
    draft = builders.make_draft(organization)
    row = builders.make_attachment(organization, draft)
    [invoice] = builders.finalize_drafts(organization, [draft.pk])
    soon = timezone.now() + timedelta(seconds=1)
    path = files.path_of(str(organization.pk), row.sha256)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"x")
    with builders.in_organization(organization):
        [problem] = file_problems(organization, now=soon)
    assert f"Attachment timer.csv of document {invoice.number}" in problem
    path.unlink()
    with builders.in_organization(organization):
        [problem] = file_problems(organization, now=soon)
    assert "is missing" in problem


def test_a_clone_leaves_the_files_behind_and_a_deleted_draft_takes_them_along(organization: Any) -> None:
    draft = builders.make_draft(organization)
    builders.make_attachment(organization, draft)
    actor = builders.actor_of(organization)
    with organization_context(organization.pk):
        clone = drafts.clone_invoice(organization, draft.pk, actor=actor, today=builders.TODAY)
        drafts.delete_draft(organization, draft.pk, actor=actor)
    assert attached_to(organization, clone) == []
    with builders.in_organization(organization):
        assert not Attachment.objects.of(organization).exists()


def test_files_larger_than_an_ehf_carries_are_said_before_finalizing(organization: Any) -> None:
    draft = builders.make_draft(organization)
    large = [ReadyFile(f"{n}.pdf", bytes([n]) * 6_000_000, "application/pdf") for n in range(2)]
    with organization_context(organization.pk):
        attachments.attach_files(organization, draft.pk, large, actor=builders.actor_of(organization))
    for wants_ehf in (False, True):
        with builders.in_organization(organization):
            type(draft.customer).objects.of(organization).update(wants_ehf=wants_ehf)
            look = look_at(read_draft(organization, draft.pk, today=builders.TODAY))
        [found] = [finding for finding in look.findings if finding["rule"] == "BILAG-ATTACHMENTS"]
        assert found["field"] == "attachments"
        assert found["is_fatal"] is wants_ehf


def test_a_document_without_files_says_what_it_always_said() -> None:
    body = sample_body()
    assert "attachments" not in body.to_json()
    with_file = sample_body(
        attachments=(AttachedFile(name="a.csv", content_type="text/csv", sha256="0", size_bytes=1),)
    )
    assert DocumentBody.from_json(with_file.to_json()) == with_file
    assert DocumentBody.from_json(body.to_json()) == body
    assert digest(body.to_json()) != digest(with_file.to_json())


@pytest.mark.parametrize("make", [sample_document, sample_credit_note])
def test_an_ehf_with_files_of_every_kind_is_accepted(make: Any) -> None:
    kinds: tuple[str, ...] = ("application/pdf", "image/png", "image/jpeg", "text/csv")
    kinds += (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    )
    attached = tuple(
        AttachedFile(name=f"Bilag {n} & <æøå>.bin", content_type=kind, sha256=str(n), size_bytes=3)
        for n, kind in enumerate(kinds)
    )
    document = make(attachments=attached)
    sent = ehf_xml(document, pdf=b"%PDF-1.7", files={file.sha256: b"abc" for file in attached})
    assert check_ehf(sent, today=TODAY).fatal == ()
    assert check_document(document, today=TODAY, receives_ehf=True).is_accepted
    assert b"EmbeddedDocumentBinaryObject" not in core_xml(document)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\fakepath\\timer.pdf", "timer.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\x00\r\nb\u202efdp.exe", "a b fdp.exe"),
        ("<script>.csv", "script.csv"),
        ("...", "file"),
        ("Ærlig – kvittering (1).png", "Ærlig kvittering (1).png"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
    ],
)
def test_names_are_cleaned_of_what_no_file_system_or_header_takes(name: str, shown: str) -> None:
    assert clean_name(name) == shown


def test_a_name_that_is_taken_is_numbered() -> None:
    assert name_beside("a.pdf", {"a.pdf", "a (2).pdf"}) == "a (3).pdf"
    assert name_beside("b.pdf", {"a.pdf"}) == "b.pdf"


def test_a_credit_note_carries_files_too(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)
    note = builders.make_credit_note_draft(organization, invoice)
    answer = upload(client_of(owner), organization, note, ("avtale.csv", CSV))
    assert answer.headers["Location"] == address("update_credit_note", organization, note)
    assert "avtale.csv" in client_of(owner).get(answer.headers["Location"]).content.decode()
    [finalized] = builders.finalize_drafts(organization, [note.pk])
    assert finalized.snapshot is not None
    assert [file["name"] for file in finalized.snapshot["attachments"]] == ["avtale.csv"]


def test_what_our_own_code_has_made_goes_with_many_drafts_at_once(organization: Any) -> None:
    drafts_of_run = [builders.make_draft(organization) for _each in range(3)]
    sheet = made_file("Timer nov: 2026.pdf", b"%PDF-1.7 sheet", "application/pdf")
    table = made_file("Timer.csv", CSV, "text/csv")
    assert (sheet.name, table.name) == ("Timer nov 2026.pdf", "Timer.csv")
    actor = builders.actor_of(organization)

    def attach(count: int) -> int:
        wanted = {draft.pk: (sheet, table) for draft in drafts_of_run[:count]}
        with builders.in_organization(organization), CaptureQueriesContext(connection) as asked:
            attachments.attach_to_drafts(organization, wanted, actor=actor)
        return len(asked)

    assert attach(1) == attach(3)  # the first one has them: two are new, in as many questions
    assert attach(3) < attach(1) + 3
    for draft in drafts_of_run:
        assert [row.name for row in attached_to(organization, draft)] == ["Timer nov 2026.pdf", "Timer.csv"]
        assert builders.reload_invoice(organization, draft).version == 2
    finalized = builders.make_finalized_invoice(organization)
    fresh = builders.make_draft(organization)
    with builders.in_organization(organization), pytest.raises(InvoiceAlreadyFinalized):
        attachments.attach_to_drafts(organization, {fresh.pk: [sheet], finalized.pk: [sheet]}, actor=actor)
    assert attached_to(organization, fresh) == []
    with pytest.raises(AttachmentRefused):
        made_file("x.pdf", b"", "application/pdf")
    with pytest.raises(ValueError, match="text/html"):
        made_file("x.html", b"<p>", "text/html")
