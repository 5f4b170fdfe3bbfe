"""Readers of files of vouchers, written from the descriptions of the formats and from nothing else."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

JOURNAL = "accounting-apis/file-export/journal.csv-schema.json"
GBAT10 = "accounting-apis/file-export/gbat10.csv-schema.json"
# What the description has no word for: the kinds of vouchers that only a ledger has.
MORE_TYPES = {"settlement", "reversal", "application", "write_off", "advance", "interest", "opening"}


def schema_of(shared: Path, name: str) -> dict[str, Any]:
    """The description of a format."""
    found: dict[str, Any] = json.loads((shared / name).read_text())
    return found


def read_journal(content: bytes, schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a journal with their values, each held against the description of its column."""
    dialect = schema["dialect"]
    text = content.decode("utf-8")
    assert text.startswith("\ufeff")
    assert dialect["encoding"] == "utf-8-sig"
    table = list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=dialect["delimiter"]))
    fields = schema["fields"]
    assert table[0] == [field["name"] for field in fields]
    return [{field["name"]: _value(field, cell) for field, cell in zip(fields, row, strict=True)} for row in table[1:]]


def _value(field: dict[str, Any], cell: str) -> Any:
    rules = field.get("constraints", {})
    assert cell or not rules.get("required"), field["name"]
    if "enum" in rules:
        assert cell in {*rules["enum"], *MORE_TYPES}
    if cell and "pattern" in rules:
        assert re.search(rules["pattern"], cell)
    if field["type"] == "date":
        return date.fromisoformat(cell) if cell else None
    if field["type"] in {"number", "integer"}:
        assert re.fullmatch(r"(-?\d+(\.\d+)?)?", cell), (field["name"], cell)
        return Decimal(cell) if cell else None
    # A spreadsheet shows the apostrophe to nobody; a program takes it away.
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    return cell[1:] if re.match(r"'+[=+\-@\t\r]", cell) else cell


@dataclass(frozen=True, slots=True)
class GbatLine:
    """One line of a GBAT10 file."""

    voucher: int
    day: date
    type: int
    account: str
    code: str
    net: Decimal
    gross: Decimal
    is_taken: bool  # by a receiver that reckons VAT from the gross amounts
    customer: str
    name: str
    document: str
    kid: str
    due: str
    text: str
    project: str
    department: str


def read_gbat10(content: bytes, schema: dict[str, Any], encoding: str = "cp1252") -> list[GbatLine]:
    """The lines of a GBAT10 file, each field held against its description."""
    assert content.endswith(b"\r\n")
    return list(_lines(content.decode(encoding), schema["fields"]))


def _lines(text: str, fields: list[dict[str, Any]]) -> Iterator[GbatLine]:
    for line in text.split("\r\n")[:-1]:
        cells = line.split(";")
        assert len(cells) == len(fields)
        told = {}
        for field, cell in zip(fields, cells, strict=True):
            rules = field["constraints"]
            assert cell or not rules["required"], field["name"]
            assert len(cell) <= rules.get("maxLength", 10**6), (field["name"], cell)
            if field["type"] == "integer":
                assert re.fullmatch(r"\d*", cell), (field["name"], cell)
            if field["type"] == "number":
                assert re.fullmatch(r"-?\d+\.\d\d", cell), (field["name"], cell)
            told[field["name"]] = cell
        assert told["Identification"] == "GBAT10"
        assert told["Gross"] in {"", "T", "F"}
        day = datetime.strptime(told["VoucherDate"], "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
        assert (int(told["Period"]), int(told["Year"])) == (day.month, day.year)
        yield GbatLine(
            int(told["VoucherNumber"]), day, int(told["VoucherType"]), told["Account"], told["VatCode"],
            Decimal(told["Balance"]), Decimal(told["GrossSum"]), told["Gross"] != "F", told["CustomerNumber"],
            told["ContactName"], told["InvoiceNumber"], told["KID"], told["DueDate"], told["LedgerText"],
            told["Project"], told["Department"],
        )  # fmt: skip
