"""What a reminder may charge on the day it is sent, and the deadline it must give. Pure.

Amounts are in the currency of the country whose law it is. Fees and compensation carry no VAT (N9). A figure that is
not known charges nothing: rather no fee than an unlawful one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from foundation.dates import add_months
from foundation.money import ZERO
from reminders.policy import figures
from reminders.policy.law import AGENCY_STEPS, NEW_ACT_PARAGRAPH, DebtorKind, Law, NoFigure, Reason, Step

FEE_PARAGRAPHS: Final = {"NO": "inkassoforskriften § 1-2", "DK": "renteloven § 9 b", "SE": "lag (1981:739)"}
COMPENSATION_PARAGRAPHS: Final = {
    "NO": "forsinkelsesrenteloven § 3 a",
    "DK": "renteloven § 9 a (3)",
    "SE": "lag (1981:739)",
}
OFFSET_PARAGRAPH: Final = "inkassoforskriften § 1-5"
DEMAND_PARAGRAPH: Final = "inkassoloven § 10"
# Which steps may bear a fee at all, and which debtors owe compensation.
FEE_STEPS: Final = {
    "NO": frozenset({Step.REMINDER, Step.COLLECTION_NOTICE, Step.PAYMENT_DEMAND}),
    "DK": frozenset({Step.REMINDER, Step.COLLECTION_NOTICE}),
    "SE": frozenset({Step.REMINDER, Step.COLLECTION_NOTICE}),
}
COMPENSATED_BY: Final = {
    "NO": frozenset({DebtorKind.BUSINESS, DebtorKind.PUBLIC}),
    "DK": frozenset({DebtorKind.BUSINESS}),
    "SE": frozenset({DebtorKind.BUSINESS, DebtorKind.PUBLIC}),
}
_MIN_DEADLINES: Final = {
    ("NO", Step.REMINDER): figures.REMINDER_MIN_DEADLINE,
    ("NO", Step.COLLECTION_NOTICE): figures.NOTICE_MIN_DEADLINE,
    ("NO", Step.PAYMENT_DEMAND): figures.NOTICE_MIN_DEADLINE,  # inkassoloven § 10 gives as long as § 9
    ("DK", Step.COLLECTION_NOTICE): figures.NOTICE_MIN_DEADLINE,
    ("SE", Step.COLLECTION_NOTICE): figures.COLLECTION_DEMAND_MIN_DEADLINE,
}
# Steps after which nothing is charged or sent in the creditor's name.
_UNCHARGED = frozenset({Step.NOTICE, Step.COLLECTION})


@dataclass(frozen=True, slots=True)
class Charged:
    """One step that was sent for a claim, and what it charged; the deadline is the last day to pay by."""

    step: Step
    day: date
    fee: Decimal = ZERO
    compensation: Decimal = ZERO
    deadline: date | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """A step about to be sent: what was charged before it (oldest first) and what its plan wants to charge."""

    step: Step
    due: date
    day: date
    history: Sequence[Charged] = ()
    wants_fee: bool = False
    wants_compensation: bool = False
    agreed_fee: Decimal | None = None  # the plan's own, smaller fee; never above the lawful one
    fee_is_agreed: bool = False  # by contract, before the debt arose


@dataclass(frozen=True, slots=True)
class Charge:
    """What the sending adds, and why it is so much or nothing."""

    fee: Decimal
    compensation: Decimal
    reasons: tuple[Reason, ...] = ()


class _Refused(Exception):
    """A rule of the law stands against the fee."""

    def __init__(self, code: str, paragraph: str, **numbers: object) -> None:
        super().__init__(code)
        self.reason = Reason(code, paragraph, numbers)


def lawful_charge(sending: Sending, *, country: str, debtor: DebtorKind, law: Law) -> Charge:
    """The fee and the compensation that this sending may add, never more than the law of its day allows."""
    reasons: list[Reason] = []
    fee = compensation = ZERO
    if sending.wants_fee:
        fee = _granted(_lawful_fee, sending, country=country, debtor=debtor, law=law, reasons=reasons)
    if sending.wants_compensation:
        compensation = _granted(_lawful_compensation, sending, country=country, debtor=debtor, law=law, reasons=reasons)
    if country == "NO":
        return _offset(sending, fee, compensation, reasons)
    if country == "SE":
        return _instead(sending, fee, compensation, reasons)
    return Charge(fee, compensation, tuple(reasons))


def deadline_of(step: Step, day: date, wanted_days: int, country: str, law: Law) -> date:
    """The last day to pay by: as many days after the sending as the plan wants, at least what the law demands."""
    return day + timedelta(days=max(wanted_days, minimum_deadline(step, day, country, law), 0))


def minimum_deadline(step: Step, day: date, country: str, law: Law) -> int:
    """How many days this step must leave by law when sent on the day; 0 where no rule is known."""
    kind = _MIN_DEADLINES.get((country, step))
    figure = law.find(country, kind, day) if kind else None
    return int(figure.value) if figure and figure.value is not None else 0


def lawful_step(step: Step, day: date, history: Sequence[Charged], country: str, law: Law) -> Reason | None:
    """Why the creditor may not send this step on the day, or None when it may."""
    if country != "NO":
        return None
    if step in AGENCY_STEPS and law.is_new_act(day):
        return Reason("only_by_agency", NEW_ACT_PARAGRAPH, {"step": str(step)})
    if step is Step.PAYMENT_DEMAND and not _notice_was_missed(history, day, law):
        return Reason("demand_without_notice", DEMAND_PARAGRAPH)
    return None


def _notice_was_missed(history: Sequence[Charged], day: date, law: Law) -> bool:
    """Did a notice before collection give its lawful deadline, and has it passed unpaid?"""
    return any(
        each.deadline is not None
        and (each.deadline - each.day).days >= minimum_deadline(each.step, each.day, "NO", law)
        and each.deadline < day
        for each in history
        if each.step is Step.COLLECTION_NOTICE
    )


_Rule = Callable[[Sending, str, DebtorKind, Law], tuple[Decimal, Reason]]


def _granted(
    rule: _Rule, sending: Sending, *, country: str, debtor: DebtorKind, law: Law, reasons: list[Reason]
) -> Decimal:
    """The amount the rule gives; its reason, granted or refused, joins the others."""
    try:
        amount, reason = rule(sending, country, debtor, law)
    except _Refused as refused:
        amount, reason = ZERO, refused.reason
    except NoFigure as missing:
        amount, reason = ZERO, Reason("no_figure", "", {"kind": missing.kind, "day": missing.day})
    reasons.append(reason)
    return amount


def _lawful_fee(sending: Sending, country: str, debtor: DebtorKind, law: Law) -> tuple[Decimal, Reason]:
    if country not in FEE_PARAGRAPHS:
        raise _Refused("no_law", "", country=country)
    paragraph = FEE_PARAGRAPHS[country]
    if sending.step not in FEE_STEPS[country]:
        raise _Refused("step_bears_no_fee", paragraph, step=str(sending.step))
    if sending.day <= sending.due:
        raise _Refused("before_due", paragraph, due=sending.due)
    limit = _LIMITS[country](sending, debtor, law)
    wanted = limit if sending.agreed_fee is None else max(sending.agreed_fee, ZERO)
    if wanted > limit:
        return limit, Reason("fee_capped", paragraph, {"fee": limit, "wanted": wanted})
    return wanted, Reason("fee", paragraph, {"fee": wanted, "limit": limit})


def _norwegian_limit(sending: Sending, debtor: DebtorKind, law: Law) -> Decimal:
    """N4, N5, N7: earliest 14 days after due, two fees, the second after a missed deadline, then one demand."""
    refusal = lawful_step(sending.step, sending.day, sending.history, "NO", law)
    if refusal:
        raise _Refused(refusal.code, refusal.paragraph, **refusal.figures)
    round_of_fees = _since_reset(sending, law)
    if any(each.step is Step.PAYMENT_DEMAND for each in round_of_fees):
        raise _Refused("demand_was_charged", "inkassoforskriften § 1-3")
    if sending.step is Step.PAYMENT_DEMAND:
        return law.value("NO", figures.DEMAND_FEE, sending.day, debtor)

    wait = law.number("NO", figures.REMINDER_FEE_MIN_DAYS, sending.day)
    earliest = sending.due + timedelta(days=wait)
    if sending.day < earliest:
        raise _Refused("too_early", FEE_PARAGRAPHS["NO"], earliest=earliest, days=wait)
    most = law.number("NO", figures.REMINDER_FEE_COUNT, sending.day)
    if len(round_of_fees) >= most:
        raise _Refused("fees_used_up", FEE_PARAGRAPHS["NO"], count=most)
    if round_of_fees:
        _refuse_unless_missed(round_of_fees[-1], sending.day, law)
    kind = figures.FEE_LETTER_FEE if law.is_new_act(sending.day) else figures.REMINDER_FEE
    return law.value("NO", kind, sending.day, debtor)


def _since_reset(sending: Sending, law: Law) -> list[Charged]:
    """The steps with a fee since the last pause of six months, in which the counting begins anew (§ 1-2)."""
    months = law.number("NO", figures.REMINDER_FEE_RESET_MONTHS, sending.day)
    counted: list[Charged] = []
    for each in sending.history:
        if each.fee > 0:
            if counted and each.day >= add_months(counted[-1].day, months):
                counted = []
            counted.append(each)
    if counted and sending.day >= add_months(counted[-1].day, months):
        return []
    return counted


def _refuse_unless_missed(first: Charged, day: date, law: Law) -> None:
    """The second fee stands only on a deadline of at least 14 days that was given with the first and missed."""
    days = law.number("NO", figures.REMINDER_MIN_DEADLINE, day)
    if first.deadline is None or (first.deadline - first.day).days < days:
        raise _Refused("first_deadline_too_short", FEE_PARAGRAPHS["NO"], days=days)
    if day <= first.deadline:
        raise _Refused("deadline_not_missed", FEE_PARAGRAPHS["NO"], deadline=first.deadline)


def _danish_limit(sending: Sending, debtor: DebtorKind, law: Law) -> Decimal:
    """§ 9 b: three fees of at most 100, each at least ten days after the one before."""
    charged = [each.day for each in sending.history if each.fee > 0]
    most = law.number("DK", figures.REMINDER_FEE_COUNT, sending.day)
    if len(charged) >= most:
        raise _Refused("fees_used_up", FEE_PARAGRAPHS["DK"], count=most)
    if charged:
        days = law.number("DK", figures.REMINDER_MIN_DAYS_BETWEEN, sending.day)
        earliest = max(charged) + timedelta(days=days)
        if sending.day < earliest:
            raise _Refused("too_close", FEE_PARAGRAPHS["DK"], earliest=earliest, days=days)
    return law.value("DK", figures.REMINDER_FEE, sending.day, debtor)


def _swedish_limit(sending: Sending, debtor: DebtorKind, law: Law) -> Decimal:
    """One reminder fee, only where it was agreed, and one for the collection demand."""
    if any(each.fee > 0 and each.step is sending.step for each in sending.history):
        raise _Refused("fees_used_up", FEE_PARAGRAPHS["SE"], count=1)
    if sending.step is Step.REMINDER and not sending.fee_is_agreed:
        raise _Refused("fee_not_agreed", FEE_PARAGRAPHS["SE"])
    kind = figures.REMINDER_FEE if sending.step is Step.REMINDER else figures.COLLECTION_DEMAND_FEE
    return law.value("SE", kind, sending.day, debtor)


_LIMITS: Final = {"NO": _norwegian_limit, "DK": _danish_limit, "SE": _swedish_limit}


def _lawful_compensation(sending: Sending, country: str, debtor: DebtorKind, law: Law) -> tuple[Decimal, Reason]:
    """The whole compensation, once per claim, from the day after due; no reminder is needed for it (N3)."""
    if country not in COMPENSATION_PARAGRAPHS:
        raise _Refused("no_law", "", country=country)
    paragraph = COMPENSATION_PARAGRAPHS[country]
    if debtor not in COMPENSATED_BY[country]:
        raise _Refused("debtor_owes_no_compensation", paragraph, debtor=str(debtor))
    if sending.step in _UNCHARGED:
        raise _Refused("step_bears_no_compensation", paragraph, step=str(sending.step))
    if sending.day <= sending.due:
        raise _Refused("before_due", paragraph, due=sending.due)
    if any(each.compensation > 0 for each in sending.history):
        raise _Refused("compensation_was_charged", paragraph)
    # A public debtor owes what a business owes.
    late_from = sending.due + timedelta(days=1)
    amounts = [law.value(country, figures.COMPENSATION, day, DebtorKind.BUSINESS) for day in (late_from, sending.day)]
    # Whether the half-year of the delay or of the sending counts is not said: the smaller is lawful either way.
    return min(amounts), Reason("compensation", paragraph, {"compensation": min(amounts)})


def _offset(sending: Sending, fee: Decimal, compensation: Decimal, reasons: list[Reason]) -> Charge:
    """Compensation offsets fees: of the claim's fees and its compensation the larger remains (§§ 1-5, 2-6)."""
    fees_before, charged_before, whole = ZERO, ZERO, ZERO
    for each in sending.history:
        fees_before += each.fee
        charged_before += each.fee + each.compensation
        if each.compensation > 0:
            whole = charged_before  # what compensation came to together with the fees it swallowed
    whole = max(whole, compensation)
    if not whole:
        return Charge(fee, compensation, tuple(reasons))

    rest = max(max(fees_before + fee, whole) - charged_before, ZERO)
    # The fees are the larger only over many rounds; then they stand and the compensation falls away.
    kept = ZERO if fees_before + fee >= whole else min(rest, compensation)
    if (rest - kept, kept) != (fee, compensation):
        reasons.append(Reason("offset", OFFSET_PARAGRAPH, {"before": charged_before, "whole": whole}))
    return Charge(rest - kept, kept, tuple(reasons))


def _instead(sending: Sending, fee: Decimal, compensation: Decimal, reasons: list[Reason]) -> Charge:
    """Swedish compensation stands instead of fees: whichever was charged first stays alone."""
    paragraph = COMPENSATION_PARAGRAPHS["SE"]
    if compensation and any(each.fee > 0 for each in sending.history):
        compensation = ZERO
        reasons.append(Reason("fees_instead", paragraph))
    if fee and (compensation or any(each.compensation > 0 for each in sending.history)):
        fee = ZERO
        reasons.append(Reason("compensation_instead", paragraph))
    return Charge(fee, compensation, tuple(reasons))
