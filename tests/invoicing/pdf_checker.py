"""The published rules of PDF/A-3 and PDF/UA-1 that a machine can see in a finished file, as a gate for our own.

`failures` names each broken rule as the standards number it (A: ISO 19005-3, UA: ISO 14289-1). No validator is at hand
in the test suite; these are the rules that our renderer has been seen to break, and their neighbours.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
from fontTools.ttLib import TTFont
from lxml import etree

PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
PDFUA = "{http://www.aiim.org/pdfua/ns/id/}"
PAINTING = {"Tj", "TJ", "f", "f*", "F", "B", "B*", "b", "b*", "S", "s", "Do", "sh"}
TABLE_PARTS = {"/TR", "/THead", "/TBody", "/TFoot", "/Caption"}
ALWAYS_PRINTED = 4  # bit 3 of an annotation's flags
WIDTH_TOLERANCE = 1


def failures(data: bytes) -> list[str]:
    """The rules that the file breaks, each once, sorted; empty for a file that may be archived."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        checks = (
            _file(data, pdf),
            _metadata(pdf),
            _attachments(pdf),
            _images_and_annotations(pdf),
            _fonts(pdf),
            _structure(pdf),
            _content(pdf),
        )
        return sorted({rule for check in checks for rule in check})


def attached_files(data: bytes) -> dict[str, bytes]:
    """The files inside the PDF, by name."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()}


def structure_tags(data: bytes) -> list[str]:
    """The tags of the structure tree in reading order."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [str(element.S)[1:] for element in _elements_in_tree(pdf)]


def _file(data: bytes, pdf: pikepdf.Pdf) -> Iterator[str]:
    second_line = data[data.index(b"\n") + 1 :]
    if not data.startswith(b"%PDF-1.") or second_line[:1] != b"%" or min(second_line[1:5]) < 128:
        yield "A 6.1.2 header"
    if not data.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield "A 6.1.3 data after the end"
    if "/ID" not in pdf.trailer or "/Encrypt" in pdf.trailer:
        yield "A 6.1.3 identifier"
    intents = list(pdf.Root.get("/OutputIntents", []))
    if not intents or intents[0].S != "/GTS_PDFA1" or int(intents[0].DestOutputProfile.N) != 3:
        yield "A 6.2.3 output intent"


def _metadata(pdf: pikepdf.Pdf) -> Iterator[str]:
    packet = pdf.Root.Metadata.read_bytes()
    end = b"</x:xmpmeta>"
    tree = etree.fromstring(packet[packet.index(b"<x:xmpmeta") : packet.rindex(end) + len(end)])
    values = {name: value for element in tree.iter() for name, value in element.attrib.items()}
    text = etree.tostring(tree, encoding="unicode")
    if text.count("<rdf:RDF") != 1:
        yield "XMP: one RDF tree"
    if values.get(f"{PDFA}part") != "3" or values.get(f"{PDFA}conformance") != "A":
        yield "A 6.6.4 part and conformance"
    if values.get(f"{PDFUA}part") != "1":
        yield "UA 5 part"
    if "http://www.aiim.org/pdfa/ns/extension/" not in text:
        yield "A 6.6.2.3 extension schema"
    yield from _catalog(pdf)
    info: Any = pdf.trailer.get("/Info", pikepdf.Dictionary())
    shown = "".join(str(part) for part in tree.itertext())
    for key in ("/Title", "/Author", "/Subject"):
        if not str(info.get(key, "")) or str(info[key]) not in shown:
            yield f"A 6.6.3 {key} in both places"
    if "/CreationDate" not in info or "/ModDate" not in info:
        yield "dates"


def _catalog(pdf: pikepdf.Pdf) -> Iterator[str]:
    empty: Any = pikepdf.Dictionary()
    if not pdf.Root.get("/MarkInfo", empty).get("/Marked"):
        yield "UA 6.2 marked"
    if not pdf.Root.get("/ViewerPreferences", empty).get("/DisplayDocTitle"):
        yield "UA 7.1 title shown"
    if not str(pdf.Root.get("/Lang", "")):
        yield "UA 7.2 language"


def _attachments(pdf: pikepdf.Pdf) -> Iterator[str]:
    specifications = [o for o in _dictionaries(pdf) if o.get("/Type") == "/Filespec"]
    for specification in specifications:
        stream = specification.EF.F
        if not {"/AFRelationship", "/UF", "/F"} <= set(specification.keys()):
            yield "A 6.8 file specification"
        if "/" not in str(stream.get("/Subtype", ""))[1:]:
            yield "A 6.8 media type"
        if "/ModDate" not in stream.Params:
            yield "A 6.8 date of the attached file"
    if len(pdf.Root.get("/AF", [])) != len(specifications):
        yield "A 6.8 each attached file named once"


def _images_and_annotations(pdf: pikepdf.Pdf) -> Iterator[str]:
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image" and item.get("/Interpolate", False):
            yield "A 6.2.8 interpolation"
    for item in _dictionaries(pdf):
        if item.get("/Type") != "/Annot":
            continue
        if not int(item.get("/F", 0)) & ALWAYS_PRINTED:
            yield "A 6.3.2 annotation not printed"
        if not (item.get("/Contents") or item.get("/Alt")):
            yield "UA 7.18 annotation without words"


def _fonts(pdf: pikepdf.Pdf) -> Iterator[str]:
    for font in _dictionaries(pdf):
        if font.get("/Type") == "/Font" and font.get("/Subtype") not in {"/Type0", "/CIDFontType2"}:
            yield f"font of an unexpected kind {font.get('/Subtype')}"
        if font.get("/Subtype") != "/Type0":
            continue
        if "/ToUnicode" not in font:
            yield "A 6.2.11.7 text without characters"
        descendant = font.DescendantFonts[0]
        program = descendant.FontDescriptor.get("/FontFile2")
        if program is None:
            yield "A 6.2.11.4 font not embedded"
            continue
        if "/CIDToGIDMap" not in descendant:
            yield "A 6.2.11.3 glyph map"
        if not _widths_agree(list(descendant.W), TTFont(io.BytesIO(program.read_bytes()))):
            yield "A 6.2.11.5 widths"


def _widths_agree(widths: list[Any], font: TTFont) -> bool:
    units, order, metrics = font["head"].unitsPerEm, font.getGlyphOrder(), font["hmtx"].metrics
    place = 0
    while place < len(widths):
        if not isinstance(widths[place + 1], pikepdf.Array):
            place += 3
            continue
        for glyph, width in enumerate(widths[place + 1], int(widths[place])):
            if glyph >= len(order) or abs(metrics[order[glyph]][0] * 1000 / units - float(width)) > WIDTH_TOLERANCE:
                return False
        place += 2
    return True


def _structure(pdf: pikepdf.Pdf) -> Iterator[str]:
    level = 0
    inside = set()
    for element in _elements_in_tree(pdf):
        inside.add(element.objgen)
        tag = str(element.S)
        yield from _table_part(element, tag)
        if tag == "/Figure" and not str(element.get("/Alt", "")):
            yield "UA 7.3 picture without words"
        if tag in {"/H1", "/H2", "/H3", "/H4", "/H5", "/H6"}:
            if int(tag[2]) > level + 1:
                yield "UA 7.4 heading skipped"
            level = int(tag[2])
    if not inside:
        yield "UA 7.1 no structure"
    if any(o.get("/Type") == "/StructElem" and o.objgen not in inside for o in _dictionaries(pdf)):
        yield "UA 7.1 element outside the tree"


def _table_part(element: Any, tag: str) -> Iterator[str]:
    kids = [str(kid.S) for kid in _kids(element)]
    attributes = element.get("/A", {})
    if tag == "/Table" and (not set(kids) <= TABLE_PARTS or kids.count("/THead") > 1):
        yield "UA 7.2 parts of a table"
    if tag == "/TR" and not set(kids) <= {"/TH", "/TD"}:
        yield "UA 7.2 cells of a row"
    if tag == "/TD" and not len(attributes.get("/Headers", [])):
        yield "UA 7.5 cell without heads"
    if tag == "/TH" and "/Scope" not in attributes:
        yield "UA 7.5 head without scope"


def _content(pdf: pikepdf.Pdf) -> Iterator[str]:
    for page in pdf.pages:
        if page.get("/Tabs") != "/S":
            yield "UA 7.18 order of tabs"
        open_tags: list[str] = []
        for instruction in pikepdf.parse_content_stream(page):
            operands: Any = instruction.operands
            name = str(instruction.operator)
            if name in {"BDC", "BMC"}:
                tag = str(operands[0])
                if (tag == "/Artifact") != (open_tags[-1:] == ["/Artifact"]) and open_tags:
                    yield "UA 7.1 artifact and content mixed"
                open_tags.append(tag)
            elif name == "EMC":
                open_tags.pop()
            elif name in PAINTING and not open_tags:
                yield f"UA 7.1 untagged {name}"
            if name in {"Tj", "TJ"} and _shows_missing_glyph(operands[0] if name == "TJ" else operands):
                yield "A 6.2.11.8 missing glyph"


def _shows_missing_glyph(parts: Any) -> bool:
    for part in parts:
        if isinstance(part, pikepdf.String):
            codes = bytes(part)
            if any(codes[place : place + 2] == b"\0\0" for place in range(0, len(codes), 2)):
                return True
    return False


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[Any]:
    return (item for item in pdf.objects if isinstance(item, pikepdf.Dictionary))


def _elements_in_tree(pdf: pikepdf.Pdf) -> Iterator[Any]:
    waiting = list(pdf.Root.StructTreeRoot.K) if "/StructTreeRoot" in pdf.Root else []
    while waiting:
        element = waiting.pop(0)
        yield element
        waiting = _kids(element) + waiting


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K", [])
    return [
        kid
        for kid in (list(kids) if isinstance(kids, pikepdf.Array) else [kids])
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid
    ]
