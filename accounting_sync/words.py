"""Why a voucher stands where it stands, and what differs, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accounting_sync.models import Reconciliation, ReconciliationState, SyncItem, SyncState
from customers.models import VAT_TREATMENT_CHOICES
from foundation.templatetags.formatting import format_amount, format_day, language_of_page

# What each difference is called.
DIFFERENCES: dict[str, Any] = {
    "number": gettext_lazy("the number"),
    "day": gettext_lazy("the date"),
    "currency": gettext_lazy("the currency"),
    "total": gettext_lazy("the total"),
    "vat": gettext_lazy("the VAT"),
    "booked": gettext_lazy("it is not booked"),
}
ACCOUNT = "account:"  # how the name of a difference on one account begins
TREATMENTS: dict[str, Any] = dict(VAT_TREATMENT_CHOICES)
KINDS: dict[str, Any] = {"account": gettext_lazy("Account"), "vat": pgettext_lazy("mapping", "VAT")}
_SENTENCES: dict[str, Any] = {
    "dependency": gettext_lazy("It waits for %(numbers)s, which must arrive first."),
    "customer": gettext_lazy("Several customers there fit, or the customer is gone: choose the right one."),
    "customer_refused": gettext_lazy("The accounting system did not take the customer."),
    "period_closed": gettext_lazy("The books are closed there on %(day)s."),
    "file": gettext_lazy("It waits for its PDF file."),
    "unknown": gettext_lazy("No answer came. It may have arrived, and is looked for before anything is sent again."),
    "unknown_for_long": gettext_lazy("For a long time nobody could tell whether it has arrived."),
    "ask": gettext_lazy("No answer came, and this system cannot be asked. Look there, and say whether it arrived."),
    "doubled": gettext_lazy("It stands there more than once. Delete the others there, then look again."),
    "gone": gettext_lazy("It was pushed and is not there any more."),
    "unread": gettext_lazy("It was pushed and could not be read back."),
    "number_taken": gettext_lazy("Its number is taken there by something else."),
    "given_up": gettext_lazy("It was tried for two days without success."),
    "stumbled": gettext_lazy("It could not be put into the words of the accounting system."),
    "rate_limited": gettext_lazy("The accounting system lets us ask no more for a while."),
    "transient": gettext_lazy("The accounting system did not do its work; it is tried again."),
    "access_ended": gettext_lazy("The accounting system does not let us in any more."),
    "missing": gettext_lazy("Something that it names is not there any more."),
    "invalid": gettext_lazy("The accounting system refused it."),
    "left_out": gettext_lazy("Left out by %(by)s."),
    "stands_there": gettext_lazy("Not pushed: the money stands there already, says %(by)s."),
    "came_back": gettext_lazy("Found there as a payment, and registered here."),
    "said": gettext_lazy("%(by)s has looked, and says that it is there."),
}


# What comparing a month has found of a voucher: its name, and how loud it is shown.
FINDINGS: dict[str, tuple[Any, str]] = {
    "differs": (pgettext_lazy("voucher", "Differs"), "bad"),
    "gone": (pgettext_lazy("voucher", "Gone"), "bad"),
    "doubled": (pgettext_lazy("voucher", "Doubled"), "bad"),
    "absent": (pgettext_lazy("voucher", "Absent"), "wait"),
    "accepted": (pgettext_lazy("stray document", "Let stand"), "draft"),
}


def reason_in_words(item: SyncItem) -> str:
    """Why the item stands where it stands; empty where there is nothing to say."""
    why = item.reason
    code = why.get("code", "")
    if code == "unmapped":
        return _("Not mapped: %(what)s.") % {"what": ", ".join(key_in_words(key) for key in why.get("keys", []))}
    if code == "differs":
        return _("It differs: %(what)s.") % {"what": "; ".join(differences_in_words(why.get("differences", [])))}
    if code == "cannot":
        return str(why.get("text", ""))
    sentence = _SENTENCES.get(code)
    if sentence is None:
        return str(why.get("text", ""))
    text = str(sentence) % {
        "numbers": ", ".join(why.get("numbers", [])),
        "day": _day(why.get("day", "")),
        "by": why.get("by", ""),
    }
    there = str(why.get("text", "")).strip()
    return f"{text} {there}" if there and code not in ("unknown", "file") else text


def key_in_words(key: str) -> str:
    """A mapping's key: `account:3000` as account 3000, `vat:standard:25:NO` as standard rate 25 %."""
    kind, _colon, rest = key.partition(":")
    if kind != "vat":
        return _("account %(number)s") % {"number": rest}
    treatment, rate, country = [*rest.split(":"), "", ""][:3]
    words = TREATMENTS.get(treatment, treatment)
    return _("%(treatment)s %(rate)s %% (%(country)s)") % {"treatment": words, "rate": rate, "country": country}


def differences_in_words(found: Sequence[Sequence[str]]) -> list[str]:
    """Each difference: what it is, ours, theirs."""
    return [_difference(*each) for each in found]


def finding_in_words(finding: Mapping[str, Any]) -> str:
    """What a comparison has found of a voucher, as it stood then."""
    code, unlike = finding.get("code", ""), finding.get("differences", [])
    if code == "doubled":
        ids = ", ".join(theirs for _name, _ours, theirs in unlike)
        return _("It stands there more than once, also as %(id)s.") % {"id": ids}
    if code == "absent":
        return _("It is not there: it waits, or was stopped.")
    if not unlike:
        gone = _("It was pushed and is not there any more.")
        return _("Somebody lets it stand: %(what)s") % {"what": gone} if code == "accepted" else gone
    what = "; ".join(differences_in_words(unlike))
    if code == "accepted":
        return _("Somebody lets it stand: %(what)s.") % {"what": what}
    return _("It differs: %(what)s.") % {"what": what}


def month_in_words(row: Reconciliation) -> tuple[str, str]:
    """How a month stands by one comparison, and how loud that is shown."""
    if row.state == ReconciliationState.FAILED:
        return row.get_state_display(), "bad"
    if not row.is_over:
        return row.get_state_display(), "wait"
    if row.differ:
        return pgettext("month", "Differs"), "bad"
    if row.absent:
        return pgettext("month", "Not all there"), "warn"
    if not row.vouchers:
        return pgettext("month", "No vouchers"), "draft"
    if row.untold == row.vouchers:
        return pgettext("month", "Not told"), "draft"
    return pgettext("month", "Agrees"), "ok"


def _difference(name: str, ours: str, theirs: str) -> str:
    words = key_in_words(name) if name.startswith(ACCOUNT) else DIFFERENCES.get(name, name)
    if name == "booked":
        return str(words)
    return _("%(what)s is %(ours)s here and %(theirs)s there") % {
        "what": words,
        "ours": _value(name, ours),
        "theirs": _value(name, theirs),
    }


def _value(name: str, value: str) -> str:
    if name in ("total", "vat") or name.startswith(ACCOUNT):
        return format_amount(Decimal(value), language_of_page())
    return _day(value) if name == "day" else value


def _day(text: str) -> str:
    return format_day(date.fromisoformat(text), language_of_page()) if text else ""


def tone_of(state: str) -> str:
    """How loud a state is shown: quiet unless a person must act."""
    tones: Mapping[str, str] = {
        SyncState.CONFIRMED: "ok",
        SyncState.SENT: "wait",
        SyncState.WAITING: "wait",
        SyncState.SENDING: "wait",
        SyncState.UNKNOWN: "warn",
        SyncState.LEFT_OUT: "draft",
    }
    return tones.get(state, "bad")


def unmapped_of(item: SyncItem) -> list[str]:
    """The keys whose mapping the item waits for."""
    keys: list[str] = item.reason.get("keys", []) if item.reason.get("code") == "unmapped" else []
    return keys
