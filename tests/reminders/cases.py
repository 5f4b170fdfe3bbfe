"""Dated cases of the law of reminders, each worked out by hand from the rule it names; no figure is computed.

N1 to N12 are the Norwegian rules: N1, N2 interest; N3 compensation; N4, N5 fees; N6 notice; N7 own demand; N12
consumers. DK and SE name the Danish and Swedish ones. An amount of the history is what was really charged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reminders.policy.fees import Charged
from reminders.policy.figures import COMPENSATION, FEE_LETTER_FEE, NEW_ACT, Figure
from reminders.policy.law import DebtorKind, Law, Step
from tests.reminders.product_law import PRODUCT_FIGURES, PRODUCT_LAW

CONSUMER, BUSINESS, PUBLIC = DebtorKind.CONSUMER, DebtorKind.BUSINESS, DebtorKind.PUBLIC
NOTICE, FRIENDLY, REMINDER = Step.NOTICE, Step.FRIENDLY, Step.REMINDER
WARNING, DEMAND, COLLECTION = Step.COLLECTION_NOTICE, Step.PAYMENT_DEMAND, Step.COLLECTION


def own(kind: str, value: str, first: str = "2027-01-01", country: str = "NO") -> Figure:
    """A figure that an organization typed in."""
    return Figure(country, kind, date.fromisoformat(first), None, Decimal(value), "typed in")


NEW_ACT_ONLY = Law(PRODUCT_FIGURES, own=[own(NEW_ACT, "1")])
NEW_ACT_WITH_FEE = Law(PRODUCT_FIGURES, own=[own(NEW_ACT, "1"), own(FEE_LETTER_FEE, "50"), own(COMPENSATION, "440")])


def past(step: Step, day: str, fee: int = 0, compensation: int = 0, by: str = "") -> Charged:
    """A step that was sent."""
    deadline = date.fromisoformat(by) if by else None
    return Charged(step, date.fromisoformat(day), Decimal(fee), Decimal(compensation), deadline)


@dataclass(frozen=True)
class ChargeCase:
    """A sending and what it may charge; wants names f(ee) and c(ompensation)."""

    rule: str
    country: str
    debtor: DebtorKind
    due: str
    day: str
    step: Step
    fee: str
    compensation: str
    code: str
    wants: str = "f"
    history: tuple[Charged, ...] = ()
    agreed_fee: str = ""
    is_agreed: bool = False
    law: Law = PRODUCT_LAW


_FIRST = past(REMINDER, "2026-03-16", 38, by="2026-03-30")
_SECOND = past(REMINDER, "2026-03-31", 38, by="2026-04-14")
_WARNED = past(WARNING, "2026-03-31", 38, by="2026-04-14")
_DEMANDED = past(DEMAND, "2026-04-15", 113, by="2026-04-29")
_JANUARY = (past(REMINDER, "2026-01-16", 38, by="2026-01-30"), past(REMINDER, "2026-01-31", 38, by="2026-02-14"))
_JULY = past(REMINDER, "2026-07-31", 38, by="2026-08-14")
_SUMMER = past(REMINDER, "2026-07-24", 38, by="2026-08-07")
_AUGUST = past(WARNING, "2026-08-08", 38, by="2026-08-22")
_FULLY = past(REMINDER, "2026-07-24", 0, 430, by="2026-08-07")
_OF_2025 = (
    past(REMINDER, "2025-01-20", 35, by="2025-02-03"),
    past(WARNING, "2025-02-04", 35, by="2025-02-18"),
    past(DEMAND, "2025-02-19", 105, by="2025-03-05"),
)
_LETTER = past(REMINDER, "2027-01-15", 50, by="2027-01-29")
_LETTER_2 = past(REMINDER, "2027-01-30", 50, by="2027-02-13")
_DANISH = (past(REMINDER, "2026-03-03", 100), past(REMINDER, "2026-03-13", 100), past(WARNING, "2026-03-23", 100))
_SWEDISH = past(REMINDER, "2026-03-16", 60)
_SWEDISH_DEMAND = past(WARNING, "2026-03-31", 180, by="2026-04-08")

# Norway, consumers: due on Monday 2 March 2026, so the fourteenth day after is the 16th.
_NO_CONSUMER = [
    ChargeCase("N4 day 13", "NO", CONSUMER, "2026-03-02", "2026-03-15", REMINDER, "0", "0", "too_early"),
    ChargeCase("N4 day 14", "NO", CONSUMER, "2026-03-02", "2026-03-16", REMINDER, "38", "0", "fee"),
    ChargeCase("N4 long after", "NO", CONSUMER, "2026-03-02", "2026-11-20", REMINDER, "38", "0", "fee"),
    ChargeCase("N4 sent in 2025", "NO", CONSUMER, "2025-12-10", "2025-12-24", REMINDER, "35", "0", "fee"),
    ChargeCase("N4 last day of 35", "NO", CONSUMER, "2025-12-17", "2025-12-31", REMINDER, "35", "0", "fee"),
    ChargeCase("N4 first day of 38", "NO", CONSUMER, "2025-12-18", "2026-01-01", REMINDER, "38", "0", "fee"),
    ChargeCase("N4 due 2025, sent 2026", "NO", CONSUMER, "2025-11-03", "2026-02-02", REMINDER, "38", "0", "fee"),
    ChargeCase("N4 first day of 35", "NO", CONSUMER, "2020-10-01", "2020-10-15", REMINDER, "35", "0", "fee"),
    ChargeCase("N4 before its day", "NO", CONSUMER, "2020-09-01", "2020-09-30", REMINDER, "0", "0", "no_figure"),
    ChargeCase("N4 over leap day", "NO", CONSUMER, "2024-02-20", "2024-03-05", REMINDER, "35", "0", "fee"),
    ChargeCase("N4 over leap day", "NO", CONSUMER, "2024-02-20", "2024-03-04", REMINDER, "0", "0", "too_early"),
    ChargeCase(
        "N4 smaller", "NO", CONSUMER, "2026-03-02", "2026-03-16", REMINDER, "30", "0", "fee", agreed_fee="30"
    ),
    ChargeCase(
        "N4 larger", "NO", CONSUMER, "2026-03-02", "2026-03-16", REMINDER, "38", "0", "fee_capped", agreed_fee="50"
    ),
    ChargeCase("N4 none wanted", "NO", CONSUMER, "2026-03-02", "2026-03-16", REMINDER, "0", "0", "", wants=""),
    ChargeCase("N12", "NO", CONSUMER, "2026-03-02", "2026-03-16", FRIENDLY, "0", "0", "step_bears_no_fee"),
    ChargeCase("N12", "NO", CONSUMER, "2026-03-02", "2026-02-27", NOTICE, "0", "0", "step_bears_no_fee"),
    ChargeCase("N12", "NO", CONSUMER, "2026-03-02", "2026-06-01", COLLECTION, "0", "0", "step_bears_no_fee"),
    ChargeCase("N4 on the due day", "NO", CONSUMER, "2026-03-02", "2026-03-02", REMINDER, "0", "0", "before_due"),
    ChargeCase("N6 no purring first", "NO", CONSUMER, "2026-03-02", "2026-03-16", WARNING, "38", "0", "fee"),
    ChargeCase("N4 notice too", "NO", CONSUMER, "2026-03-02", "2026-03-15", WARNING, "0", "0", "too_early"),
    ChargeCase(
        "N5 on the deadline", "NO", CONSUMER, "2026-03-02", "2026-03-30", WARNING, "0", "0", "deadline_not_missed",
        history=(_FIRST,),
    ),
    ChargeCase(
        "N5 the day after", "NO", CONSUMER, "2026-03-02", "2026-03-31", WARNING, "38", "0", "fee", history=(_FIRST,)
    ),
    ChargeCase(
        "N5 two purringer", "NO", CONSUMER, "2026-03-02", "2026-03-31", REMINDER, "38", "0", "fee", history=(_FIRST,)
    ),
    ChargeCase(
        "N5 13 days given", "NO", CONSUMER, "2026-03-02", "2026-04-15", WARNING, "0", "0", "first_deadline_too_short",
        history=(past(REMINDER, "2026-03-16", 38, by="2026-03-29"),),
    ),
    ChargeCase(
        "N5 none given", "NO", CONSUMER, "2026-03-02", "2026-04-15", WARNING, "0", "0", "first_deadline_too_short",
        history=(past(REMINDER, "2026-03-16", 38),),
    ),
    ChargeCase(
        "N5 the third", "NO", CONSUMER, "2026-03-02", "2026-04-15", WARNING, "0", "0", "fees_used_up",
        history=(_FIRST, _SECOND),
    ),
    ChargeCase(
        "N5 third of the other kind", "NO", CONSUMER, "2026-03-02", "2026-04-15", REMINDER, "0", "0", "fees_used_up",
        history=(_FIRST, _WARNED),
    ),
    ChargeCase(
        "N5 free ones do not count", "NO", CONSUMER, "2026-03-02", "2026-03-16", REMINDER, "38", "0", "fee",
        history=(past(FRIENDLY, "2026-03-09"), past(REMINDER, "2026-03-12", 0, by="2026-03-26")),
    ),
    ChargeCase(
        "N5 rates of their days", "NO", CONSUMER, "2025-12-08", "2026-01-06", WARNING, "38", "0", "fee",
        history=(past(REMINDER, "2025-12-22", 35, by="2026-01-05"),),
    ),
    ChargeCase(
        "N7 after the notice", "NO", CONSUMER, "2026-03-02", "2026-04-15", DEMAND, "113", "0", "fee",
        history=(_FIRST, _WARNED),
    ),
    ChargeCase(
        "N7 on its last day", "NO", CONSUMER, "2026-03-02", "2026-04-14", DEMAND, "0", "0", "demand_without_notice",
        history=(_FIRST, _WARNED),
    ),
    ChargeCase(
        "N7 no notice", "NO", CONSUMER, "2026-03-02", "2026-04-15", DEMAND, "0", "0", "demand_without_notice",
        history=(_FIRST, _SECOND),
    ),
    ChargeCase(
        "N7 notice of 13 days", "NO", CONSUMER, "2026-03-02", "2026-04-15", DEMAND, "0", "0", "demand_without_notice",
        history=(past(WARNING, "2026-03-16", 38, by="2026-03-29"),),
    ),
    ChargeCase(
        "N7 notice without fee", "NO", CONSUMER, "2026-03-02", "2026-03-31", DEMAND, "113", "0", "fee",
        history=(past(WARNING, "2026-03-16", 0, by="2026-03-30"),),
    ),
    ChargeCase(
        "N7 in 2025", "NO", CONSUMER, "2025-09-01", "2025-10-15", DEMAND, "105", "0", "fee",
        history=(past(REMINDER, "2025-09-15", 35, by="2025-09-29"), past(WARNING, "2025-09-30", 35, by="2025-10-14")),
    ),
    ChargeCase(
        "N7 larger", "NO", CONSUMER, "2026-03-02", "2026-04-15", DEMAND, "113", "0", "fee_capped",
        history=(_FIRST, _WARNED), agreed_fee="200",
    ),
    ChargeCase(
        "N7 once", "NO", CONSUMER, "2026-03-02", "2026-04-30", DEMAND, "0", "0", "demand_was_charged",
        history=(_FIRST, _WARNED, _DEMANDED),
    ),
    ChargeCase(
        "N7 ends the fees", "NO", CONSUMER, "2026-03-02", "2026-04-30", REMINDER, "0", "0", "demand_was_charged",
        history=(_WARNED, _DEMANDED),
    ),
    ChargeCase(
        "N5 six months less a day", "NO", CONSUMER, "2026-01-02", "2026-07-30", REMINDER, "0", "0", "fees_used_up",
        history=_JANUARY,
    ),
    ChargeCase(
        "N5 six months", "NO", CONSUMER, "2026-01-02", "2026-07-31", REMINDER, "38", "0", "fee", history=_JANUARY
    ),
    ChargeCase(
        "N5 second of the new round", "NO", CONSUMER, "2026-01-02", "2026-08-15", REMINDER, "38", "0", "fee",
        history=(*_JANUARY, _JULY),
    ),
    ChargeCase(
        "N5 waits in the new round", "NO", CONSUMER, "2026-01-02", "2026-08-14", REMINDER, "0", "0",
        "deadline_not_missed", history=(*_JANUARY, _JULY),
    ),
    ChargeCase(
        "N5 third of the new round", "NO", CONSUMER, "2026-01-02", "2026-08-30", REMINDER, "0", "0", "fees_used_up",
        history=(*_JANUARY, _JULY, past(REMINDER, "2026-08-15", 38, by="2026-08-29")),
    ),
    ChargeCase(
        "N5 August to February", "NO", CONSUMER, "2025-08-01", "2026-02-27", REMINDER, "0", "0", "fees_used_up",
        history=(past(REMINDER, "2025-08-15", 35, by="2025-08-29"), past(REMINDER, "2025-08-31", 35, by="2025-09-14")),
    ),
    ChargeCase(
        "N5 August to February", "NO", CONSUMER, "2025-08-01", "2026-02-28", REMINDER, "38", "0", "fee",
        history=(past(REMINDER, "2025-08-15", 35, by="2025-08-29"), past(REMINDER, "2025-08-31", 35, by="2025-09-14")),
    ),
    ChargeCase(
        "N5 demand resets too", "NO", CONSUMER, "2026-03-02", "2026-10-15", REMINDER, "38", "0", "fee",
        history=(_FIRST, _WARNED, _DEMANDED),
    ),
    ChargeCase(
        "N12 no compensation", "NO", CONSUMER, "2026-03-02", "2026-03-16", REMINDER, "38", "0",
        "debtor_owes_no_compensation", wants="fc",
    ),
]  # fmt: skip

_NO_BUSINESS = [
    ChargeCase("N3", "NO", BUSINESS, "2026-03-02", "2026-03-03", FRIENDLY, "0", "460", "compensation", wants="c"),
    ChargeCase("N3 not yet late", "NO", BUSINESS, "2026-03-02", "2026-03-02", FRIENDLY, "0", "0", "before_due", "c"),
    ChargeCase("N3 swallows", "NO", BUSINESS, "2026-07-10", "2026-07-24", REMINDER, "0", "430", "offset", "fc"),
    ChargeCase("N3 alone", "NO", BUSINESS, "2026-07-10", "2026-07-24", REMINDER, "0", "430", "compensation", "c"),
    ChargeCase("N3 for the public", "NO", PUBLIC, "2026-07-10", "2026-07-24", REMINDER, "0", "430", "offset", "fc"),
    ChargeCase("N3 460, then 430", "NO", BUSINESS, "2026-06-20", "2026-07-04", REMINDER, "0", "430", "offset", "fc"),
    ChargeCase("N3 470, then 460", "NO", BUSINESS, "2025-06-20", "2025-07-04", REMINDER, "0", "460", "offset", "fc"),
    ChargeCase("N3 460, then 470", "NO", BUSINESS, "2024-12-20", "2025-01-03", REMINDER, "0", "460", "offset", "fc"),
    ChargeCase("N3 2022 H1", "NO", BUSINESS, "2022-02-01", "2022-02-15", REMINDER, "0", "390", "offset", "fc"),
    ChargeCase("N3 not known", "NO", BUSINESS, "2021-02-01", "2021-02-16", REMINDER, "0", "0", "no_figure", "c"),
    ChargeCase("N3 2027 not known", "NO", BUSINESS, "2026-12-10", "2027-01-01", REMINDER, "38", "0", "no_figure", "fc"),
    ChargeCase("N4 business", "NO", BUSINESS, "2026-07-10", "2026-07-24", REMINDER, "38", "0", "fee"),
    ChargeCase("N4 business", "NO", BUSINESS, "2026-07-10", "2026-07-23", REMINDER, "0", "0", "too_early"),
    ChargeCase("N4 public", "NO", PUBLIC, "2026-07-10", "2026-07-24", REMINDER, "38", "0", "fee"),
    ChargeCase(
        "N3 no step", "NO", BUSINESS, "2026-07-10", "2026-10-01", COLLECTION, "0", "0", "step_bears_no_compensation",
        wants="c",
    ),
    ChargeCase(
        "N3 then a fee", "NO", BUSINESS, "2026-07-10", "2026-08-08", WARNING, "0", "0", "offset", history=(_FULLY,)
    ),
    ChargeCase(
        "N3 then a demand", "NO", BUSINESS, "2026-07-10", "2026-08-23", DEMAND, "0", "0", "offset",
        history=(_FULLY, past(WARNING, "2026-08-08", 0, by="2026-08-22")),
    ),
    ChargeCase(
        "N3 after one fee: 430 - 38", "NO", BUSINESS, "2026-07-10", "2026-08-08", WARNING, "0", "392", "offset",
        wants="fc", history=(_SUMMER,),
    ),
    ChargeCase(
        "N3 after two fees: 430 - 76", "NO", BUSINESS, "2026-07-10", "2026-08-23", DEMAND, "0", "354", "offset",
        wants="c", history=(_SUMMER, _AUGUST),
    ),
    ChargeCase(
        "N3 with a demand of 113: 430 - 76", "NO", BUSINESS, "2026-07-10", "2026-08-23", DEMAND, "0", "354", "offset",
        wants="fc", history=(_SUMMER, _AUGUST),
    ),
    ChargeCase(
        "N3 460 - 35 - 35 - 105", "NO", BUSINESS, "2025-01-02", "2026-01-20", REMINDER, "0", "285", "offset",
        wants="c", history=_OF_2025,
    ),
    ChargeCase(
        "N3 fees of 430 are no smaller", "NO", BUSINESS, "2026-07-10", "2026-08-23", DEMAND, "113", "0", "offset",
        wants="fc", history=(past(REMINDER, "2026-07-24", 392, by="2026-08-07"), _AUGUST),
    ),
    ChargeCase(
        "N3 once", "NO", BUSINESS, "2026-07-10", "2026-08-08", WARNING, "0", "0", "compensation_was_charged",
        wants="c", history=(_FULLY,),
    ),
    ChargeCase(
        "N3 76 + 354, then 38", "NO", BUSINESS, "2026-07-10", "2027-03-01", REMINDER, "0", "0", "offset",
        history=(_SUMMER, _AUGUST, past(REMINDER, "2026-08-25", 0, 354, by="2026-09-08")),
    ),
    ChargeCase(
        "N3 consumer became a business", "NO", BUSINESS, "2026-07-10", "2026-08-08", WARNING, "0", "392", "offset",
        wants="c", history=(_SUMMER,),
    ),
    ChargeCase(
        "N3 business became a consumer", "NO", CONSUMER, "2026-07-10", "2026-08-08", WARNING, "0", "0", "offset",
        history=(_FULLY,),
    ),
    ChargeCase(
        "N5 business, second", "NO", BUSINESS, "2026-07-10", "2026-08-08", WARNING, "38", "0", "fee",
        history=(_SUMMER,),
    ),
    ChargeCase(
        "N7 business", "NO", BUSINESS, "2026-07-10", "2026-08-23", DEMAND, "113", "0", "fee",
        history=(_SUMMER, _AUGUST),
    ),
]  # fmt: skip

# The act LOV-2026-05-22-19, as if it took force on 1 January 2027 and a letter might cost 50.
_NEW_ACT = [
    ChargeCase("Act eve", "NO", CONSUMER, "2026-12-17", "2026-12-31", REMINDER, "38", "0", "fee", law=NEW_ACT_WITH_FEE),
    ChargeCase("Act", "NO", CONSUMER, "2026-12-18", "2027-01-01", REMINDER, "50", "0", "fee", law=NEW_ACT_WITH_FEE),
    ChargeCase("Act, no fee", "NO", CONSUMER, "2026-12-18", "2027-01-01", REMINDER, "0", "0", "no_figure",
               law=NEW_ACT_ONLY),
    ChargeCase("No act", "NO", CONSUMER, "2026-12-18", "2027-01-01", REMINDER, "38", "0", "fee"),
    ChargeCase("Act, day 13", "NO", CONSUMER, "2027-01-01", "2027-01-14", REMINDER, "0", "0", "too_early",
               law=NEW_ACT_WITH_FEE),
    ChargeCase("Act, notice", "NO", CONSUMER, "2027-01-01", "2027-01-15", WARNING, "0", "0", "only_by_agency",
               law=NEW_ACT_WITH_FEE),
    ChargeCase("Act, demand", "NO", BUSINESS, "2026-11-02", "2027-01-15", DEMAND, "0", "0", "only_by_agency",
               history=(past(WARNING, "2026-11-16", 38, by="2026-11-30"),), law=NEW_ACT_WITH_FEE),
    ChargeCase("Act, second", "NO", CONSUMER, "2027-01-01", "2027-01-30", REMINDER, "50", "0", "fee",
               history=(_LETTER,), law=NEW_ACT_WITH_FEE),
    ChargeCase("Act, deadline", "NO", CONSUMER, "2027-01-01", "2027-01-29", REMINDER, "0", "0", "deadline_not_missed",
               history=(_LETTER,), law=NEW_ACT_WITH_FEE),
    ChargeCase("Act, third", "NO", CONSUMER, "2027-01-01", "2027-02-14", REMINDER, "0", "0", "fees_used_up",
               history=(_LETTER, _LETTER_2), law=NEW_ACT_WITH_FEE),
    ChargeCase("Act, old fee counts", "NO", CONSUMER, "2026-12-01", "2027-01-20", REMINDER, "0", "0", "fees_used_up",
               history=(past(REMINDER, "2026-12-15", 38, by="2026-12-29"),
                        past(WARNING, "2026-12-30", 38, by="2027-01-13")), law=NEW_ACT_WITH_FEE),
    ChargeCase("Act, N3 goes on", "NO", BUSINESS, "2027-01-04", "2027-01-18", REMINDER, "0", "440", "offset", "fc",
               law=NEW_ACT_WITH_FEE),
]  # fmt: skip

_DK = [
    ChargeCase("DK § 9 b", "DK", CONSUMER, "2026-03-02", "2026-03-03", REMINDER, "100", "0", "fee"),
    ChargeCase("DK § 9 b", "DK", CONSUMER, "2026-03-02", "2026-03-02", REMINDER, "0", "0", "before_due"),
    ChargeCase("DK § 9 b", "DK", PUBLIC, "2026-03-02", "2026-03-12", REMINDER, "100", "0", "fee"),
    ChargeCase("DK joined notice", "DK", CONSUMER, "2026-03-02", "2026-03-12", WARNING, "100", "0", "fee"),
    ChargeCase("DK no demand", "DK", CONSUMER, "2026-03-02", "2026-03-12", DEMAND, "0", "0", "step_bears_no_fee"),
    ChargeCase("DK friendly", "DK", CONSUMER, "2026-03-02", "2026-03-09", FRIENDLY, "0", "0", "step_bears_no_fee"),
    ChargeCase("DK day before § 9 b", "DK", CONSUMER, "2013-02-01", "2013-02-28", REMINDER, "0", "0", "no_figure"),
    ChargeCase("DK day of § 9 b", "DK", CONSUMER, "2013-02-01", "2013-03-01", REMINDER, "100", "0", "fee"),
    ChargeCase("DK smaller", "DK", CONSUMER, "2026-03-02", "2026-03-03", REMINDER, "75", "0", "fee", agreed_fee="75"),
    ChargeCase("DK larger", "DK", CONSUMER, "2026-03-02", "2026-03-03", REMINDER, "100", "0", "fee_capped",
               agreed_fee="150"),
    ChargeCase("DK 9 days", "DK", CONSUMER, "2026-03-02", "2026-03-12", REMINDER, "0", "0", "too_close",
               history=_DANISH[:1]),
    ChargeCase("DK 10 days", "DK", CONSUMER, "2026-03-02", "2026-03-13", REMINDER, "100", "0", "fee",
               history=_DANISH[:1]),
    ChargeCase("DK the third", "DK", CONSUMER, "2026-03-02", "2026-03-23", WARNING, "100", "0", "fee",
               history=_DANISH[:2]),
    ChargeCase("DK the third, 9 days", "DK", CONSUMER, "2026-03-02", "2026-03-22", WARNING, "0", "0", "too_close",
               history=_DANISH[:2]),
    ChargeCase("DK the fourth", "DK", CONSUMER, "2026-03-02", "2026-04-02", REMINDER, "0", "0", "fees_used_up",
               history=_DANISH),
    ChargeCase("DK no new round", "DK", BUSINESS, "2026-03-02", "2027-04-02", REMINDER, "0", "0", "fees_used_up",
               history=_DANISH),
    ChargeCase("DK free one between", "DK", CONSUMER, "2026-03-02", "2026-03-12", REMINDER, "100", "0", "fee",
               history=(past(REMINDER, "2026-03-10"),)),
    ChargeCase("DK on top", "DK", BUSINESS, "2026-03-02", "2026-03-12", REMINDER, "100", "310", "compensation", "fc"),
    ChargeCase("DK § 9 a (3) alone", "DK", BUSINESS, "2026-03-02", "2026-03-03", FRIENDLY, "0", "310", "compensation",
               "c"),
    ChargeCase("DK once", "DK", BUSINESS, "2026-03-02", "2026-03-13", REMINDER, "100", "0", "compensation_was_charged",
               "fc", history=(past(REMINDER, "2026-03-03", 100, 310),)),
    ChargeCase("DK consumer", "DK", CONSUMER, "2026-03-02", "2026-03-12", REMINDER, "100", "0",
               "debtor_owes_no_compensation", "fc"),
    ChargeCase("DK public", "DK", PUBLIC, "2026-03-02", "2026-03-12", REMINDER, "0", "0",
               "debtor_owes_no_compensation", "c"),
]  # fmt: skip

_SE = [
    ChargeCase("SE agreed", "SE", CONSUMER, "2026-03-02", "2026-03-16", REMINDER, "60", "0", "fee", is_agreed=True),
    ChargeCase("SE not agreed", "SE", CONSUMER, "2026-03-02", "2026-03-16", REMINDER, "0", "0", "fee_not_agreed"),
    ChargeCase("SE business too", "SE", BUSINESS, "2026-03-02", "2026-03-16", REMINDER, "0", "0", "fee_not_agreed"),
    ChargeCase("SE not late", "SE", CONSUMER, "2026-03-02", "2026-03-02", REMINDER, "0", "0", "before_due",
               is_agreed=True),
    ChargeCase("SE larger", "SE", CONSUMER, "2026-03-02", "2026-03-16", REMINDER, "60", "0", "fee_capped",
               is_agreed=True, agreed_fee="100"),
    ChargeCase("SE one", "SE", CONSUMER, "2026-03-02", "2026-03-30", REMINDER, "0", "0", "fees_used_up",
               is_agreed=True, history=(_SWEDISH,)),
    ChargeCase("SE inkassokrav", "SE", CONSUMER, "2026-03-02", "2026-03-16", WARNING, "180", "0", "fee"),
    ChargeCase("SE after 60", "SE", CONSUMER, "2026-03-02", "2026-03-31", WARNING, "180", "0", "fee",
               history=(_SWEDISH,)),
    ChargeCase("SE inkassokrav once", "SE", CONSUMER, "2026-03-02", "2026-05-04", WARNING, "0", "0", "fees_used_up",
               history=(_SWEDISH_DEMAND,)),
    ChargeCase("SE no demand", "SE", CONSUMER, "2026-03-02", "2026-05-04", DEMAND, "0", "0", "step_bears_no_fee"),
    ChargeCase("SE instead", "SE", BUSINESS, "2026-03-02", "2026-03-16", REMINDER, "0", "450", "compensation_instead",
               "fc", is_agreed=True),
    ChargeCase("SE alone", "SE", BUSINESS, "2026-03-02", "2026-03-03", REMINDER, "0", "450", "compensation", "c"),
    ChargeCase("SE public", "SE", PUBLIC, "2026-03-02", "2026-03-16", REMINDER, "0", "450", "compensation", "c"),
    ChargeCase("SE then krav", "SE", BUSINESS, "2026-03-02", "2026-03-31", WARNING, "0", "0", "compensation_instead",
               history=(past(REMINDER, "2026-03-16", 0, 450),)),
    ChargeCase("SE fees came first", "SE", BUSINESS, "2026-03-02", "2026-03-31", WARNING, "0", "0", "fees_instead",
               "c", history=(_SWEDISH,)),
    ChargeCase("SE fees go on", "SE", BUSINESS, "2026-03-02", "2026-03-31", WARNING, "180", "0", "fees_instead",
               "fc", history=(_SWEDISH,)),
    ChargeCase("SE once", "SE", BUSINESS, "2026-03-02", "2026-03-31", WARNING, "0", "0", "compensation_was_charged",
               "c", history=(past(REMINDER, "2026-03-16", 0, 450),)),
    ChargeCase("SE consumer", "SE", CONSUMER, "2026-03-02", "2026-03-31", WARNING, "180", "0",
               "debtor_owes_no_compensation", "fc"),
]  # fmt: skip

_OTHERS = [
    ChargeCase("no law", "FI", CONSUMER, "2026-03-02", "2026-03-31", REMINDER, "0", "0", "no_law"),
    ChargeCase("no law", "DE", BUSINESS, "2026-03-02", "2026-03-31", WARNING, "0", "0", "no_law", "fc"),
]

CHARGES = [*_NO_CONSUMER, *_NO_BUSINESS, *_NEW_ACT, *_DK, *_SE, *_OTHERS]

# (rule, country, step, sent, days the plan wants, last day to pay by)
DEADLINES = [
    ("N6", "NO", WARNING, "2026-03-31", 14, "2026-04-14"),
    ("N6 at least 14", "NO", WARNING, "2026-03-31", 5, "2026-04-14"),
    ("N6 more", "NO", WARNING, "2026-03-31", 21, "2026-04-21"),
    ("N5 at least 14", "NO", REMINDER, "2026-03-16", 7, "2026-03-30"),
    ("N7 at least 14", "NO", DEMAND, "2026-04-15", 10, "2026-04-29"),
    ("friendly", "NO", FRIENDLY, "2026-03-09", 5, "2026-03-14"),
    ("over the new year", "NO", WARNING, "2025-12-24", 0, "2026-01-07"),
    ("over leap day", "NO", WARNING, "2024-02-20", 0, "2024-03-05"),
    ("DK § 10", "DK", WARNING, "2026-03-25", 7, "2026-04-04"),
    ("DK more", "DK", WARNING, "2026-03-25", 14, "2026-04-08"),
    ("DK reminder", "DK", REMINDER, "2026-03-16", 7, "2026-03-23"),
    ("SE inkassokrav", "SE", WARNING, "2026-03-27", 5, "2026-04-04"),
    ("SE more", "SE", WARNING, "2026-03-27", 10, "2026-04-06"),
    ("no law", "FI", WARNING, "2026-03-27", 3, "2026-03-30"),
]
