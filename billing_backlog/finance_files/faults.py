"""What is wrong in a file or in what shall become one: a code and its values. `billing_backlog.file_words` says it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

FAULTS_MAX = 200  # named in one answer; the rest would repeat the first


class FaultCode(StrEnum):
    """What is wrong; the words stand in `billing_backlog.file_words`."""

    # of files
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    UNKNOWN_FORMAT = "unknown_format"
    ENCODING = "encoding"
    UNREADABLE = "unreadable"
    RECORD_LENGTH = "record_length"
    RECORD_UNKNOWN = "record_unknown"
    RECORD_MISPLACED = "record_misplaced"
    NOT_BLANK = "not_blank"
    ENDS_EARLY = "ends_early"
    COUNT_DIFFERS = "count_differs"
    DIFFERS = "differs"
    SCALE = "scale"
    COLUMN_MISSING = "column_missing"
    # of values
    MISSING = "missing"
    TOO_LONG = "too_long"
    LETTERS = "letters"
    BLANK_EDGE = "blank_edge"
    DIGITS = "digits"
    DECIMALS = "decimals"
    NEGATIVE = "negative"
    NUMBER = "number"
    DATE = "date"
    NOT_CARRIED = "not_carried"
    IDENTIFIER = "identifier"
    IDENTIFIER_KIND = "identifier_kind"
    PRODUCT_DIFFERS = "product_differs"
    ZERO = "zero"
    HUGE = "huge"
    FUTURE = "future"
    ANCIENT = "ancient"
    TWICE = "twice"
    CURRENCY = "currency"
    NO_ORDERS = "no_orders"
    NO_LINES = "no_lines"
    UNBALANCED = "unbalanced"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: on a line of a file, or in an order of a basis and one of its lines."""

    code: FaultCode
    field: str = ""
    line: int = 0  # of the file; 0 is the file as a whole
    order: str = ""
    position: int = 0  # of the line in its order; 0 is the order itself
    values: Mapping[str, str | int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands that may be wrong."""

    line: int = 0
    order: str = ""
    position: int = 0


class FileRefused(ValueError):
    """Nothing is written or taken; the faults say where and why."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)[:FAULTS_MAX]
        told = (
            f"{fault.line or fault.order}: {fault.code} {fault.field} {dict(fault.values)}" for fault in self.faults
        )
        super().__init__("; ".join(told))


class FaultList:
    """The faults found so far; past the most that are named, they are only counted."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self.count = 0

    def add(self, code: FaultCode, field: str = "", *, place: Place | None = None, **values: str | int) -> None:
        """Note a fault and go on."""
        self.count += 1
        if len(self._faults) < FAULTS_MAX:
            at = place or Place()
            self._faults.append(Fault(code, field, at.line, at.order, at.position, values))

    def raise_if_any(self) -> None:
        """Refuse when anything was noted."""
        if self._faults:
            raise FileRefused(self._faults)

    @property
    def found(self) -> tuple[Fault, ...]:
        """What was noted, in the order of the file."""
        return tuple(sorted(self._faults, key=lambda fault: fault.line))
