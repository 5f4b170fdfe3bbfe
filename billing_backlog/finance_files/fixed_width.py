"""Records whose fields stand in fixed columns: written exactly, or refused by the field's name; never cut."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from billing_backlog.finance_files.faults import FaultCode, FaultList, Place
from foundation.money import round_amount

ENCODING = "iso-8859-1"
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_DIGITS = re.compile(r"[0-9]+\Z")
_SIGNED = re.compile(r"-?[0-9]+\Z")


class Shape(StrEnum):
    """How a value stands in its columns."""

    TEXT = "text"  # left, blanks after it
    TEXT_RIGHT = "text right"  # right, blanks before it
    DIGITS = "digits"  # right, zeros before it
    HUNDREDTHS = "hundredths"  # times 100, zeros before it, a minus first
    HUNDREDTHS_SIGN_LAST = "hundredths, sign last"  # times 100, and after it a blank or a minus
    HUNDREDTHS_UNSIGNED = "hundredths without sign"
    WHOLE = "whole"  # no decimals, zeros before it


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, its first column counted from 1, its length and how values stand in it."""

    name: str
    start: int
    length: int
    shape: Shape = Shape.TEXT
    const: str = ""

    def columns(self, record: str) -> str:
        """What stands in its columns."""
        return record[self.start - 1 : self.start - 1 + self.length]


@dataclass(frozen=True)
class Layout:
    """A record: its name, its length and its fields; everything else is blank."""

    name: str
    length: int
    fields: tuple[Field, ...]

    @cached_property
    def blank_stretches(self) -> tuple[tuple[int, int], ...]:
        """First and last column, from 0 and exclusive, of what no field uses."""
        taken = sorted((field.start - 1, field.start - 1 + field.length) for field in self.fields)
        ends = [0, *(end for _start, end in taken)]
        starts = [*(start for start, _end in taken), self.length]
        return tuple((end, start) for end, start in zip(ends, starts, strict=True) if end < start)


def repeated(name: str, start: int, length: int, count: int) -> tuple[Field, ...]:
    """Several text fields of the same length after each other, numbered from 1."""
    return tuple(Field(f"{name}_{number}", start + (number - 1) * length, length) for number in range(1, count + 1))


def numbered(name: str, values: Sequence[str]) -> dict[str, str]:
    """Values for the fields that `repeated` made."""
    return {f"{name}_{number}": value for number, value in enumerate(values, start=1)}


def write_record(layout: Layout, values: Mapping[str, Any], place: Place, faults: FaultList) -> str:
    """The record; what does not fit is noted by the field's name and leaves its columns blank."""
    columns = [" "] * layout.length
    for field in layout.fields:
        text = field.const or _written(field, values.get(field.name), place, faults)
        columns[field.start - 1 : field.start - 1 + len(text)] = text
    return "".join(columns)


def _written(field: Field, value: Any, place: Place, faults: FaultList) -> str:
    if value is None:
        return ""
    if field.shape in {Shape.TEXT, Shape.TEXT_RIGHT}:
        return _written_text(field, str(value), place, faults)
    if field.shape is Shape.DIGITS:
        text = str(value)
        if text and not _DIGITS.match(text):
            faults.add(FaultCode.DIGITS, field.name, place=place)
            return ""
        return _fitting(field, text, field.length, place, faults).rjust(field.length, "0")
    return _written_number(field, Decimal(value), place, faults)


def _written_text(field: Field, text: str, place: Place, faults: FaultList) -> str:
    code = text_fault(text)
    if code is not None:
        faults.add(code, field.name, place=place, found=_strange_letters(text))
        return ""
    fitting = _fitting(field, text, field.length, place, faults)
    return fitting.rjust(field.length) if field.shape is Shape.TEXT_RIGHT else fitting.ljust(field.length)


def text_fault(text: str) -> FaultCode | None:
    """What forbids a text in these files: letters outside ISO 8859-1, control characters, blanks at its edges."""
    if CONTROL.search(text) or not _is_latin(text):
        return FaultCode.LETTERS
    return FaultCode.BLANK_EDGE if text != text.strip(" ") else None


def _is_latin(text: str) -> bool:
    return all(ord(letter) < 256 for letter in text)


def _strange_letters(text: str) -> str:
    strange = [letter for letter in text if ord(letter) > 255 or CONTROL.match(letter)]
    return " ".join(letter if letter.isprintable() else f"U+{ord(letter):04X}" for letter in strange[:5])


def _fitting(field: Field, text: str, most: int, place: Place, faults: FaultList) -> str:
    if len(text) <= most:
        return text
    faults.add(FaultCode.TOO_LONG, field.name, place=place, length=len(text), most=most)
    return ""


def _written_number(field: Field, number: Decimal, place: Place, faults: FaultList) -> str:
    decimals = 0 if field.shape is Shape.WHOLE else 2
    if number != round_amount(number, decimals):
        faults.add(FaultCode.DECIMALS, field.name, place=place, found=f"{number:f}", most=decimals)
        return ""
    digits = f"{abs(round_amount(number, decimals)).scaleb(decimals):.0f}"
    if number < 0 and field.shape in {Shape.HUNDREDTHS_UNSIGNED, Shape.WHOLE}:
        faults.add(FaultCode.NEGATIVE, field.name, place=place, found=f"{number:f}")
        return ""
    if field.shape is Shape.HUNDREDTHS_SIGN_LAST:
        fitting = _fitting(field, digits, field.length - 1, place, faults)
        return fitting.rjust(field.length - 1, "0") + ("-" if number < 0 else " ")
    if number < 0:
        return "-" + _fitting(field, digits, field.length - 1, place, faults).rjust(field.length - 1, "0")
    return _fitting(field, digits, field.length, place, faults).rjust(field.length, "0")


def read_record(layout: Layout, record: str, place: Place, faults: FaultList) -> dict[str, Any] | None:
    """The values of a record by field; None where its length is not the layout's. Faults are noted by field."""
    if len(record) != layout.length:
        faults.add(FaultCode.RECORD_LENGTH, layout.name, place=place, length=len(record), expected=layout.length)
        return None
    for start, end in layout.blank_stretches:
        if record[start:end].strip(" "):
            faults.add(FaultCode.NOT_BLANK, layout.name, place=place, first=start + 1, last=end)
            return None
    return {field.name: _read(field, field.columns(record), place, faults) for field in layout.fields}


def _read(field: Field, columns: str, place: Place, faults: FaultList) -> Any:
    if field.const:
        if columns != field.const:
            faults.add(FaultCode.DIFFERS, field.name, place=place, found=columns.strip(), expected=field.const)
        return columns
    if field.shape in {Shape.TEXT, Shape.TEXT_RIGHT}:
        return columns.strip(" ")
    if field.shape is Shape.DIGITS:
        if columns.strip(" ") and not _DIGITS.match(columns.strip(" ")):
            faults.add(FaultCode.DIGITS, field.name, place=place, found=columns.strip())
            return ""
        return columns.strip(" ")
    return _read_number(field, columns, place, faults)


def _read_number(field: Field, columns: str, place: Place, faults: FaultList) -> Decimal | None:
    text = columns.strip(" ")
    if not text:
        return None
    if field.shape is Shape.HUNDREDTHS_SIGN_LAST:
        text = f"-{text[:-1]}" if text.endswith("-") else text
    if not _SIGNED.match(text):
        faults.add(FaultCode.NUMBER, field.name, place=place, found=columns.strip())
        return None
    number = Decimal(text)
    return number if field.shape is Shape.WHOLE else number.scaleb(-2)


def lines_of(data: bytes, faults: FaultList) -> list[str]:
    """The lines of a file in ISO 8859-1 without their breaks, and without an empty end."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) or b"\x00" in data:
        faults.add(FaultCode.ENCODING, expected="ISO 8859-1")
        return []
    lines = [line.removesuffix("\r") for line in data.decode(ENCODING).split("\n")]
    while lines and not lines[-1].strip(" \x1a"):
        lines.pop()
    if not lines:
        faults.add(FaultCode.EMPTY)
    return lines
