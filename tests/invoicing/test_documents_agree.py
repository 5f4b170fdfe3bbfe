"""Random records on paper and as EHF: amounts that agree to the øre, sound files, the same bytes when made again."""

from __future__ import annotations

import base64
import io

import pikepdf
import pytest

from foundation.xml import parse_xml
from invoicing.actions.documents import bytes_of, document_of
from invoicing.models import FileKind, Invoice
from tests import builders
from tests.invoicing.pdf_checker import attached_files, failures
from tests.invoicing.random_records import finalized_batches, make_company
from tests.invoicing.test_pdf_amounts import CBC, printed_amounts, stated_amounts

# A company with VAT and one without; each is a test of its own, so that workers share the run.
COMPANIES = {
    "papir": (True, builders.scaled(100, 3)),
    "arkiv": (True, builders.scaled(80, 2)),
    "uregistrert": (False, builders.scaled(20, 1)),
}
MADE_AGAIN_EVERY = 10


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("slug", COMPANIES)
def test_paper_and_ehf_say_the_same(slug: str) -> None:
    is_vat_registered, count = COMPANIES[slug]
    seed = builders.SEED + 100 + list(COMPANIES).index(slug)
    organization = make_company(slug, is_vat_registered=is_vat_registered)
    seen = 0
    for batch in finalized_batches(organization, seed, count):
        for finalized in batch.documents:
            document = builders.reload_invoice(organization, finalized)
            problems = _problems(document, is_made_again=seen % MADE_AGAIN_EVERY == 0)
            assert problems == [], f"seed {seed}, number {document.number}"
            seen += 1
    assert seen == count


def _problems(invoice: Invoice, *, is_made_again: bool) -> list[str]:
    made = bytes_of(document_of(invoice), logo=None)
    core, pdf, ehf = made[FileKind.CORE_XML], made[FileKind.PDF], made[FileKind.EHF]
    printed = printed_amounts(pdf)
    stated = stated_amounts(parse_xml(core))
    found = [f"{place} {amount} is not printed" for place, amount in stated.items() if amount not in printed]
    found += failures(pdf)
    found += _broken_syntax(pdf)
    if stated_amounts(parse_xml(ehf)) != stated:
        found.append("the EHF's amounts are not those of its core")
    if list(attached_files(pdf).values()) != [core]:
        found.append("the PDF does not hold the core XML")
    if _attached_pdf(ehf) != pdf:
        found.append("the EHF does not hold the PDF")
    if is_made_again and bytes_of(document_of(invoice), logo=None) != made:
        found.append("made again, the bytes differ")
    return found


def _broken_syntax(pdf: bytes) -> list[str]:
    """What `qpdf --check` says, by the same library."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return [str(problem) for problem in opened.check_pdf_syntax()]


def _attached_pdf(ehf: bytes) -> bytes:
    [attached] = parse_xml(ehf).iter(f"{CBC}EmbeddedDocumentBinaryObject")
    return base64.b64decode(str(attached.text))
