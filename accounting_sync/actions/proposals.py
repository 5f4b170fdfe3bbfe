"""What becomes of money that was found in an accounting system: registered, known before, or ignored.

A payment that is registered stands there already. So its voucher has its item at once, as one that has arrived: our
push must not book the same money there a second time.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounting_sync.actions.passages import item_of, reason
from accounting_sync.actions.repairing import reason_given
from accounting_sync.mapping.entries import Remote
from accounting_sync.mapping.storing import remote_to_json
from accounting_sync.models import (
    ARRIVED,
    FOUND_THERE,
    PaymentProposal,
    ProposalState,
    SyncState,
)
from accounting_sync.queries import proposals as queries
from accounting_sync.queries.connections import lock_connection
from accounting_sync.queries.items import voucher_told
from foundation.errors import DomainError
from payments import queries as ledger
from payments.actions.registering import register_payment
from payments.chart import BANK
from payments.models import Payment, PaymentMethod, PaymentSource
from payments.payment_queries import get_payment, money_accounts
from payments.terms import Part, PaymentTerms
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

logger = logging.getLogger(__name__)

TAKEN_MAX = 200  # by rule, in one turn
UNSETTLED = (ProposalState.OPEN, ProposalState.IGNORED)


class ProposalIsSettled(DomainError):
    """Somebody has decided about the payment already."""


class AccountHoldsNoMoney(DomainError):
    """Money is to be registered on an account on which none stands."""


class CannotBeTheSame(DomainError):
    """A payment of ours that is no such money as the accounting system tells of."""


class VoucherIsOnItsWay(DomainError):
    """At this moment nobody knows whether our own voucher of the money arrives there."""


class Known(Enum):
    """What saying that the money was known before means for our own voucher of it."""

    LEFT_OUT = "left out"  # it is not pushed any more
    DOUBLED = "doubled"  # it was pushed before: the money stands there twice
    NOTHING = "nothing"  # it is not pushed either way


@transaction.atomic
def keep_proposals(organization: Organization, found: Sequence[PaymentProposal]) -> None:
    """Keep what was found; of what was proposed before nothing changes."""
    if any(each.organization_id != organization.pk for each in found):
        raise LookupError("A payment was found for another organization.")
    PaymentProposal.objects.bulk_create(found, ignore_conflicts=True)


@transaction.atomic
def take_proposal(
    organization: Organization, proposal_id: UUID, *, account_id: UUID, actor: Actor, today: date, now: datetime
) -> Payment:
    """Register the money that was found on what it pays; there its voucher counts as arrived and is never pushed.

    Raises ProposalIsSettled, and what registering raises: NotYet for a day to come, PeriodIsClosed, RateIsMissing.
    """
    proposal = _unsettled(organization, proposal_id)
    if account_id not in {account.pk for account in money_accounts(organization)}:
        raise AccountHoldsNoMoney(_("Choose an account on which money stands."), field="account")
    return _take(organization, proposal, account_id, actor=actor, today=today, now=now)


@transaction.atomic
def say_it_is_known(
    organization: Organization, proposal_id: UUID, payment_id: UUID, *, actor: Actor, now: datetime
) -> Known:
    """The money is a payment that we know from elsewhere: nothing is registered, and it is not pushed there as well."""
    proposal = _unsettled(organization, proposal_id)
    payment = get_payment(organization, payment_id)
    _refuse_unlike(proposal, payment)
    outcome = _hold_back(proposal, payment, actor, now)
    proposal.payment = payment
    _settle(proposal, ProposalState.KNOWN, actor, now)
    audit.record(actor, "payment_proposal.known", proposal, **_facts(proposal), payment=str(payment.pk))
    return outcome


@transaction.atomic
def ignore_proposal(
    organization: Organization, proposal_id: UUID, *, why: str, actor: Actor, now: datetime
) -> PaymentProposal:
    """Register nothing, with a reason; it can be registered later all the same."""
    proposal = queries.lock_proposal(organization, proposal_id)
    if proposal.state != ProposalState.OPEN:
        raise _is_settled(proposal)
    proposal.why = reason_given(why)
    _settle(proposal, ProposalState.IGNORED, actor, now)
    audit.record(actor, "payment_proposal.ignored", proposal, **_facts(proposal), reason=proposal.why)
    return proposal


def take_matching(organization: Organization, connection_id: UUID, *, today: date, now: datetime) -> int:
    """Register what matches exactly, where the connection has it so; returns how many. One refusal stays alone."""
    with transaction.atomic():
        connection = lock_connection(organization, connection_id)
        candidates = queries.matching_proposals(connection, TAKEN_MAX) if connection.applies_payments else []
        like = queries.likes_of(candidates)
        closed_through = ledger.lock_of_period(organization)
        bank = ledger.accounts_by_purpose(organization.pk)[BANK]
    taken = 0
    for each in candidates:
        is_open_day = each.day <= today and (closed_through is None or each.day > closed_through)
        if each.pk in like or not is_open_day:
            continue
        try:
            taken += _take_by_rule(organization, each.pk, bank.pk, today=today, now=now)
        except DomainError as refusal:
            logger.info("The payment of proposal %s was not registered by rule: %s", each.pk, refusal)
    return taken


@transaction.atomic
def _take_by_rule(
    organization: Organization, proposal_id: UUID, account_id: UUID, *, today: date, now: datetime
) -> bool:
    """Register it where the claim, in its currency, is open with that much or more; whether it was."""
    proposal = queries.lock_proposal(organization, proposal_id)
    if proposal.state != ProposalState.OPEN or proposal.receivable is None:
        return False
    _claims, open_now = ledger.lock_with_balances(organization.pk, [proposal.receivable.pk], with_additions=True)
    is_exact = proposal.amount <= open_now[proposal.receivable.pk].currency_amount
    if proposal.currency != proposal.receivable.currency or not is_exact:
        return False
    if queries.likes(proposal.connection, [queries.told_of(proposal)]):  # told of since, by a bank file or a person
        return False
    _take(organization, proposal, account_id, actor=Actor.system(), today=today, now=now)
    return True


def _take(
    organization: Organization, proposal: PaymentProposal, account_id: UUID, *, actor: Actor, today: date, now: datetime
) -> Payment:
    registered = register_payment(
        organization, _terms_of(proposal, account_id), actor=actor, today=today, now=now
    ).payment
    _note_it_stands_there(proposal, registered, now)
    proposal.payment = registered
    _settle(proposal, ProposalState.TAKEN, actor, now)
    audit.record(actor, "payment_proposal.taken", proposal, **_facts(proposal), payment=str(registered.pk))
    return registered


def _terms_of(proposal: PaymentProposal, account_id: UUID) -> PaymentTerms:
    return PaymentTerms(
        key=queries.key_of(proposal.connection_id, proposal.remote_id),
        day=proposal.day,
        currency=proposal.currency,
        amount=proposal.amount,
        method=PaymentMethod.BANK,
        source=PaymentSource.ACCOUNTING,
        account_id=account_id,
        reference=proposal.text or proposal.kid or proposal.document_number,
        payer_name=proposal.payer,
        parts=[Part(receivable_id=proposal.receivable_id)] if proposal.receivable_id else [],
    )


def _note_it_stands_there(proposal: PaymentProposal, payment: Payment, now: datetime) -> None:
    """The item of the payment's voucher, as one that has arrived: without it, the money would be pushed as well."""
    told = Remote(
        id=proposal.remote_id,
        number=proposal.document_number,
        day=proposal.day,
        currency=proposal.currency,
        total=proposal.amount,
    )
    item = item_of(
        proposal.connection,
        voucher_told(proposal.connection.organization, payment.voucher_id),
        now=now,
        state=SyncState.CONFIRMED,
        reason=dict(reason("came_back")),
        done={FOUND_THERE: remote_to_json(told)},
        remote=remote_to_json(told),
        remote_id=proposal.remote_id,
        remote_number=proposal.remote_id[:60],
        confirmed_at=now,
    )
    item.save(force_insert=True)


def _hold_back(proposal: PaymentProposal, payment: Payment, actor: Actor, now: datetime) -> Known:
    """Do not push what stands there already; what is not chosen yet is kept back before it is."""
    why = dict(reason("stands_there", by=actor.name))
    item = queries.lock_item_of(proposal.connection, payment.voucher_id)
    if item is None:
        told = voucher_told(proposal.connection.organization, payment.voucher_id)
        item_of(proposal.connection, told, now=now, state=SyncState.LEFT_OUT, reason=why).save(force_insert=True)
        return Known.LEFT_OUT
    if item.state == SyncState.LEFT_OUT:
        return Known.NOTHING
    if item.state == SyncState.SENDING:
        raise VoucherIsOnItsWay(
            _("Voucher %(number)s is being pushed at this moment. Try again in a minute.") % {"number": item.number}
        )
    if item.done or item.state in ARRIVED:
        return Known.DOUBLED
    item.state, item.step, item.reason, item.changed_at = SyncState.LEFT_OUT, "", why, now
    item.save(update_fields=["state", "step", "reason", "changed_at"])
    audit.record(actor, "sync_item.left_out", item)
    return Known.LEFT_OUT


def _refuse_unlike(proposal: PaymentProposal, payment: Payment) -> None:
    """Somebody who looks knows best; only what cannot be is refused."""
    is_told_by_it = payment.key.startswith(queries.key_of(proposal.connection_id, ""))
    is_other_money = payment.currency != proposal.currency or payment.amount < proposal.amount
    if is_told_by_it or is_other_money or payment.is_reversed:
        raise CannotBeTheSame(_("That payment cannot be the same money. Look at both of them again."))


def _unsettled(organization: Organization, proposal_id: UUID) -> PaymentProposal:
    """The proposal under its lock; what was ignored can be taken up again."""
    proposal = queries.lock_proposal(organization, proposal_id)
    if proposal.state not in UNSETTLED:
        raise _is_settled(proposal)
    return proposal


def _is_settled(proposal: PaymentProposal) -> ProposalIsSettled:
    words = _("Somebody has decided about this payment already: %(state)s.")
    return ProposalIsSettled(words % {"state": proposal.get_state_display()})


def _settle(proposal: PaymentProposal, state: ProposalState, actor: Actor, now: datetime) -> None:
    proposal.state, proposal.settled_at, proposal.settled_by = state, now, actor.name[:120]
    proposal.save(update_fields=["state", "settled_at", "settled_by", "payment", "why"])


def _facts(proposal: PaymentProposal) -> dict[str, str]:
    return {
        "amount": f"{proposal.amount} {proposal.currency}",
        "day": proposal.day.isoformat(),
        "document": proposal.document_number or str(proposal.receivable or ""),
    }
