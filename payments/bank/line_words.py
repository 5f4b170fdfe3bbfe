"""The work list in words: why a movement waits, and why a suggestion may be right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from foundation.templatetags.formatting import format_amount, format_day, language_of_page
from payments.bank.matching import Reason
from payments.bank.suggesting import Suggestion, Why
from payments.models import BankLine, LineOutcome
from payments.online.payout_matching import provider_named


@dataclass(frozen=True, slots=True)
class Pill:
    """A word with its tone, as the components draw it."""

    text: str
    tone: str


_PILLS: dict[str, tuple[Any, str]] = {
    Reason.EXACT: (gettext_lazy("KID match"), "ok"),
    Reason.PART: (gettext_lazy("Part payment"), "ok"),
    Reason.ALREADY_PAID: (gettext_lazy("Already paid"), "bad"),
    Reason.CREDITED: (gettext_lazy("Credited"), "bad"),
    Reason.MONEY_OUT: (gettext_lazy("Money out"), "warn"),
    Reason.REVERSAL: (gettext_lazy("Taken back"), "bad"),
    Reason.OTHER_CURRENCY: (gettext_lazy("Other currency"), "warn"),
    Reason.NO_RATE: (gettext_lazy("No exchange rate"), "warn"),
    Reason.CLOSED_PERIOD: (gettext_lazy("Closed period"), "warn"),
    Reason.FUTURE_DAY: (gettext_lazy("Not booked yet"), "wait"),
    Reason.ZERO: (gettext_lazy("No amount"), "wait"),
}
# Reasons that say only that nothing was certain: a suggestion says more.
_ASKING = frozenset(
    {
        Reason.UNKNOWN_REFERENCE,
        Reason.WRONG_CHECK_DIGIT,
        Reason.NO_AGREEMENT,
        Reason.NO_REFERENCE,
        Reason.LUMP_SUM,
        Reason.UNDONE,
    }
)
_SENTENCES: dict[str, Any] = {
    Reason.EXACT: gettext_lazy("The KID is that of %(number)s and the amount is what was open."),
    Reason.PART: gettext_lazy("The KID is that of %(number)s; %(rest)s is still open there."),
    Reason.OVER: gettext_lazy(
        "The KID is that of %(number)s, which is paid now. %(rest)s was too much: choose what it is for."
    ),
    Reason.ALREADY_PAID: gettext_lazy("The KID is that of %(number)s, which was paid before."),
    Reason.CREDITED: gettext_lazy("The KID is that of %(number)s, which was credited."),
    Reason.UNKNOWN_REFERENCE: gettext_lazy("No document of yours has the reference %(reference)s."),
    Reason.WRONG_CHECK_DIGIT: gettext_lazy(
        "The reference %(reference)s has a wrong check digit, or a length that was not agreed with the bank."
    ),
    Reason.NO_AGREEMENT: gettext_lazy(
        "The account has no KID agreement, so nothing is matched by itself. Add the agreement under Settings."
    ),
    Reason.NO_REFERENCE: gettext_lazy("The payer gave no reference."),
    Reason.LUMP_SUM: gettext_lazy(
        "This is a sum of several payments. The bank tells of each in another file: import that, and leave this."
    ),
    Reason.MONEY_OUT: gettext_lazy("Money went out of the account."),
    Reason.REVERSAL: gettext_lazy("The bank took an earlier movement back."),
    Reason.OTHER_CURRENCY: gettext_lazy(
        "%(number)s is in %(currency)s. Keep the money as credit, and apply it from its own page with both amounts."
    ),
    Reason.NO_RATE: gettext_lazy(
        "There was no exchange rate for %(currency)s on that day. Enter one, then settle this."
    ),
    Reason.CLOSED_PERIOD: gettext_lazy(
        "The books are closed through %(through)s: it is booked on the first open day when you settle it."
    ),
    Reason.FUTURE_DAY: gettext_lazy("The bank says %(day)s, which is still to come."),
    Reason.ZERO: gettext_lazy("The amount is 0."),
    Reason.UNDONE: gettext_lazy("It was matched before, and that was undone."),
}
_WHYS: dict[str, Any] = {
    Why.REFERENCE: gettext_lazy("The reference is that of %(value)s"),
    Why.NUMBER: gettext_lazy("%(value)s stands in the message"),
    Why.NUMBERS: gettext_lazy("%(value)s stand in the message"),
    Why.AMOUNT: gettext_lazy("The amount is exactly what is open"),
    Why.SUM: gettext_lazy("The amounts add up exactly"),
    Why.NAME: gettext_lazy("The payer is called as the customer"),
    Why.ORGANIZATION_NUMBER: gettext_lazy("The payer’s organization number is the customer’s"),
    Why.DUE_NEAR: gettext_lazy("Due %(value)s, close to the payment"),
    Why.OLDEST: gettext_lazy("The oldest that the customer owes"),
}
UNKNOWN_SENDER = pgettext_lazy("bank line", "Unknown sender")


def pill_of(line: BankLine, suggestion: Suggestion | None) -> Pill:
    """What the list shows of a movement: what became of it, else why it waits or what is suggested."""
    if line.outcome in (LineOutcome.SETTLED, LineOutcome.IGNORED):
        return Pill(line.get_outcome_display(), "draft" if line.outcome == LineOutcome.IGNORED else "ok")
    if line.reason == Reason.OVER:
        return Pill(_("%(rest)s too much") % {"rest": _shown("rest", line.reason_values.get("rest", ""))}, "warn")
    if line.outcome == LineOutcome.POSTED and line.reason not in (Reason.EXACT, Reason.PART):
        return Pill(line.get_outcome_display(), "ok")
    if line.reason not in _ASKING:
        text, tone = _PILLS.get(line.reason, (line.get_outcome_display(), "wait"))
        return Pill(str(text), tone)
    if (suggestion is None or not suggestion.shares) and provider_named(line.payer_name, line.text):
        return Pill(_("Probably a payout"), "warn")
    return _suggested(suggestion)


def pill_of_outcome(line: BankLine) -> Pill:
    """What became of a movement, where nobody has looked for suggestions."""
    if line.outcome == LineOutcome.UNREAD or (line.outcome == LineOutcome.WAITING and line.reason in _ASKING):
        return Pill(line.get_outcome_display(), "wait")
    return pill_of(line, None)


def _suggested(suggestion: Suggestion | None) -> Pill:
    if suggestion is None or not suggestion.shares:
        return Pill(_("No match"), "wait")
    count = len(suggestion.shares)
    if count > 1:
        return Pill(ngettext("%(count)s invoice", "%(count)s invoices", count) % {"count": count}, "warn")
    if suggestion.is_part:
        return Pill(_("Part payment"), "warn")
    return Pill(_("Probably %(number)s") % {"number": suggestion.shares[0].claim.number}, "warn")


def sentence_of(line: BankLine) -> str:
    """Why a movement waits, or was posted, in a sentence."""
    words = _SENTENCES.get(line.reason)
    if words is None:
        return ""
    return str(words) % {name: _shown(name, value) for name, value in line.reason_values.items()}


def why_of(why: Why, value: str) -> str:
    """One thing that speaks for a suggestion."""
    if why == Why.KNOWN_PAYER:
        count = int(value)
        return ngettext(
            "The account has paid this customer’s invoices %(count)s time",
            "The account has paid this customer’s invoices %(count)s times",
            count,
        ) % {"count": count}
    shown = format_day(date.fromisoformat(value), language_of_page()) if why == Why.DUE_NEAR else value
    return str(_WHYS[why]) % {"value": shown}


def _shown(name: str, value: Any) -> str:
    """Amounts and days as the page writes them."""
    try:
        if name == "rest":
            return format_amount(Decimal(str(value)), language_of_page())
        if name in ("through", "day"):
            return format_day(date.fromisoformat(str(value)), language_of_page())
    except (ValueError, InvalidOperation):
        pass
    return str(value)


def what_became(outcomes: Mapping[str, int]) -> list[tuple[str, int]]:
    """How many movements of a file came to what, in the order of the work."""
    return [(str(label), outcomes[value]) for value, label in LineOutcome.choices if outcomes.get(value)]
