"""The end of the road in words: why a claim is not handed over and what to do, and the tones of a case's state."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from reminders.models import CaseState

_STOPS: Final[dict[str, Any]] = {
    "own_unit": _("It is owed by a unit of our own."),
    "in_collection": _("It stands in another open case."),
    "held_dispute": _("It is disputed. Settle the objection first (inkassoloven § 17)."),
    "held_promise": _("Payment is promised by a date that is still to come."),
    "held_instalments": _("It is paid in instalments. End the agreement first if it is not kept."),
    "held_customer": _("The customer is on hold. Release the hold first."),
    "held_insolvency": _("The customer is insolvent. Report the claim to the estate."),
    "held_rejected": _("The buyer has rejected the invoice. Settle that first."),
    "customer_is_stopped": _("Nothing is asked of this customer. Change that on the customer first."),
    "claim_is_stopped": _("Nothing is asked for on this claim. Change that first."),
    "payment_is_pending": _("A payment may be on its way. Wait until it is booked, or reject it."),
    "covered_by_credit": _("The customer has as much to its credit. Use that first."),
    "has_credit": _("The customer has something to its credit. Use that first."),
    "wholly_held": _("Nothing of it may be asked for now."),
    "partly_held": _("A part of it is held back. Settle that first."),
    "reached_nobody": _("A letter about it reached nobody. Find the right address and send again."),
    "no_collection_notice": _("The debtor has had no notice before collection. Send one first (inkassoloven § 9)."),
    "notice_reached_nobody": _("The notice before collection reached nobody. Send it again (inkassoloven § 9)."),
    "deadline_is_running": _("The deadline of the notice before collection is not over (inkassoloven § 9)."),
}
_HELD: Final = _("It is held back. Release the hold first.")
TONES: Final = {
    CaseState.PAID.value: "warn",
    CaseState.SETTLED.value: "ok",
    CaseState.WITHDRAWN.value: "void",
    CaseState.CLOSED_UNPAID.value: "bad",
}


def sentence_of_stop(code: str) -> str:
    """What stands in the way, and the way out."""
    return str(_STOPS.get(code, _HELD))


def tone_of_case(state: str) -> str:
    """The tone of the badge of a case's state."""
    return TONES.get(state, "wait")
