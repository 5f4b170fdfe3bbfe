"""CSV: read as text and written anew in UTF-8, with no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
import re

from invoicing.attachable.kinds import CSV, NotAttachable, Refusal, SafeFile

ROWS_MAX = 200_000
CELL_MAX = 32_767  # what a spreadsheet's cell holds
SEPARATORS = ";,\t|"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?[\d\s\u00a0.,]*\d\s?%?", re.ASCII)
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def write_anew(content: bytes) -> SafeFile:
    """The table in UTF-8 with the separator that it had; refuses text that is no table."""
    text = _decoded(content)
    if UNPRINTABLE.search(text):
        raise NotAttachable(Refusal.UNKNOWN)
    separator = _separator_of(text)
    csv.field_size_limit(CELL_MAX)
    written = io.StringIO()
    writer = csv.writer(written, delimiter=separator, lineterminator="\r\n")
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)):
            if number >= ROWS_MAX:
                raise NotAttachable(Refusal.TOO_COSTLY)
            writer.writerow([_defused(cell) for cell in row])
    except csv.Error as error:
        raise NotAttachable(Refusal.DAMAGED) from error
    return SafeFile(b"\xef\xbb\xbf" + written.getvalue().encode(), CSV)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotAttachable(Refusal.UNKNOWN)


def _separator_of(text: str) -> str:
    """What stands most often in the first line that says something; a text without it is no table."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=first.count)
    if separator not in first:
        raise NotAttachable(Refusal.UNKNOWN)
    return separator


def _defused(cell: str) -> str:
    if cell.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
