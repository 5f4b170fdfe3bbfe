"""Which price of which list holds: a table of cases, without a database."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from uuid import UUID

import pytest

from billing_backlog.booking_times import meet, quantity_of, weekly_days
from billing_backlog.price_lists import Missing, NoPrice, PriceRule, Use, changed_by, rule_for

HALL, OTHER = UUID(int=1), UUID(int=2)
YOUNG, ADULT = UUID(int=11), UUID(int=12)


def rule(price: str, /, **changes: object) -> PriceRule:
    said = {
        "id": UUID(int=int(price)),
        "list_id": UUID(int=100),
        "list_name": "Leie",
        "valid_from": date(2026, 1, 1),
        "valid_through": None,
        "facility_id": HALL,
        "facility_group": "",
        "target_group_id": ADULT,
        "unit_code": "HUR",
        "unit_price": Decimal(price),
        "price_includes_vat": False,
    }
    return PriceRule(**{**said, **changes})  # type: ignore[arg-type]


def of_group(price: str, /, **changes: object) -> PriceRule:
    return rule(price, **{"facility_id": None, "facility_group": "Haller", **changes})


NEXT = {"list_id": UUID(int=101), "valid_from": date(2027, 1, 1)}
ENDED = {"valid_through": date(2026, 12, 31)}
RULES = {
    "own": [rule("300"), of_group("200")],
    "group": [of_group("200"), rule("999", facility_id=OTHER)],
    "split": [rule("300", **ENDED), rule("330", **NEXT)],
    "newest": [rule("300"), rule("330", **NEXT)],
    "own_stays": [rule("300"), of_group("220", **NEXT)],
    "units": [rule("300"), rule("1500", unit_code="DAY"), rule("80", target_group_id=YOUNG)],
    "later": [rule("330", **NEXT)],
    "elsewhere": [rule("999", facility_id=OTHER), of_group("10", facility_group="Baner")],
}


@pytest.mark.parametrize(
    ("rules", "changes", "price"),
    [
        ("own", {}, "300"),
        ("own", {"facility_id": OTHER}, "200"),
        ("group", {}, "200"),
        ("split", {"day": date(2026, 12, 31)}, "300"),
        ("split", {"day": date(2027, 1, 1)}, "330"),
        ("newest", {"day": date(2026, 12, 31)}, "300"),
        ("newest", {"day": date(2027, 1, 1)}, "330"),
        ("own_stays", {"day": date(2027, 1, 1)}, "300"),
        ("units", {"unit_code": "DAY"}, "1500"),
        ("units", {"target_group_id": YOUNG}, "80"),
        ("units", {"target_group_id": YOUNG, "unit_code": "DAY"}, Missing.UNIT),
        ("units", {"unit_code": "NAR"}, Missing.UNIT),
        ("own", {"target_group_id": YOUNG}, Missing.TARGET_GROUP),
        ("elsewhere", {}, Missing.FACILITY),
        ("later", {}, Missing.LIST),
        ("own", {"day": date(2025, 12, 31)}, Missing.LIST),
    ],
)
def test_m_155_the_price_follows_list_and_target_group(rules: str, changes: dict[str, object], price: str) -> None:
    said = {
        "facility_id": HALL,
        "facility_group": "Haller",
        "target_group_id": ADULT,
        "day": date(2026, 11, 4),
        "unit_code": "HUR",
    }
    use = Use(**{**said, **changes})  # type: ignore[arg-type]
    if isinstance(price, Missing):
        with pytest.raises(NoPrice) as missing:
            rule_for(RULES[rules], use)
        assert missing.value.missing == price
    else:
        assert rule_for(RULES[rules], use).unit_price == Decimal(price)
        assert rule_for(reversed(RULES[rules]), use).unit_price == Decimal(price)


def test_a_missing_unit_names_those_that_have_a_price() -> None:
    use = Use(facility_id=HALL, facility_group="", target_group_id=ADULT, day=date(2026, 11, 4), unit_code="NAR")
    with pytest.raises(NoPrice) as missing:
        rule_for(RULES["units"], use)
    assert missing.value.units == ("HUR", "DAY")


def test_prices_are_changed_by_a_per_cent_to_the_oere() -> None:
    assert [changed_by(Decimal(price), Decimal(percent)) for price, percent in (("333", "3.5"), ("50", "-10"))] == [
        Decimal("344.66"),
        Decimal("45.00"),
    ]


@pytest.mark.parametrize(
    ("unit", "times", "quantity"),
    [
        ("HUR", (time(18), time(20)), "2"),
        ("HUR", (time(18), time(18, 20)), "0.333333"),
        ("HUR", (time(22), time(0)), "2"),
        ("DAY", (time(8), time(20)), "1"),
        ("NAR", (None, None), "1"),
    ],
)
def test_hours_are_counted_by_the_times(unit: str, times: tuple[time | None, time | None], quantity: str) -> None:
    assert quantity_of(unit, *times) == Decimal(quantity)


def test_uses_meet_when_they_share_a_minute() -> None:
    evening = (time(18), time(20))
    cases = [(time(20), time(21)), (time(16), time(18)), (time(19, 59), time(0)), (None, None)]
    assert [meet(evening, other) for other in cases] == [False, False, True, True]


def test_a_series_is_weekly_until_its_day_without_what_is_left_out() -> None:
    days = weekly_days(date(2026, 12, 16), date(2027, 1, 7), {date(2026, 12, 23), date(2026, 12, 24)})
    assert days == [date(2026, 12, 16), date(2026, 12, 30), date(2027, 1, 6)]
    assert weekly_days(date(2026, 12, 16), None) == [date(2026, 12, 16)]
