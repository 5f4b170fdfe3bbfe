"""What Stripe's objects say, in our plain values."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from payments.providers import base
from payments.providers.base import Capture, Dispute, RefundOutcome, SavedToken

# Another try with the same card is pointless: https://docs.stripe.com/declines/codes
HARD_CODES = frozenset(
    {
        "expired_card", "incorrect_number", "invalid_account", "invalid_number", "lost_card", "stolen_card",
        "pickup_card", "restricted_card", "revocation_of_all_authorizations", "revocation_of_authorization",
        "stop_payment_order", "card_not_supported", "currency_not_supported", "fraudulent", "merchant_blacklist",
        "new_account_information_available",
        "transaction_not_allowed", "not_permitted", "debit_not_authorized", "expired_payment_method",
        "payment_method_restricted", "payment_method_unactivated", "payment_method_unsupported_type",
    }
)  # fmt: skip
# The card is good, and its bank wants to hear from the cardholder.
CUSTOMER_CODES = frozenset(
    {
        "authentication_required", "authentication_not_handled", "payment_intent_authentication_failure",
        "online_or_offline_pin_required",
    }
)  # fmt: skip
# What is neither is undecided: an inquiry, or a dispute that is looked at. One that was prevented took no money.
DISPUTE_STATES = {
    "lost": base.DISPUTE_LOST,
    "won": base.DISPUTE_WON,
    "warning_closed": base.DISPUTE_WON,
    "prevented": base.DISPUTE_WON,
}
REFUND_STATES = {"succeeded": base.REFUND_DONE, "failed": base.REFUND_REFUSED, "canceled": base.REFUND_REFUSED}


def decline_of(code: str) -> str:
    """What a code of a refusal asks for."""
    if code in CUSTOMER_CODES:
        return base.CUSTOMER
    return base.HARD if code in HARD_CODES else base.SOFT


def capture_of(intent: Any, charge: Any) -> Capture:
    """The money of a payment that has succeeded, with its fee where Stripe has told it."""
    booked = charge["balance_transaction"] if charge is not None else None
    fee = Decimal(0)
    if booked is not None and not isinstance(booked, str) and booked["currency"] == intent["currency"]:
        fee = base.from_minor(booked["fee"])
    return Capture(intent["id"], base.from_minor(intent["amount_received"]), fee)


def method_of(method: Any) -> str:
    """How the customer paid."""
    kind = "card" if method is None or isinstance(method, str) else method["type"]
    return "direct_debit" if kind.endswith("_debit") else "card"


def saved_of(intent: Any) -> SavedToken | None:
    """The card that may be charged later, if the customer has agreed."""
    method, customer = intent["payment_method"], intent["customer"]
    if intent["setup_future_usage"] != "off_session" or not customer or method is None or isinstance(method, str):
        return None
    token = json.dumps({"customer": customer, "method": method["id"]}, sort_keys=True)
    card = method.get("card") or {}
    expires = f"{card['exp_year']}-{card['exp_month']:02}" if card else ""
    return SavedToken(token, str(card.get("brand") or method["type"]).capitalize(), card.get("last4", ""), expires)


def refund_of(row: Any) -> RefundOutcome:
    """What became of a refund."""
    state = REFUND_STATES.get(row["status"], base.REFUND_PENDING)
    return RefundOutcome(state, row["id"], str(row.get("failure_reason") or ""))


def dispute_of(row: Any) -> Dispute:
    """What became of a dispute, with what Stripe keeps for it of the same currency."""
    booked = [entry for entry in row["balance_transactions"] or () if entry["currency"] == row["currency"]]
    fee = max(base.from_minor(sum(entry["fee"] for entry in booked)), Decimal(0))
    return Dispute(row["id"], DISPUTE_STATES.get(row["status"], base.DISPUTE_OPEN), base.from_minor(row["amount"]), fee)
