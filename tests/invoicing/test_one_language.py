"""The customer's language: preview, PDF, e-mail and the customer's page call everything the same."""

from __future__ import annotations

import html
import io
from typing import Any

import pypdf
import pytest

from foundation import files
from foundation.templatetags.formatting import format_amount, format_day
from invoicing import queries
from invoicing.dispatching.composing import compose, occasion_of
from invoicing.dispatching.letter_page import as_html, as_text
from invoicing.dispatching.plain import Letter
from invoicing.documents.words import LANGUAGES, words_in
from tests import builders
from tests.invoicing.public_pages import enter


def _squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_the_customer_reads_is_in_one_language(
    organization: Any, owner: Any, client_of: Any, language: str
) -> None:
    customer = builders.make_customer(organization, language=language, email="faktura@kunde.example")
    draft = builders.make_draft(organization, customer, buyer_reference="PO-7731", language=language)
    preview = client_of(owner).get(f"/nordlys/invoices/{draft.pk}/preview/").content.decode()
    [invoice] = builders.finalize_drafts(organization, [draft.pk])
    builders.run_background()
    with builders.in_organization(organization):
        document = queries.get_invoice(organization, invoice.pk)
        letter, is_fallback = compose(
            organization,
            occasion_of(organization, document),
            Letter(),
            link="https://bilag.example/i/x/",
            enclosed=(),
        )
        pdf = files.load(str(organization.pk), queries.get_file(organization, invoice.pk, "pdf").sha256)
    paper = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    browser, address = enter(organization, invoice)
    page = html.unescape(browser.get(address, headers={"accept-language": "fi"}).content.decode())

    word = words_in(language)
    assert not is_fallback
    assert document.due_date is not None
    amount = format_amount(invoice.payable_amount, language)
    title = f"{word['invoice']} {invoice.number}"
    for said in (word["to_pay"].format(currency="NOK"), word["your_reference"], amount):
        assert _squeezed(said) in _squeezed(paper), said
        assert _squeezed(said) in _squeezed(page), said
        assert _squeezed(said) in _squeezed(html.unescape(preview)), said
    for mail in (as_text(letter), html.unescape(as_html(letter))):
        assert _squeezed(title) in _squeezed(mail)
        assert _squeezed(amount) in _squeezed(mail)
        assert _squeezed(format_day(document.due_date, language)) in _squeezed(mail)
    assert _squeezed(title) in _squeezed(page)
    assert f'<html lang="{language}">' in page
    assert f'<html lang="{language}">' in as_html(letter)
