"""A proposal which column of a CSV file is which, from its header and first rows; a person confirms it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

from payments.bank_files.csv_file import (
    COLUMNS_MAX,
    CSV_BYTES_MAX,
    DATE_FORMATS,
    DELIMITERS,
    CsvField,
    CsvMapping,
    SignRule,
    parse_amount,
    parse_day,
)

LOOKED_AT_BYTES = 64 * 1024
LOOKED_AT_ROWS = 60
HEADER_WITHIN = 20  # banks write names and periods above it

# What Nordic banks call their columns; the first that fits is taken, whole words before parts.
_WORDS: dict[CsvField, tuple[str, ...]] = {
    CsvField.DAY: (
        "bokføringsdato",
        "bokført dato",
        "bokført",
        "bogføringsdato",
        "bogført",
        "bokföringsdag",
        "bokföringsdatum",
        "booking date",
        "utført dato",
        "transaktionsdag",
        "transaktionsdatum",
        "dato",
        "datum",
        "date",
    ),
    CsvField.VALUE_DAY: ("rentedato", "valuteringsdato", "valutadato", "valutadag", "rentedag", "value date"),
    CsvField.AMOUNT_IN: (
        "beløp inn",
        "inn på konto",
        "inn",
        "kredit",
        "insättning",
        "insättningar",
        "indsat",
        "credit",
        "paid in",
    ),
    CsvField.AMOUNT_OUT: ("beløp ut", "ut fra konto", "ut", "debet", "uttag", "hævet", "debit", "paid out"),
    CsvField.AMOUNT: ("beløp", "belopp", "amount", "beløb", "sum"),
    CsvField.CURRENCY: ("valuta", "valutakode", "currency", "valutakod"),
    CsvField.ACCOUNT: ("kontonummer", "til konto", "konto", "account", "account number", "egen konto"),
    CsvField.REFERENCE: (
        "kid",
        "kid-nummer",
        "kid/referanse",
        "ocr",
        "ocr-nummer",
        "referens",
        "referanse",
        "reference",
    ),
    CsvField.TEXT: (
        "melding/kid/fakt.nr",
        "melding",
        "beskrivelse",
        "forklaring",
        "tekst",
        "text",
        "beskrivning",
        "description",
        "meddelande",
        "besked",
        "meddelelse",
    ),
    CsvField.PAYER_NAME: (
        "betaler",
        "avsender",
        "fra",
        "navn",
        "motpart",
        "avsändare",
        "namn",
        "afsender",
        "payer",
        "name",
        "betalers navn",
    ),
    CsvField.PAYER_ACCOUNT: (
        "fra konto",
        "fra kontonummer",
        "avsenderkonto",
        "fra-konto",
        "motkonto",
        "betalers konto",
        "från konto",
        "from account",
        "fra konto nr",
    ),
    CsvField.ARCHIVE_REFERENCE: (
        "arkivref",
        "arkivreferanse",
        "arkivref.",
        "transaksjons-id",
        "transaktions-id",
        "transaction id",
        "bankreferanse",
        "løpenummer",
    ),
}


def guess_mapping(data: bytes, *, account: str = "", currency: str = "NOK") -> CsvMapping | None:
    """The likeliest mapping; None when no column looks like a day or none like an amount."""
    if len(data) > CSV_BYTES_MAX:
        return None
    encoding, text = _decoded(data)
    delimiter = _delimiter(text)
    rows = _rows(text, delimiter)
    for line, header in rows[:HEADER_WITHIN]:
        columns = _columns(header)
        sign_rule = SignRule.SIGNED if CsvField.AMOUNT in columns else SignRule.IN_AND_OUT
        needed = {CsvField.AMOUNT} if sign_rule == SignRule.SIGNED else {CsvField.AMOUNT_IN, CsvField.AMOUNT_OUT}
        if not {CsvField.DAY, *needed} <= set(columns):
            continue
        below = [cells for number, cells in rows if number > line]
        return CsvMapping(
            columns=columns,
            delimiter=delimiter,
            encoding=encoding,
            decimal_mark=_decimal_mark([_cell(cells, header, columns[name]) for cells in below for name in needed]),
            date_format=_date_format([_cell(cells, header, columns[CsvField.DAY]) for cells in below]),
            sign_rule=sign_rule,
            header_line=line,
            account=account,
            currency=currency,
        )
    return None


def looks_like_csv(data: bytes) -> bool:
    """Is it text in which the same mark parts the cells of the first lines?"""
    start = data[:LOOKED_AT_BYTES]
    if b"\x00" in start or start.startswith((b"%PDF", b"PK\x03\x04", b"<")):
        return False
    text = start.decode("utf-8", "replace")  # marks and line breaks are the same letters in every encoding that is read
    rows = _rows(text, _delimiter(text))
    return len(rows) > 1 and max(len(cells) for _line, cells in rows) > 2


def _decoded(data: bytes) -> tuple[str, str]:
    start = data[:LOOKED_AT_BYTES]
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "windows-1252", start.decode("windows-1252", "replace")
    return "utf-8", start.decode("utf-8-sig", "ignore")


def _delimiter(text: str) -> str:
    """What parts the most lines the same number of times, outside quotation marks."""
    lines = [line for line in text.splitlines()[:LOOKED_AT_ROWS] if line.strip()]
    outside = ["".join(line.split('"')[::2]) for line in lines]
    return max(
        DELIMITERS,
        key=lambda mark: (sum(line.count(mark) > 0 for line in outside), sum(line.count(mark) for line in outside)),
    )


def _rows(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    with suppress(csv.Error):  # the rows before the fault are enough for a proposal; reading names the line
        rows.extend((reader.line_num, cells[:COLUMNS_MAX]) for cells in islice(reader, LOOKED_AT_ROWS))
    return [(line, cells) for line, cells in rows if any(cell.strip() for cell in cells)]


def _columns(header: Sequence[str]) -> dict[CsvField, str]:
    """Each column for one meaning: first those whose name is known, then those whose name holds a known word."""
    names = [" ".join(cell.replace("\ufeff", "").split()) for cell in header]
    free = {name.casefold(): name for name in reversed(names) if name}
    found: dict[CsvField, str] = {}
    for is_whole in (True, False):
        for meaning, words in _WORDS.items():
            if meaning in found:
                continue
            for word in words:
                name = next(
                    (name for name in free if name == word or (not is_whole and name.startswith(f"{word} "))), None
                )
                if name is not None:
                    found[meaning] = free.pop(name)
                    break
    return found


def _cell(cells: Sequence[str], header: Sequence[str], column: str) -> str:
    names = [" ".join(cell.replace("\ufeff", "").split()) for cell in header]
    place = names.index(column)
    return cells[place].strip() if place < len(cells) else ""


def _date_format(cells: Sequence[str]) -> str:
    filled = [cell for cell in cells if cell]
    return max(DATE_FORMATS, key=lambda known: sum(parse_day(cell, known) is not None for cell in filled))


def _decimal_mark(cells: Sequence[str]) -> str:
    """The mark by which more of the amounts can be read with two decimals."""

    def likelihood(mark: str) -> tuple[int, int]:
        read = [parse_amount(cell, mark) is not None for cell in cells if cell]
        return sum(read), sum(cell[-3:-2] == mark for cell in cells)

    return max((",", "."), key=likelihood)
