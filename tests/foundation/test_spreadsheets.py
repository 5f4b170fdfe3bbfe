"""Tables in files: text stays text whatever it looks like, figures and days are figures and days, in every format."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlrd

from foundation.spreadsheets import CELL_LENGTH_MAX, Cell, FileFormat, csv_style_of, defuse, open_table

HOSTILE = [
    "=1+1",
    '=HYPERLINK("http://evil.example";"pay")',
    "+47 900 00 000",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "#REF!",
    "#N/A",
]
PLAIN = [
    "Ærlig Øl AS",
    'a;b,"c"',
    "to\nlinjer",
    "1234567890123456789",
    "0042",
    "ש\u05dc\u05d5\u05dd",
    " =ikke formel",
    "",
]
VALUES: list[Cell] = [Decimal("-1234.50"), 42, date(2026, 11, 21), datetime(2026, 11, 21, 13, 5, tzinfo=UTC), None]


def write(
    path: Path, file_format: FileFormat, rows: list[list[Cell]], language: str = "en", title: str = "Liste"
) -> Path:
    table = open_table(path, file_format, title=title, style=csv_style_of(language))
    table.write_header(["Navn", "=Sum"])
    for row in rows:
        table.write(row)
    table.close()
    return path


def read_csv(path: Path, delimiter: str = ",") -> list[list[str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def read_xlsx(path: Path) -> list[list[Any]]:
    sheet: Any = openpyxl.load_workbook(path).active
    return [list(row) for row in sheet.iter_rows()]


def test_no_text_is_a_formula_in_csv(tmp_path: Path) -> None:
    rows = read_csv(write(tmp_path / "t", FileFormat.CSV, [[text] for text in HOSTILE]))
    assert rows[0] == ["Navn", "'=Sum"]
    assert [row[0] for row in rows[1:]] == [defuse(text) for text in HOSTILE]
    assert not any(row[0].startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows[1:])


@pytest.mark.parametrize("text", [*HOSTILE, *PLAIN])
def test_only_what_would_be_a_formula_is_changed_and_back_again_it_is_what_it_was(text: str) -> None:
    assert defuse(text).removeprefix("'") == text.removeprefix("'")
    assert (defuse(text) != text) == text.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_csv_is_written_as_the_language_s_spreadsheets_expect(tmp_path: Path) -> None:
    plain = read_csv(write(tmp_path / "en", FileFormat.CSV, [VALUES]))
    assert plain[1] == ["-1234.50", "42", "2026-11-21", "2026-11-21 13:05:00", ""]
    for language in ("nb", "da", "sv"):
        rows = read_csv(write(tmp_path / language, FileFormat.CSV, [VALUES], language), ";")
        assert rows[1][0] == "-1234,50"


def test_odd_text_survives_every_format(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [[text] for text in PLAIN]
    assert [row[0] if row else "" for row in read_csv(write(tmp_path / "c", FileFormat.CSV, rows))[1:]] == PLAIN
    cells = [row[0].value or "" for row in read_xlsx(write(tmp_path / "x.xlsx", FileFormat.XLSX, rows))[1:]]
    assert cells == PLAIN
    sheet = xlrd.open_workbook(write(tmp_path / "x.xls", FileFormat.XLS, rows)).sheet_by_index(0)
    assert [sheet.cell_value(row, 0) for row in range(1, sheet.nrows)] == PLAIN[: sheet.nrows - 1]


def test_no_text_is_a_formula_in_a_workbook(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [[text] for text in HOSTILE]
    cells = [row[0] for row in read_xlsx(write(tmp_path / "x.xlsx", FileFormat.XLSX, rows))[1:]]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    # XML reads a carriage return as the end of a line.
    assert [cell.value.replace("\n", "\r") for cell in cells] == HOSTILE
    sheet = xlrd.open_workbook(write(tmp_path / "x.xls", FileFormat.XLS, rows)).sheet_by_index(0)
    assert {sheet.cell_type(row, 0) for row in range(1, sheet.nrows)} == {xlrd.XL_CELL_TEXT}


def test_figures_days_and_moments_keep_their_types(tmp_path: Path) -> None:
    [_header, cells] = read_xlsx(write(tmp_path / "x.xlsx", FileFormat.XLSX, [VALUES]))
    values = [cell.value for cell in cells]
    assert values[:2] == [-1234.5, 42]
    assert values[2:4] == [datetime.fromisoformat("2026-11-21"), datetime.fromisoformat("2026-11-21 13:05")]
    assert [cell.is_date for cell in cells[:4]] == [False, False, True, True]
    book = xlrd.open_workbook(write(tmp_path / "x.xls", FileFormat.XLS, [VALUES]))
    sheet = book.sheet_by_index(0)
    types = [sheet.cell_type(1, place) for place in range(4)]
    assert types == [xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE, xlrd.XL_CELL_DATE]
    assert xlrd.xldate_as_datetime(sheet.cell_value(1, 3), book.datemode) == datetime.fromisoformat("2026-11-21 13:05")


def test_a_day_after_a_moment_and_text_after_a_day_are_not_taken_for_each_other(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [[date(2026, 1, 2), Decimal(3), "a"], ["a", date(2026, 1, 2), Decimal(3)]]
    [_header, *cells] = read_xlsx(write(tmp_path / "x.xlsx", FileFormat.XLSX, rows))
    assert [[cell.is_date for cell in row] for row in cells] == [[True, False, False], [False, True, False]]


def test_what_a_cell_cannot_hold_is_cut_or_left_out(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["a" * (CELL_LENGTH_MAX + 5)], ["a\x0bb"]]
    for file_format in (FileFormat.XLSX, FileFormat.XLS):
        path = write(tmp_path / f"t.{file_format.value}", file_format, rows)
        if file_format == FileFormat.XLSX:
            texts = [row[0].value for row in read_xlsx(path)[1:]]
        else:
            sheet = xlrd.open_workbook(path).sheet_by_index(0)
            texts = [sheet.cell_value(row, 0) for row in (1, 2)]
        assert (len(texts[0]), texts[0][-1], texts[1]) == (CELL_LENGTH_MAX, "…", "ab")


@pytest.mark.parametrize("title", ["", "[a]/b:*?", "x" * 80, "'a'"])
def test_any_title_names_a_sheet(tmp_path: Path, title: str) -> None:
    for file_format in (FileFormat.XLSX, FileFormat.XLS):
        assert write(tmp_path / f"t.{file_format.value}", file_format, [["a"]], title=title).stat().st_size
