"""What is asked of a move-in: files with their columns, a day, the old system's total, and where numbers go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from foundation import files
from foundation.spreadsheet_reading import TableRead, read_table
from tenants.models import Organization

KINDS = ("customers", "products", "open_items")


@dataclass(frozen=True, slots=True)
class MovedFile:
    """A stored file, by its hash, and which of its columns fills what."""

    sha256: str
    name: str
    mapping: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MoveInRequest:
    """Everything that a rehearsal is made of; the same request rehearsed again says the same of the same books."""

    day: date
    control_total: Decimal
    files: Mapping[str, MovedFile]
    next_invoice_number: int | None = None
    next_customer_number: int | None = None

    def with_mapping(self, mappings: Mapping[str, Mapping[str, int]]) -> MoveInRequest:
        """The same request with other columns."""
        told = {kind: replace(file, mapping=mappings.get(kind, file.mapping)) for kind, file in self.files.items()}
        return replace(self, files=told)

    def to_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {
            "day": self.day.isoformat(),
            "control_total": str(self.control_total),
            "files": {
                kind: {"sha256": file.sha256, "name": file.name, "mapping": dict(file.mapping)}
                for kind, file in self.files.items()
            },
            "next_invoice_number": self.next_invoice_number,
            "next_customer_number": self.next_customer_number,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> MoveInRequest:
        """Read back from what `to_json` wrote."""
        return cls(
            day=date.fromisoformat(value["day"]),
            control_total=Decimal(value["control_total"]),
            files={
                kind: MovedFile(file["sha256"], file["name"], file["mapping"]) for kind, file in value["files"].items()
            },
            next_invoice_number=value["next_invoice_number"],
            next_customer_number=value["next_customer_number"],
        )


def table_of(organization: Organization, file: MovedFile) -> TableRead:
    """The table in one of the files."""
    return read_table(files.load(str(organization.pk), file.sha256))
