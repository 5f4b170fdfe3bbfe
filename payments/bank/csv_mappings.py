"""Saved mappings of CSV columns: how they are stored, and how a file's header is known again."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Any

from payments.bank_files.csv_file import CsvField, SignRule
from payments.bank_files.csv_file import CsvMapping as Columns
from payments.bank_files.csv_guess import LOOKED_AT_BYTES, guess_mapping, looks_like_csv
from payments.models import CsvMapping

HEADER_WITHIN = 20
PREVIEW_ROWS = 8


def header_of(data: bytes) -> str:
    """What a bank's CSV files of one kind have in common: a fingerprint of their header; empty for no CSV file."""
    cells = header_cells(data)
    if not cells:
        return ""
    return hashlib.sha256("\x1f".join(cell.casefold() for cell in cells).encode()).hexdigest()


def header_cells(data: bytes) -> list[str]:
    """The names of the columns: the first line that a proposal can be made for, else the widest of the first lines."""
    if data.lstrip()[:1] == b"<" or not looks_like_csv(data):
        return []
    guessed = guess_mapping(data)
    lines = rows_of(data, guessed)
    if guessed is not None:
        found = next((cells for number, cells in lines if number == guessed.header_line), None)
        if found is not None:
            return [" ".join(cell.split()) for cell in found]
    return [" ".join(cell.split()) for cell in max((cells for _number, cells in lines), key=len, default=[])]


def rows_of(data: bytes, columns: Columns | None) -> list[tuple[int, list[str]]]:
    """The first lines of a file with their numbers, as they would be cut by these rules."""
    encoding = columns.encoding if columns else "utf-8"
    text = data[:LOOKED_AT_BYTES].decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=columns.delimiter if columns else ";")
    found: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((reader.line_num, cells))
            if len(found) >= HEADER_WITHIN + PREVIEW_ROWS:
                break
    except csv.Error:
        pass  # the rows before the fault are enough to choose columns by
    return found


def rules_of(columns: Columns) -> dict[str, Any]:
    """The mapping as JSON."""
    return {
        "columns": {name.value: column for name, column in columns.columns.items()},
        "delimiter": columns.delimiter,
        "encoding": columns.encoding,
        "decimal_mark": columns.decimal_mark,
        "date_format": columns.date_format,
        "sign_rule": columns.sign_rule.value,
        "header_line": columns.header_line,
        "currency": columns.currency,
    }


def columns_of(saved: CsvMapping) -> Columns:
    """The stored mapping as the reader takes it; money lies on the account that it was saved for."""
    rules = saved.rules
    account = saved.bank_account
    return Columns(
        columns={CsvField(name): column for name, column in rules["columns"].items()},
        delimiter=rules["delimiter"],
        encoding=rules["encoding"],
        decimal_mark=rules["decimal_mark"],
        date_format=rules["date_format"],
        sign_rule=SignRule(rules["sign_rule"]),
        header_line=rules["header_line"],
        account=account.account_number or account.iban,
        currency=rules["currency"],
    )
