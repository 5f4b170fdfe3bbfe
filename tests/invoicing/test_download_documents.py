import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client

from invoicing import queries
from invoicing.models import FileKind
from tenants.models import OutboxRow, OutboxState
from tests.builders import in_organization, make_draft, make_finalized_invoice, run_background
from tests.invoicing.draft_forms import address, text_of


def _made(organization: Any) -> Any:
    invoice = make_finalized_invoice(organization)
    run_background()
    return invoice


def test_m_086_pdf_and_ehf_are_downloaded_as_they_were_made(
    organization: Any, project_manager: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = _made(organization)
    client = client_of(project_manager)
    pdf = client.get(address("download_pdf", organization, invoice))
    ehf = client.get(address("download_ehf", organization, invoice))
    assert pdf.content.startswith(b"%PDF-")
    assert b"<cbc:ID>10001</cbc:ID>" in ehf.content
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="invoice-10001.pdf"'
    assert ehf.headers["Content-Disposition"] == 'attachment; filename="invoice-10001.xml"'
    with in_organization(organization):
        row = queries.get_file(organization, invoice.pk, FileKind.PDF)
    assert hashlib.sha256(pdf.content).hexdigest() == row.sha256
    assert (
        client.get(address("download_pdf", organization, invoice), headers={"If-None-Match": pdf["ETag"]}).status_code
        == 304
    )


def test_the_page_waits_for_the_files_and_then_shows_them(
    organization: Any, owner: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    client = client_of(owner)
    path = address("list_documents", organization, invoice)
    assert 'hx-trigger="load delay:2s"' in text_of(client.get(path))
    early = client.get(address("download_pdf", organization, invoice))
    assert early.headers["Location"] == address("show_invoice", organization, invoice)
    run_background()
    text = text_of(client.get(path))
    assert "load delay" not in text
    assert address("download_pdf", organization, invoice) in text


def test_a_failure_is_shown_with_its_reason_and_tried_again(
    organization: Any, owner: Any, auditor: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = make_finalized_invoice(organization)
    with in_organization(organization):
        OutboxRow.objects.of(organization).update(state=OutboxState.FAILED, last_error="FontsMissing: no fonts")
    client = client_of(owner)
    assert "FontsMissing" in text_of(client.get(address("list_documents", organization, invoice)))
    path = address("retry_documents", organization, invoice)
    assert client_of(auditor).post(path).status_code == 403
    for _twice in range(2):
        assert client.post(path).status_code == 302
    with in_organization(organization):
        [row] = list(OutboxRow.objects.of(organization))
    assert (row.state, row.attempts) == (OutboxState.NEW, 0)
    run_background()
    assert client.get(address("download_pdf", organization, invoice)).status_code == 200


def test_a_damaged_file_is_never_handed_out(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    invoice = _made(organization)
    for path in Path(settings.FILES_DIR).rglob("*"):
        if path.is_file():
            path.chmod(0o640)
            path.write_bytes(b"changed")
    response = client_of(owner).get(address("download_pdf", organization, invoice))
    assert response.status_code == 302
    assert b"changed" not in response.content


def test_a_draft_has_no_files(organization: Any, owner: Any, client_of: Callable[[Any], Client]) -> None:
    draft = make_draft(organization)
    response = client_of(owner).get(address("download_pdf", organization, draft))
    assert response.headers["Location"] == address("show_invoice", organization, draft)


def test_files_of_another_organization_are_not_found(
    organization: Any, other_organization: Any, owner: Any, stranger: Any, client_of: Callable[[Any], Client]
) -> None:
    invoice = _made(organization)
    for name in ("download_pdf", "download_ehf", "list_documents"):
        assert client_of(stranger).get(address(name, organization, invoice)).status_code == 404
        assert client_of(stranger).get(address(name, other_organization, invoice)).status_code == 404
