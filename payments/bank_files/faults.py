"""Why a bank file is refused: a code and its values per line. `payments.bank.words` turns them into sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FAULTS_MAX = 50  # named in one refusal; the rest would repeat the first


class FaultCode(StrEnum):
    """What is wrong; the words stand in `payments.bank.words`."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_LINES = "too_many_lines"
    UNKNOWN_FORMAT = "unknown_format"
    ENCODING = "encoding"
    DOCUMENT_TYPE = "document_type"
    MALFORMED_XML = "malformed_xml"
    UNKNOWN_MESSAGE = "unknown_message"
    SCHEMA = "schema"
    RECORD_LENGTH = "record_length"
    RECORD_UNKNOWN = "record_unknown"
    RECORD_UNEXPECTED = "record_unexpected"
    ENDS_EARLY = "ends_early"
    TEST_FILE = "test_file"
    FIELD = "field"
    DATE = "date"
    SIGN = "sign"
    ACCOUNT = "account"
    CURRENCY = "currency"
    CURRENCY_DIFFERS = "currency_differs"
    DECIMALS = "decimals"
    COUNT_DIFFERS = "count_differs"
    SUM_DIFFERS = "sum_differs"
    BALANCE_DIFFERS = "balance_differs"
    COLUMN_MISSING = "column_missing"
    CELLS_DIFFER = "cells_differ"
    QUOTATION = "quotation"
    NO_LINES = "no_lines"
    MAPPING_MISSING = "mapping_missing"
    ACCOUNT_IS_NOT_OURS = "account_is_not_ours"  # found by whoever takes the file in, not by a reader
    OTHER_SOURCE = "other_source"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, on one line of the file; line 0 is the file as a whole."""

    line: int
    code: FaultCode
    values: Mapping[str, str | int] = field(default_factory=dict)


class BankFileRefused(ValueError):
    """Nothing of the file is taken; the faults say where and why."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)[:FAULTS_MAX]
        super().__init__("; ".join(f"line {fault.line}: {fault.code} {dict(fault.values)}" for fault in self.faults))


class FaultList:
    """The faults found so far; a reader goes on to find the next where it can."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, line: int, code: FaultCode, **values: str | int) -> None:
        """Note a fault and go on; refuse at once when there are too many to go on."""
        self._faults.append(Fault(line, code, values))
        if len(self._faults) >= FAULTS_MAX:
            raise BankFileRefused(self._faults)

    def refuse(self, line: int, code: FaultCode, **values: str | int) -> BankFileRefused:
        """The refusal to raise where the reader cannot go on; the faults noted before are in it."""
        return BankFileRefused([*self._faults, Fault(line, code, values)])

    def raise_if_any(self) -> None:
        """Refuse the file when anything was noted."""
        if self._faults:
            raise BankFileRefused(sorted(self._faults, key=lambda fault: fault.line))
