"""Tables written into files that spreadsheets open, row by row with little memory: CSV, XLSX and XLS.

Text stays text: what would be read as a formula is defused, in CSV by a leading apostrophe, elsewhere by the cell's
type. Figures, days and moments are figures, days and moments.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

# The two libraries that write workbooks are imported where one is begun: most processes never write any.

Cell = str | Decimal | int | date | datetime | bool | None

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
CELL_LENGTH_MAX = 32_767  # of XLS and XLSX alike
CUT = "…"
XLS_FLUSH_ROWS = 500
SHEET_NAME_LENGTH_MAX = 31
UNWANTED_IN_SHEET_NAMES = re.compile(r"[\\/*?:\[\]']")
# Control characters that XML cannot hold; PostgreSQL holds all of them but NUL.
UNWANTED_IN_CELLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class FileFormat(StrEnum):
    """What a table can be written as; the value is the ending of the file's name."""

    CSV = "csv"
    XLSX = "xlsx"
    XLS = "xls"

    @property
    def content_type(self) -> str:
        """The registered media type."""
        return {
            FileFormat.CSV: "text/csv; charset=utf-8",
            FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            FileFormat.XLS: "application/vnd.ms-excel",
        }[self]

    @property
    def rows_max(self) -> int | None:
        """How many rows fit under the header; None where nothing bounds them."""
        return {FileFormat.CSV: None, FileFormat.XLSX: 1_048_575, FileFormat.XLS: 65_535}[self]


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """What a spreadsheet of a language expects: where fields part and how decimals are written."""

    delimiter: str = ","
    decimal_mark: str = "."


# A spreadsheet that writes decimals with a comma parts fields with a semicolon.
CSV_STYLES = {language: CsvStyle(";", ",") for language in ("nb", "da", "sv")}


def csv_style_of(language: str) -> CsvStyle:
    """The style of a language; the plain one for all others."""
    return CSV_STYLES.get(language, CsvStyle())


class TableWriter(Protocol):
    """Takes a header and rows, and closes the file."""

    def write_header(self, labels: Sequence[str]) -> None:
        """The names of the columns."""

    def write(self, values: Sequence[Cell]) -> None:
        """One row."""

    def close(self) -> None:
        """The file is whole."""


def open_table(path: Path, file_format: FileFormat, *, title: str, style: CsvStyle) -> TableWriter:
    """Begin a table; `title` names the sheet, `style` is for CSV alone."""
    if file_format == FileFormat.CSV:
        return CsvTable(path, style)
    sheet = UNWANTED_IN_SHEET_NAMES.sub(" ", title).strip()[:SHEET_NAME_LENGTH_MAX] or "1"
    return XlsxTable(path, sheet) if file_format == FileFormat.XLSX else XlsTable(path, sheet)


def defuse(text: str) -> str:
    """The text as a cell of CSV: with an apostrophe before what a spreadsheet would read as a formula."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_SIGNS) else text


def undefuse(text: str) -> str:
    """The text that was defused into this cell of CSV; any other cell as it stands."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_SIGNS) else text


class CsvTable:
    """UTF-8 with a byte order mark, by which Excel knows it; lines end as RFC 4180 says."""

    def __init__(self, path: Path, style: CsvStyle) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file, delimiter=style.delimiter, lineterminator="\r\n")
        self._decimal_mark = style.decimal_mark

    def write_header(self, labels: Sequence[str]) -> None:
        """The names of the columns."""
        self._writer.writerow([defuse(label) for label in labels])

    def write(self, values: Sequence[Cell]) -> None:
        """One row."""
        self._writer.writerow([self._text(value) for value in values])

    def close(self) -> None:
        """The file is whole."""
        self._file.close()

    def _text(self, value: Cell) -> str:
        if isinstance(value, str):
            return defuse(value)
        if value is None:
            return ""
        if isinstance(value, Decimal):
            return format(value, "f").replace(".", self._decimal_mark)
        if isinstance(value, datetime):
            return value.replace(tzinfo=None).isoformat(" ", "seconds")
        return value.isoformat() if isinstance(value, date) else str(value)


class XlsxTable:
    """Office Open XML, each row flushed as it is written."""

    def __init__(self, path: Path, title: str) -> None:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.cell.cell import ERROR_CODES

        self._path = path
        self._book = Workbook(write_only=True)
        self._sheet: Any = self._book.create_sheet(title)
        self._errors = frozenset(ERROR_CODES)
        self._make_cell: Any = WriteOnlyCell

    def write_header(self, labels: Sequence[str]) -> None:
        """The names of the columns, which stay in sight."""
        from openpyxl.utils import get_column_letter

        self._sheet.freeze_panes = "A2"
        for place, label in enumerate(labels, start=1):
            self._sheet.column_dimensions[get_column_letter(place)].width = max(12, min(40, len(label) + 4))
        self.write(labels)

    def write(self, values: Sequence[Cell]) -> None:
        """One row."""
        self._sheet.append([self._cell(value) for value in values])

    def close(self) -> None:
        """The file is whole."""
        self._book.save(self._path)

    def _cell(self, value: Cell) -> Any:
        if isinstance(value, datetime):
            return value.replace(tzinfo=None)
        if not isinstance(value, str):
            return value
        text = _fitting(value)
        if not text.startswith(FORMULA_SIGNS) and text not in self._errors:
            return text
        cell = self._make_cell(self._sheet, text)
        cell.data_type = "s"
        cell.quotePrefix = True  # it stays text also when somebody edits it
        return cell


class XlsTable:
    """The old binary format, for programs that read nothing newer."""

    def __init__(self, path: Path, title: str) -> None:
        import xlwt

        self._path = path
        self._book = xlwt.Workbook(encoding="utf-8")
        self._sheet = self._book.add_sheet(title)
        self._row = 0
        self._day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
        self._moment = xlwt.easyxf(num_format_str="YYYY-MM-DD HH:MM")

    def write_header(self, labels: Sequence[str]) -> None:
        """The names of the columns, which stay in sight."""
        self._sheet.set_panes_frozen(True)
        self._sheet.set_horz_split_pos(1)
        self.write(labels)

    def write(self, values: Sequence[Cell]) -> None:
        """One row."""
        for place, value in enumerate(values):
            if isinstance(value, datetime):
                self._sheet.write(self._row, place, value.replace(tzinfo=None), self._moment)
            elif isinstance(value, date):
                self._sheet.write(self._row, place, value, self._day)
            elif value is not None:
                self._sheet.write(self._row, place, _fitting(value) if isinstance(value, str) else value)
        self._row += 1
        if self._row % XLS_FLUSH_ROWS == 0:
            self._sheet.flush_row_data()

    def close(self) -> None:
        """The file is whole."""
        self._book.save(str(self._path))


def _fitting(text: str) -> str:
    shown = UNWANTED_IN_CELLS.sub("", text)
    return shown if len(shown) <= CELL_LENGTH_MAX else shown[: CELL_LENGTH_MAX - 1] + CUT
