"""Customers that are known on both sides: our changes are told at once, theirs are read and shown to a person.

Nobody is made here: a customer is made there when the first voucher needs it.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from accounting_sync.actions.customer_changes import keep_told, note_absent
from accounting_sync.actions.links import note_delayed, note_refused, note_told
from accounting_sync.linking import find_remote
from accounting_sync.mapping.entries import Party
from accounting_sync.models import CustomerLink
from accounting_sync.providers.base import ProblemKind, RemoteCustomer
from accounting_sync.providers.transport import NoAnswer
from accounting_sync.queries.connections import party_of
from accounting_sync.queries.customer_changes import links_beyond, links_to_tell
from accounting_sync.talking import Objection, Talk
from foundation.transactions import read_only

logger = logging.getLogger(__name__)

TOLD_MAX = 200  # changes in one turn; the next minute has the next ones
TELLING_SECONDS = 40.0
SINCE_BEFORE = timedelta(hours=1)  # what their clock and ours may differ by, and what was under way
MISSED_MAX = 20  # customers that one reading looks for one by one
IN_TIME = frozenset({ProblemKind.TRANSIENT, ProblemKind.UNKNOWN})  # it may be taken later; the lane rests
OF_THE_LANE = frozenset({ProblemKind.RATE_LIMITED, ProblemKind.ACCESS_EXPIRED, ProblemKind.ACCESS_ENDED})


def send_customers(talk: Talk, *, now: datetime) -> int:
    """Tell what has changed here of customers that are known there; returns how many changes were taken.

    What fails for one customer stays with it. Raises what lets the whole lane rest.
    """
    if not (talk.adapter.updates_customers and talk.connection.sends_customers):
        return 0
    with read_only():
        links = list(links_to_tell(talk.connection, now)[:TOLD_MAX])
    began, told = time.monotonic(), 0
    for link in links:
        if time.monotonic() - began > TELLING_SECONDS:
            break
        told += _tell(talk, link, now=now)
    return told


def _tell(talk: Talk, link: CustomerLink, *, now: datetime) -> bool:
    """Whether the change was taken. After a silence it is told again: it says how the customer is, not what to add."""
    try:
        _update(talk, link)
    except Objection as objection:
        return _refused(talk, link, objection, now=now)
    except NoAnswer as silence:
        note_delayed(talk, link, str(silence), now=now)
        raise
    except (LookupError, ValueError, TypeError, ArithmeticError, AssertionError) as error:
        # An adapter that stumbles over one customer keeps no other back.
        logger.exception("The change of customer %s could not be told", link.customer_id)
        note_refused(talk, link, f"{type(error).__name__}: {error}")
        return False
    note_told(talk, link)
    return True


def _update(talk: Talk, link: CustomerLink) -> None:
    """Tell it on top of what we know; where somebody was there first, on top of what stands there by now."""
    party = party_of(link.customer, link)
    known = RemoteCustomer(id=link.remote_id, number=link.remote_number, name=link.remote_name, facts=link.facts)
    try:
        talk.ask(talk.adapter.update_customer(party, known))
    except Objection as objection:
        if objection.problem.kind != ProblemKind.CONFLICT:
            raise
        by_now = _standing(talk, party)
        if by_now is None:
            raise
        talk.ask(talk.adapter.update_customer(party, by_now))


def _refused(talk: Talk, link: CustomerLink, objection: Objection, *, now: datetime) -> bool:
    """What becomes of a change that was not taken; raises where the whole lane must rest."""
    kind, text = objection.problem.kind, objection.problem.text
    if kind in OF_THE_LANE:
        raise objection
    if kind in IN_TIME:
        note_delayed(talk, link, text, now=now)
        raise objection
    if kind == ProblemKind.CONFLICT:
        note_delayed(talk, link, text, now=now)
    elif _may_be_gone(talk, kind) and _standing(talk, party_of(link.customer, link)) is None:
        note_absent(talk, [link], now=now)
    else:
        note_refused(talk, link, text)
    return False


def _may_be_gone(talk: Talk, kind: ProblemKind) -> bool:
    """Whether the refusal may mean that nobody is there; some call even that an error in what was sent."""
    return kind == ProblemKind.MISSING or (kind == ProblemKind.INVALID and talk.adapter.tells_customers)


def _standing(talk: Talk, party: Party) -> RemoteCustomer | None:
    """The customer as it stands there by now; None where it does not. Found as any is, else among all of them."""
    for remote in find_remote(talk, party):
        if remote.id == party.remote_id:
            return remote
    if not talk.adapter.tells_customers:
        return None
    for _call, answer in talk.pages(talk.adapter.list_customers(None)):
        for remote in talk.adapter.found_customers(answer):
            if remote.id == party.remote_id:
                return remote if remote.is_active else None
    return None


def read_customers(talk: Talk, *, now: datetime) -> int:
    """Ask for customers that have changed there, and once a day for all of them; returns how many changes are new.

    Who is deleted is in no list of changes: only a whole list shows who is missing.
    """
    if not talk.adapter.tells_customers:
        return 0
    since = _since(talk, now)
    seen: set[str] = set()
    news = 0
    for _call, answer in talk.pages(talk.adapter.list_customers(since)):
        remotes = {remote.id: remote for remote in talk.adapter.found_customers(answer)}
        linked, found = keep_told(talk, remotes, now=now)
        seen |= linked
        news += found
    if since is None:
        _miss(talk, seen, now=now)
    return news


def _since(talk: Talk, now: datetime) -> datetime | None:
    """From when on changes are asked for; None once on each of the organization's days."""
    last, zone = talk.connection.changes_read_at, ZoneInfo(talk.organization.time_zone)
    if last is None or last.astimezone(zone).date() != now.astimezone(zone).date():
        return None
    return last - SINCE_BEFORE


def _miss(talk: Talk, seen: set[str], *, now: datetime) -> None:
    """Who is in no list is looked for once more before it counts as gone: its vouchers would wait for a person."""
    with read_only():
        absent = list(links_beyond(talk.connection, seen, before=now)[:MISSED_MAX])
    gone = [
        link
        for link in absent
        if all(remote.id != link.remote_id for remote in find_remote(talk, party_of(link.customer, link)))
    ]
    note_absent(talk, gone, now=now)
