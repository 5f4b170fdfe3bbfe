"""Dated cases of interest and of the level that is due, worked out by hand; the working stands beside the figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reminders.policy.deciding import History
from reminders.policy.interest import DayCount
from reminders.policy.law import DebtorKind, Law
from tests.reminders.cases import (
    BUSINESS,
    COLLECTION,
    CONSUMER,
    FRIENDLY,
    NEW_ACT_ONLY,
    NOTICE,
    PUBLIC,
    REMINDER,
    WARNING,
)
from tests.reminders.product_law import PRODUCT_LAW


@dataclass(frozen=True)
class InterestCase:
    """Owed from days on, and the interest through a day; None: no rate is known, from the day `missing`."""

    rule: str
    country: str
    debtor: DebtorKind
    owed: tuple[tuple[str, str], ...]
    through: str
    amount: str | None
    working: str
    agreed: str = ""
    day_count: DayCount = DayCount.ACTUAL_365


MONTHS = DayCount.THIRTY_360
INTEREST = [
    InterestCase("N1 one day", "NO", CONSUMER, (("2026-02-01", "10000"),), "2026-02-01", "3.29", "1200/365"),
    InterestCase("N1 30 days", "NO", CONSUMER, (("2026-02-01", "10000"),), "2026-03-02", "98.63", "28+2: 1200*30/365"),
    InterestCase("N1 not yet late", "NO", CONSUMER, (("2026-02-01", "10000"),), "2026-01-31", "0.00", "no day"),
    InterestCase("N1 July", "NO", BUSINESS, (("2026-07-01", "10000"),), "2026-07-31", "104.04", "1225*31/365"),
    InterestCase(
        "N1 over 1 July", "NO", PUBLIC, (("2026-06-01", "10000"),), "2026-07-31", "202.67", "1200*30 + 1225*31"
    ),
    InterestCase(
        "N1 over 1 January", "NO", CONSUMER, (("2025-07-01", "25000"),), "2026-01-31", "1798.63",
        "25000*12.25%*184/365 + 25000*12%*31/365",
    ),
    InterestCase(
        "N1 part payment on 28 February", "NO", CONSUMER, (("2026-02-01", "10000"), ("2026-03-01", "4000")),
        "2026-03-31", "132.82", "1200*28/365 + 480*31/365",
    ),
    InterestCase(
        "N1 settled", "NO", CONSUMER, (("2026-02-01", "10000"), ("2026-03-03", "0")), "2026-06-30", "98.63",
        "1200*30/365",
    ),
    InterestCase(
        "N1 overpaid", "NO", CONSUMER, (("2026-02-01", "10000"), ("2026-03-03", "-50")), "2028-06-30", "98.63",
        "1200*30/365, nothing after",
    ),
    InterestCase(
        "N1 a leap year has 366 days of 365", "NO", CONSUMER, (("2024-01-01", "1234.56"),), "2024-12-31", "154.74",
        "154.32*366/365 = 154.7428",
    ),
    InterestCase(
        "N1 2025", "NO", CONSUMER, (("2025-01-01", "1234.56"),), "2025-12-31", "152.76",
        "1234.56*(12.5%*181 + 12.25%*184)/365 = 152.7641",
    ),
    InterestCase("N1 half an øre", "NO", BUSINESS, (("2025-01-01", "365"),), "2025-01-01", "0.13", "0.125 up"),
    InterestCase("N1 even", "NO", BUSINESS, (("2026-01-01", "73000"),), "2026-01-01", "24.00", "8760/365"),
    InterestCase(
        "N1 seven half-years", "NO", CONSUMER, (("2020-07-01", "1000"),), "2023-12-31", "321.65",
        "80*(184+181+184)/365 + 85*181/365 + 92.5*184/365 + 107.5*181/365 + 117.5*184/365",
    ),
    InterestCase("N1 2027 unknown", "NO", CONSUMER, (("2026-12-30", "100"),), "2027-01-02", None, "2027-01-01"),
    InterestCase("N1 2019 unknown", "NO", CONSUMER, (("2019-12-01", "100"),), "2020-01-02", None, "2019-12-01"),
    InterestCase(
        "N2 agreed above, consumer", "NO", CONSUMER, (("2026-02-01", "10000"),), "2026-03-02", "98.63",
        "12 %, not 18 %", agreed="18",
    ),
    InterestCase(
        "N2 agreed below, consumer", "NO", CONSUMER, (("2026-02-01", "10000"),), "2026-03-02", "65.75", "800*30/365",
        agreed="8",
    ),
    InterestCase(
        "N2 agreed above, business", "NO", BUSINESS, (("2026-02-01", "10000"),), "2026-03-02", "147.95",
        "1800*30/365", agreed="18",
    ),
    InterestCase(
        "N2 agreed, no table needed", "NO", PUBLIC, (("2027-02-01", "10000"),), "2027-03-02", "65.75", "800*30/365",
        agreed="8",
    ),
    InterestCase(
        "N2 none agreed on", "NO", CONSUMER, (("2027-02-01", "10000"),), "2027-03-02", "0.00", "0 %", agreed="0"
    ),
    InterestCase(
        "N2 no cap known", "NO", CONSUMER, (("2027-02-01", "100"),), "2027-03-02", None, "2027-02-01", agreed="8"
    ),
    InterestCase("DK", "DK", CONSUMER, (("2026-04-01", "5000"),), "2026-04-30", "40.07", "487.50*30/365"),
    InterestCase(
        "DK months", "DK", CONSUMER, (("2026-05-01", "5000"),), "2026-05-31", "40.63", "487.50*30/360 = 40.625 up",
        day_count=MONTHS,
    ),
    InterestCase(
        "DK over 1 July", "DK", BUSINESS, (("2025-01-01", "5000"),), "2025-07-31", "307.95",
        "537.50*181/365 + 487.50*31/365 = 307.9452",
    ),
    InterestCase(
        "DK over 1 July, months", "DK", BUSINESS, (("2025-01-01", "5000"),), "2025-07-31", "309.38",
        "537.50*180/360 + 487.50*30/360 = 309.375 up", day_count=MONTHS,
    ),
    InterestCase(
        "DK 2023", "DK", CONSUMER, (("2023-01-01", "20000"),), "2023-12-31", "2116.11",
        "1980*181/365 + 2250*184/365 = 2116.1096",
    ),
    InterestCase("DK not found", "DK", CONSUMER, (("2026-06-01", "100"),), "2026-07-01", None, "2026-07-01"),
    InterestCase("SE", "SE", CONSUMER, (("2026-05-01", "8000"),), "2026-06-30", "133.70", "800*61/365"),
    InterestCase(
        "SE over 1 January", "SE", BUSINESS, (("2024-12-02", "8000"),), "2025-01-31", "153.64",
        "960*30/365 + 880*31/365 = 153.6438",
    ),
    InterestCase(
        "SE 2022, H1 from 31 December", "SE", CONSUMER, (("2021-12-31", "20000"),), "2022-12-31", "1654.79",
        "1600*182/365 + 1700*184/365 = 1654.7945",
    ),
    InterestCase("no law", "FI", CONSUMER, (("2026-05-01", "8000"),), "2026-06-30", None, "2026-05-01"),
]  # fmt: skip


def sent(position: int, day: str, *, fee: int = 0, by: str = "", is_removed: bool = False, round_: int = 1) -> History:
    """A level of a lawful plan that was sent (or removed)."""
    step = (NOTICE, FRIENDLY, REMINDER, WARNING, COLLECTION)[position - 1]
    deadline = date.fromisoformat(by) if by else None
    return History(position, step, round_, date.fromisoformat(day), Decimal(fee), Decimal(0), deadline, is_removed)


@dataclass(frozen=True)
class LevelCase:
    """What the country's lawful plan decides about a claim of 1,000 on a day."""

    rule: str
    country: str
    debtor: DebtorKind
    due: str
    day: str
    kind: str
    key: str
    on: str
    code: str
    history: tuple[History, ...] = ()
    open: str = "1000"
    held: str = "0"
    stops: tuple[str, ...] = ()
    round: int = 1
    law: Law = PRODUCT_LAW


DUE = "2026-03-02"
_N = sent(1, "2026-02-27")
_F = sent(2, "2026-03-09")
_R = sent(3, "2026-03-16", fee=38, by="2026-03-30")
_W = sent(4, "2026-03-31", fee=38, by="2026-04-14")
_C = sent(5, "2026-04-15")
_LATE = (sent(2, "2026-05-01"), sent(3, "2026-05-08", fee=38, by="2026-05-22"))
_ROUND_1 = (_F, _R, _W)
_DECEMBER = (sent(2, "2026-12-09"), sent(3, "2026-12-16", fee=38, by="2026-12-30"))
NO = "NO"
LEVELS = [
    LevelCase("before its day", NO, CONSUMER, DUE, "2026-02-26", "wait", "notice", "2026-02-27", "days_after_due"),
    LevelCase("3 days before", NO, CONSUMER, DUE, "2026-02-27", "send", "notice", "2026-02-27", "level_reached"),
    LevelCase("on the due day", NO, CONSUMER, DUE, "2026-03-02", "send", "notice", "2026-03-02", "level_reached"),
    LevelCase("its time is over", NO, CONSUMER, DUE, "2026-03-03", "wait", "friendly", "2026-03-09", "days_after_due"),
    LevelCase("day 6", NO, CONSUMER, DUE, "2026-03-08", "wait", "friendly", "2026-03-09", "days_after_due", (_N,)),
    LevelCase("day 7", NO, CONSUMER, DUE, "2026-03-09", "send", "friendly", "2026-03-09", "level_reached", (_N,)),
    LevelCase("day 13", NO, CONSUMER, DUE, "2026-03-15", "wait", "reminder", "2026-03-16", "days_after_due", (_N, _F)),
    LevelCase("N4 day 14", NO, CONSUMER, DUE, "2026-03-16", "send", "reminder", "2026-03-16", "level_reached", (_F,)),
    LevelCase("N5 deadline", NO, CONSUMER, DUE, "2026-03-30", "wait", "collection_notice", "2026-03-31",
              "days_after_due", (_F, _R)),
    LevelCase("N6", NO, CONSUMER, DUE, "2026-03-31", "send", "collection_notice", "2026-03-31", "level_reached",
              (_F, _R)),
    LevelCase("N6 its deadline", NO, CONSUMER, DUE, "2026-04-14", "wait", "collection", "2026-04-15",
              "days_after_due", (_R, _W)),
    LevelCase("the end", NO, BUSINESS, DUE, "2026-04-15", "send", "collection", "2026-04-15", "level_reached",
              (_R, _W)),
    LevelCase("after the end", NO, BUSINESS, DUE, "2026-05-15", "never", "", "", "plan_done", (_R, _W, _C)),
    LevelCase("standstill", NO, CONSUMER, DUE, "2026-05-01", "send", "friendly", "2026-05-01", "level_reached", (_N,)),
    LevelCase("keeps its distance", NO, CONSUMER, DUE, "2026-05-07", "wait", "reminder", "2026-05-08", "spacing",
              _LATE[:1]),
    LevelCase("then goes", NO, CONSUMER, DUE, "2026-05-08", "send", "reminder", "2026-05-08", "level_reached",
              _LATE[:1]),
    LevelCase("N5 deadline of the late one", NO, CONSUMER, DUE, "2026-05-09", "wait", "collection_notice",
              "2026-05-23", "deadline", _LATE),
    LevelCase("N5 deadline of the late one", NO, CONSUMER, DUE, "2026-05-22", "wait", "collection_notice",
              "2026-05-23", "deadline", _LATE),
    LevelCase("and over", NO, CONSUMER, DUE, "2026-05-23", "send", "collection_notice", "2026-05-23", "level_reached",
              _LATE),
    LevelCase("removed is done", NO, CONSUMER, DUE, "2026-03-17", "wait", "collection_notice", "2026-03-31",
              "days_after_due", (_F, sent(3, "2026-03-16", is_removed=True))),
    LevelCase("removed late keeps distance", NO, CONSUMER, DUE, "2026-04-02", "wait", "collection_notice",
              "2026-04-08", "spacing", (_F, sent(3, "2026-04-01", is_removed=True))),
    LevelCase("nothing before the last", NO, CONSUMER, DUE, "2026-04-20", "send", "collection", "2026-04-20",
              "level_reached", (_W,)),
    LevelCase("N8 dispute", NO, CONSUMER, DUE, "2026-03-16", "stop", "", "", "held_dispute", stops=("held_dispute",)),
    LevelCase("wholly held", NO, CONSUMER, DUE, "2026-03-16", "stop", "", "", "held", held="1000"),
    LevelCase("partly held", NO, CONSUMER, DUE, "2026-03-16", "send", "friendly", "2026-03-16", "level_reached",
              held="999.99"),
    LevelCase("settled", NO, CONSUMER, DUE, "2026-03-16", "never", "", "", "settled", open="0"),
    LevelCase("new round waits", NO, CONSUMER, DUE, "2026-04-14", "wait", "friendly", "2026-04-15", "deadline",
              _ROUND_1, round=2),
    LevelCase("new round", NO, CONSUMER, DUE, "2026-04-15", "send", "friendly", "2026-04-15", "level_reached",
              _ROUND_1, round=2),
    LevelCase("Act not in force", NO, CONSUMER, "2026-12-02", "2027-01-01", "send", "collection_notice", "2027-01-01",
              "level_reached", _DECEMBER),
    LevelCase("Act eve", NO, CONSUMER, "2026-12-02", "2026-12-31", "send", "collection_notice", "2026-12-31",
              "level_reached", _DECEMBER, law=NEW_ACT_ONLY),
    LevelCase("Act leaves the notice out", NO, CONSUMER, "2026-12-02", "2027-01-01", "wait", "collection",
              "2027-01-15", "days_after_due", _DECEMBER, law=NEW_ACT_ONLY),
    LevelCase("DK day 14", "DK", CONSUMER, DUE, "2026-03-16", "send", "reminder", "2026-03-16", "level_reached", (_F,)),
    LevelCase("DK § 10 after 10 days", "DK", BUSINESS, DUE, "2026-03-26", "wait", "collection_notice", "2026-03-27",
              "days_after_due", (_F, sent(3, "2026-03-16", fee=100, by="2026-03-26"))),
    LevelCase("DK late reminder", "DK", BUSINESS, DUE, "2026-04-02", "wait", "collection_notice", "2026-04-12",
              "deadline", (_F, sent(3, "2026-04-01", fee=100, by="2026-04-11"))),
    LevelCase("SE day 25", "SE", PUBLIC, DUE, "2026-03-27", "send", "collection_notice", "2026-03-27",
              "level_reached", (_F, sent(3, "2026-03-16", by="2026-03-26"))),
    LevelCase("SE day 36", "SE", CONSUMER, DUE, "2026-04-07", "send", "collection", "2026-04-07", "level_reached",
              (sent(4, "2026-03-27", fee=180, by="2026-04-06"),)),
    LevelCase("other countries", "FI", BUSINESS, DUE, "2026-03-16", "send", "reminder", "2026-03-16", "level_reached",
              (_F,)),
]  # fmt: skip
