"""Reading XML that others wrote: bounded, without entities, document types or network.

A document type is refused before the parser sees it, so that no entity is ever declared. For that the bytes must be in
an encoding in which `<!DOCTYPE` is readable as it stands; all others are refused by name.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from foundation.errors import DomainError

MAX_BYTES = 25 * 1024 * 1024
UTF8_MARK = b"\xef\xbb\xbf"
DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
READABLE_ENCODINGS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})


class UnsafeXml(DomainError):
    """The bytes are not XML, or XML of a kind that is never read."""


def parse_xml(data: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """The root element; refuses what is too large, malformed, in a strange encoding, or has a document type."""
    if len(data) > max_bytes:
        size = max_bytes // (1024 * 1024)
        raise UnsafeXml(_("The XML file is larger than %(size)s MB.") % {"size": size})
    _refuse_unreadable_encoding(data)
    if b"<!DOCTYPE" in data:
        raise UnsafeXml(_("The XML file has a document type declaration, which is not allowed."))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnsafeXml(_("The file is not well-formed XML: %(reason)s") % {"reason": error}) from error
    information: Any = root.getroottree().docinfo
    if information.doctype:
        raise UnsafeXml(_("The XML file has a document type declaration, which is not allowed."))
    return root


def _refuse_unreadable_encoding(data: bytes) -> None:
    """UTF-16, UTF-7 and EBCDIC could hide a document type from a search for its letters."""
    start = data.removeprefix(UTF8_MARK).lstrip(b" \t\r\n")
    if not start.startswith(b"<") or b"\x00" in start[:4]:
        raise UnsafeXml(_("The file is not XML in UTF-8."))
    declared = DECLARED_ENCODING.match(start)
    if declared and declared[1].decode("ascii").lower() not in READABLE_ENCODINGS:
        encoding = declared[1].decode("ascii")
        raise UnsafeXml(_("The XML file is written in %(encoding)s; use UTF-8.") % {"encoding": encoding})
