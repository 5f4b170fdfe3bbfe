"""The dated figures of the law of late payment in Norway, Denmark and Sweden, each with its source.

A half-year rate ends by itself: a day without a row has no figure, and the last one is never carried on. An
organization adds its own figures, with their source, before a new row of the product arrives. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

LATE_INTEREST: Final = "late_interest_pct_pa"
COMPENSATION: Final = "b2b_compensation"
REMINDER_FEE: Final = "reminder_fee_max"
REMINDER_FEE_COUNT: Final = "reminder_fee_max_count"
REMINDER_FEE_MIN_DAYS: Final = "reminder_fee_min_days_after_due"
REMINDER_MIN_DEADLINE: Final = "reminder_second_fee_min_deadline"
REMINDER_FEE_RESET_MONTHS: Final = "reminder_fee_reset_months"
REMINDER_MIN_DAYS_BETWEEN: Final = "reminder_min_days_between"
NOTICE_MIN_DEADLINE: Final = "collection_notice_min_deadline"
DEMAND_FEE: Final = "own_payment_demand_fee_max"
COLLECTION_DEMAND_FEE: Final = "collection_demand_fee_max"
COLLECTION_DEMAND_MIN_DEADLINE: Final = "collection_demand_min_deadline"
# The Norwegian act of 2026 (LOV-2026-05-22-19) is adopted and not in force: the product has no row of these two. An
# organization's own figure of value 1 says from which day the act applies, another what a fee letter may then cost.
NEW_ACT: Final = "new_debt_collection_act"
FEE_LETTER_FEE: Final = "fee_letter_fee_max"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the law, valid from its first day until the day before `valid_to`; None as value: not known."""

    country: str
    kind: str
    valid_from: date
    valid_to: date | None
    value: Decimal | None
    source: str
    debtor: str = "any"
