"""What installations of the same layout want differently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class DateForm(StrEnum):
    """How a day stands in the seventeen columns that an LG04 record has for it."""

    LONG_RIGHT = "long right"  # 20261120 at the end
    SHORT_LEFT = "short left"  # 261120 at the beginning


class LineEnd(StrEnum):
    """What ends a record."""

    LF = "\n"
    CRLF = "\r\n"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The receiver's habits."""

    line_end: LineEnd = LineEnd.LF
    date_form: DateForm = DateForm.LONG_RIGHT
    quantity_has_decimals: bool = True  # of Visma: some installations read 200 as two hundred pieces
    csv_dimensions: tuple[str, ...] = tuple(
        [f"dim_{number}" for number in range(1, 6)] + [f"dim_value_{number}" for number in range(1, 6)]
    )
    vat_codes: tuple[tuple[str, str], ...] = ()  # of Factum: the receiver's letter for our code
    gl07_length: int = 0  # 0: as long as the fields that are filled


def written_day(day: date | None, form: DateForm) -> str:
    """The day as the form wants it."""
    if day is None:
        return ""
    return f"{day:%Y%m%d}" if form is DateForm.LONG_RIGHT else f"{day:%y%m%d}"
