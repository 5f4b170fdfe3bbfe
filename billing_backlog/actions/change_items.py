"""Changing price, charge and contract line of work that stands on no document yet, each with its reason (M-155)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from billing_backlog.actions.ready import Marked
from billing_backlog.billing_methods import Work
from billing_backlog.errors import ItemIsUnclear, PriceNeedsReason, StandsOnDocument
from billing_backlog.models import BacklogItem, Contract, ContractCustomer, ContractLine, ItemKind
from billing_backlog.queries.items import lock_items
from billing_backlog.queries.journal import named_by_documents
from billing_backlog.queries.limits import limit_book
from billing_backlog.queries.standing import standing_of
from foundation import rows
from foundation.errors import DomainError
from invoicing.models import ChargeKind
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

WRITTEN = (
    "unit_price",
    "rule_price",
    "price_rule",
    "price_reason",
    "amount",
    "charge_kind",
    "line",
    "contract",
    "project",
    "is_over_limit",
    "ready_at",
    "ready_by",
    "version",
)
TOLD = ("unit_price", "amount", "charge_kind", "line_id", "price_reason", "is_over_limit")
# Whose price is agreed as a whole, and which stay where they were planned.
AGREED = (ItemKind.MILESTONE, ItemKind.PROGRESS, ItemKind.ADVANCE)
PRICED_BY_LINE = (ItemKind.TIME, ItemKind.BOOKING, ItemKind.VISIT, ItemKind.MATERIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is changed; what is None stays as it is."""

    reason: str
    unit_price: Decimal | None = None
    charge_kind: str | None = None
    line_id: UUID | None = None


@transaction.atomic
def change_items(
    organization: Organization, item_ids: Collection[UUID], change: Change, *, actor: Actor, now: datetime
) -> Marked:
    """Change what is unbilled of these items and check their limits anew; the price rule's own price is kept beside.

    One that cannot be changed is named with its reason and keeps no other back.
    """
    line = _line_of(organization, change)
    if not change.reason.strip():
        raise PriceNeedsReason(_("Write why it is changed; the reason stays with the line."), field="reason")
    _refuse_senseless(change)
    items = lock_items(organization, item_ids)
    standing = standing_of(organization, items)
    named = named_by_documents(organization, [item.pk for item in items])
    payers = _payers(organization, line)
    marked = Marked([], [])
    facts: list[tuple[BacklogItem, dict[str, Any]]] = []
    before = {item.pk: {name: getattr(item, name) for name in TOLD} for item in items}
    for item in items:
        try:
            _refuse_unchangeable(item, is_named=item.pk in named, is_open=bool(standing[item.pk].unbilled))
            _change(item, change, line, payers)
        except DomainError as refusal:
            marked.refused.append((item, refusal))
        else:
            marked.done.append(item)
    _check_limits(organization, marked.done)
    for item in marked.done:
        item.version += 1
        after = {name: getattr(item, name) for name in TOLD}
        facts.append((item, {"changes": audit.changes(before[item.pk], after), "reason": change.reason.strip()}))
    rows.update(organization.pk, marked.done, WRITTEN)
    audit.record_each(actor, "backlog.changed", facts, now=now)
    return marked


def _line_of(organization: Organization, change: Change) -> ContractLine | None:
    if change.line_id is None:
        return None
    found = ContractLine.objects.of(organization).select_related("contract__project").filter(pk=change.line_id).first()
    if found is None:
        raise Http404
    return found


def _refuse_senseless(change: Change) -> None:
    if change.unit_price is not None and change.unit_price < 0:
        raise ItemIsUnclear(_("A price is not negative. Give a negative quantity instead."), field="unit_price")
    if change.charge_kind is not None and change.charge_kind not in ChargeKind.values:
        raise ItemIsUnclear(
            _("Choose one of these: %(kinds)s.") % {"kinds": ", ".join(ChargeKind.values)}, field="charge_kind"
        )


def _payers(organization: Organization, line: ContractLine | None) -> set[UUID]:
    if line is None:
        return set()
    shares = ContractCustomer.objects.of(organization).filter(contract_id=line.contract_id)
    return set(shares.values_list("customer_id", flat=True))


def _refuse_unchangeable(item: BacklogItem, *, is_named: bool, is_open: bool) -> None:
    words = {"item": item}
    if item.is_cancelled:
        raise StandsOnDocument(_("%(item)s is cancelled and is never billed.") % words)
    if is_named:
        raise StandsOnDocument(_("%(item)s stands on a draft or an invoice. Change it there.") % words)
    if not is_open:
        raise StandsOnDocument(_("Nothing is left to bill of %(item)s.") % words)


def _change(item: BacklogItem, change: Change, line: ContractLine | None, payers: set[UUID]) -> None:
    reason = change.reason.strip()[:300]
    if change.unit_price is not None:
        if item.kind in AGREED:
            raise ItemIsUnclear(
                _("%(item)s has an agreed price. Change the plan on the contract instead.") % {"item": item}
            )
        item.unit_price, item.price_reason = change.unit_price, reason
        item.amount = Work(item.quantity, item.unit_price).amount
    if change.charge_kind is not None:
        item.charge_kind, item.price_reason = change.charge_kind, reason
    if line is not None:
        _move(item, line, payers)
        item.price_reason = reason


def _move(item: BacklogItem, line: ContractLine, payers: set[UUID]) -> None:
    """Under another contract line; the price stays, and the new line's own price is kept beside it."""
    words = {"item": item, "contract": line.contract.number}
    if item.kind in AGREED:
        raise ItemIsUnclear(_("%(item)s belongs to the plan of its own contract line.") % words)
    if item.customer_id not in payers:
        raise ItemIsUnclear(_("The customer of %(item)s is no customer of contract %(contract)s.") % words)
    if item.currency != line.contract.currency:
        raise ItemIsUnclear(_("%(item)s is in another currency than contract %(contract)s.") % words)
    ends = [day for day in (line.ended_on, line.contract.ends_on) if day]
    if item.day < line.contract.starts_on or (ends and item.day > min(ends)):
        raise ItemIsUnclear(_("Contract %(contract)s does not run on the day of %(item)s.") % words)
    item.line, item.contract, item.project = line, line.contract, line.contract.project
    if line.unit_price is not None and item.kind in PRICED_BY_LINE:
        item.rule_price = line.unit_price
        item.price_rule = (_("Contract %(number)s, %(line)s") % {"number": line.contract.number, "line": line.name})[
            :120
        ]


def _check_limits(organization: Organization, items: Sequence[BacklogItem]) -> None:
    """Whether each keeps the limits with what it comes to now; what does not is ready no more (M-042)."""
    contracts = sorted({item.contract_id for item in items if item.contract_id is not None})
    if not contracts:
        return
    list(Contract.objects.of(organization).filter(pk__in=contracts).order_by("id").select_for_update(no_key=True))
    book = limit_book(organization, contracts, without=[item.pk for item in items])
    for item in sorted(items, key=lambda item: (item.ready_at is None, item.day, item.pk)):
        item.is_over_limit = not book.enter(item)
        if item.is_over_limit:
            item.ready_at, item.ready_by = None, ""
