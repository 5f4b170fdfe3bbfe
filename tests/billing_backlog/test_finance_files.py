"""Finance files: the layouts hold, nothing is cut, and all of it reads back."""

from __future__ import annotations

import csv
import io
import json
import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing_backlog.finance_files import factum, gl07, kommfakt, lg04, log_csv, visma_fl
from billing_backlog.finance_files.dialect import DateForm, Dialect, LineEnd
from billing_backlog.finance_files.faults import FaultCode, FaultList, FileRefused
from billing_backlog.finance_files.fixed_width import Layout
from billing_backlog.finance_files.records import (
    BasisCustomer,
    BasisFile,
    BasisHeader,
    BasisLine,
    BasisOrder,
    IdentifierKind,
    totals_of,
    with_vat,
    without_vat,
)
from billing_backlog.finance_files.targets import TARGETS, Demands, TargetCode, file_name, write
from tests.builders import SEED, scaled
from tests.conftest import SHARED

BASIS = SHARED / "nordic" / "invoice-basis"
NEEDS_LAYOUTS = pytest.mark.skipif(
    not BASIS.is_dir(), reason="the layouts of the finance systems are not on this machine"
)
ORGANIZATION_NUMBERS = ("312345609", "923609016", "974760673")
NATIONAL_IDS = ("15889910027", "01818010083")


def make_line(**changes: Any) -> BasisLine:
    line = BasisLine(
        article="4001",
        text="Idrettshall A",
        quantity=Decimal(2),
        unit_price=Decimal("600.00"),
        amount=Decimal("1200.00"),
        vat_amount=Decimal("300.00"),
        vat_code="3",
        dimensions=("724300", "38010", "1102"),
        texts=("05.11.2026 18:00-20:00 Øvre hall",),
    )
    return replace(line, **changes)


def make_order(number: str = "38000001", **changes: Any) -> BasisOrder:
    customer = BasisCustomer(kind=IdentifierKind.ORGANIZATION_NUMBER, identifier="312345609", name="Eksempel IL")
    return replace(BasisOrder(number=number, customer=customer, lines=(make_line(),)), **changes)


def make_basis(*orders: BasisOrder) -> BasisFile:
    header = BasisHeader(
        system_code="BO38",
        system_name="BOOKING",
        client="BY",
        day=date(2026, 11, 20),
        period=date(2026, 11, 1),
        reference="Booking november",
        order_type="FS",
        payment_method="IP",
        voucher_type="FK",
        ordering_department="12",
        payment_form="BG",
    )
    return BasisFile(header=header, orders=orders or (make_order(),))


# --- the layouts and the samples ---


def _spread(layout: Layout) -> dict[str, tuple[int, int]]:
    """First column and length of each field; numbered fields together, as the list of layouts has them."""
    found: dict[str, tuple[int, int]] = {}
    for field in layout.fields:
        stem, _mark, number = field.name.rpartition("_")
        name = stem if number.isdigit() and stem in {"att", "dim_value", "KB"} else field.name
        start, length = found.get(name, (field.start, 0))
        found[name] = (start, length + field.length)
    return found


def _told(records: list[dict[str, Any]], use: str) -> dict[str, tuple[int, int]]:
    fields = next(record["fields"] for record in records if record["use"] == use)
    stems = {"att_1_id..att_7_id": "att", "dim_value_1..7": "dim_value", "KB01..KB10": "KB"}
    return {stems.get(one["field"], one["field"]): (one["start"], one["length"]) for one in fields}


@NEEDS_LAYOUTS
def test_every_field_stands_in_the_columns_of_the_layout() -> None:
    layouts = json.loads((BASIS / "layouts.json").read_text(encoding="utf-8"))
    forms = {
        "LG04": {"header": lg04.HEADER, "item": lg04.ITEM, "text": lg04.TEXT},
        "VISMA_FL_EXTENDED": {"ST": visma_fl.BEGIN, "FL": visma_fl.ROW, "LT": visma_fl.TEXT, "SL": visma_fl.END},
        "FL_BASIC": {"FL": kommfakt.ROW},
    }

    for name, records in forms.items():
        for use, layout in records.items():
            assert _spread(layout) == _told(layouts[name]["records"], use), (name, use)
        longest = max(layout.length for layout in records.values())
        assert longest == layouts[name]["record_length"]
    assert layouts["FACTUM_XML"]["root"] == factum.ROOT


@NEEDS_LAYOUTS
@pytest.mark.parametrize(("name", "form"), [("lg04", lg04), ("visma_fl", visma_fl)])
def test_m_148_a_constructed_file_is_read_and_written_to_the_same_bytes(name: str, form: Any) -> None:
    data = (BASIS / f"constructed_{name}.txt").read_bytes()
    expected = json.loads((BASIS / f"constructed_{name}.txt.expected.json").read_text(encoding="utf-8"))

    basis, faults = form.read(data)
    assert faults.found == ()
    written = FaultList()
    assert form.written(basis, Dialect(), written) == data
    assert written.found == ()
    if name == "lg04":
        assert [_as_expected(order) for order in basis.orders] == expected["orders"]
        assert totals_of(basis).amount == Decimal(expected["net_total"])
    else:
        rows = [(line, order) for order in basis.orders for line in order.lines]
        assert [
            {
                "customer": order.customer.identifier,
                "article": line.article,
                "unit_price": f"{line.unit_price:.2f}",
                "quantity": f"{line.quantity:.2f}",
                "amount": f"{line.amount:.2f}",
                "vat_code": line.vat_code,
            }
            for line, order in rows
        ] == expected["rows"]


def _as_expected(order: BasisOrder) -> dict[str, Any]:
    return {
        "order": order.number,
        "payer": order.customer.identifier,
        "their_ref": order.their_reference,
        "lines": [
            {
                "article": line.article,
                "net": f"{line.amount:.2f}",
                "quantity": f"{line.quantity:.0f}",
                "vat_code": line.vat_code,
            }
            for line in order.lines
        ],
    }


# --- everything reads back ---


def _random_order(source: random.Random, number: int, target: TargetCode) -> BasisOrder:
    kinds = sorted(TARGETS[target].identifiers)
    kind = source.choice(kinds)
    identifier = {
        IdentifierKind.ORGANIZATION_NUMBER: source.choice(ORGANIZATION_NUMBERS),
        IdentifierKind.NATIONAL_ID: source.choice(NATIONAL_IDS),
        IdentifierKind.RESOURCE_NUMBER: str(source.randint(10_000, 999_999)),
        IdentifierKind.CUSTOMER_NUMBER: str(source.randint(1, 99_999_999)),
    }[kind]
    words = [
        "Møterom",
        "hall",
        "–",
        "Øvre",
        "5 m²",
        "à",
        "renhold",
        "kveld",
        "“A”",
        "=1+1",
        "@",
        "ærlig",
        "€",
        "æøåÆØÅ;,",
    ]
    dimensions = tuple(source.choice(["", str(source.randint(1, 9999))]) for _ in range(3))
    lines = []
    for _ in range(source.randint(1, 6)):
        price, quantity = Decimal(source.randint(-90_000, 900_000)) / 100, Decimal(source.randint(1, 900)) / 100
        amount = (price * quantity).quantize(Decimal("0.01"))
        sign = source.choice([1, 1, 1, -1])
        lines.append(
            BasisLine(
                article=str(source.randint(1, 9999)),
                text=" ".join(source.choices(words, k=source.randint(1, 9))) + " x",
                quantity=quantity * sign,
                unit_price=price * sign,
                amount=amount,
                vat_amount=(amount / 4).quantize(Decimal("0.01")),
                vat_code=str(source.randint(1, 99)),
                dimensions=dimensions,
                texts=tuple(
                    " ".join(source.choices(words, k=source.randint(1, 9))) for _ in range(source.randint(0, 3))
                ),
                from_date=date(2026, 11, source.randint(1, 30)),
                account=str(source.randint(3000, 3999)),
            )
        )
    customer = BasisCustomer(kind=kind, identifier=identifier, name="Åse – Test", street="Vei 1", postal_code="0150")
    return BasisOrder(
        number=str(38_000_000 + number),
        customer=customer,
        lines=tuple(lines),
        their_reference="K-1001",
        head_text="Leie av kommunale bygg",
        delivery_date=date(2026, 11, 20),
        dimensions=("3801", "", "", "", "BYBOOK"),
    )


@pytest.mark.parametrize("code", list(TargetCode))
def test_whatever_is_written_reads_back_to_the_same_records_and_totals(code: TargetCode) -> None:
    target = TARGETS[code]
    source = random.Random(SEED)
    print("seed", SEED)
    for round_number in range(scaled(60, 6)):
        orders = [_random_order(source, number, code) for number in range(source.randint(1, 12))]
        basis = make_basis(*orders)
        dialect = Dialect(
            line_end=source.choice(list(LineEnd)), date_form=source.choice(list(DateForm)), vat_codes=(("38", "U"),)
        )

        file = write(target, basis, Demands(dialect))

        found, faults = target.read(file.data, dialect)
        assert faults.found == ()
        assert found == file.basis
        assert totals_of(found) == file.totals
        ours = with_vat(basis) if target.carries.includes_vat else basis
        assert file.totals == totals_of(ours), round_number
        file.data.decode(target.encoding)
        # Every word of every text is there: nothing was cut.
        told = json.dumps([[line.text, *line.texts] for order in file.basis.orders for line in order.lines])
        assert all(told.count(word) >= sum(word in text for text in _texts(basis)) for word in ("renhold", "kveld"))


def _texts(basis: BasisFile) -> list[str]:
    return [text for order in basis.orders for line in order.lines for text in (line.text, *line.texts)]


def test_vat_is_added_and_taken_off_without_a_rest() -> None:
    basis = make_basis()
    gross = with_vat(basis)

    assert (totals_of(gross).amount, gross.orders[0].lines[0].unit_price) == (Decimal("1500.00"), Decimal("750.00"))
    assert without_vat(gross) == basis


# --- what does not fit is refused by its name ---

REFUSED: tuple[tuple[str, TargetCode, dict[str, Any], dict[str, Any], FaultCode, str], ...] = (
    ("an article too long", TargetCode.LG04, {}, {"article": "A" * 16}, FaultCode.TOO_LONG, "article"),
    ("letters in a number", TargetCode.VISMA_FL, {}, {"article": "A1"}, FaultCode.DIGITS, "VARENR"),
    ("a letter nobody has", TargetCode.LG04, {}, {"article": "Ω"}, FaultCode.LETTERS, "article"),
    ("a blank at the edge", TargetCode.LG04, {}, {"vat_code": " 3"}, FaultCode.BLANK_EDGE, "tax_code"),
    ("a third decimal", TargetCode.LG04, {}, {"quantity": Decimal("1.125")}, FaultCode.DECIMALS, "value_1"),
    ("an amount too large", TargetCode.VISMA_FL, {}, {"amount": Decimal(10) ** 8, "unit_price": Decimal(5) * 10**7},
     FaultCode.TOO_LONG, "BELOP"),
    ("one dimension more", TargetCode.LG04, {}, {"dimensions": ("1",) * 8}, FaultCode.NOT_CARRIED, "dim_8"),
    ("a dimension of no column", TargetCode.CSV, {"dimensions": ("", "", "", "", "", "x")}, {}, FaultCode.NOT_CARRIED,
     "dim_value_6"),
    ("no VAT code", TargetCode.LG04, {}, {"vat_code": ""}, FaultCode.MISSING, "vat_code"),
    ("no project", TargetCode.LG04, {}, {"dimensions": ("724300",)}, FaultCode.MISSING, "dim_2"),
    ("price times quantity is another amount", TargetCode.FACTUM, {}, {"quantity": Decimal(200)},
     FaultCode.PRODUCT_DIFFERS, "amount"),
    ("an order number too long", TargetCode.LG04, {"number": "1" * 10}, {}, FaultCode.TOO_LONG, "order_id"),
    ("no order number", TargetCode.FACTUM, {"number": ""}, {}, FaultCode.MISSING, "number"),
    ("no lines", TargetCode.CSV, {"lines": ()}, {}, FaultCode.NO_LINES, ""),
)  # fmt: skip


@pytest.mark.parametrize(
    ("code", "order", "line", "fault", "field"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_does_not_fit_is_refused_by_the_name_of_its_field(
    code: TargetCode, order: dict[str, Any], line: dict[str, Any], fault: FaultCode, field: str
) -> None:
    """Nothing is cut silently, and a mandatory dimension must have a value (M-153)."""
    basis = make_basis(make_order(**{"lines": (make_line(**line),)} | order))

    with pytest.raises(FileRefused) as refused:
        write(TARGETS[code], basis, Demands(dimensions={2: "Prosjekt"}))

    assert (fault, field) in {(found.code, found.field) for found in refused.value.faults}


@pytest.mark.parametrize(
    ("kind", "identifier", "refused_by"),
    [
        (IdentifierKind.ORGANIZATION_NUMBER, "312345608", set(TargetCode)),
        (IdentifierKind.ORGANIZATION_NUMBER, "", set(TargetCode)),
        (IdentifierKind.NATIONAL_ID, "15889910028", set(TargetCode)),
        (IdentifierKind.NATIONAL_ID, "15889910027", set()),
        (IdentifierKind.RESOURCE_NUMBER, "1234", set(TargetCode)),
        (IdentifierKind.RESOURCE_NUMBER, "012345", set(TargetCode)),
        (IdentifierKind.RESOURCE_NUMBER, "123456", {TargetCode.KOMMFAKT}),
        (IdentifierKind.CUSTOMER_NUMBER, "10001", {TargetCode.LG04, TargetCode.FACTUM, TargetCode.CSV}),
        (IdentifierKind.CUSTOMER_NUMBER, "123456789", set(TargetCode)),
    ],
)
def test_m_139_a_payer_is_known_by_an_identifier_that_can_be_one(
    kind: IdentifierKind, identifier: str, refused_by: set[TargetCode]
) -> None:
    basis = make_basis(make_order(customer=BasisCustomer(kind=kind, identifier=identifier)))
    refused = set()
    for code, target in TARGETS.items():
        try:
            write(target, basis)
        except FileRefused as refusal:
            fields = {fault.field for fault in refusal.faults}
            is_told = bool(identifier) and identifier in str(refusal)  # it may be a national id
            refused |= {code} if fields == {"identifier"} and not is_told else set()

    assert refused == refused_by


def test_two_orders_of_one_number_are_refused() -> None:
    with pytest.raises(FileRefused, match="twice"):
        write(TARGETS[TargetCode.LG04], make_basis(make_order(), make_order()))


def test_m_147_a_file_is_named_by_its_day_and_its_number_on_that_day() -> None:
    names = [file_name(date(2026, 11, 9), 3, TARGETS[code]) for code in (TargetCode.LG04, TargetCode.FACTUM)]

    assert names == ["26110903.txt", "26110903.xml"]


# --- a damaged file is told by line ---


@pytest.mark.parametrize("code", list(TargetCode))
def test_a_file_with_altered_bytes_is_read_without_a_crash_and_what_it_then_tells_is_no_secret(
    code: TargetCode,
) -> None:
    """Other records, or faults by line: never an exception, and never the old records from a file without its end."""
    target = TARGETS[code]
    file = write(target, make_basis(make_order("38000001"), make_order("38000002")))
    source = random.Random(SEED)
    for _ in range(scaled(400, 60)):
        changed = bytearray(file.data)
        for _ in range(source.randint(1, 4)):
            changed[source.randrange(len(changed))] = source.randrange(256)
        cut = bytes(changed[: source.randint(0, len(changed) - 3)])
        target.read(bytes(changed), None)
        found, faults = target.read(cut, None)
        assert faults.count or found != file.basis


@pytest.mark.parametrize(("code", "field"), [(TargetCode.LG04, lg04.ITEM), (TargetCode.VISMA_FL, visma_fl.ROW)])
def test_every_altered_digit_of_an_amount_is_told_or_read(code: TargetCode, field: Layout) -> None:
    target = TARGETS[code]
    file = write(target, make_basis())
    record = next(number for number, line in enumerate(file.data.splitlines()) if len(line) == field.length and number)
    amount = next(one for one in field.fields if one.name in {"amount", "BELOP"})
    start = sum(len(line) for line in file.data.splitlines(keepends=True)[:record]) + amount.start - 1
    for place in range(start, start + amount.length):
        for letter in b"7x":
            changed = file.data[:place] + bytes([letter]) + file.data[place + 1 :]
            found, faults = target.read(changed, None)
            assert faults.count or totals_of(found).amount != file.totals.amount, place


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda data: data[:-200], FaultCode.RECORD_LENGTH),
        (
            lambda data: b"\n".join(line[:500] + b" " + line[500:] for line in data.split(b"\n")),
            FaultCode.RECORD_LENGTH,
        ),
        (
            lambda data: b"".join(line[:150] + b"X" + line[151:] for line in data.splitlines(keepends=True)),
            FaultCode.NOT_BLANK,
        ),
        (lambda data: b"".join(data.splitlines(keepends=True)[1:]), FaultCode.RECORD_MISPLACED),
        (lambda data: b"\xef\xbb\xbf" + data, FaultCode.ENCODING),
        (lambda _data: b"", FaultCode.EMPTY),
    ],
)
def test_a_damaged_batch_names_its_lines(damage: Any, code: FaultCode) -> None:
    data = write(TARGETS[TargetCode.LG04], make_basis()).data

    _basis, faults = lg04.read(damage(data))

    assert code in {fault.code for fault in faults.found}


def test_a_group_that_counts_wrongly_or_does_not_end_is_told() -> None:
    data = write(TARGETS[TargetCode.VISMA_FL], make_basis()).data
    lines = data.splitlines(keepends=True)

    _basis, short = visma_fl.read(b"".join(lines[:-1]))
    _basis, fewer = visma_fl.read(b"".join([lines[0], *lines[2:]]))

    assert [fault.code for fault in short.found] == [FaultCode.ENDS_EARLY]
    assert {FaultCode.COUNT_DIFFERS, FaultCode.RECORD_MISPLACED} <= {fault.code for fault in fewer.found}


# --- postings for units of the same organization, and the log ---


def test_work_for_an_internal_unit_becomes_vouchers_that_sum_to_zero() -> None:
    internal = BasisCustomer(kind=IdentifierKind.RESOURCE_NUMBER, identifier="38020")
    basis = make_basis(make_order(customer=internal), make_order("38000002", customer=internal, dimensions=("38021",)))
    file = gl07.postings_of(basis, gl07.Accounts(income="3600", cost="6300"), first_voucher=7)

    data = gl07.write(file)
    found, faults = gl07.read(data)

    assert faults.found == ()
    assert found == file
    assert [(one.account, one.amount, one.dimensions[0], one.voucher_number) for one in found.postings] == [
        ("3600", Decimal("-1200.00"), "724300", "7"),
        ("6300", Decimal("1200.00"), "38020", "7"),
        ("3600", Decimal("-1200.00"), "724300", "8"),
        ("6300", Decimal("1200.00"), "38021", "8"),
    ]
    assert {len(record) for record in data.splitlines()} == {gl07.SHORTEST}
    one_sided = replace(file, postings=file.postings[:3])
    with pytest.raises(FileRefused, match="unbalanced"):
        gl07.write(one_sided)


def test_m_147_the_log_says_what_a_case_worker_checks_and_defuses_what_a_spreadsheet_would_run() -> None:
    row = log_csv.LogRow(
        source_id="R-1",
        source_kind="allocation",
        order_number="38000001",
        customer_name="=HYPERLINK(1)",
        customer_number="10001",
        text="Hall A – kveld",
        amount=Decimal("-1200.5"),
        vat_amount=Decimal(0),
    )

    header, cells = csv.reader(io.StringIO(log_csv.written([row]).decode("iso-8859-1")), delimiter=";")

    assert tuple(header) == log_csv.COLUMNS
    assert cells[3:] == ["'=HYPERLINK(1)", "10001", "Hall A - kveld", "", "-1200,50", "0,00"]
