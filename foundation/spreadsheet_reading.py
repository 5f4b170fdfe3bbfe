"""Tables read out of files that people send: CSV in the usual spellings and XLSX, bounded in every direction.

What comes out is text: the cells as somebody would have typed them, with the header apart. Nothing is guessed of what a
column means.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from foundation.errors import DomainError
from foundation.spreadsheets import undefuse

SIZE_MAX = 10 * 1024 * 1024
UNPACKED_MAX = 200 * 1024 * 1024  # of all parts of a workbook
ROWS_MAX = 10_000
COLUMNS_MAX = 200
CELL_LENGTH_MAX = 10_000
DELIMITERS = ";,\t|"
ZIP_SIGN = b"PK\x03\x04"
OLD_WORKBOOK_SIGN = b"\xd0\xcf\x11\xe0"


class UnreadableTable(DomainError):
    """The file is no table that can be read; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class TableRead:
    """The header, and the rows under it, each as long as the header and with the line that it stands on."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    decimal_mark: str = "."  # of its figures: a comma where a semicolon parts the cells


def read_table(content: bytes, *, sheet: str = "") -> TableRead:
    """The table in the bytes of a CSV or XLSX file, told apart by what they are and not by a name."""
    if len(content) > SIZE_MAX:
        raise UnreadableTable(_("The file is larger than %(most)s MB. Split it.") % {"most": SIZE_MAX // 1024 // 1024})
    if content.startswith(OLD_WORKBOOK_SIGN):
        raise UnreadableTable(_("This is an old workbook (XLS). Save it as XLSX or CSV and choose it again."))
    if content.startswith(ZIP_SIGN):
        return _table(_workbook_rows(content, sheet), ".")
    text = _text_of_csv(content)
    delimiter = _delimiter_of(text)
    return _table(_csv_rows(text, delimiter), "," if delimiter == ";" else ".")


def sheet_names(content: bytes) -> list[str]:
    """The sheets of a workbook, in their order; none for CSV."""
    if not content.startswith(ZIP_SIGN):
        return []
    book = _open_workbook(content)
    try:
        return list(book.sheetnames)
    finally:
        book.close()


def _text_of_csv(content: bytes) -> str:
    text = _decoded(content)
    if "\x00" in text:
        raise UnreadableTable(_("This is neither a CSV file nor an XLSX workbook. Choose one of those."))
    return text


def _csv_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield [undefuse(cell) for cell in row]
    except csv.Error as error:
        raise UnreadableTable(
            _("Line %(line)s cannot be read: a quotation mark is not closed, or stands in the middle of a cell.")
            % {"line": reader.line_num}
        ) from error


def _decoded(content: bytes) -> str:
    """UTF-8, with or without its mark, or what Nordic spreadsheets wrote before."""
    for encoding in ("utf-8-sig", "utf-16") if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig",):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise UnreadableTable(_("The letters of the file cannot be read. Save it as CSV in UTF-8.")) from error


def _delimiter_of(text: str) -> str:
    """What parts the header most often, outside quotation marks; a semicolon where nothing does."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    counts = {mark: outside.count(mark) for mark in DELIMITERS}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else ";"


def _open_workbook(content: bytes) -> Any:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > UNPACKED_MAX:
            raise UnreadableTable(_("The workbook is much larger than it looks and is not opened."))
        return load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except UnreadableTable:
        raise
    except Exception as error:
        raise UnreadableTable(_("The workbook cannot be opened. Save it anew as XLSX or CSV.")) from error


def _workbook_rows(content: bytes, sheet: str) -> Iterator[list[str]]:
    book = _open_workbook(content)
    try:
        if sheet and sheet not in book.sheetnames:
            raise UnreadableTable(_("The workbook has no sheet called %(name)s.") % {"name": sheet})
        page = book[sheet] if sheet else book.worksheets[0]
        for row in page.iter_rows(values_only=True):
            yield [_text_of(value) for value in row]
    except UnreadableTable:
        raise
    except Exception as error:
        raise UnreadableTable(_("The workbook cannot be read to its end. Save it anew as XLSX or CSV.")) from error
    finally:
        book.close()


def _text_of(value: Any) -> str:
    """A cell as somebody would type it: numbers with a point, days as 2026-11-21."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        exact = Decimal(repr(value))
        return format(exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact, "f")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _table(rows: Iterable[Sequence[str]], decimal_mark: str) -> TableRead:
    header: tuple[str, ...] = ()
    lines: list[int] = []
    kept: list[tuple[str, ...]] = []
    for line, row in enumerate(rows, start=1):
        cells = [cell.strip(" ") for cell in row]
        if not any(cells):
            continue
        _refuse_large(cells, line)
        if not header:
            while cells and not cells[-1]:
                cells.pop()
            header = tuple(cells)
            continue
        if len(kept) == ROWS_MAX:
            raise UnreadableTable(_("The file has more than %(most)s rows. Split it.") % {"most": ROWS_MAX})
        if any(cells[len(header) :]):
            raise UnreadableTable(
                _("Line %(line)s has more cells than the header. Is a delimiter missing its quotation marks?")
                % {"line": line}
            )
        kept.append(tuple([*cells, *[""] * len(header)][: len(header)]))
        lines.append(line)
    if not header:
        raise UnreadableTable(_("The file is empty."))
    return TableRead(header, tuple(kept), tuple(lines), decimal_mark)


def _refuse_large(cells: Sequence[str], line: int) -> None:
    if len(cells) > COLUMNS_MAX:
        raise UnreadableTable(_("A table may have at most %(most)s columns.") % {"most": COLUMNS_MAX})
    if any(len(cell) > CELL_LENGTH_MAX for cell in cells):
        raise UnreadableTable(_("A cell of line %(line)s is too long.") % {"line": line})
