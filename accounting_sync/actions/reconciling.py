"""Months are asked for, compared and kept: what differs stops its voucher, what stands there twice is named."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounting_sync.actions.passages import reason
from accounting_sync.actions.repairing import reason_given
from accounting_sync.actions.reports import put_report_of_month
from accounting_sync.lanes import Lane
from accounting_sync.mapping.entries import Remote
from accounting_sync.mapping.reconciling import ZERO, Found, Posted, effect_of, sums_of
from accounting_sync.mapping.storing import remote_to_json
from accounting_sync.models import (
    Connection,
    ConnectionState,
    Reconciliation,
    ReconciliationState,
    StrayDocument,
    StrayState,
    SyncItem,
    SyncState,
)
from accounting_sync.news import tell_owners
from accounting_sync.queries.connections import lock_connection
from accounting_sync.queries.reconciling import (
    FINDINGS_MAX,
    MonthItem,
    account_labels,
    lock_reconciliation,
    lock_stray,
    standing_months,
)
from foundation.errors import DomainError
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization

RECONCILE = "accounting_sync.reconcile_month"
ABANDONED_AFTER = timedelta(hours=6)  # the outbox has given up on it by then


class MonthIsNotOver(DomainError):
    """A month that has not begun is to be compared."""


class StrayIsSettled(DomainError):
    """What stood there twice is gone, or was let stand, already."""


class ConnectionIsClosed(DomainError):
    """Nothing can be compared with a system that is not connected any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything that was chosen of a month, and what the accounting system says of it."""

    items: Sequence[MonthItem]
    found: Sequence[Found]
    untold: Sequence[MonthItem]
    strays: Sequence[tuple[Posted, Remote]]


@transaction.atomic
def ask_for_months(
    organization: Organization, connection_id: UUID, months: Iterable[date], *, actor: Actor, today: date, now: datetime
) -> list[Reconciliation]:
    """Have months compared, each named by its first day; one that is under way already is not begun twice."""
    connection = lock_connection(organization, connection_id)
    if connection.state not in (ConnectionState.ACTIVE, ConnectionState.PAUSED):
        raise ConnectionIsClosed(_("%(name)s is not connected: nothing can be compared.") % {"name": connection.name})
    wanted = sorted(set(months))
    if any(month > today for month in wanted):
        raise MonthIsNotOver(_("Choose this month or an earlier one."), field="month")
    standing = {row.month for row in _still_standing(connection, now)}
    fresh = [
        Reconciliation(
            organization=organization,
            connection=connection,
            month=month,
            asked_by=actor.name[:120],
            asked_at=now,
        )
        for month in wanted
        if month not in standing
    ]
    Reconciliation.objects.bulk_create(fresh)
    if fresh:
        audit.record(actor, "connection.compared", connection, months=[f"{row.month:%Y-%m}" for row in fresh])
    outbox.put_each(
        organization.pk,
        [
            outbox.Effect(RECONCILE, connection.pk, f"{RECONCILE}:{row.pk}", {"reconciliation": str(row.pk)})
            for row in fresh
        ],
    )
    return fresh


def _still_standing(connection: Connection, now: datetime) -> list[Reconciliation]:
    """Those under way; one that nobody works at any more is ended first."""
    standing = []
    for row in standing_months(connection):
        if row.asked_at > now - ABANDONED_AFTER:
            standing.append(row)
            continue
        row.state, row.ended_at = ReconciliationState.FAILED, now
        row.problem = row.problem or _("It was not finished in time.")
        row.save(update_fields=["state", "ended_at", "problem"])
    return standing


@transaction.atomic
def note_progress(organization: Organization, reconciliation: Reconciliation, *, expected: int, compared: int) -> None:
    """How far the comparing has come."""
    row = lock_reconciliation(organization, reconciliation.pk)
    if row.is_over:
        return
    row.state, row.expected, row.compared = ReconciliationState.UNDER_WAY, expected, compared
    row.save(update_fields=["state", "expected", "compared"])


@transaction.atomic
def note_failed(organization: Organization, reconciliation_id: UUID, problem: str, *, now: datetime) -> None:
    """It cannot be finished: what the accounting system said stands there instead."""
    row = lock_reconciliation(organization, reconciliation_id)
    if row.is_over:
        return
    row.state, row.ended_at, row.problem = ReconciliationState.FAILED, now, problem[:500]
    row.save(update_fields=["state", "ended_at", "problem"])


@transaction.atomic
def keep_outcome(
    organization: Organization, reconciliation: Reconciliation, lane: Lane, outcome: Outcome, *, now: datetime
) -> Reconciliation:
    """Write down what was found, in one transaction within the lane: figures, stopped vouchers, strays.

    A voucher that somebody has decided about meanwhile is left as it is. Raises LaneIsLost.
    """
    lane.refuse_if_lost()
    row = lock_reconciliation(organization, reconciliation.pk)
    if row.is_over:
        return row
    stopped = {str(item.id) for item in outcome.items if item.state == SyncState.DIFFERS}
    for found in outcome.found:
        if not found.agrees or found.posted.key in stopped:
            _settle(organization, row, found, now)
    accepted = _keep_strays(organization, row, outcome, now)
    _count(row, outcome, accepted)
    row.state, row.ended_at = ReconciliationState.DONE, now
    row.save()
    put_report_of_month(organization, row, now=now)
    if row.differ:
        month = f"{row.month:%Y-%m}"
        key = f"differs:{row.connection_id}:{month}:{row.differ}:{row.difference}"  # told again when it changes
        tell_owners(organization, "connection.differs", row.connection, key=key, month=month, count=row.differ)
    return row


def _settle(organization: Organization, row: Reconciliation, found: Found, now: datetime) -> None:
    """Stop the voucher that differs; let go on the one that was mended there."""
    items = SyncItem.objects.of(organization).filter(pk=found.posted.key, connection_id=row.connection_id)
    if found.is_let_stand:
        return
    if found.agrees:
        assert found.remote is not None
        items.filter(state=SyncState.DIFFERS).exclude(remote_id="").update(
            state=SyncState.CONFIRMED,
            reason={},
            confirmed_at=Coalesce("confirmed_at", Value(now)),
            remote=remote_to_json(replace(found.remote, facts={**found.posted.then.facts, **found.remote.facts})),
            changed_at=now,
        )
        return
    if found.remote is None:
        why = reason("gone")
    else:
        why = reason("differs", differences=[[each.name, each.ours, each.theirs] for each in found.differences])
    items.filter(state__in=[SyncState.CONFIRMED, SyncState.DIFFERS]).update(
        state=SyncState.DIFFERS, reason=dict(why), changed_at=now
    )


def _keep_strays(
    organization: Organization, row: Reconciliation, outcome: Outcome, now: datetime
) -> frozenset[tuple[str, str]]:
    """What stands there twice is named until it is gone; returns those that somebody lets stand: item, remote id."""
    common = {"organization": organization, "connection_id": row.connection_id}
    known = StrayDocument.objects.of(organization).filter(
        connection_id=row.connection_id, item_id__in=[item.id for item in outcome.items]
    )
    standing = {(str(stray.item_id), stray.remote_id): stray for stray in known.select_for_update()}
    seen = {(posted.key, remote.id[:120]): remote for posted, remote in outcome.strays}
    StrayDocument.objects.bulk_create(
        [
            StrayDocument(
                **common,
                item_id=UUID(key),
                remote_id=remote_id,
                number=remote.number[:60],
                day=remote.day,
                currency=remote.currency[:3],
                total=remote.total,
                found_at=now,
            )
            for (key, remote_id), remote in seen.items()
            if (key, remote_id) not in standing
        ]
    )
    again = [stray.pk for at, stray in standing.items() if at in seen and stray.state == StrayState.GONE]
    known.filter(pk__in=again).update(state=StrayState.OPEN, settled_at=None, settled_by="", found_at=now)
    gone = [stray.pk for at, stray in standing.items() if at not in seen and stray.state == StrayState.OPEN]
    known.filter(pk__in=gone).update(state=StrayState.GONE, settled_at=now)
    return frozenset(at for at, stray in standing.items() if stray.state == StrayState.ACCEPTED)


def _count(row: Reconciliation, outcome: Outcome, accepted: Container[tuple[str, str]]) -> None:
    """The figures of the month; every voucher that was not left out is counted once."""
    doubled = {posted.key for posted, remote in outcome.strays if (posted.key, remote.id[:120]) not in accepted}
    differing = [each for each in outcome.found if not (each.agrees or each.is_let_stand)]
    row.differ = len({each.posted.key for each in differing} | doubled)
    row.untold = len(outcome.untold) + sum(
        1 for each in outcome.found if each.agrees and not each.is_told and each.posted.key not in doubled
    )
    row.left_out = sum(1 for item in outcome.items if item.state == SyncState.LEFT_OUT)
    row.vouchers = len(outcome.items) - row.left_out
    absent = [item for item in outcome.items if not item.has_arrived and item.state != SyncState.LEFT_OUT]
    row.absent = len(absent)
    row.agree = row.vouchers - row.differ - row.untold - row.absent
    row.expected = row.compared = len(outcome.found) + len(outcome.untold)
    counted = [item for item in outcome.items if item.state != SyncState.LEFT_OUT]
    row.ours = sum((item.effect for item in counted), ZERO)
    row.theirs = (
        sum((each.effect_there for each in outcome.found), ZERO)
        + sum((item.effect for item in outcome.untold), ZERO)
        + sum((effect_of(posted, remote) for posted, remote in outcome.strays), ZERO)
    )
    sums = sums_of(outcome.found, outcome.strays)
    labels = account_labels(row.connection, [each.code for each in sums])
    row.accounts = [
        {"code": each.code, "label": labels.get(each.code, ""), "ours": str(each.ours), "theirs": str(each.theirs)}
        for each in sums
    ]
    row.findings = _findings(outcome, absent, accepted)


def _findings(
    outcome: Outcome, absent: Sequence[MonthItem], accepted: Container[tuple[str, str]]
) -> list[dict[str, Any]]:
    """What was found, the gravest first; cut off where a month is wrong as a whole."""
    by_key = {str(item.id): item for item in outcome.items}
    told = []
    for each in outcome.found:
        if each.agrees:
            continue
        code = "accepted" if each.is_let_stand else "gone" if each.remote is None else "differs"
        unlike = [[one.name, one.ours, one.theirs] for one in each.differences]
        told.append(_finding(by_key[each.posted.key], code, each.effect_there - each.posted.effect, unlike))
    for posted, remote in outcome.strays:
        code = "accepted" if (posted.key, remote.id[:120]) in accepted else "doubled"
        told.append(_finding(by_key[posted.key], code, effect_of(posted, remote), [["id", "", remote.id]]))
    told += [_finding(item, "absent", -item.effect, []) for item in absent]
    return told[:FINDINGS_MAX]


def _finding(item: MonthItem, code: str, amount: Decimal, unlike: Sequence[Sequence[str]]) -> dict[str, Any]:
    return {
        "item": str(item.id),
        "number": item.number,
        "kind": item.kind,
        "day": item.day.isoformat(),
        "code": code,
        "differences": [list(each) for each in unlike],
        "amount": str(amount),
    }


@transaction.atomic
def accept_stray(organization: Organization, stray_id: UUID, *, why: str, actor: Actor, now: datetime) -> StrayDocument:
    """Let stand what stands there twice, with a reason."""
    stray = lock_stray(organization, stray_id)
    text = reason_given(why)
    if stray.state != StrayState.OPEN:
        raise StrayIsSettled(_("%(number)s is settled already. Reload the page.") % {"number": stray.number})
    stray.state, stray.settled_at, stray.settled_by, stray.why = StrayState.ACCEPTED, now, actor.name[:120], text
    stray.save()
    audit.record(actor, "stray_document.accepted", stray.item, number=stray.number, reason=text)
    return stray
