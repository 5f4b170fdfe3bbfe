"""Files in which planning systems tell of work: what is read of them, and how what is wrong is named by its line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing_backlog.finance_files.faults import Fault, FaultCode
from billing_backlog.finance_files.targets import TARGETS, TargetCode, write
from billing_backlog.source_files import batches, columns
from billing_backlog.source_files.checking import checked
from billing_backlog.source_files.rows import Payer, Reading, SourceRow
from billing_backlog.source_files.tables import Table, habits_of, read_rows
from tests.billing_backlog.test_finance_files import BASIS, NEEDS_LAYOUTS, make_basis, make_line, make_order

TODAY = date(2026, 11, 22)
HEADER = ("Ordrenr", "Linje", "Dato", "Kundenr", "Tekst", "Antall", "Pris", "Beløp")


def read(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER, mark: str = ",") -> Reading:
    mapping = columns.suggested(header)
    read, faults = read_rows(Table(rows, range(2, len(rows) + 2), mapping, mark))
    return checked(read, today=TODAY, faults=faults)


def named(faults: tuple[Fault, ...]) -> list[tuple[int, FaultCode, str]]:
    return [(fault.line, fault.code, fault.field) for fault in faults]


def make_row(**changes: Any) -> SourceRow:
    row = SourceRow(
        line=2,
        order="B-1",
        order_line="1",
        day=date(2026, 10, 5),
        quantity=Decimal(2),
        text="Leie av hall",
        payer=Payer(number="10001"),
        unit_price=Decimal(600),
        amount=Decimal(1200),
    )
    return replace(row, **changes)


GOOD = ("B-1", "1", "05.10.2026", "10001", "Leie av hall", "2", "600,00", "1 200,00")


def test_a_table_is_read_whatever_its_columns_are_called() -> None:
    norwegian = read(GOOD)
    header = ("Visit ID", "Work date", "Customer no", "Customer name", "Description", "Hours", "Rate", "dim_2")
    english = read(("V7", "2026-10-05", "10001", "Åse", "Cleaning", "1.5", "450.00", "38010"), header=header, mark=".")

    [row] = norwegian.rows
    assert (row.order, row.day, row.payer.number) == ("B-1", date(2026, 10, 5), "10001")
    assert (row.quantity, row.unit_price, row.amount) == (Decimal(2), Decimal("600.00"), Decimal("1200.00"))
    [row] = english.rows
    assert (row.order, row.quantity, row.unit_price, row.dimensions) == (
        "V7", Decimal("1.5"), Decimal("450.00"), {"dim_2": "38010"},
    )  # fmt: skip
    assert columns.missing(columns.suggested(("Ordre", "Dato", "Tekst"))) == ["quantity", "customer_number"]


def test_the_decimal_mark_and_the_days_are_those_by_which_most_cells_can_be_read() -> None:
    header = ("order", "date", "text", "quantity", "price")
    rows = [("1", "2026-10-05", "x", "1.5", "1,250.75"), ("2", "2026-10-06", "x", "2", "99.50")]

    habits = habits_of(Table(rows, (2, 3), columns.suggested(header), ","))

    assert (habits.decimal_mark, habits.date_format) == (".", "%Y-%m-%d")


@pytest.mark.parametrize(
    ("place", "cell", "code", "field"),
    [
        (0, "", FaultCode.MISSING, "order"),
        (0, "9" * 61, FaultCode.TOO_LONG, "order"),
        (2, "31.02.2026", FaultCode.DATE, "day"),
        (2, "05.10.1926", FaultCode.DATE, "day"),
        (2, "05.10.2126", FaultCode.DATE, "day"),
        (2, "", FaultCode.MISSING, "day"),
        (3, "", FaultCode.MISSING, "customer"),
        (4, "Hall\x07", FaultCode.LETTERS, "text"),
        (5, "to", FaultCode.NUMBER, "quantity"),
        (5, "0", FaultCode.ZERO, "quantity"),
        (5, "3", FaultCode.PRODUCT_DIFFERS, "amount"),
        (5, "200", FaultCode.PRODUCT_DIFFERS, "amount"),
        (5, "2,0000001", FaultCode.DECIMALS, "quantity"),
        (6, "6OO,00", FaultCode.NUMBER, "unit_price"),
        (7, "999999999999999", FaultCode.HUGE, "amount"),
    ],
)
def test_one_bad_row_is_named_and_the_others_are_read(place: int, cell: str, code: FaultCode, field: str) -> None:
    bad = (*GOOD[:place], cell, *GOOD[place + 1 :])
    good = [(f"B-{number}", *GOOD[1:]) for number in range(2, 12)]

    reading = read(*good[:5], bad, *good[5:])

    assert (7, code, field) in named(reading.faults)
    assert {fault.line for fault in reading.faults} == {7}
    assert (len(reading.rows), reading.count, reading.is_refused) == (10, 11, False)


@pytest.mark.parametrize("factor", [Decimal("0.01"), Decimal(100), Decimal(1000)])
def test_a_file_whose_amounts_are_all_off_by_a_power_of_ten_is_refused_whole(factor: Decimal) -> None:
    rows = [make_row(order=f"B-{number}", line=number, amount=Decimal(1200) * factor) for number in range(2, 9)]

    reading = checked([*rows, make_row(line=20)], today=TODAY)

    assert reading.rows == ()
    assert [(fault.code, fault.values["factor"]) for fault in reading.refusal] == [(FaultCode.SCALE, f"{factor:f}")]


def test_prices_of_our_own_show_a_wrong_scale_where_the_file_tells_none() -> None:
    rows = [
        make_row(order=str(number), line=number, unit_price=None, quantity=Decimal(200), product="4001")
        for number in range(2, 9)
    ]

    assert checked(rows, today=TODAY, prices={"4001": Decimal(600)}).refusal
    assert len(checked(rows, today=TODAY, prices={"4001": Decimal(6)}).rows) == 7
    # What differs by more than the scale is another price, not another decimal point.
    assert len(checked(rows, today=TODAY, prices={"4001": Decimal(500)}).rows) == 7


def test_what_is_odd_is_told_and_taken() -> None:
    odd = [
        make_row(order="future", day=date(2026, 11, 23)),
        make_row(order="ancient", day=date(2023, 11, 21)),
        make_row(order="free", unit_price=Decimal(0), amount=Decimal(0)),
        make_row(order="negative", unit_price=Decimal(-600), amount=Decimal(-1200)),
        make_row(order="huge", quantity=Decimal(2000), amount=Decimal(1_200_000)),
    ]
    reading = checked([replace(row, line=line) for line, row in enumerate(odd, start=2)], today=TODAY)

    assert [(fault.order, fault.code) for fault in reading.warnings] == [
        ("future", FaultCode.FUTURE),
        ("ancient", FaultCode.ANCIENT),
        ("free", FaultCode.ZERO),
        ("negative", FaultCode.NEGATIVE),
        ("huge", FaultCode.HUGE),
    ]
    assert (reading.rows[3].quantity, reading.rows[3].unit_price) == (
        Decimal(-2),
        Decimal(600),
    )  # a price is never negative


def test_the_same_order_and_line_told_twice_in_a_file_names_the_first() -> None:
    reading = read(GOOD, ("B-2", *GOOD[1:]), GOOD, ("B-1", "2", *GOOD[2:]))

    assert named(reading.faults) == [(4, FaultCode.TWICE, "order")]
    assert reading.faults[0].values["first"] == 2
    assert len(reading.rows) == 3


@NEEDS_LAYOUTS
def test_the_constructed_batches_become_rows() -> None:
    data = (BASIS / "constructed_lg04.txt").read_bytes()
    rows, bad, refusal = batches.read_lg04(data)
    visma, _bad, _refusal = batches.read_visma_fl((BASIS / "constructed_visma_fl.txt").read_bytes())

    assert (bad, refusal, batches.looks_like_lg04(data), batches.looks_like_visma_fl(data)) == ([], [], True, False)
    reading = checked(rows, today=TODAY)
    assert [(row.line, row.order, row.day, row.unit_price, row.vat) for row in reading.rows] == [
        (2, "38000001", date(2026, 11, 5), Decimal(600), "3"),
        (4, "38000001", date(2026, 11, 5), Decimal(200), "3"),
        (7, "38000002", date(2026, 11, 7), Decimal(150), "6"),
    ]
    taken = checked(visma, today=TODAY).rows
    assert [(row.order, row.price_includes_vat, row.quantity, row.unit_price) for row in taken] == [
        ("Booking 2026-11-20 10001", True, Decimal(2), Decimal(750)),
        ("Booking 2026-11-20 10001", True, Decimal(-1), Decimal(100)),
    ]


def test_a_batch_with_one_bad_figure_loses_that_row_and_a_damaged_one_is_refused() -> None:
    orders = [make_order(str(number), lines=(make_line(), make_line())) for number in range(1, 4)]
    data = write(TARGETS[TargetCode.LG04], make_basis(*orders)).data
    lines = data.splitlines(keepends=True)
    place = 1859 + 5
    lines[1] = lines[1][:place] + b"O" + lines[1][place + 1 :]

    rows, bad, refusal = batches.read_lg04(b"".join(lines))
    _rows, _bad, damaged = batches.read_lg04(b"".join([lines[0], lines[1][:-9] + b"\n", *lines[2:]]))

    assert (len(rows), refusal) == (5, [])
    assert {(fault.line, fault.code) for fault in bad} == {(2, FaultCode.NUMBER), (2, FaultCode.MISSING)}
    assert FaultCode.RECORD_LENGTH in {fault.code for fault in damaged}


def test_a_national_id_is_never_part_of_what_is_shown() -> None:
    payer = Payer(national_id="15889910027")

    assert (payer.shown, "15889910027" in repr(payer)) == ("", False)
