"""The demo's files of last month's work are read whole by the import that users have."""

from __future__ import annotations

from datetime import date

import pytest

from billing_backlog.source_files import batches, columns
from billing_backlog.source_files.checking import checked
from billing_backlog.source_files.rows import Reading
from billing_backlog.source_files.tables import Table, read_rows
from config.demo import source_files
from config.demo.companies import demo_companies
from config.demo.source_files import Billed, Worked
from foundation.spreadsheet_reading import read_table

TODAY = date(2026, 11, 22)


def read(content: bytes) -> Reading:
    table = read_table(content)
    mapping = columns.suggested(table.header)
    assert len(mapping) == len(table.header), set(table.header)
    assert columns.missing(mapping) == []
    rows, faults = read_rows(Table(table.rows, table.lines, mapping, table.decimal_mark))
    return checked(rows, today=TODAY, faults=faults)


@pytest.mark.parametrize("month", [date(2026, 10, 1), date(2026, 2, 1), date(2024, 2, 1)])
def test_the_files_of_a_month_are_read_without_a_fault_and_are_the_same_each_time(month: date) -> None:
    billed = [
        [
            Billed(
                number=place,
                name=str(values["name"]),
                organization_number=str(values.get("organization_number", ""))
                if values.get("kind") != "public"
                else "",
                resource_number=str(values.get("resource_number", "")),
            )
            for place, values in enumerate(company.customers, start=1)
            if values.get("country", "NO") == "NO"
        ]
        for company in demo_companies()
    ]
    contracts = [Worked(contract="K-1", line="Rådgivning", tasks=("Analyse", "=Møte")), Worked(
        contract="K-2", line="Ledelse", tasks=("Styringsgruppe",))]  # fmt: skip
    made = [
        source_files.hours(contracts, month),
        source_files.bookings_table(billed[1], month),
        source_files.visits(billed[2], month),
    ]
    batch = source_files.bookings(billed[1], month)

    readings = [read(content) for content in made]
    rows, bad, refusal = batches.read_lg04(batch)
    readings.append(checked(rows, today=TODAY))

    assert (bad, refusal) == ([], [])
    assert [(reading.faults, reading.refusal) for reading in readings] == [((), ())] * 4
    assert all(len(reading.rows) > 15 for reading in readings)
    assert all((row.day.year, row.day.month) == (month.year, month.month) for one in readings for row in one.rows)
    assert made == [
        source_files.hours(contracts, month),
        source_files.bookings_table(billed[1], month),
        source_files.visits(billed[2], month),
    ]
    assert batch == source_files.bookings(billed[1], month)
