"""XML from others is read within bounds, and never with a document type."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from foundation.xml import UnsafeXml, parse_xml

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<a>&c;</a>"""
EXTERNAL = b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>'


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    "data",
    [
        b"<a>x</a>",
        b'<?xml version="1.0" encoding="UTF-8"?>\n<a>x</a>',
        b"\xef\xbb\xbf<a>x</a>",
        b'<?xml version="1.0" encoding="ISO-8859-1"?><a>x</a>',
        b"  \n<a>x</a>",
    ],
)
def test_ordinary_xml_is_read(data: bytes) -> None:
    assert parse_xml(data).text == "x"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (BOMB, "document type"),
        (EXTERNAL, "document type"),
        (b"", "not XML"),
        (b"%PDF-1.7", "not XML"),
        (b"<a><b></a>", "not well-formed"),
        (b"<a>text\x00</a>", "not well-formed"),
        (b"<a>\xff</a>", "not well-formed"),
        (b"<a>&unknown;</a>", "not well-formed"),
        ('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), "not XML"),
        ("<!DOCTYPE a><a/>".encode("utf-16-le"), "not XML"),
        (b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-', "UTF-7"),
        ('<?xml version="1.0" encoding="IBM037"?><a/>'.encode("cp037"), "not XML"),
        (b"<a>" + b"<b>" * 400 + b"</b>" * 400 + b"</a>", "not well-formed"),
    ],
)
def test_everything_else_is_refused_with_a_reason(data: bytes, words: str) -> None:
    with pytest.raises(UnsafeXml, match=words):
        parse_xml(data)


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(UnsafeXml, match="larger than"):
        parse_xml(b"<a>" + b"x" * 2_000_000 + b"</a>", max_bytes=1_000_000)
