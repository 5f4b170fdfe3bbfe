"""What of a contract bears a not-to-exceed amount: the whole, a line, a customer, or one on the other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.http import Http404

from billing_backlog.contract_terms import LimitOn
from billing_backlog.models import ContractCustomer, ContractLine
from billing_backlog.queries.contracts import WholeContract

_T = TypeVar("_T")


def amount_of(whole: WholeContract, limit_on: LimitOn) -> Decimal | None:
    """The not-to-exceed amount that stands; None where there is none. 404 for what is not of the contract."""
    if limit_on.line_id is not None and limit_on.customer_id is not None:
        line_of(whole, limit_on.line_id)
        share_of(whole, limit_on.customer_id)
        stored = whole.line_limits.get((limit_on.line_id, limit_on.customer_id))
        return stored.limit_amount if stored else None
    bearer: Any = whole.contract
    if limit_on.line_id is not None:
        bearer = line_of(whole, limit_on.line_id)
    elif limit_on.customer_id is not None:
        bearer = share_of(whole, limit_on.customer_id)
    return None if bearer.limit_amount is None else Decimal(bearer.limit_amount)


def name_of(whole: WholeContract, limit_on: LimitOn) -> str:
    """What the limit is on, in words: the contract, the line, the customer, or both."""
    parts = []
    if limit_on.line_id is not None:
        parts.append(line_of(whole, limit_on.line_id).name)
    if limit_on.customer_id is not None:
        parts.append(share_of(whole, limit_on.customer_id).customer.name)
    return " · ".join(parts) or str(whole.contract)


def line_of(whole: WholeContract, line_id: UUID) -> ContractLine:
    """One line of the contract, or 404."""
    return _found([line for line in whole.lines if line.pk == line_id])


def share_of(whole: WholeContract, customer_id: UUID) -> ContractCustomer:
    """One customer's share of the contract, or 404."""
    return _found([share for share in whole.shares if share.customer_id == customer_id])


def _found(rows: list[_T]) -> _T:
    if not rows:
        raise Http404
    return rows[0]
