"""Tables that people send: the usual spellings are read alike, and what is no table is refused with a sentence."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

from foundation.spreadsheet_reading import ROWS_MAX, UnreadableTable, read_table, sheet_names
from foundation.spreadsheets import CsvStyle, FileFormat, open_table

ROWS = [["Nummer", "Navn", "By"], ["0012", "Blåbær & Ål AS", "Tromsø"], ["7", 'Sagt "høyt"; i dag', "Bø"]]


def _csv(delimiter: str, encoding: str) -> bytes:
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in ROWS]
    return "\r\n".join(delimiter.join(row) for row in quoted).encode(encoding)


def _workbook(rows: list[list[object]], title: str = "Kunder") -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_usual_spelling_of_csv_is_read_alike(delimiter: str, encoding: str) -> None:
    table = read_table(_csv(delimiter, encoding))

    assert [list(table.header), *map(list, table.rows)] == ROWS


def test_a_workbook_is_read_as_it_would_be_typed() -> None:
    content = _workbook([["Nummer", "Dag", "Pris", "Antall"], ["0012", date(2026, 11, 21), 12.5, 3]])

    table = read_table(content)

    assert table.rows == (("0012", "2026-11-21", "12.5", "3"),)
    assert sheet_names(content) == ["Kunder"]


@pytest.mark.parametrize("file_format", [FileFormat.CSV, FileFormat.XLSX])
def test_what_we_write_is_read_back(tmp_path: Path, file_format: FileFormat) -> None:
    hostile = ["=1+1", "+47 22", "-5", "@sum", "'quoted", "linje\nto", "tab\ther", "0012", "æøå", "'=x"]
    path = tmp_path / "table"
    table = open_table(path, file_format, title="t", style=CsvStyle(";", ","))
    table.write_header(["text", "figure"])
    for text in hostile:
        table.write([text, Decimal("1.5")])
    table.close()

    read = read_table(path.read_bytes())

    texts = [row[0] for row in read.rows]
    assert texts == hostile


def test_empty_lines_and_short_rows_are_filled() -> None:
    table = read_table(b"a;b;c\n\n1\n;;\n2;3;4\n")

    assert table.rows == (("1", "", ""), ("2", "3", "4"))


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * (210 * 1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b'a;b\n"not closed;1\n', "quotation"),
        (b"a;b\n1;2;3\n", "more cells"),
        (b"\xd0\xcf\x11\xe0rest", "XLS"),
        (b"PK\x03\x04 not a zip", "workbook"),
        (b"a;b\n\x00\x01;2", "neither"),
        (b"a\n" + b"1\n" * (ROWS_MAX + 1), "rows"),
        (b";".join([b"x"] * 201), "columns"),
        (b"a\n" + b"x" * 10_001, "too long"),
        (b"x" * (10 * 1024 * 1024 + 1), "MB"),
        (_bomb(), "larger"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(content: bytes, word: str) -> None:
    from django.utils import translation

    with translation.override("en"), pytest.raises(UnreadableTable, match=word):
        read_table(content)


def test_a_workbook_with_an_entity_bomb_is_refused() -> None:
    content = _workbook([["a"], ["1"]])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(out, "w") as broken:
        for part in parts.infolist():
            data = parts.read(part)
            if part.filename.endswith("sheet1.xml"):
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + data
            broken.writestr(part, data)

    with pytest.raises(UnreadableTable):
        read_table(out.getvalue())
