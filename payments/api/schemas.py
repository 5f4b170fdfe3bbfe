"""What programs send and are told of payments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from foundation.api.pages import PageAsked
from foundation.api.values import Amount, Day, Sent, Text, Told

CLAIMS_MAX = 100


class PartFields(Sent):
    """What a payment pays of one claim."""

    claim_id: UUID
    amount: Amount = Field(description="Of the claim, in its currency.")
    used: Amount | None = Field(default=None, description="Of the payment, where the currencies differ.")


class PaymentFields(Sent):
    """Money that came in."""

    day: Day
    amount: Amount
    currency: Text | None = Field(default=None, max_length=3)
    method: Literal["bank", "card", "wallet", "cash", "other"] = "bank"
    account: Text = Field(default="", max_length=10, description="Number of the account; empty: the bank account.")
    customer_id: UUID | None = Field(default=None, description="Empty where nobody knows yet who has paid.")
    reference: Text = Field(default="", max_length=140, description="KID, or what the bank told.")
    payer_name: Text = Field(default="", max_length=140)
    note: Text = Field(default="", max_length=300)
    base_amount: Amount | None = Field(default=None, description="Credited by the bank, of foreign money.")
    fee: Amount | None = Field(default=None, description="What the bank kept of the amount.")
    closes_small_difference: bool = False
    pays: list[PartFields] = Field(default=[], max_length=CLAIMS_MAX)


class UseTold(Told):
    """A part of a payment on a claim that stands."""

    claim_id: UUID
    number: str
    amount: Amount


class PaymentRow(Told):
    """A payment as lists show it."""

    id: UUID
    day: date
    currency: str
    amount: Amount
    applied: Amount
    refunded: Amount
    reversed: Amount
    unapplied: Amount
    fee: Amount
    method: str
    source: str
    reference: str
    payer_name: str
    note: str
    customer_id: UUID | None
    registered_by: str
    registered_at: datetime


class PaymentTold(PaymentRow):
    """A payment with what it pays."""

    pays: list[UseTold]


class PaymentsAsked(PageAsked):
    """Which payments."""

    customer_id: UUID | None = None
    state: Literal["", "unapplied", "applied", "refunded", "reversed"] = ""
    received_from: Day | None = None
    received_through: Day | None = None


class PaymentPage(Told):
    """A part of the list, the newest day first."""

    items: list[PaymentRow]
    next: str = Field(description="What to send as `after` for the next page; empty on the last one.")
