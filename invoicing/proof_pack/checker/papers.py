"""What the e-invoice and the PDF say, held against the document that they were made of."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree import ElementTree

from invoicing.proof_pack.checker.findings import Findings

CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
XML_TOTALS = {
    "LineExtensionAmount": "lines_net",
    "TaxExclusiveAmount": "net",
    "TaxInclusiveAmount": "gross",
    "PayableAmount": "payable",
}
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
UNPACKED_MAX = 64 * 1024 * 1024


def check_papers(name: str, document: dict[str, Any], members: dict[str, bytes], findings: Findings) -> None:
    """The XML says the document's number, KID and totals; the EHF holds the PDF, and the PDF holds the XML."""
    core, pdf, ehf = (members.get(member) for member in ("core.xml", "invoice.pdf", "ehf.xml"))
    for member, data in (("core.xml", core), ("ehf.xml", ehf)):
        if data is not None:
            _check_xml(f"documents/{name}/{member}", document, data, pdf, findings)
    if pdf is not None and core is not None and not _holds(pdf, core):
        findings.problem(f"documents/{name}/invoice.pdf: does not hold core.xml as it stands.")


def _check_xml(where: str, document: dict[str, Any], data: bytes, pdf: bytes | None, findings: Findings) -> None:
    root = _root_of(data)
    if root is None:
        findings.problem(f"{where}: is not XML that can be read.")
        return
    _check_words(where, document, root, findings)
    _check_totals(where, document["snapshot"], root, findings)
    if where.endswith("ehf.xml") and pdf is not None and pdf not in _attached(root):
        findings.problem(f"{where}: does not hold invoice.pdf as it stands.")
    findings.seen("XML files")


def _root_of(data: bytes) -> ElementTree.Element | None:
    """What cannot be read, and what has a document type (in any encoding: others than UTF-8 hold NUL), is nothing."""
    if b"<!DOCTYPE" in data or b"\0" in data:
        return None
    try:
        return ElementTree.fromstring(data)  # noqa: S314 - without a document type there are no entities
    except (ElementTree.ParseError, ValueError):
        return None


def _check_words(where: str, document: dict[str, Any], root: ElementTree.Element, findings: Findings) -> None:
    columns = document["columns"]
    if root.findtext(CBC + "ID") != str(columns["number"]):
        findings.problem(f"{where}: cbc:ID says {root.findtext(CBC + 'ID')}, the document is {columns['number']}.")
    kid = root.findtext(f"{CAC}PaymentMeans/{CBC}PaymentID") or ""
    if columns["kid"] and kid != columns["kid"]:
        findings.problem(f"{where}: cbc:PaymentID says {kid}, the document {columns['kid']}.")
    lines = root.findall(CAC + "InvoiceLine") + root.findall(CAC + "CreditNoteLine")
    if len(lines) > len(document["lines"]):
        findings.problem(f"{where}: has {len(lines)} lines, the document {len(document['lines'])}.")


def _check_totals(where: str, snapshot: dict[str, Any], root: ElementTree.Element, findings: Findings) -> None:
    totals, currency = snapshot["totals"], snapshot["currency"]
    for element, total in XML_TOTALS.items():
        said = root.findtext(f"{CAC}LegalMonetaryTotal/{CBC}{element}") or ""
        if not _equal(said, totals[total]):
            findings.problem(f"{where}: cbc:{element} says {said or 'nothing'}, the document {totals[total]}.")
    taxes = [node for node in root.findall(f"{CAC}TaxTotal/{CBC}TaxAmount") if node.get("currencyID") == currency]
    if len(taxes) != 1 or not _equal(taxes[0].text or "", totals["vat"]):
        findings.problem(f"{where}: cbc:TaxAmount is not the document's {totals['vat']}.")


def _equal(said: str, amount: str) -> bool:
    try:
        return Decimal(said) == Decimal(amount)
    except InvalidOperation:
        return False


def _attached(root: ElementTree.Element) -> list[bytes]:
    files = []
    for node in root.iter(CBC + "EmbeddedDocumentBinaryObject"):
        try:
            files.append(base64.b64decode(node.text or "", validate=True))
        except (binascii.Error, ValueError):
            continue
    return files


def _holds(pdf: bytes, core: bytes) -> bool:
    """Whether one of the PDF's streams is the XML, packed or as it is."""
    for stream in STREAM.finditer(pdf):
        if stream.group(1) == core:
            return True
        try:
            if zlib.decompressobj().decompress(stream.group(1), UNPACKED_MAX) == core:
                return True
        except zlib.error:
            continue
    return False
