"""Visits that another system tells of, billed by themselves as their customers are billed (M-120, M-122)."""

from __future__ import annotations

from datetime import date, datetime

from billing_backlog.actions.billing_by_itself import bill_by_itself
from billing_backlog.actions.proformas import ITEMS_MAX
from billing_backlog.models import MadeBy
from billing_backlog.queries.by_itself import told_visits
from foundation.transactions import read_only
from tenants.audit import Actor
from tenants.models import Organization


def bill_told_visits(organization: Organization, *, today: date, now: datetime) -> int:
    """Bill what a planning system has told of as done and nobody has judged yet; how many visits were looked at.

    Customers for whom nothing is made by itself are passed over. Done twice, or by two at once, it is done once.
    """
    with read_only():
        ids = told_visits(organization, through=today, now=now, most=ITEMS_MAX)
    if ids:
        bill_by_itself(organization, ids, made_by=MadeBy.WORK_DONE, actor=Actor.system(), today=today, now=now)
    return len(ids)
