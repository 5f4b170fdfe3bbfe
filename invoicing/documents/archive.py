"""What turns WeasyPrint's PDF/A-3a into one file that is PDF/UA-1 as well: the last hand on the objects before writing.

WeasyPrint accepts one variant at a time, lists each attachment twice, leaves the texts of the page margins outside the
structure tree and gives table heads no scope. Each function here mends one of these, on plain PDF objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pydyf

UA_NAMESPACES = (
    b' xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"'
    b' xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    b' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
    b' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"'
)
# ISO 14289-1, 5: the mark of PDF/UA; ISO 19005-3, 6.6.2.3: a schema that PDF/A does not know must be described.
UA_DESCRIPTIONS = (
    b'<rdf:Description rdf:about="" pdfuaid:part="1" />'
    b'<rdf:Description rdf:about=""><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
    b"<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>"
    b"<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>"
    b"<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>"
    b'<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">'
    b"<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>"
    b"<pdfaProperty:category>internal</pdfaProperty:category>"
    b"<pdfaProperty:description>Indicates which part of ISO 14289 the document follows</pdfaProperty:description>"
    b"</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
)


def finish_archive(_document: Any, pdf: pydyf.PDF) -> None:
    """Make the written objects a PDF/A-3a and a PDF/UA-1 at once; given to WeasyPrint as its finisher."""
    list_attachments_once(pdf)
    declare_accessibility(pdf)
    inside = set(_walk_structure(pdf))
    make_margins_artifacts(pdf, inside)


def list_attachments_once(pdf: pydyf.PDF) -> None:
    """Name each attached file once among the associated files (WeasyPrint issue 2917)."""
    associated = pdf.catalog.get("AF")
    if associated:
        associated[:] = list(dict.fromkeys(associated))


def declare_accessibility(pdf: pydyf.PDF) -> None:
    """Write the PDF/UA mark into the one RDF tree of the metadata, beside the PDF/A mark."""
    stream = pdf.objects[_number(pdf.catalog["Metadata"])]
    packet = b"".join(stream.stream)
    packet = packet.replace(b"<rdf:RDF", b"<rdf:RDF" + UA_NAMESPACES, 1)
    stream.stream = [packet.replace(b"</rdf:RDF>", UA_DESCRIPTIONS + b"</rdf:RDF>", 1)]


def make_margins_artifacts(pdf: pydyf.PDF, inside: set[int]) -> None:
    """Mark the texts of the page margins as pagination, not content (ISO 14289-1, 7.8), and drop their tags."""
    parents = pdf.objects[_number(pdf.objects[_number(pdf.catalog["StructTreeRoot"])]["ParentTree"])]["Nums"]
    contents_by_page: dict[int, set[int]] = {}
    for element in pdf.objects:
        if not _is_element(element) or element.number in inside:
            continue
        page = _number(element["Pg"])
        contents_by_page.setdefault(page, set()).update(kid for kid in element["K"] if isinstance(kid, int))
        element.clear()
    for page_number, marked in contents_by_page.items():
        page = pdf.objects[page_number]
        content_elements = parents[parents.index(page["StructParents"]) + 1]
        for content in marked:
            content_elements[content] = "null"
        _retag(pdf.objects[_number(page["Contents"])].stream, marked)


def _retag(operations: list[Any], marked: set[int]) -> None:
    for place, operation in enumerate(operations):
        if isinstance(operation, pydyf.Dictionary) and operation.get("MCID") in marked:
            operations[place - 1] = "/Artifact"
            operations[place] = pydyf.Dictionary({"Type": "/Pagination"})


def _walk_structure(pdf: pydyf.PDF) -> Iterator[int]:
    """The numbers of the elements in the tree; on the way each table head is told what it heads (ISO 14289-1, 7.5)."""
    root = pdf.objects[_number(pdf.catalog["StructTreeRoot"])]
    waiting = [(_number(kid), False) for kid in root["K"]]
    while waiting:
        number, is_in_head = waiting.pop()
        element = pdf.objects[number]
        if not _is_element(element):  # a reference to an annotation
            continue
        yield number
        is_in_head = is_in_head or element["S"] == "/THead"
        if element["S"] == "/TH" and "A" in element:
            element["A"]["Scope"] = "/Column" if is_in_head else "/Row"
        waiting.extend((_number(kid), is_in_head) for kid in element["K"] if not isinstance(kid, int))


def _is_element(candidate: Any) -> bool:
    return isinstance(candidate, pydyf.Dictionary) and candidate.get("Type") == "/StructElem"


def _number(reference: bytes) -> int:
    return int(reference.split()[0])
