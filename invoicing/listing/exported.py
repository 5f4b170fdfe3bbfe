"""What an export of the list holds: which documents, which properties, in whose words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import translation

from foundation.spreadsheets import Cell, FileFormat
from invoicing.listing import associations
from invoicing.listing.associations import ASSOCIATIONS, Association
from invoicing.listing.page import COLUMNS
from invoicing.listing.properties.kinds import CHECKS, Kind
from invoicing.listing.properties.registry import Property, book_of
from invoicing.listing.properties.showing import columns_of, properties_named, value_of
from invoicing.listing.properties.sources import credited_amount, open_amount
from invoicing.models import Invoice
from invoicing.standing import DocumentAmounts, standing_of
from tenants.models import Organization

INTERNAL = "internal"
WRITTEN = (str, Decimal, int, date)  # a moment is a date too
NAME_LENGTH_MAX = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What is asked for; kept with the job, so that a worker that takes it over exports the same."""

    file_format: FileFormat
    name: str
    language: str  # of the header and the words in cells; INTERNAL for the stable names
    properties: tuple[str, ...]
    associated: tuple[str, ...] = ()
    names_most: int = associations.NAMED_MAX
    ids: tuple[UUID, ...] = ()
    query: str | None = None  # the list's address; None when the documents were ticked one by one

    @property
    def file_name(self) -> str:
        """The name under which the file is downloaded."""
        return f"{self.name}.{self.file_format.value}"

    def to_json(self) -> dict[str, Any]:
        """As the job's parameters keep it."""
        return {
            "file_format": self.file_format.value,
            "name": self.name,
            "language": self.language,
            "properties": list(self.properties),
            "associated": list(self.associated),
            "names_most": self.names_most,
            "ids": [str(pk) for pk in self.ids],
            "query": self.query,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ExportRequest:
        """As it was kept."""
        return cls(
            file_format=FileFormat(stored["file_format"]),
            name=stored["name"],
            language=stored["language"],
            properties=tuple(stored["properties"]),
            associated=tuple(stored["associated"]),
            names_most=stored["names_most"],
            ids=tuple(UUID(pk) for pk in stored["ids"]),
            query=stored["query"],
        )


class Table:
    """The columns of an export and the rows of any documents under them."""

    def __init__(self, organization: Organization, asked: ExportRequest, *, today: date) -> None:
        self._organization = organization
        self._asked = asked
        self._today = today
        self._zone = ZoneInfo(organization.time_zone)
        self._properties = properties_named(book_of(organization), asked.properties)
        self._words = self._words_of_choices()
        self._associated = [ASSOCIATIONS[name] for name in asked.associated if name in ASSOCIATIONS]

    def header(self) -> list[str]:
        """The names of the columns; internal ones are the same in every language and release."""
        columns: list[Property | Association] = [*self._properties, *self._associated]
        if self._asked.language == INTERNAL:
            return [column.name for column in columns]
        with translation.override(self._asked.language):
            return [str(column.label) for column in columns]

    def rows(self, invoice_ids: Sequence[UUID]) -> Iterator[list[Cell]]:
        """The documents in the given order; those that are gone by now are left out."""
        found = {row["id"]: row for row in self._read(invoice_ids)}
        words_language = None if self._asked.language == INTERNAL else self._asked.language
        with translation.override(words_language):
            named = associations.names_of(
                self._organization, self._associated, invoice_ids, most=self._asked.names_most
            )
            for pk in invoice_ids:
                if pk in found:
                    own: list[Cell] = [self._cell(each, found[pk]) for each in self._properties]
                    names = [associations.joined(named[each.name].get(pk)) for each in self._associated]
                    yield [*own, *names]

    def _read(self, invoice_ids: Sequence[UUID]) -> Iterator[dict[str, Any]]:
        organization = self._organization
        given = {"open_amount": open_amount(organization), "credited_amount": credited_amount(organization)}
        given |= columns_of(organization, self._properties)
        names = [*COLUMNS, *[name for name in given if name not in COLUMNS]]
        rows: Any = Invoice.objects.of(organization).filter(pk__in=list(invoice_ids)).annotate(**given)
        for row in rows.values(*names):
            row["standing"] = self._standing(row)
            yield row

    def _standing(self, row: Mapping[str, Any]) -> str:
        amounts = DocumentAmounts(
            kind=row["kind"],
            status=row["status"],
            due_date=row["due_date"],
            payable=row["payable_amount"],
            open=row["open_amount"],
            credited=row["credited_amount"] or Decimal(0),
        )
        return str(standing_of(amounts, self._today).value)

    def _words_of_choices(self) -> dict[str, dict[str, str]]:
        """What each code says, by property: asked once, not for every cell. Internal names keep the codes."""
        if self._asked.language == INTERNAL:
            return {each.name: {} for each in self._properties if each.choices is not None or each.kind == Kind.CHECK}
        with translation.override(self._asked.language):
            checks = {"True": str(dict(CHECKS)["yes"]), "False": str(dict(CHECKS)["no"])}
            words = {each.name: checks for each in self._properties if each.kind == Kind.CHECK}
            for each in self._properties:
                if each.choices is not None:
                    words[each.name] = {str(code): str(label) for code, label in each.choices()}
            return words

    def _cell(self, each: Property, row: Mapping[str, Any]) -> Cell:
        value = value_of(each, row, self._zone)
        if value is None:
            return None
        words = self._words.get(each.name)
        if words is not None:
            code = str(value)
            return words.get(code, code.lower() if each.kind == Kind.CHECK else code)
        return value if isinstance(value, WRITTEN) else str(value)
