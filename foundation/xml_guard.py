"""What is looked for in the bytes of an XML file before a parser sees them. Pure: no Django, no database, no clock."""

from __future__ import annotations

import re
from enum import StrEnum

_START = rb"(?:\xef\xbb\xbf)?[ \t\r\n]*"
BEGINS = re.compile(_START + rb"<(?![^>]{0,2}\x00)")
DECLARED_ENCODING = re.compile(_START + rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
READABLE_ENCODINGS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})


class XmlDanger(StrEnum):
    """Why bytes are not given to a parser."""

    NOT_XML = "not XML in a plain encoding"
    ENCODING = "an encoding that could hide a document type"
    DOCUMENT_TYPE = "a document type"


def danger_of(data: bytes) -> XmlDanger | None:
    """What forbids parsing: UTF-16, UTF-7 and EBCDIC could hide `<!DOCTYPE` from a search for its letters."""
    if not BEGINS.match(data):
        return XmlDanger.NOT_XML
    if declared_encoding(data).lower() not in READABLE_ENCODINGS:
        return XmlDanger.ENCODING
    return XmlDanger.DOCUMENT_TYPE if b"<!DOCTYPE" in data else None


def declared_encoding(data: bytes) -> str:
    """The encoding that the file says it has; UTF-8 where it says nothing."""
    declared = DECLARED_ENCODING.match(data)
    return declared[1].decode("ascii") if declared else "UTF-8"
