"""Making, changing and ending contracts: terms, customers' shares and lines in one step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.agreeing import refuse_contract, refuse_raised_limits, refuse_touched_work
from billing_backlog.actions.limits import evaluate_limits
from billing_backlog.contract_terms import CONTRACT_COLUMNS, LINE_COLUMNS, ContractTerms, LineTerms, ShareTerms
from billing_backlog.errors import ContractIsUnclear, StaleRecord
from billing_backlog.models import Contract, ContractCustomer, ContractLine, LineCustomer
from billing_backlog.queries.contracts import WholeContract, lock_contract, lock_project, whole_contract
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization


@transaction.atomic
def create_contract(
    organization: Organization, project_id: UUID, terms: ContractTerms, *, actor: Actor, now: datetime
) -> Contract:
    """Write a new contract of a project with its lines and the customers who bear it; all or nothing."""
    project = lock_project(organization, project_id)
    refuse_contract(organization, terms, None)
    contract = Contract(organization=organization, project=project, created_at=now)
    _set(contract, terms.values, CONTRACT_COLUMNS)
    contract.save(force_insert=True)
    _write_shares(organization, contract, [], terms.shares)
    _write_lines(organization, contract, [], terms.lines)
    audit.record(actor, "contract.created", contract, number=contract.number, shares=_told_shares(terms.shares))
    return contract


@transaction.atomic
def update_contract(
    organization: Organization,
    contract_id: UUID,
    terms: ContractTerms,
    *,
    version: int,
    may_raise_limits: bool,
    actor: Actor,
    now: datetime,
) -> Contract:
    """Change what is agreed. Work that is in the backlog keeps its price and customer; the limits are checked anew."""
    contract = lock_contract(organization, contract_id)
    if contract.version != version:
        raise StaleRecord(
            _("%(contract)s was changed by somebody else meanwhile. Look at the page again, then save.")
            % {"contract": contract}
        )
    before = whole_contract(organization, contract)
    refuse_contract(organization, terms, contract)
    refuse_touched_work(organization, before, terms)
    if not may_raise_limits:
        refuse_raised_limits(before, terms)
    changes = _changes(before, terms)
    if not changes:
        return contract
    _set(contract, terms.values, CONTRACT_COLUMNS)
    contract.version += 1
    contract.save(update_fields=[*CONTRACT_COLUMNS, "version"])
    _write_shares(organization, contract, before.shares, terms.shares)
    _write_lines(organization, contract, before.lines, terms.lines)
    audit.record(actor, "contract.changed", contract, changes=changes)
    evaluate_limits(organization, contract.pk, actor=actor, now=now)
    return contract


@transaction.atomic
def end_contract(organization: Organization, contract_id: UUID, *, last_day: date, actor: Actor) -> Contract:
    """End a contract: no work after the day is taken in; what is in the backlog can still be billed. Twice is once."""
    contract = lock_contract(organization, contract_id)
    if last_day < contract.starts_on:
        raise ContractIsUnclear(
            _("The contract begins on %(day)s. Choose that day or a later one.")
            % {"day": contract.starts_on.isoformat()},
            field="last_day",
        )
    if contract.ends_on != last_day:
        before = contract.ends_on
        contract.ends_on = last_day
        contract.version += 1
        contract.save(update_fields=["ends_on", "version"])
        audit.record(
            actor, "contract.ended", contract, changes=audit.changes({"ends_on": before}, {"ends_on": last_day})
        )
    return contract


def _set(row: Any, values: dict[str, Any], names: Sequence[str]) -> None:
    for name in names:
        setattr(row, name, values.get(name, getattr(row, name)))


def _write_shares(
    organization: Organization, contract: Contract, stored: Sequence[ContractCustomer], wanted: Sequence[ShareTerms]
) -> None:
    by_customer = {share.customer_id: share for share in stored}
    kept = {share.customer_id for share in wanted}
    gone = [share for share in stored if share.customer_id not in kept]
    if gone:
        ids = [share.customer_id for share in gone]
        ContractCustomer.objects.of(organization).filter(pk__in=[share.pk for share in gone]).delete()
        LineCustomer.objects.of(organization).filter(line__contract=contract, customer_id__in=ids).delete()
    for terms in wanted:
        share = by_customer.get(terms.customer_id) or ContractCustomer(
            organization=organization, contract=contract, customer_id=terms.customer_id
        )
        if share._state.adding or (share.share_percent, share.limit_amount) != (terms.percent, terms.limit_amount):
            share.share_percent, share.limit_amount = terms.percent, terms.limit_amount
            share.save(force_insert=share._state.adding)


def _write_lines(
    organization: Organization, contract: Contract, stored: Sequence[ContractLine], wanted: Sequence[LineTerms]
) -> None:
    by_id = {line.pk: line for line in stored}
    gone = [terms.line_id for terms in wanted if terms.is_removed and terms.line_id is not None]
    if gone:
        ContractLine.objects.of(organization).filter(pk__in=gone, contract=contract).delete()
    for position, terms in enumerate((terms for terms in wanted if not terms.is_removed), start=1):
        line = by_id[terms.line_id] if terms.line_id else ContractLine(organization=organization, contract=contract)
        line.position = position
        _set(line, terms.values, LINE_COLUMNS)
        line.save(force_insert=line._state.adding)


def _changes(before: WholeContract, terms: ContractTerms) -> dict[str, list[str]]:
    """What is new in the terms: columns of the contract, the shares, and the columns of each line by its name."""
    columns = {name: terms.values[name] for name in CONTRACT_COLUMNS if name in terms.values}
    changes = audit.changes({name: getattr(before.contract, name) for name in columns}, columns)
    stored = tuple(
        ShareTerms(customer_id=share.customer_id, percent=share.share_percent, limit_amount=share.limit_amount)
        for share in before.shares
    )
    changes |= audit.changes({"shares": _told_shares(stored)}, {"shares": _told_shares(terms.shares)})
    lines = {line.pk: line for line in before.lines}
    for place, wanted in enumerate(terms.lines):
        line = lines.get(wanted.line_id) if wanted.line_id else None
        name = line.name if line else str(wanted.values.get("name", place + 1))
        if wanted.is_removed or line is None:
            changes[name] = [name, ""] if wanted.is_removed else ["", name]
            continue
        old = {column: getattr(line, column) for column in wanted.values}
        told = audit.changes(old, wanted.values)
        changes |= {f"{name}: {column}": values for column, values in told.items()}
        if wanted is not terms.lines[-1] and not told and before.lines[min(place, len(lines) - 1)].pk != line.pk:
            changes[f"{name}: position"] = [str(line.position), str(place + 1)]
    return changes


def _told_shares(shares: Sequence[ShareTerms]) -> str:
    """The shares as they stand in the audit trail, in an order of their own."""
    told = sorted((str(share.customer_id), share.percent, share.limit_amount) for share in shares)
    return ", ".join(
        f"{customer}: {Decimal(percent).normalize():f} %" + (f" ≤ {limit}" if limit is not None else "")
        for customer, percent, limit in told
    )
