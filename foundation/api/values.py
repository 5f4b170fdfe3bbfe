"""How values are written for machines: amounts as text, days as ISO 8601, and nothing that we do not know."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

from foundation.text import UnprintableText, clean_text

NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,8})?", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
NUMBER_SCHEMA = {"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,8})?$", "examples": ["1250.50"]}


class Sent(BaseModel):
    """What a machine sends: fields that we do not know are refused, so that a misspelled one is seen."""

    model_config = ConfigDict(extra="forbid")


class Told(BaseModel):
    """What a machine is told."""


def written_number(number: Decimal) -> str:
    """A number without an exponent and without zeros at its end."""
    return format(number.normalize(), "f") if number else "0"


def written_amount(amount: Decimal) -> str:
    """An amount or price with two decimals, or as many more as it needs."""
    short = written_number(amount)
    decimals = len(short.partition(".")[2])
    return short if decimals > 2 else format(amount, ".2f")


def _read_number(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        raise ValueError('write a number as text with a decimal point, such as "1250.50"')
    return Decimal(value)


def _read_day(value: Any) -> date:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise ValueError('write a day as text, such as "2027-01-31"')
    return date.fromisoformat(value)


def _printable(text: str) -> str:
    try:
        clean_text(text)
    except UnprintableText as refusal:
        raise ValueError(f"there is a character that cannot be shown ({refusal})") from refusal
    return text


# Text, because the numbers of JSON are read as binary fractions by most programs, and 0.1 is none.
Number = Annotated[
    Decimal,
    BeforeValidator(_read_number),
    PlainSerializer(written_number, return_type=str),
    WithJsonSchema(NUMBER_SCHEMA),
]
Amount = Annotated[
    Decimal,
    BeforeValidator(_read_number),
    PlainSerializer(written_amount, return_type=str),
    WithJsonSchema(NUMBER_SCHEMA),
]
Day = Annotated[date, BeforeValidator(_read_day), WithJsonSchema({"type": "string", "format": "date"})]
Text = Annotated[str, AfterValidator(_printable)]
