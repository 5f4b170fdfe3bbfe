"""Reading XML that others wrote: bounded, without entities, document types or network.

A document type is refused before the parser sees it, so that no entity is ever declared. For that the bytes must be in
an encoding in which `<!DOCTYPE` is readable as it stands; all others are refused by name.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from foundation.errors import DomainError
from foundation.xml_guard import XmlDanger, danger_of, declared_encoding

MAX_BYTES = 25 * 1024 * 1024


class UnsafeXml(DomainError):
    """The bytes are not XML, or XML of a kind that is never read."""


def parse_xml(data: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """The root element; refuses what is too large, malformed, in a strange encoding, or has a document type."""
    if len(data) > max_bytes:
        size = max_bytes // (1024 * 1024)
        raise UnsafeXml(_("The XML file is larger than %(size)s MB.") % {"size": size})
    _refuse_danger(data)
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


def _refuse_danger(data: bytes) -> None:
    danger = danger_of(data)
    if danger == XmlDanger.NOT_XML:
        raise UnsafeXml(_("The file is not XML in UTF-8."))
    if danger == XmlDanger.ENCODING:
        raise UnsafeXml(
            _("The XML file is written in %(encoding)s; use UTF-8.") % {"encoding": declared_encoding(data)}
        )
    if danger == XmlDanger.DOCUMENT_TYPE:
        raise UnsafeXml(_("The XML file has a document type declaration, which is not allowed."))
