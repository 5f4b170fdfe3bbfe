"""What whoever books says of one use of a facility, or of a weekly series of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from billing_backlog.intake.plain import Source
from billing_backlog.models import Facility, PayerChoice, TargetGroup
from customers.models import Customer

SERIES_MAX = 110  # two years of weeks, and a few


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingTerms:
    """One use, on a first day and, where a last day is told, on the same day of every week until then.

    Without a price the price list decides; another price needs its reason (M-155), and a free use too (M-156).
    """

    facility: Facility
    customer: Customer
    target_group: TargetGroup
    day: date
    starts_at: time | None = None
    ends_at: time | None = None
    unit_code: str = "HUR"
    text: str = ""
    payer_choice: str = PayerChoice.USER
    payer: Customer | None = None  # None: whoever uses it
    unit_price: Decimal | None = None
    price_reason: str = ""
    is_billable: bool | None = None  # None: as the facility says
    free_reason: str = ""
    contact_email: str = ""
    note: str = ""
    until: date | None = None
    without: tuple[date, ...] = ()
    meets_others: bool = False  # booked although somebody else is there at that moment
    source: Source | None = None
