"""What a person does about a voucher that did not arrive as it should: each state has its way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounting_sync.actions.passages import wake
from accounting_sync.models import STOPPED, Connection, ConnectionState, SyncItem, SyncState
from accounting_sync.queries.connections import lock_connection
from accounting_sync.queries.items import lock_items
from foundation.errors import DomainError
from foundation.ids import uuid7
from foundation.templatetags.formatting import format_day, language_of_page
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization

PUSH_NOW = "accounting_sync.push_now"
REASON_MAX = 300


class ItemIsElsewhere(DomainError):
    """The voucher does not stand where this way out begins."""


class ReasonIsMissing(DomainError):
    """Somebody leaves a voucher out, or accepts a difference, and does not say why."""


class DayIsClosedThere(DomainError):
    """The day to which a voucher is to be moved is not after the closed ones."""


class ConnectionDoesNotPush(DomainError):
    """Nothing is pushed on a connection that is paused, closed or without access."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Which items, who repairs them, and when."""

    organization: Organization
    item_ids: Sequence[UUID]
    actor: Actor
    now: datetime


@transaction.atomic
def push_now(organization: Organization, connection_id: UUID, *, actor: Actor) -> int:
    """Choose what is new and push everything that waits, at once; returns how many waited."""
    connection = lock_connection(organization, connection_id)
    if connection.state != ConnectionState.ACTIVE:
        raise ConnectionDoesNotPush(_("%(name)s is not connected: nothing can be pushed.") % {"name": connection.name})
    Connection.objects.of(organization).filter(pk=connection.pk).update(sleeps_until=None, swept={}, swept_day=None)
    woken = wake(organization, connection)
    audit.record(actor, "connection.pushed", connection)
    _nudge(connection)
    return woken


@transaction.atomic
def try_again(repair: Repair) -> int:
    """Put what was stopped or refused back into the queue; what may have arrived is looked for first."""
    items = _locked(
        repair, (SyncState.BLOCKED, SyncState.REFUSED, SyncState.UNKNOWN, SyncState.WAITING, SyncState.SENT)
    )
    for item in items:
        if item.state in (SyncState.BLOCKED, SyncState.REFUSED):
            item.state, item.reason = SyncState.WAITING, {}
        item.attempts, item.next_at, item.changed_at = 0, repair.now, repair.now
    return _save(repair, items, "sync_item.tried_again")


@transaction.atomic
def look_again(repair: Repair) -> int:
    """Read once more what differs: somebody has mended it there."""
    items = _locked(repair, (SyncState.DIFFERS, SyncState.CONFIRMED))
    for item in items:
        if item.came_back:
            words = _("%(number)s was booked there by somebody else: it is compared with the rest of its month.")
            raise ItemIsElsewhere(words % {"number": item.number})
        item.state, item.attempts = SyncState.SENT, 0
        item.next_at = item.changed_at = repair.now
    return _save(repair, items, "sync_item.looked_again")


@transaction.atomic
def accept_difference(repair: Repair, *, why: str) -> int:
    """Let stand what differs, with a reason: it counts as posted, and the report says that it was accepted."""
    items = _locked(repair, (SyncState.DIFFERS,))
    text = reason_given(why)
    for item in items:
        item.reason = {**item.reason, "accepted": text, "by": repair.actor.name}
        item.state = SyncState.CONFIRMED if item.remote_id else SyncState.LEFT_OUT
        if item.remote_id and item.confirmed_at is None:
            item.confirmed_at = repair.now
        item.changed_at = repair.now
    return _save(repair, items, "sync_item.accepted", reason=text)


@transaction.atomic
def leave_out(repair: Repair, *, why: str) -> int:
    """Never push these: somebody has booked them by hand, or they do not belong there."""
    items = _locked(repair, (*STOPPED, SyncState.WAITING, SyncState.UNKNOWN))
    text = reason_given(why)
    for item in items:
        item.state, item.step, item.changed_at = SyncState.LEFT_OUT, "", repair.now
        item.reason = {"code": "left_out", "text": text, "by": repair.actor.name}
    return _save(repair, items, "sync_item.left_out", reason=text)


@transaction.atomic
def take_in(repair: Repair) -> int:
    """Push after all what was left out."""
    items = _locked(repair, (SyncState.LEFT_OUT,))
    for item in items:
        item.state, item.reason, item.attempts = SyncState.WAITING, {}, 0
        item.next_at = item.changed_at = repair.now
    return _save(repair, items, "sync_item.taken_in")


@transaction.atomic
def push_anew(repair: Repair, *, why: str) -> int:
    """Push once more what is gone there: under another key, since the first one is spent."""
    items = _locked(repair, (SyncState.DIFFERS, SyncState.CONFIRMED))
    text = reason_given(why)
    for item in items:
        item.revision += 1
        item.state, item.step, item.done, item.remote, item.remote_id = SyncState.WAITING, "", {}, {}, ""
        item.remote_number, item.sent_at, item.confirmed_at, item.reason = "", None, None, {}
        item.attempts, item.looks, item.next_at, item.changed_at = 0, 0, repair.now, repair.now
    return _save(repair, items, "sync_item.pushed_anew", reason=text)


@transaction.atomic
def repair_gone(repair: Repair) -> int:
    """Push once more what was looked for and is gone: the reason is known, so nobody has to write it."""
    for item in _locked(repair, (SyncState.DIFFERS,)):
        if item.reason.get("code") != "gone":
            words = _("%(number)s is not gone there. Reload the page and look again.")
            raise ItemIsElsewhere(words % {"number": item.number})
    return push_anew(repair, why=_("It was not there any more when it was looked for."))


@transaction.atomic
def move_to_open_day(repair: Repair, *, day: date) -> int:
    """Book in an open period what belongs to one that is closed there: only where somebody says so."""
    items = _locked(repair, (SyncState.BLOCKED,))
    for item in items:
        if item.reason.get("code") != "period_closed":
            raise ItemIsElsewhere(_("%(number)s was not stopped by a closed period.") % {"number": item.number})
        if day <= item.day:
            raise DayIsClosedThere(
                _("Choose a day after %(day)s, on which the accounting system is open.")
                % {"day": format_day(item.day, language_of_page())},
                field="day",
            )
        item.pushed_day, item.state, item.reason = day, SyncState.WAITING, {}
        item.attempts, item.next_at, item.changed_at = 0, repair.now, repair.now
    return _save(repair, items, "sync_item.moved", day=day.isoformat())


@transaction.atomic
def say_it_is_there(repair: Repair, *, remote_number: str) -> int:
    """Somebody has looked where the accounting system cannot be asked, and found it."""
    items = _locked(repair, (SyncState.UNKNOWN,))
    for item in items:
        item.done = {**item.done, item.step: {"id": remote_number, "number": remote_number}}
        item.remote_id = item.remote_number = remote_number[:60]
        item.state, item.step, item.sent_at = SyncState.CONFIRMED, "", repair.now
        item.confirmed_at, item.changed_at = repair.now, repair.now
        item.reason = {"code": "said", "by": repair.actor.name}
    return _save(repair, items, "sync_item.said_there", number=remote_number)


@transaction.atomic
def say_it_is_not_there(repair: Repair) -> int:
    """Somebody has looked where the accounting system cannot be asked, and it is not there: it is sent again."""
    items = _locked(repair, (SyncState.UNKNOWN,))
    for item in items:
        item.state, item.step, item.reason = SyncState.WAITING, "", {}
        item.attempts, item.looks = 0, 0
        item.next_at = item.changed_at = repair.now + timedelta(seconds=1)
    return _save(repair, items, "sync_item.said_not_there")


def _locked(repair: Repair, states: Iterable[SyncState]) -> list[SyncItem]:
    """The items, all of which stand where the way out begins; a lane that is at work on one keeps it."""
    items = lock_items(repair.organization, repair.item_ids)
    allowed = set(states)
    elsewhere = [item for item in items if item.state not in allowed]
    if elsewhere or len(items) != len(set(repair.item_ids)):
        number = elsewhere[0].number if elsewhere else ""
        raise ItemIsElsewhere(
            _("%(number)s has moved on meanwhile. Reload the page and look again.") % {"number": number}
        )
    return items


def _save(repair: Repair, items: Sequence[SyncItem], verb: str, **facts: object) -> int:
    for item in items:
        item.save()
    audit.record_each(repair.actor, verb, [(item, facts) for item in items], now=repair.now)
    for connection in {item.connection_id: item.connection for item in items}.values():
        _nudge(connection)
    return len(items)


def _nudge(connection: Connection) -> None:
    """Have a worker begin at once; the sweep of the minute finds what no message reached."""
    key = f"{PUSH_NOW}:{connection.pk}:{uuid7()}"
    outbox.put_each(connection.organization_id, [outbox.Effect(PUSH_NOW, connection.pk, key, {})])


def reason_given(why: str) -> str:
    """Why somebody decides; ReasonIsMissing where nothing was written."""
    text = why.strip()[:REASON_MAX]
    if not text:
        raise ReasonIsMissing(_("Say why, for whoever reads the books later."), field="why")
    return text
