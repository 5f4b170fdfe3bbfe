"""The text for us is never read by a customer: it enters no document, and every paper is made from the document."""

from __future__ import annotations

import json
from typing import Any

from invoicing.actions.documents import document_of
from invoicing.dispatching.composing import compose, occasion_of
from invoicing.dispatching.plain import Letter
from invoicing.documents.ehf import core_xml
from invoicing.documents.pdf import markup_of
from invoicing.documents.printed.page import page_of
from invoicing.layouts import Layout
from tests.builders import in_organization, line, make_finalized_invoice
from tests.invoicing.public_pages import enter

OURS = "Skal-ikke-leses-av-kunden"


def test_m_046_what_is_written_for_us_reaches_no_customer(organization: Any) -> None:
    lines = [line("Til kunden", internal_text=f"{OURS} 1", section="A"), line("Også", internal_text=f"{OURS} 2")]
    invoice = make_finalized_invoice(organization, lines=lines, internal_note=OURS, layout=Layout(shows="summary"))
    browser, page = enter(organization, invoice)
    with in_organization(organization):
        document = document_of(invoice)
        letter, _fallback = compose(organization, occasion_of(organization, invoice), Letter(), link=page, enclosed=[])
    read = {
        "snapshot": json.dumps(invoice.snapshot),
        "pdf": markup_of(page_of(document, lines_max=100), has_logo=False),
        "ehf": core_xml(document).decode(),
        "page": browser.get(page).content.decode(),
        "mail": repr(letter),
    }
    assert {name for name, text in read.items() if OURS in text} == set()
    assert all("Til kunden" in read[name] for name in ("snapshot", "pdf", "ehf", "page"))
