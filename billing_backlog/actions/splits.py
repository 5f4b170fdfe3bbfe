"""Splitting work that is not billed yet by the shares that the contract has now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.limits import evaluate_limits
from billing_backlog.billing_methods import Work, split_fixed, split_work
from billing_backlog.intake.composing import AGREED_AMOUNTS
from billing_backlog.models import BacklogItem, ContractCustomer
from billing_backlog.queries.contracts import lock_contract, whole_contract
from billing_backlog.queries.items import WITH
from billing_backlog.queries.standing import standing_of
from foundation import rows
from foundation.ids import uuid7
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

# What tells that items are the shares of one piece of work.
Piece = tuple[str, str, str]
CHANGED = ("customer_id", "quantity", "unit_price", "rule_price", "amount", "cancelled_at", "cancelled_reason")
TAKEN_BACK = ("ready_at", "ready_by", "is_over_limit", "version")


@dataclass(slots=True)
class Resplit:
    """What became of it: pieces of work that are split anew, and those that stand on documents and stay."""

    split: int = 0
    kept: int = 0
    changed: list[BacklogItem] = field(default_factory=list)
    new: list[BacklogItem] = field(default_factory=list)


@transaction.atomic
def resplit_work(organization: Organization, contract_id: UUID, *, actor: Actor, now: datetime) -> Resplit:
    """Split the unbilled work of a contract by its present shares; marks are taken back, limits checked anew.

    A piece of which anything is billed, on a draft or written off stays as it is. Twice is as good as once.
    """
    contract = lock_contract(organization, contract_id)
    shares = whole_contract(organization, contract).shares
    done = Resplit()
    for piece in _pieces(organization, contract_id):
        live = [item for item in piece if not item.is_cancelled]
        if not live or _is_split_so(live, shares):
            continue
        _split(piece, live, shares, done, now=now)
        done.split += 1
    done.kept = _count_kept(organization, contract_id)
    customers = ("customer" if name == "customer_id" else name for name in CHANGED)
    rows.update(organization.pk, done.changed, [*customers, *TAKEN_BACK])
    rows.insert(organization.pk, done.new)
    said = {"contract": contract.number}
    audit.record_each(actor, "backlog.split_anew", [(item, said) for item in [*done.changed, *done.new]], now=now)
    evaluate_limits(organization, contract_id, actor=actor, now=now)
    return done


def _pieces(organization: Organization, contract_id: UUID) -> list[list[BacklogItem]]:
    """The shares of each piece of work of which nothing stands on a document or is written off."""
    items = list(_shared_items(organization, contract_id).order_by("id").select_for_update(of=("self",), no_key=True))
    standing = standing_of(organization, items)
    pieces: dict[Piece, list[BacklogItem]] = defaultdict(list)
    fixed: set[Piece] = set()
    for item in items:
        key = _piece(item)
        pieces[key].append(item)
        stands = standing[item.pk]
        if stands.billed or stands.on_draft or stands.written_off:
            fixed.add(key)
    named = _named_by_lines(organization, items)
    fixed |= {_piece(item) for item in items if item.pk in named}
    return [sorted(shares, key=lambda item: item.share_number) for key, shares in pieces.items() if key not in fixed]


def _shared_items(organization: Organization, contract_id: UUID) -> Any:
    """The items that can be told to be shares of the same work: those of a source, an entry or a milestone."""
    found = BacklogItem.objects.of(organization).select_related(*WITH).filter(contract_id=contract_id, settled_at=None)
    return found.exclude(source_system="", entry=None, milestone=None)


def _named_by_lines(organization: Organization, items: Sequence[BacklogItem]) -> set[UUID]:
    """Those that a line of any document or file names, also where it was credited to nothing: they stay so."""
    statement = """SELECT l.source_id FROM invoicing_invoiceline l
                   WHERE l.organization_id = %(organization)s AND l.source_id = ANY(%(ids)s::uuid[])
                   UNION
                   SELECT r.item_id FROM billing_backlog_runfilerow r
                   WHERE r.organization_id = %(organization)s AND r.item_id = ANY(%(ids)s::uuid[])
                     AND r.taken_back_at IS NULL"""
    asked = {"organization": organization.pk, "ids": [item.pk for item in items]}
    return {key for (key,) in rows.fetch_all(statement, asked)}


def _piece(item: BacklogItem) -> Piece:
    if item.source_system:
        return (item.source_system, item.source_order, item.source_line)
    return ("entry", str(item.entry_id), str(item.milestone_id))


def _is_split_so(live: Sequence[BacklogItem], shares: Sequence[ContractCustomer]) -> bool:
    works = _works(live, shares)
    wanted = {share.customer_id: work for share, work in zip(shares, works, strict=True) if work.quantity}
    return {item.customer_id: (item.quantity, item.amount) for item in live} == {
        key: (work.quantity, work.amount) for key, work in wanted.items()
    }


def _works(live: Sequence[BacklogItem], shares: Sequence[ContractCustomer]) -> list[Work]:
    percents = [share.share_percent for share in shares]
    if live[0].kind in AGREED_AMOUNTS:
        return split_fixed(Work(Decimal(1), sum((item.amount for item in live), Decimal(0))), percents)
    return split_work(Work(sum((item.quantity for item in live), Decimal(0)), live[0].unit_price), percents)


def _split(
    piece: list[BacklogItem],
    live: Sequence[BacklogItem],
    shares: Sequence[ContractCustomer],
    done: Resplit,
    *,
    now: datetime,
) -> None:
    """Give each customer the own row where there is one, else a row that falls free, else a new one."""
    pattern, free = live[0], list(piece)
    works = [(share, work) for share, work in zip(shares, _works(live, shares), strict=True) if work.quantity]
    own = {item.customer_id: item for item in free}
    last = max(item.share_number for item in piece)
    for share, work in works:
        item = own.get(share.customer_id)
        if item is not None:
            free.remove(item)
            done.changed.append(_written(item, share, work))
    others = [(share, work) for share, work in works if share.customer_id not in own]
    for share, work in others:
        if free:
            done.changed.append(_written(free.pop(0), share, work))
            continue
        last += 1
        done.new.append(_written(_copy(pattern, last, now), share, work))
    for item in free:
        if not item.is_cancelled:
            item.cancelled_at, item.cancelled_reason = now, _("The shares of the contract were changed.")
            item.ready_at, item.ready_by = None, ""
            done.changed.append(item)


def _written(item: BacklogItem, share: ContractCustomer, work: Work) -> BacklogItem:
    keeps_rule = item.rule_price == item.unit_price
    item.customer = share.customer
    item.quantity, item.unit_price, item.amount = work.quantity, work.unit_price, work.amount
    item.rule_price = work.unit_price if keeps_rule else item.rule_price
    item.cancelled_at, item.cancelled_reason = None, ""
    item.ready_at, item.ready_by, item.is_over_limit = None, "", False
    item.version += 1
    return item


def _copy(pattern: BacklogItem, share_number: int, now: datetime) -> BacklogItem:
    values = {field.attname: getattr(pattern, field.attname) for field in BacklogItem._meta.concrete_fields}
    return BacklogItem(**{**values, "id": uuid7(), "share_number": share_number, "version": 0, "created_at": now})


def _count_kept(organization: Organization, contract_id: UUID) -> int:
    """The open items that nothing ties to their other shares."""
    found = BacklogItem.objects.of(organization).filter(contract_id=contract_id, settled_at=None, cancelled_at=None)
    return found.filter(source_system="", entry=None, milestone=None).count()
