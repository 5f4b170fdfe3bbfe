"""Reasons and breaches in the words of the screen: what holds, by which paragraph. Values in, words out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from foundation.templatetags.formatting import format_amount, format_day, language_of_page
from payments.models import HoldKind
from reminders.models import Debtor
from reminders.policy import figures
from reminders.policy.law import Reason
from reminders.policy.plans import Breach
from reminders.step_words import step_word

AMOUNTS: Final = frozenset({"fee", "limit", "wanted", "compensation", "minimum", "before", "whole"})
DAYS: Final = frozenset({"on", "day", "due", "earliest", "deadline", "reached"})

KINDS: Final[dict[str, Any]] = {
    figures.LATE_INTEREST: _("Interest for late payment, percent a year"),
    figures.COMPENSATION: _("Compensation for late payment"),
    figures.REMINDER_FEE: _("Fee of a reminder, at most"),
    figures.REMINDER_FEE_COUNT: _("Reminders with a fee, at most"),
    figures.REMINDER_FEE_MIN_DAYS: _("Days after the due date before a fee"),
    figures.REMINDER_MIN_DEADLINE: _("Deadline of a reminder with a fee, days at least"),
    figures.REMINDER_FEE_RESET_MONTHS: _("Months after which fees are counted anew"),
    figures.REMINDER_MIN_DAYS_BETWEEN: _("Days between two reminders with a fee, at least"),
    figures.NOTICE_MIN_DEADLINE: _("Deadline of a notice before collection, days at least"),
    figures.DEMAND_FEE: _("Fee of an own demand for payment, at most"),
    figures.COLLECTION_DEMAND_FEE: _("Fee of a notice before collection, at most"),
    figures.COLLECTION_DEMAND_MIN_DEADLINE: _("Deadline of a notice before collection, days at least"),
    figures.NEW_ACT: _("The debt collection act of 2026 applies"),
    figures.FEE_LETTER_FEE: _("Fee of a reminder under the act of 2026, at most"),
    "inkassosats": _("Rate from which fees are reckoned"),
    "reference_rate_pct": _("Reference rate, percent a year"),
    "instalment_plan_fee_max": _("Fee of a plan of instalments, at most"),
}

REASONS: Final[dict[str, Any]] = {
    # Why a step goes, or when.
    "level_reached": _("The plan came to this step on %(reached)s."),
    "days_after_due": _("The plan comes to this step on %(on)s."),
    "spacing": _("The plan keeps steps apart: the next one may go on %(on)s."),
    "deadline": _("The deadline of the step before runs until the day before %(on)s."),
    "fee_spacing": _("Reminders with a fee keep their distance: the next one may go on %(on)s."),
    "put_back": _("It was taken out and put back."),
    # Why none goes.
    "settled": _("Nothing is owed any more."),
    "held": _("All that is owed is held back."),
    "wholly_held": _("All that is owed is held back."),
    "plan_done": _("The plan has no further step."),
    "plan_changed": _("The plan or what was sent has changed since this was decided; it is decided anew."),
    "below_minimum": _("Less is owed than %(minimum)s, from which reminders are sent."),
    "own_unit": _("A unit of your own is not reminded."),
    "in_collection": _("A collection agency has the claim."),
    "customer_is_stopped": _("Reminders are stopped for this customer."),
    "claim_is_stopped": _("Reminders are stopped for this invoice."),
    "payment_is_pending": _("A payment is under way."),
    "covered_by_credit": _("The customer has as much to its credit as it owes."),
    "reached_nobody": _("The step before reached nobody. Mend the address and send it again."),
    "claim_changed": _(
        "Not sent: the claim was paid, credited or held back in the meantime, or the letter came too late."
    ),
    "stumbled": _("The letter could not be made. What went wrong stands in the log of the installation."),
    "nobody_to_send_to": _("The customer has neither an e-mail address nor a postal address."),
    "hand_over_instead": _("The plan is at its end: hand the claim over to collection, which is never done by itself."),
    **{f"held_{kind.value}": kind.label for kind in HoldKind},
    # What a sending charges, and what stands against it.
    "fee": _("Fee %(fee)s; the law allows %(limit)s."),
    "fee_capped": _("Fee %(fee)s, the most that the law allows; the plan wants %(wanted)s."),
    "compensation": _("Compensation for late payment, %(compensation)s."),
    "offset": _("Compensation and fees are set off against each other: the larger remains."),
    "fees_instead": _("Fees were charged, so there is no compensation."),
    "compensation_instead": _("Compensation stands instead of fees."),
    "no_law": _("No law of fees is known for this country: nothing is charged."),
    "no_figure": _("No figure is known for %(day)s: %(kind)s. The operator enters it with its source."),
    "step_bears_no_fee": _("%(step)s bears no fee."),
    "step_bears_no_compensation": _("%(step)s bears no compensation."),
    "debtor_owes_no_compensation": _("Compensation is not owed by this kind of customer: %(debtor)s."),
    "compensation_was_charged": _("Compensation was charged before; it is owed once."),
    "before_due": _("Nothing is charged before the claim is overdue."),
    "too_early": _("A fee may be charged from %(earliest)s, %(days)s days after the due date."),
    "too_close": _("The next fee may be charged on %(earliest)s, %(days)s days after the one before."),
    "fees_used_up": _("All fees that the law allows are charged: %(count)s."),
    "first_deadline_too_short": _("The first reminder gave a shorter deadline than %(days)s days: no second fee."),
    "deadline_not_missed": _("The deadline of the first reminder runs until %(deadline)s: no second fee before."),
    "demand_was_charged": _("An own demand for payment was charged: no fee comes after it."),
    "demand_without_notice": _(
        "An own demand for payment follows a notice before collection whose deadline was missed."
    ),
    "fee_not_agreed": _("A fee needs an agreement: tick that fees are agreed in your terms, or leave the fee out."),
    "only_by_agency": _("Under the debt collection act of 2026 only a licensed agency sends this step."),
}

# What a plan breaks, where a plan is spoken of in other words than a sending.
BREACHES: Final[dict[str, Any]] = {
    "no_levels": _("A plan needs at least one step."),
    "spacing_too_small": _("Two steps are at least one day apart."),
    "positions_out_of_order": _("The steps are not in their order."),
    "two_levels_on_one_day": _("Two steps stand on the same day: write another number of days."),
    "days_out_of_order": _("This step comes earlier than the one above it. Move it up, or write more days."),
    "steps_out_of_order": _("%(step)s cannot come after the step above it."),
    "before_due": _("This step comes after the due date: write at least 1 day."),
    "notice_after_due": _("A notice comes on the due date or before: write 0 or a number below it, such as -3."),
    "deadline_too_short": _("The deadline is at least %(days)s days here."),
    "fee_too_early": _("A fee comes at the earliest %(days)s days after the due date."),
    "fee_too_high": _("The fee is at most %(limit)s; %(fee)s is more than the law allows."),
    "fee_below_zero": _("A fee cannot be below zero."),
    "too_many_fees": _("This is one fee too many: the law allows %(count)s."),
    "fees_too_close": _("Reminders with a fee are at least %(days)s days apart."),
    "before_deadline": _("The deadline of the step above has not passed: the earliest is %(days)s days after due."),
    "demand_without_notice": _("An own demand for payment needs a notice before collection above it."),
    "no_law": _("No law of fees is known for this country: leave fee and compensation out."),
    "rate_below_zero": _("A rate of interest cannot be below zero."),
    "rate_too_high": _("A consumer owes at most the statutory rate, %(limit)s %% a year."),
}
# What is wrong with a plan is said at the field that mends it; the rest at the step, or at the head of the plan.
FIELD_OF: Final = {
    "spacing_too_small": "spacing_days",
    "rate_below_zero": "agreed_rate",
    "rate_too_high": "agreed_rate",
    "two_levels_on_one_day": "days",
    "days_out_of_order": "days",
    "before_due": "days",
    "notice_after_due": "days",
    "fee_too_early": "days",
    "fees_too_close": "days",
    "before_deadline": "days",
    "deadline_too_short": "deadline_days",
    "fee_too_high": "agreed_fee",
    "fee_below_zero": "agreed_fee",
    "too_many_fees": "wants_fee",
    "step_bears_no_fee": "wants_fee",
    "fee_not_agreed": "wants_fee",
    "debtor_owes_no_compensation": "wants_compensation",
    "step_bears_no_compensation": "wants_compensation",
    "steps_out_of_order": "step",
    "only_by_agency": "step",
    "demand_without_notice": "step",
}


def sentence_of(reason: Reason | Mapping[str, Any]) -> str:
    """The reason as a sentence, with the paragraph that it rests on."""
    if isinstance(reason, Reason):
        return _said(REASONS, reason.code, reason.paragraph, reason.figures)
    return _said(REASONS, reason.get("code", ""), reason.get("paragraph", ""), reason.get("figures", {}))


def sentence_of_breach(breach: Breach) -> str:
    """What a plan breaks as a sentence, with the paragraph."""
    return _said({**REASONS, **BREACHES}, breach.code, breach.paragraph, breach.figures)


def kind_word(kind: str) -> str:
    """What a figure of the law is called."""
    return str(KINDS.get(kind, kind))


class _Told(dict[str, str]):
    """Figures in words; one that an old row does not have leaves a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


def _said(words: Mapping[str, Any], code: str, paragraph: str, told: Mapping[str, Any]) -> str:
    template = str(words.get(code) or code.replace("%", "%%"))
    sentence = template % _Told({name: _figure(name, value) for name, value in told.items()})
    return f"{sentence} ({paragraph})" if paragraph else sentence


def _figure(name: str, value: Any) -> str:
    """A figure as the reader writes it: rows keep their figures as text."""
    language = language_of_page()
    try:
        if name in AMOUNTS:
            return format_amount(Decimal(str(value)), language)
        if name in DAYS:
            return format_day(value if isinstance(value, date) else date.fromisoformat(str(value)), language)
        if name == "step":
            return step_word(str(value))
        if name == "debtor":
            return str(Debtor(str(value)).label)
    except (InvalidOperation, ValueError):
        return str(value)
    return kind_word(str(value)) if name == "kind" else str(value)
