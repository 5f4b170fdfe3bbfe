"""What a file is, by its bytes; each kind then has its own way of being written anew."""

from __future__ import annotations

from invoicing.attachable import pdfs, pictures, sheets, tables
from invoicing.attachable.kinds import FILE_BYTES_MAX, NotAttachable, Refusal, SafeFile

SNIFFED_BYTES = 4096
PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"dex\n")
MARKUP = (b"<?xml", b"<!doctype", b"<html", b"<script", b"<head", b"<body", b"<!--")


def make_safe(content: bytes) -> SafeFile:
    """The file written anew as what its bytes say it is; refuses every other kind."""
    if not content:
        raise NotAttachable(Refusal.EMPTY)
    if len(content) > FILE_BYTES_MAX:
        raise NotAttachable(Refusal.TOO_LARGE)
    made = _made(content)
    if len(made.content) > FILE_BYTES_MAX:
        raise NotAttachable(Refusal.TOO_LARGE)
    return made


def _made(content: bytes) -> SafeFile:
    if content.startswith(pdfs.START):
        return pdfs.write_anew(content)
    if pictures.is_picture(content):
        return pictures.write_anew(content)
    if content.startswith(sheets.START):
        return sheets.write_anew(content)
    if content.startswith(PROGRAMS):
        raise NotAttachable(Refusal.PROGRAM)
    if content.startswith(sheets.OLD_OFFICE_START):
        raise NotAttachable(Refusal.ENCRYPTED if b"E\0n\0c\0r\0y\0p\0t\0" in content else Refusal.UNKNOWN)
    start = content[:SNIFFED_BYTES].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip().lower()
    if b"<svg" in start:
        raise NotAttachable(Refusal.SVG)
    if start.startswith(MARKUP):
        raise NotAttachable(Refusal.MARKUP)
    return tables.write_anew(content)
