"""Runs in plain values: the control sheet sums, every anomaly is told, and one altered byte of a manifest is found."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing_backlog.runs.basis import BasisRow, Sum, basis_hash, control_sheet, moved_rows
from billing_backlog.runs.differences import Difference, DifferenceKind, Past, differences
from billing_backlog.runs.manifest import verify_manifest, write_manifest
from tests.builders import SEED

TEN = Decimal(10)


def row(place: int, customer: int = 1, **changes: Any) -> BasisRow:
    """Two hours of the hall at 300.00 on the given place of the list."""
    fields = {
        "item_id": UUID(int=1000 + place),
        "customer_id": UUID(int=customer),
        "customer": f"Lag {customer}",
        "customer_number": 100 + customer,
        "source": "1 Solhallen",
        "case_worker": "Sigrid Saks",
        "day": date(2026, 11, 1 + place % 28),
        "text": "Trening",
        "quantity": Decimal(2),
        "unit_code": "HUR",
        "unit_price": Decimal(300),
        "price_includes_vat": False,
        "amount": Decimal("600.00"),
        "currency": "NOK",
        "charge_kind": "chargeable",
        "vat_treatment": "exempt",
        **changes,
    }
    return BasisRow(**fields)


def past(customer: int = 1, **changes: Any) -> Past:
    """Two rows of 600.00 each in the last period."""
    fields = {
        "customer_id": UUID(int=customer),
        "customer": f"Lag {customer}",
        "count": 2,
        "amount": Decimal("1200.00"),
        "prices": frozenset({("1 Solhallen", Decimal(300))}),
        **changes,
    }
    return Past(**fields)


def found(rows: list[BasisRow], *before: Past) -> list[Difference]:
    return differences(rows, {each.customer_id: each for each in before}, change_percent=TEN)


def kinds(rows: list[BasisRow], *before: Past) -> list[str]:
    return sorted(each.kind.value for each in found(rows, *before))


def test_m_141_the_control_sheet_counts_every_row_once_in_every_way() -> None:
    seeded = random.Random(SEED)
    rows = [
        row(
            place,
            seeded.randint(1, 9),
            source=seeded.choice(["1 Solhallen", "2 Kaihallen"]),
            amount=Decimal(seeded.randint(-5000, 90000)) / 100,
            charge_kind=seeded.choice(["chargeable", "chargeable", "complimentary"]),
            vat_treatment=seeded.choice(["exempt", "standard"]),
            case_worker=seeded.choice(["Sigrid", "Ola"]),
        )
        for place in range(300)
    ]

    sheet = control_sheet(rows)

    charged = sum((each.amount for each in rows if each.charge_kind == "chargeable"), Decimal(0))
    assert sheet.total == Sum(300, charged)
    for sums in (sheet.by_source, sheet.by_case_worker, sheet.by_vat, sheet.by_customer):
        assert sum(each.count for each in sums.values()) == 300
        assert sum((each.amount for each in sums.values()), Decimal(0)) == charged


def test_every_anomaly_is_told_and_a_month_like_the_last_is_not() -> None:
    assert kinds([row(1), row(2)], past()) == []
    assert kinds([row(1), row(2)]) == ["new"]
    assert kinds([], past()) == ["missing"]
    assert kinds([row(1), row(2, amount=Decimal("720.00"))], past()) == ["up"]
    assert kinds([row(1), row(2, amount=Decimal("719.99"))], past()) == []
    assert kinds([row(1), row(2, amount=Decimal("480.00"))], past()) == ["down"]
    assert kinds([row(place) for place in range(4)], past()) == ["doubled", "up"]
    assert kinds([row(1, charge_kind="complimentary")], past()) == ["down", "zero"]
    assert kinds([row(1), row(2, unit_price=Decimal(310))], past()) == ["first_price"]
    assert kinds([row(1), row(2, price_reason="Dugnad")], past()) == ["own_price"]


def test_an_answer_holds_for_these_figures_alone() -> None:
    [first] = found([row(1), row(2, amount=Decimal("720.00"))], past())
    [same] = found([row(1), row(2, amount=Decimal("720.00"))], past())
    [other] = found([row(1), row(2, amount=Decimal("730.00"))], past())

    assert first.kind == DifferenceKind.UP
    assert first.key == same.key
    assert first.key != other.key


def test_what_moved_since_the_basis_was_frozen_is_named() -> None:
    rows = [row(1), row(2), row(3)]
    frozen = {each.item_id: each.digest for each in rows}
    dearer = replace(rows[1], unit_price=Decimal(310), amount=Decimal("620.00"))
    now = {each.item_id: each.digest for each in [rows[0], dearer, row(4)]}

    assert moved_rows(frozen, frozen) == []
    assert moved_rows(frozen, now) == [dearer.item_id, rows[2].item_id, row(4).item_id]
    assert basis_hash(list(frozen.values())) != basis_hash(list(reversed(frozen.values())))


def manifest() -> bytes:
    rows = [row(place, place % 3 + 1) for place in range(5)]
    documents = [{"id": UUID(int=7), "number": 10001, "payable": Decimal("600.00"), "sha256": "a" * 64}]
    return write_manifest({"name": "November 2026", "until": date(2026, 11, 30)}, rows, control_sheet(rows), documents)


def test_a_whole_manifest_verifies_and_is_the_same_bytes_again() -> None:
    assert manifest() == manifest()
    assert verify_manifest(manifest()) == []


def test_one_altered_byte_is_found_wherever_it_stands() -> None:
    whole = manifest()
    seeded = random.Random(SEED)
    for place in seeded.sample(range(len(whole)), 150):
        altered = bytearray(whole)
        altered[place] ^= 1 << seeded.randint(0, 6)
        assert verify_manifest(bytes(altered)), f"byte {place} of {len(whole)} was altered unseen, seed {SEED}"


def test_the_place_of_an_altered_row_is_named() -> None:
    altered = manifest().replace(b'"amount": "600"', b'"amount": "601"', 1)

    problems = verify_manifest(altered)

    assert problems[0] == "rows, 1 (Trening): another content than its hash."
    assert "control, total: 3000.00 is told, the rows come to 3001." in problems
