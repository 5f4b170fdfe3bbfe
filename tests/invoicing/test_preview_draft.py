"""The preview is the very PDF: the same renderer, words and amounts as the final one, in all four languages."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from django.urls import reverse

from foundation import files
from foundation.templatetags.formatting import format_amount
from invoicing import queries
from invoicing.documents.words import words_in
from invoicing.drafting.document import LINES_PREVIEWED_MAX
from invoicing.models import DocumentFile, FileKind, Invoice
from tenants.clock import local_today
from tests import builders

LINES = [
    builders.line("Rådgivning, høst", quantity=Decimal("37.5")),
    builders.line("Møte på Ærø", quantity=Decimal(3), discount_percent=Decimal(10)),
    builders.line("Gitt bort", charge_kind="complimentary"),
]


def address(name: str, organization: Any, draft: Invoice) -> str:
    return reverse(f"invoicing:{name}", args=[organization.slug, draft.pk])


def words_of(pdf: bytes) -> list[str]:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["nb", "da", "sv", "en"])
def test_preview_final_pdf_and_screen_say_the_same(
    language: str, organization: Any, owner: Any, client_of: Any
) -> None:
    today = local_today(organization)  # what the pages say
    draft = builders.make_draft(organization, lines=LINES, today=today, language=language, note="Takk for oppdraget.")
    client = client_of(owner)
    answer = client.get(address("preview_draft_pdf", organization, draft))
    screen = client.get(address("preview_draft", organization, draft)).content.decode()
    [invoice] = builders.finalize_drafts(organization, [draft.pk], today)
    builders.run_background()
    with builders.in_organization(organization):
        row = queries.files_of(organization, invoice.pk)[FileKind.PDF]
        final = words_of(files.load(str(organization.pk), row.sha256))
    preview = words_of(answer.content)

    word = words_in(language)
    number, kid = str(invoice.number), invoice.kid
    assert word["draft"].upper() in preview
    assert number in final
    # What finalizing gives is the only difference: the number, and the KID with its label.
    differing = {number, kid, word["draft"].upper(), word["draft"], *word["kid"].split()}
    assert [each for each in preview if each not in differing] == [each for each in final if each not in differing]
    for amount in (invoice.net_amount, invoice.vat_amount, invoice.payable_amount):
        said = format_amount(amount, language)
        assert said in screen
        assert all(part in preview for part in said.split())


def test_the_preview_is_kept_nowhere(organization: Any, owner: Any, client_of: Any) -> None:
    draft = builders.make_draft(organization)
    answer = client_of(owner).get(address("preview_draft_pdf", organization, draft))
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert "no-store" in answer.headers["Cache-Control"]
    with builders.in_organization(organization):
        assert not DocumentFile.objects.of(organization).exists()


def test_only_our_own_page_may_hold_the_pdf(organization: Any, owner: Any, client_of: Any) -> None:
    draft = builders.make_draft(organization)
    pdf = client_of(owner).get(address("preview_draft_pdf", organization, draft))
    assert pdf.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in pdf.headers["Content-Security-Policy"]
    page = client_of(owner).get(address("preview_draft", organization, draft))
    policy = page.headers["Content-Security-Policy"]
    assert "object-src 'self'" in policy
    assert "object-src 'none'" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["X-Frame-Options"] == "DENY"


def test_a_long_draft_shows_its_first_lines_and_all_sums(organization: Any, owner: Any, client_of: Any) -> None:
    lines = [builders.line(f"Linje {number}.") for number in range(LINES_PREVIEWED_MAX + 7)]
    draft = builders.make_draft(organization, lines=lines)
    preview = words_of(client_of(owner).get(address("preview_draft_pdf", organization, draft)).content)
    assert f"{LINES_PREVIEWED_MAX - 1}." in preview
    assert f"{LINES_PREVIEWED_MAX}." not in preview
    assert all(part in preview for part in format_amount(draft.payable_amount, "nb").split())
    screen = client_of(owner).get(address("preview_draft", organization, draft)).content.decode()
    assert " 7 " in screen


def test_a_stranger_gets_404_and_everybody_inside_sees_it(
    organization: Any, stranger: Any, auditor: Any, client_of: Any
) -> None:
    draft = builders.make_draft(organization)
    assert client_of(stranger).get(address("preview_draft_pdf", organization, draft)).status_code == 404
    assert client_of(auditor).get(address("preview_draft_pdf", organization, draft)).status_code == 200


def test_a_finalized_document_has_its_own_pdf(organization: Any, owner: Any, client_of: Any) -> None:
    invoice = builders.make_finalized_invoice(organization)
    answer = client_of(owner).get(address("preview_draft_pdf", organization, invoice))
    assert answer.headers["Location"] == address("download_pdf", organization, invoice)


def test_a_draft_that_cannot_be_read_says_why(organization: Any, owner: Any, client_of: Any) -> None:
    draft = builders.make_draft(organization)
    with builders.in_organization(organization):
        Invoice.objects.of(organization).filter(pk=draft.pk).update(currency="EUR")
    assert "EUR" in client_of(owner).get(address("preview_draft", organization, draft)).content.decode()
    answer = client_of(owner).get(address("preview_draft_pdf", organization, draft))
    assert answer.headers["Location"] == address("preview_draft", organization, draft)
