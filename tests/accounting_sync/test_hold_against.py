"""Ours held against what is listed there: by what was made, by number, in parts; the rest stands there twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounting_sync.mapping.entries import Remote
from accounting_sync.mapping.reconciling import Found, Posted, effect_of, gone, held, hold_against, paid_of, sums_of

DAY = date(2026, 11, 3)


def remote(key: str, number: str = "", total: str | None = "1250.00", **changes: Any) -> Remote:
    amount = None if total is None else Decimal(total)
    values: dict[str, Any] = {"id": key, "number": number, "day": DAY, "currency": "NOK", "total": amount}
    return Remote(**values | changes)


def posted(key: str, number: str, *, kind: str = "sale", **changes: Any) -> Posted:
    then = remote(f"r{key}", number, facts={"kind": kind})
    values: dict[str, Any] = {
        "key": key,
        "numbers": (number, f"2026-{int(key):05d}"),
        "day": DAY,
        "currency": "NOK",
        "total": Decimal(1250),
        "base_currency": "NOK",
        "base_total": Decimal(1250),
        "effect": Decimal(1250),
        "then": then,
        "ids": frozenset({f"r{key}"}),
        "accounts": {"1500": Decimal(1250), "3000": Decimal(-1000), "2700": Decimal(-250)},
    }
    return Posted(**values | changes)


def names(found: Found) -> list[str]:
    return [each.name for each in found.differences]


def test_each_is_found_by_what_its_steps_made_whatever_else_bears_that_id() -> None:
    one, two = posted("1", "10001"), posted("2", "10002")
    journal = remote("r1", "2026-00009", facts={"kind": "journal"})
    listing = hold_against([one, two], [journal, remote("r2", "10002"), remote("r1", "10001", facts={"kind": "sale"})])

    assert [(each.posted.key, each.agrees) for each in listing.found] == [("1", True), ("2", True)]
    assert (listing.unlisted, listing.strays) == ([], [])


def test_where_ids_have_changed_there_the_number_tells() -> None:
    listing = hold_against([posted("1", "F-10001")], [remote("posted-as-another", "F10001")])

    assert [each.agrees for each in listing.found] == [True]


def test_what_no_list_holds_is_asked_for_and_what_bears_its_number_besides_is_a_stray() -> None:
    one, two = posted("1", "10001"), posted("2", "10002")
    listing = hold_against([one, two], [remote("r1", "10001"), remote("r77", "10001"), remote("x", "bookkeeper's own")])

    assert [each.posted.key for each in listing.found] == ["1"]
    assert listing.unlisted == [two]
    assert [(each.key, there.id) for each, there in listing.strays] == [("1", "r77")]


def test_a_documents_number_that_is_another_vouchers_label_is_no_stray() -> None:
    sale = posted("1", "2026-00002")
    payment = posted("2", "2026-00002", kind="journal")
    listed = [remote("r2", "2026-00002", facts={"kind": "journal"}), remote("r1", "2026-00002", facts={"kind": "sale"})]

    listing = hold_against([sale, payment], listed)

    assert sorted(each.posted.key for each in listing.found) == ["1", "2"]
    assert listing.strays == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"total": Decimal("1260.00")}, ["total"]),
        ({"number": "10002"}, ["number"]),
        ({"day": date(2026, 11, 4)}, ["day"]),
        ({"currency": "EUR"}, ["currency"]),
        ({"total": None}, []),
        ({"vat_total": Decimal(200)}, ["vat"]),
        ({"accounts": {"3000": Decimal(-1000)}}, []),
        ({"accounts": {"3000": Decimal(-900), "3100": Decimal(-100)}}, ["account:3000", "account:3100"]),
    ],
)
def test_every_difference_is_named(changes: dict[str, Any], expected: list[str]) -> None:
    one = posted("1", "10001")
    one = replace(one, then=replace(one.then, vat_total=Decimal(250)))

    assert names(held(one, replace(remote("r1", "10001"), **changes))) == expected


def test_what_somebody_lets_stand_is_not_found_again_until_it_changes_again() -> None:
    one = posted("1", "10001", accepted=frozenset({("total", "1260.00")}))

    assert held(one, remote("r1", "10001", "1260.00")).is_let_stand
    assert not held(one, remote("r1", "10001", "1270.00")).is_let_stand
    assert not gone(one).is_let_stand
    assert gone(replace(one, accepted=frozenset({("gone", "")}))).is_let_stand
    assert held(one, remote("r1", "10001")).agrees


def test_the_receivables_there_follow_what_the_system_tells() -> None:
    one = posted("1", "10001")

    assert effect_of(one, remote("r1", "10001", "1260.00")) == Decimal("1260.00")
    assert effect_of(one, remote("r1", "10001", None)) == Decimal("1250")
    assert gone(one).effect_there == 0
    credit = replace(one, effect=Decimal(-1250))
    assert effect_of(credit, remote("r1", "10001", "1200.00")) == Decimal("-1200.00")
    euro = replace(one, currency="EUR", total=Decimal(100), base_total=Decimal(1150), effect=Decimal(1150))
    assert effect_of(euro, remote("r1", "10001", "101.00", currency="EUR")) == Decimal("1161.50")
    assert effect_of(euro, remote("r1", "10001", "1150.00")) == Decimal(1150)


def test_accounts_are_summed_over_what_is_told_with_what_is_gone_and_what_stands_twice() -> None:
    told = {"3000": Decimal(-1000)}
    one, two = (
        replace(each, then=replace(each.then, accounts=told)) for each in (posted("1", "10001"), posted("2", "10002"))
    )
    twice = remote("r77", "10001", accounts=told)

    [row] = sums_of([held(one, remote("r1", "10001", accounts=told)), gone(two)], [(one, twice)])

    assert (row.code, row.ours, row.theirs) == ("3000", Decimal(-2000), Decimal(-2000))
    [row] = sums_of([held(one, remote("r1", "10001", accounts=told)), gone(two)], [])
    assert (row.ours, row.theirs) == (Decimal(-2000), Decimal(-1000))


def test_a_payment_of_several_documents_is_the_sum_of_its_parts() -> None:
    one = posted("1", "2026-00001", paid=frozenset({"p1", "p2"}), ids=frozenset({"p1", "p2"}))
    parts = [remote("p1", total="1000.00"), remote("p2", total="250.00")]

    assert [each.agrees for each in hold_against([one], parts).found] == [True]
    assert [names(each) for each in hold_against([one], parts[:1]).found] == [["total"]]
    told = {each.id: (DAY, "NOK", each.total or Decimal(0)) for each in parts}
    whole = paid_of(one, told)
    assert whole is not None
    assert held(one, whole).agrees
    assert paid_of(one, {"p1": told["p1"]}) is None
