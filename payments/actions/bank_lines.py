"""The work list: a person says what a movement is. Lock the movement, then claims, then payments, then the series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.templatetags.formatting import format_amount, language_of_page
from payments import errors, payment_queries, queries
from payments.actions import applying, payouts, refunds, registering
from payments.actions.bank_posting import learn_payers, terms_of_line
from payments.bank import queries as bank_queries
from payments.bank.matching import Reason
from payments.models import BankLine, LineOutcome, Payment
from payments.online.payouts import standing_payout
from payments.terms import Part
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

REASON_LENGTH = 300
DONE = frozenset({LineOutcome.POSTED, LineOutcome.SETTLED, LineOutcome.IGNORED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a person says of a movement: the claims that it pays with their amounts, and whose the rest is."""

    parts: Sequence[Part] = ()
    customer_id: UUID | None = None


def settle_line(
    organization: Organization, line_id: UUID, use: Use, *, actor: Actor, today: date, now: datetime
) -> BankLine:
    """Let a movement pay what was chosen; what is left is the customer's credit.

    Money of a day on which the books are closed is booked on the first open day.
    """
    with transaction.atomic():
        line = _lock_waiting(organization, line_id)
        _refuse_what_pays_nothing(line, today)
        _refuse_too_much(line, use)
        if line.payment_id is None:
            payment = _register(organization, line, use, actor=actor, today=today, now=now)
        else:
            payment = _use_rest(organization, line.payment_id, use, actor=actor, today=today, now=now)
        learn_payers(organization.pk, [payment])
        line.payment = payment
        return _settle(line, LineOutcome.POSTED, "", actor=actor, now=now)


def ignore_line(organization: Organization, line_id: UUID, *, reason: str, actor: Actor, now: datetime) -> BankLine:
    """Say that a movement is none of the invoices': a transfer between own accounts, wages, another system's money."""
    if not reason.strip():
        raise errors.ReasonIsMissing(_("Say why this is left: whoever looks later must understand it."), field="reason")
    with transaction.atomic():
        line = _lock_waiting(organization, line_id)
        if line.payment_id is not None:
            return _settle(line, LineOutcome.SETTLED, reason, actor=actor, now=now)
        return _settle(line, LineOutcome.IGNORED, reason, actor=actor, now=now)


def take_back_payment(
    organization: Organization, line_id: UUID, payment_id: UUID, *, actor: Actor, today: date, now: datetime
) -> BankLine:
    """The bank took money back: the payment that it was is reversed, and what it paid stands open again."""
    with transaction.atomic():
        line = _lock_waiting(organization, line_id)
        payment = payment_queries.get_payment(organization, payment_id)
        if payment.amount != line.amount or payment.currency != line.currency:
            raise errors.MoreThanThereIs(
                _("The bank took %(taken)s back and the payment is %(paid)s. Choose the payment of the same amount.")
                % {"taken": _money(line.amount, line.currency), "paid": _money(payment.amount, payment.currency)}
            )
        reason = _("Taken back by the bank on %(day)s") % {"day": line.day.isoformat()}
        day = _open_day(organization, line.day)
        line.payment = applying.reverse_payment(
            organization, payment_id, reason=reason, actor=actor, day=min(day, today), now=now
        )
        return _settle(line, LineOutcome.SETTLED, reason, actor=actor, now=now)


def settle_refund_of_line(
    organization: Organization, line_id: UUID, refund_id: UUID, *, actor: Actor, today: date, now: datetime
) -> BankLine:
    """Money went out, and it is a refund that was handed to the bank: it is paid now."""
    with transaction.atomic():
        line = _lock_waiting(organization, line_id)
        agreement = bank_queries.lock_agreement(organization, line.bank_account)
        refund = refunds.settle_refund(
            organization,
            refund_id,
            account_id=agreement.account_id,
            actor=actor,
            day=min(_open_day(organization, line.day), today),
            now=now,
        )
        line.refund = refund
        return _settle(line, LineOutcome.SETTLED, _("Refund paid"), actor=actor, now=now)


def settle_payout_of_line(
    organization: Organization, line_id: UUID, terms: payouts.PayoutTerms, *, actor: Actor, today: date, now: datetime
) -> BankLine:
    """The movement is what a payment provider has paid out: what it holds leaves the clearing account, less its fee."""
    with transaction.atomic():
        line = _lock_waiting(organization, line_id)
        if line.payment_id is not None:
            raise errors.LineCannotPay(_("This movement pays an invoice already. Undo that first."))
        if line.day > today:
            raise errors.NotYet(_("The bank books this on a day that is still to come. Wait until then."))
        agreement = bank_queries.lock_agreement(organization, line.bank_account)
        day = min(_open_day(organization, line.day), today)
        payout = payouts.book_payout(
            organization, line, terms, account_id=agreement.account_id, actor=actor, day=day, now=now
        )
        note = _("Payout, with a fee of %(fee)s") if payout.fee else _("Payout")
        return _settle(
            line, LineOutcome.SETTLED, note % {"fee": _money(payout.fee, line.currency)}, actor=actor, now=now
        )


def reopen_line(
    organization: Organization, line_id: UUID, *, reason: str, actor: Actor, today: date, now: datetime
) -> BankLine:
    """Undo what became of a movement: its payment is taken back by a further voucher, and it waits again.

    What the bank itself took back, and a refund that was paid, stay.
    """
    with transaction.atomic():
        line = bank_queries.lock_bank_line(organization, line_id)
        if line.outcome not in DONE:
            return line
        payout = standing_payout(organization, line)
        is_final = line.outcome != LineOutcome.IGNORED and (line.is_out or line.refund_id is not None)
        if is_final and payout is None:
            raise errors.LineIsSettled(_("What the bank took back or paid out cannot be undone here."))
        if payout is not None:
            why = reason.strip() or _("Matched wrongly")
            day = min(max(_open_day(organization, line.day), payout.voucher.day), today)
            payouts.undo_payout(organization, payout, reason=why, day=day)
        if line.payment_id is not None and not line.is_out:
            day = min(max(_open_day(organization, line.day), line.day), today)
            why = reason.strip() or _("Matched wrongly")
            applying.reverse_payment(organization, line.payment_id, reason=why, actor=actor, day=day, now=now)
            line.payment, line.undone = None, line.undone + 1
        line.outcome, line.reason, line.reason_values = LineOutcome.WAITING, Reason.UNDONE, {}
        line.settled_by, line.settled_at, line.note = "", None, ""
        line.save(update_fields=[*_MOVED, "undone"])
        audit.record(actor, "bank_line.reopened", line, reason=reason.strip()[:REASON_LENGTH])
    return line


_MOVED = ["outcome", "reason", "reason_values", "payment", "refund", "note", "settled_by", "settled_at"]


def _lock_waiting(organization: Organization, line_id: UUID) -> BankLine:
    line = bank_queries.lock_bank_line(organization, line_id)
    if line.outcome != LineOutcome.WAITING:
        raise errors.LineIsSettled(
            _("Somebody has seen to this movement already: %(outcome)s.")
            % {"outcome": line.get_outcome_display().lower()}
        )
    return line


def _refuse_what_pays_nothing(line: BankLine, today: date) -> None:
    if line.is_out or not line.amount:
        raise errors.LineCannotPay(_("Money that went out pays no invoice. Take a payment back with it, or leave it."))
    if line.day > today:
        raise errors.NotYet(_("The bank books this on a day that is still to come. Wait until then."))


def _refuse_too_much(line: BankLine, use: Use) -> None:
    wanted = sum((part.payment_amount or part.amount or Decimal(0) for part in use.parts), Decimal(0))
    available = line.amount if line.payment is None else line.payment.unapplied
    if any(part.amount is not None and part.amount <= 0 for part in use.parts):
        raise errors.NotPositive(_("Write what is used on each invoice, more than 0."), field="parts")
    if wanted > available:
        raise errors.MoreThanThereIs(
            _("%(wanted)s is used, and there is %(available)s. Use less on one of them.")
            % {"wanted": _money(wanted, line.currency), "available": _money(available, line.currency)},
            field="parts",
        )
    if not use.parts and use.customer_id is None:
        raise errors.NothingIsChosen(_("Tick an invoice, or choose the customer who has it to his credit."))


def _register(
    organization: Organization, line: BankLine, use: Use, *, actor: Actor, today: date, now: datetime
) -> Payment:
    agreement = bank_queries.lock_agreement(organization, line.bank_account)
    day = _open_day(organization, line.day)
    terms = terms_of_line(line, agreement.account_id, parts=use.parts, customer_id=use.customer_id, day=min(day, today))
    done = registering.register_payment(organization, terms, actor=actor, today=today, now=now)
    missing = [part for part in use.parts if part.receivable_id not in {row.receivable_id for row in done.allocations}]
    if missing and done.is_new:
        raise errors.NothingIsOwed(
            _("One of the invoices was paid or credited meanwhile, or is in another currency. Look again.")
        )
    return done.payment


def _use_rest(
    organization: Organization, payment_id: UUID, use: Use, *, actor: Actor, today: date, now: datetime
) -> Payment:
    """What was over stays the customer's, or pays more of what was chosen."""
    if use.parts:
        applying.apply_payment(organization, payment_id, use.parts, actor=actor, day=today, now=now)
    return payment_queries.get_payment(organization, payment_id)


def _open_day(organization: Organization, day: date) -> date:
    """The day itself, or the first day after it on which the books are open."""
    locked_through = queries.lock_of_period(organization)
    return day if locked_through is None or day > locked_through else locked_through + timedelta(days=1)


def _settle(line: BankLine, outcome: LineOutcome, note: str, *, actor: Actor, now: datetime) -> BankLine:
    line.outcome, line.note = outcome, note.strip()[:REASON_LENGTH]
    line.settled_by, line.settled_at = actor.name, now
    line.save(update_fields=_MOVED)
    verb = "bank_line.ignored" if outcome == LineOutcome.IGNORED else "bank_line.settled"
    audit.record(actor, verb, line, **({"reason": line.note} if line.note else {}))
    return line


def _money(amount: Decimal, currency: str) -> str:
    return f"{format_amount(amount, language_of_page())} {currency}"
