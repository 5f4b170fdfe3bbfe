"""Which file it is, how it is read, and what all rows of it come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from billing_backlog.file_words import sentence_with_place
from billing_backlog.finance_files.faults import Fault, FaultCode
from billing_backlog.source_files import batches, columns
from billing_backlog.source_files.checking import checked
from billing_backlog.source_files.rows import Reading, SourceRow
from billing_backlog.source_files.tables import Table, read_rows
from customers.models import Product
from foundation.errors import DomainError
from foundation.spreadsheet_reading import TableRead, read_table
from tenants.models import Organization

NAMED_MAX = 5
SYSTEM_LENGTH_MAX = 40


class FileIsRefused(DomainError):
    """Nothing of the file can be taken; the sentences say why and what to do."""


class SourceFormat(StrEnum):
    """What the bytes are."""

    TABLE = "table"
    LG04 = "lg04"
    VISMA_FL = "visma_fl"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """A stored file, who tells of work in it, and how it is read."""

    file: str = ""  # its hash
    name: str = ""
    system: str  # what the teller is called: order and line are its own
    kind: str  # of rows that do not say it
    mapping: Mapping[str, int] = field(default_factory=dict)
    sheet: str = ""
    price_includes_vat: bool = False
    quantity_has_decimals: bool = True

    def to_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ImportRequest:
        """Read back from what `to_json` wrote, among what else a job keeps."""
        return cls(**{name: value[name] for name in cls.__dataclass_fields__})


def format_of(content: bytes) -> SourceFormat:
    """What the file is, told by its bytes and not by its name."""
    if batches.looks_like_lg04(content):
        return SourceFormat.LG04
    return SourceFormat.VISMA_FL if batches.looks_like_visma_fl(content) else SourceFormat.TABLE


def mapping_of(table: TableRead, mapping: Mapping[str, int]) -> dict[str, int]:
    """Which column fills which field: as chosen, or as far as the names tell."""
    found = dict(mapping) or columns.suggested(table.header)
    return {name: place for name, place in found.items() if place < len(table.header)}


def read_file(organization: Organization, content: bytes, asked: ImportRequest, *, today: date) -> Reading:
    """Every row that can be taken, and what is wrong or odd with the file and its other rows."""
    rows, faults, refusal = _rows_of(content, asked)
    if refusal:
        return Reading(count=len(rows), refusal=tuple(refusal))
    reading = checked(rows, today=today, faults=faults, prices=_prices(organization, rows))
    if not reading.count:
        return Reading(refusal=(Fault(FaultCode.NO_ORDERS),))
    return reading


def _rows_of(content: bytes, asked: ImportRequest) -> tuple[list[SourceRow], list[Fault], list[Fault]]:
    found = format_of(content)
    if found is SourceFormat.LG04:
        return batches.read_lg04(content)
    if found is SourceFormat.VISMA_FL:
        return batches.read_visma_fl(content, quantity_has_decimals=asked.quantity_has_decimals)
    table = read_table(content, sheet=asked.sheet)
    mapping = mapping_of(table, asked.mapping)
    missing = [Fault(FaultCode.COLUMN_MISSING, name) for name in columns.missing(mapping)]
    if missing:
        return [], [], missing
    return *read_rows(Table(table.rows, table.lines, mapping, table.decimal_mark)), []


def _prices(organization: Organization, rows: Sequence[SourceRow]) -> dict[str, Any]:
    """The prices of the products that the rows name."""
    numbers = {row.product for row in rows} - {""}
    if not numbers:
        return {}
    found = Product.objects.of(organization).filter(number__in=numbers, unit_price__gt=0)
    return dict(found.values_list("number", "unit_price"))


def refuse_unreadable(reading: Reading) -> None:
    """Say why nothing of the file is taken, with the first faults."""
    if not reading.is_refused:
        return
    named = [sentence_with_place(fault) for fault in reading.refusal[:NAMED_MAX]]
    if len(reading.refusal) > NAMED_MAX:
        named.append(_("And %(count)s more.") % {"count": len(reading.refusal) - NAMED_MAX})
    raise FileIsRefused(" ".join(named), field="file")
