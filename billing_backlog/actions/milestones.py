"""Planning the milestones of a fixed price: each becomes an item for every customer's share (M-037, M-055)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from billing_backlog.actions.items import check_limits, take_items
from billing_backlog.contract_terms import MILESTONES_MAX, MilestoneTerms
from billing_backlog.errors import ContractIsUnclear, StaleRecord, WorkStandsInTheWay
from billing_backlog.intake.plain import NewItem, Outcome, Source
from billing_backlog.models import BacklogItem, BillingMethod, ContractLine, ItemKind, Milestone
from billing_backlog.queries.contracts import items_of_milestones, live_milestones, lock_contract
from billing_backlog.queries.items import lock_items
from billing_backlog.queries.standing import standing_of
from foundation import rows
from foundation.errors import DomainError, Refusals
from foundation.money import split_amount
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

SYSTEM = "milestone"


@transaction.atomic
def plan_milestones(
    organization: Organization,
    line_id: UUID,
    terms: Sequence[MilestoneTerms],
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> list[Milestone]:
    """Store the whole plan of a line: new parts become items, changed ones change theirs, removed ones cancel theirs.

    A plan that does not make up the agreed amount is stored and shows what it lacks until it is mended. What stands on
    a document is changed there, or credited first.
    """
    line = _lock_line(organization, line_id)
    if line.contract.version != version:
        raise StaleRecord(_("The contract was changed by somebody else meanwhile. Look at the plan again, then save."))
    _refuse_plan(line, terms)
    stored = {milestone.pk: milestone for milestone in live_milestones(organization, [line.pk])}
    new: list[tuple[MilestoneTerms, Milestone]] = []
    touched: list[tuple[MilestoneTerms, Milestone]] = []
    for position, wanted in enumerate(terms, start=1):
        milestone = _milestone_of(organization, line, stored, wanted)
        is_new = milestone._state.adding
        if is_new and wanted.is_removed:
            continue
        if not is_new and (wanted.is_removed or _says_other(milestone, wanted)):
            touched.append((wanted, milestone))
        milestone.position = position
        if is_new:
            new.append((wanted, milestone))
        elif not wanted.is_removed:
            milestone.save(update_fields=["position"])
    _change(organization, touched, actor=actor, now=now)
    planned = _take(organization, line, new, actor=actor, now=now)
    if new or touched:
        line.contract.version += 1
        line.contract.save(update_fields=["version"])
        facts = {"line": line.name, "new": len(new), "changed": len(touched)}
        audit.record(actor, "contract.milestones_planned", line.contract, **facts)
    return planned


def _lock_line(organization: Organization, line_id: UUID) -> ContractLine:
    line = ContractLine.objects.of(organization).filter(pk=line_id).first()
    if line is None:
        raise Http404
    line.contract = lock_contract(organization, line.contract_id)
    return line


def _refuse_plan(line: ContractLine, terms: Sequence[MilestoneTerms]) -> None:
    if line.billing_method != BillingMethod.FIXED_PRICE:
        raise ContractIsUnclear(_("Only a fixed price has milestones."), field="milestones")
    if sum(1 for wanted in terms if not wanted.is_removed) > MILESTONES_MAX:
        raise ContractIsUnclear(_("At most %(most)s milestones.") % {"most": MILESTONES_MAX}, field="milestones")


def _milestone_of(
    organization: Organization, line: ContractLine, stored: dict[UUID, Milestone], wanted: MilestoneTerms
) -> Milestone:
    if wanted.milestone_id is None:
        return Milestone(
            organization=organization,
            line=line,
            name=wanted.name,
            amount=wanted.amount,
            planned_on=wanted.planned_on,
        )
    if wanted.milestone_id not in stored:
        raise Http404
    return stored[wanted.milestone_id]


def _says_other(milestone: Milestone, wanted: MilestoneTerms) -> bool:
    return (milestone.name, milestone.amount, milestone.planned_on) != (
        wanted.name,
        wanted.amount,
        wanted.planned_on,
    )


def _change(
    organization: Organization, touched: Sequence[tuple[MilestoneTerms, Milestone]], *, actor: Actor, now: datetime
) -> None:
    """Change milestones and their items; one whose work stands on a document is refused by its row."""
    items = items_of_milestones(organization, [milestone.pk for _wanted, milestone in touched])
    locked = {item.pk: item for item in lock_items(organization, [item.pk for each in items.values() for item in each])}
    standing = standing_of(organization, list(locked.values()))
    refused: list[DomainError] = []
    for wanted, milestone in touched:
        shares = [locked[item.pk] for item in items.get(milestone.pk, [])]
        stands = [standing[item.pk] for item in shares]
        if any(each.billed or each.on_draft or each.written_off for each in stands):
            sentence = _("%(milestone)s stands on a document. Take it off the draft, or credit the invoice, first.")
            told = sentence % {"milestone": milestone.name}
            refused.append(WorkStandsInTheWay(told, field=f"{wanted.key}-amount"))
        elif not refused and wanted.is_removed:
            _remove(organization, milestone, shares, now=now)
        elif not refused:
            _rewrite(organization, milestone, wanted, shares)
    if refused:
        raise Refusals(refused)
    said = [(item, {"milestone": milestone.name}) for _w, milestone in touched for item in items.get(milestone.pk, [])]
    audit.record_each(actor, "backlog.planned_anew", said, now=now)


def _remove(organization: Organization, milestone: Milestone, shares: Sequence[BacklogItem], *, now: datetime) -> None:
    milestone.removed_at = now
    milestone.save(update_fields=["removed_at"])
    for item in shares:
        item.cancelled_at, item.cancelled_reason = now, _("The milestone was taken out of the plan.")
        item.ready_at, item.ready_by = None, ""
    rows.update(organization.pk, shares, ["cancelled_at", "cancelled_reason", "ready_at", "ready_by"])


def _rewrite(
    organization: Organization, milestone: Milestone, wanted: MilestoneTerms, shares: Sequence[BacklogItem]
) -> None:
    """The milestone and its items say what is wanted; each customer keeps the per cent that was planned with."""
    milestone.name, milestone.amount, milestone.planned_on = wanted.name, wanted.amount, wanted.planned_on
    milestone.save(update_fields=["name", "amount", "planned_on"])
    parts = split_amount(wanted.amount, [item.amount for item in shares]) if shares else []
    for item, part in zip(shares, parts, strict=True):
        item.text, item.day = wanted.name, wanted.planned_on
        item.amount = item.unit_price = item.rule_price = part
        item.ready_at, item.ready_by, item.is_over_limit = None, "", False
        item.version += 1
    _check_again(organization, shares)
    names = ["text", "day", "amount", "unit_price", "rule_price", "ready_at", "ready_by", "is_over_limit", "version"]
    rows.update(organization.pk, shares, names)


def _check_again(organization: Organization, items: Sequence[BacklogItem]) -> None:
    """Limits are checked without what these items took before."""
    stored: Any = BacklogItem.objects.of(organization).filter(pk__in=[item.pk for item in items])
    stored.update(is_over_limit=True, ready_at=None, ready_by="")
    check_limits(organization, items)


def _take(
    organization: Organization,
    line: ContractLine,
    new: Sequence[tuple[MilestoneTerms, Milestone]],
    *,
    actor: Actor,
    now: datetime,
) -> list[Milestone]:
    for _wanted, milestone in new:
        milestone.save(force_insert=True)
    told = [_item_of(line, milestone, actor) for _wanted, milestone in new]
    answers = take_items(organization, told, actor=actor, now=now)
    refused = [
        ContractIsUnclear(answer.sentence, field=f"{wanted.key}-planned_on" if answer.field == "day" else "milestones")
        for (wanted, _milestone), answer in zip(new, answers, strict=True)
        if answer.outcome == Outcome.REFUSED
    ]
    if refused:
        raise Refusals(refused)
    return [milestone for _wanted, milestone in new]


def _item_of(line: ContractLine, milestone: Milestone, actor: Actor) -> NewItem:
    return NewItem(
        kind=ItemKind.MILESTONE,
        day=milestone.planned_on,
        quantity=Decimal(1),
        unit_code="NAR",
        text=milestone.name,
        line_id=line.pk,
        milestone_id=milestone.pk,
        rule_price=milestone.amount,
        price_rule=_("Contract %(number)s, %(line)s") % {"number": line.contract.number, "line": line.name},
        approved_by=actor.name,
        source=Source(SYSTEM, str(line.pk), str(milestone.pk)),
    )
