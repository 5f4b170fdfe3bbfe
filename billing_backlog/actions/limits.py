"""Not-to-exceed amounts: checking work against them anew, setting them, asking for higher ones, answering (M-042)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _

from billing_backlog.contract_terms import LimitOn
from billing_backlog.errors import AnsweredAlready, ContractIsUnclear, LimitNeedsApproval
from billing_backlog.models import BacklogItem, Contract, LimitDecision, LimitRequest, LineCustomer
from billing_backlog.queries.contracts import WholeContract, lock_contract, whole_contract
from billing_backlog.queries.items import WITH
from billing_backlog.queries.limit_bearers import amount_of, line_of, name_of, share_of
from billing_backlog.queries.limits import limit_book
from billing_backlog.queries.people import list_deciders
from billing_backlog.queries.standing import Standing, standing_of
from foundation import rows
from foundation.money import round_amount
from tenants import audit, notices
from tenants.audit import Actor
from tenants.models import Organization, User


@dataclass(frozen=True, slots=True)
class Evaluated:
    """How many items a check of limits has let go, and how many it has stopped."""

    freed: int
    stopped: int


@transaction.atomic
def evaluate_limits(organization: Organization, contract_id: UUID, *, actor: Actor, now: datetime) -> Evaluated:
    """Check what is unbilled under a contract against its limits anew: ready work first, then by day.

    What stands on drafts or is invoiced takes its part of the limits and is not checked again.
    """
    contract = lock_contract(organization, contract_id)
    open_items = list(
        BacklogItem.objects.of(organization)
        .select_related(*WITH)
        .filter(contract=contract, cancelled_at=None)
        .order_by("id")
        .select_for_update(of=("self",), no_key=True)
    )
    standing = standing_of(organization, open_items)
    checked = [item for item in open_items if _is_checked(standing[item.pk])]
    book = limit_book(organization, [contract.pk], without=[item.pk for item in checked])
    changed = []
    for item in sorted(checked, key=lambda item: (item.ready_at is None, item.day, item.pk)):
        is_over = not book.enter(_unbilled_part(item, standing[item.pk]))
        if is_over != item.is_over_limit:
            item.is_over_limit = is_over
            if is_over:
                item.ready_at, item.ready_by = None, ""
            changed.append(item)
    rows.update(organization.pk, changed, ["is_over_limit", "ready_at", "ready_by"])
    for item in changed:
        verb = "backlog.stopped_by_limit" if item.is_over_limit else "backlog.within_limit"
        audit.record_each(actor, verb, [(item, {"contract": contract.number})], now=now)
    stopped = sum(1 for item in changed if item.is_over_limit)
    return Evaluated(len(changed) - stopped, stopped)


def _is_checked(stands: Standing) -> bool:
    return bool(stands.unbilled) and not stands.billed and not stands.on_draft


def _unbilled_part(item: BacklogItem, stands: Standing) -> BacklogItem:
    """The item with the amount of what is left of it."""
    whole = stands.unbilled == item.quantity
    return BacklogItem(
        contract_id=item.contract_id,
        line_id=item.line_id,
        customer_id=item.customer_id,
        charge_kind=item.charge_kind,
        amount=item.amount if whole else round_amount(stands.unbilled * item.unit_price),
    )


@transaction.atomic
def set_limits(
    organization: Organization,
    contract_id: UUID,
    amounts: Mapping[LimitOn, Decimal | None],
    *,
    may_raise: bool,
    actor: Actor,
    now: datetime,
) -> Evaluated:
    """Set not-to-exceed amounts of a contract, or take them away, and check the work anew."""
    contract = lock_contract(organization, contract_id)
    whole = whole_contract(organization, contract)
    told: dict[str, list[str]] = {}
    for limit_on, amount in amounts.items():
        before = amount_of(whole, limit_on)
        if before == amount:
            continue
        if not may_raise and before is not None and (amount is None or amount > before):
            raise LimitNeedsApproval(
                _("Ask for a new limit on the contract's page; it is raised when it is approved."), field="limits"
            )
        _set_limit(organization, whole, limit_on, amount)
        told[name_of(whole, limit_on)] = [str(before or ""), str(amount or "")]
    if told:
        contract.version += 1
        contract.save(update_fields=["version", "limit_amount"])
        audit.record(actor, "contract.limits_set", contract, changes=told)
    return evaluate_limits(organization, contract_id, actor=actor, now=now)


def _set_limit(organization: Organization, whole: WholeContract, limit_on: LimitOn, amount: Decimal | None) -> None:
    if limit_on.line_id is not None and limit_on.customer_id is not None:
        stored = whole.line_limits.get((limit_on.line_id, limit_on.customer_id))
        if amount is None:
            if stored is not None:
                stored.delete()
            return
        limit = stored or LineCustomer(
            organization=organization, line_id=limit_on.line_id, customer_id=limit_on.customer_id
        )
        limit.limit_amount = amount
        limit.save(force_insert=limit._state.adding)
    elif limit_on.line_id is not None:
        line = line_of(whole, limit_on.line_id)
        line.limit_amount = amount
        line.save(update_fields=["limit_amount"])
    elif limit_on.customer_id is not None:
        share = share_of(whole, limit_on.customer_id)
        share.limit_amount = amount
        share.save(update_fields=["limit_amount"])
    else:
        whole.contract.limit_amount = amount


@transaction.atomic
def ask_limit(
    organization: Organization,
    contract_id: UUID,
    limit_on: LimitOn,
    *,
    amount: Decimal,
    reason: str,
    asker: User,
    now: datetime,
) -> LimitRequest:
    """Ask for a higher limit; whoever may answer is told. A request that waits takes the new amount and reason."""
    contract = lock_contract(organization, contract_id)
    whole = whole_contract(organization, contract)
    before = amount_of(whole, limit_on)
    if before is None:
        raise ContractIsUnclear(_("There is no limit on that, so none has to be raised."), field="limit_on")
    if amount <= before:
        raise ContractIsUnclear(_("Ask for more than the limit that stands."), field="amount")
    if not reason.strip():
        raise ContractIsUnclear(_("Write why more is needed; whoever answers reads it."), field="reason")
    same: dict[str, Any] = {"contract": contract, "line_id": limit_on.line_id, "customer_id": limit_on.customer_id}
    waiting = LimitRequest.objects.of(organization).filter(
        *(Q(**{name: value}) if value is not None else Q(**{f"{name}__isnull": True}) for name, value in same.items()),
        decision=LimitDecision.OPEN,
    )
    request = waiting.select_for_update(no_key=True).first() or LimitRequest(
        organization=organization, contract=contract, line_id=limit_on.line_id, customer_id=limit_on.customer_id
    )
    request.amount_before, request.amount, request.reason = before, amount, reason.strip()
    request.asked_by, request.asked_at = asker, now
    request.save(force_insert=request._state.adding)
    audit.record(Actor.person(asker), "limit.asked", contract, amount=str(amount), reason=request.reason)
    _tell_deciders(organization, request, whole, asker)
    return request


def _tell_deciders(organization: Organization, request: LimitRequest, whole: WholeContract, asker: User) -> None:
    facts = {
        "who": str(asker),
        "contract": str(whole.contract),
        "amount": str(request.amount),
        "currency": whole.contract.currency,
        "reason": request.reason,
    }
    link = f"projects/limits/{request.pk}/"
    key = f"limit:{request.pk}:{request.asked_at.isoformat()}"
    people = [user_id for user_id in list_deciders(organization) if user_id != asker.pk]
    notices.tell(organization.pk, [notices.News(user_id, "limit.asked", facts, link, key) for user_id in people])


@transaction.atomic
def answer_limit(
    organization: Organization, request_id: UUID, *, is_approved: bool, answer: str, actor: Actor, now: datetime
) -> LimitRequest:
    """Approve a new limit, which sets it and checks the work anew, or refuse it with a reason; whoever asked is told.

    The same answer twice is as good as once; another answer is refused.
    """
    found = LimitRequest.objects.of(organization).filter(pk=request_id)
    request = found.select_related("contract", "asked_by").select_for_update(of=("self",), no_key=True).first()
    if request is None:
        raise Http404
    wanted = LimitDecision.APPROVED if is_approved else LimitDecision.REFUSED
    if request.decision == wanted:
        return request
    if request.decision:
        raise AnsweredAlready(_("%(who)s has answered already.") % {"who": request.decided_by})
    if not is_approved and not answer.strip():
        raise ContractIsUnclear(_("Write why the limit is not raised."), field="answer")
    request.decision, request.answer = wanted, answer.strip()
    request.decided_by, request.decided_at = actor.name, now
    request.save(update_fields=["decision", "answer", "decided_by", "decided_at"])
    audit.record(actor, f"limit.{wanted.value}", request.contract, amount=str(request.amount), answer=request.answer)
    if is_approved:
        limit_on = LimitOn(line_id=request.line_id, customer_id=request.customer_id)
        amounts = {limit_on: request.amount}
        set_limits(organization, request.contract_id, amounts, may_raise=True, actor=actor, now=now)
    _tell_asker(organization, request)
    return request


def _tell_asker(organization: Organization, request: LimitRequest) -> None:
    contract: Contract = request.contract
    told = {"amount": str(request.amount), "currency": contract.currency, "reason": request.answer}
    facts = {"contract": str(contract), **told}
    link, key = f"contracts/{contract.pk}/", f"limit:{request.pk}:{request.decision}"
    notices.tell(organization.pk, [notices.News(request.asked_by_id, f"limit.{request.decision}", facts, link, key)])
