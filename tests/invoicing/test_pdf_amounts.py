"""Random documents on paper: every amount of the XML is printed, to the øre, in a file that may be archived."""

from __future__ import annotations

import io
import os
import re
from decimal import Decimal

import pypdf
import pytest
from lxml import etree

from foundation.xml import parse_xml
from invoicing.documents.ehf import core_xml
from invoicing.documents.facts import Document
from invoicing.documents.pdf import render_pdf
from tests.invoicing.pdf_checker import failures
from tests.invoicing.random_documents import random_documents

SEED = 20261121
COUNT = 200 if os.environ.get("BILAG_TEST_SCALE") == "full" else 12
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
AMOUNTS = (
    "PayableAmount",
    "TaxExclusiveAmount",
    "TaxableAmount",
    "TaxAmount",
    "PrepaidAmount",
    "PayableRoundingAmount",
)
NUMBER = re.compile(r"(?<![\d.,])\d{1,3}(?:[\u00a0.,]\d{3})*[.,]\d{2}(?!\d)")


def printed_amounts(data: bytes) -> set[Decimal]:
    """Every amount with two decimals on the pages, whatever marks its language uses, without its sign."""
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    return {Decimal(re.sub(r"\D", "", match)).scaleb(-2) for match in NUMBER.findall(text)}


def stated_amounts(root: etree._Element) -> dict[str, Decimal]:
    """The sums of the XML by place, without their signs; VAT of nothing is not printed apart."""
    found = {}
    for name in AMOUNTS:
        for place, element in enumerate(root.iter(f"{CBC}{name}")):
            found[f"{name} {place}"] = abs(Decimal(str(element.text)))
    return found


@pytest.mark.parametrize("document", list(random_documents(SEED, COUNT)), ids=lambda document: document.number)
def test_every_amount_of_the_xml_is_printed(document: Document) -> None:
    xml = core_xml(document)
    data = render_pdf(document, core_xml=xml, logo=None)
    assert failures(data) == []
    printed = printed_amounts(data)
    missing = {place: amount for place, amount in stated_amounts(parse_xml(xml)).items() if amount not in printed}
    assert missing == {}
    if not document.body.prices_include_vat:
        assert {abs(line.shown_amount) for line in document.body.lines} <= printed
