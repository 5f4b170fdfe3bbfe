"""A batch of items on one lane: read together, translated, and carried one after the other in the order of posting."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from accounting_sync.actions.passages import ItemMovedOn, reason, write_item, write_put_off
from accounting_sync.linking import link_customers
from accounting_sync.mapping.entries import Entry, Remote
from accounting_sync.mapping.facts import Dictionary, VoucherFact
from accounting_sync.mapping.storing import remote_of_json
from accounting_sync.mapping.translate import Unmapped, translate
from accounting_sync.models import ARRIVED, SyncItem, SyncState
from accounting_sync.passage import Passage
from accounting_sync.providers.base import first_made
from accounting_sync.queries.connections import dictionary_of
from accounting_sync.queries.files import pdf_of_voucher
from accounting_sync.queries.vouchers import load_vouchers
from accounting_sync.talking import Talk
from foundation.transactions import read_only

logger = logging.getLogger(__name__)

STUMBLED_PAUSE = timedelta(minutes=10)
WAIT_FOR_FILE = timedelta(seconds=20)
FILE_PATIENCE = timedelta(minutes=15)  # a document whose file cannot be made is pushed without it


def carry(talk: Talk, items: Sequence[SyncItem]) -> int:
    """Bring each item as far as it goes; raises LaneRests, LaneIsLost and what speaking raises.

    What fails for one item stays with it, except where the whole connection must wait.
    """
    with read_only():
        facts = load_vouchers(talk.organization, talk.connection, [item.voucher_id for item in items])
    customers = {UUID(each) for fact in facts.values() for each in customers_of(fact)}
    stopped = link_customers(talk, customers)
    with read_only():
        dictionary = dictionary_of(talk.organization, talk.connection, customers)
    arrived: dict[str, Remote] = {}
    try:
        for item in items:
            fact = _with_arrived(facts[item.voucher_id], arrived)
            _carry_one(talk, item, fact, dictionary, stopped)
            if item.state in ARRIVED and item.done:
                arrived[str(item.voucher_id)] = _remote_of(item)
    finally:
        write_put_off(talk.lane)
    return len(items)


def key_of(item: SyncItem) -> str:
    """The same for every attempt at the same push, another one when it is pushed again."""
    return str(uuid.uuid5(item.connection_id, f"{item.voucher_id}:{item.event}:{item.revision}"))


def _carry_one(
    talk: Talk, item: SyncItem, fact: VoucherFact, dictionary: Dictionary, stopped: Mapping[str, str]
) -> None:
    try:
        entry = _entry_of(talk, item, fact, dictionary, stopped)
        if entry is None:
            return
        wants_file = talk.adapter.attaches and talk.connection.attaches_files and bool(entry.pdf_name)
        pdf = pdf_of_voucher(talk.organization, item.voucher_id) if wants_file else None
        now = timezone.now()
        if wants_file and pdf is None and now - item.created_at < FILE_PATIENCE:
            write_item(item, talk.lane, [], now=now, next_at=now + WAIT_FOR_FILE, reason=dict(reason("file")))
            return
        Passage(talk, item, entry, pdf).run()
    except ItemMovedOn:
        logger.info("Somebody has decided about item %s meanwhile", item.pk)
    except (LookupError, ValueError, TypeError, ArithmeticError, AssertionError) as error:
        # An adapter that stumbles over one voucher keeps no other back; what may have happened is looked for.
        logger.exception("The voucher of item %s could not be carried", item.pk)
        _stumble(talk, item, error)


def _entry_of(
    talk: Talk, item: SyncItem, fact: VoucherFact, dictionary: Dictionary, stopped: Mapping[str, str]
) -> Entry | None:
    """The item's entry; None where it has to wait, which is written down with its reason."""
    waiting = [claim for claim in fact.claims.values() if claim.is_under_way and claim.opened_by != fact.id]
    if waiting and not item.step:
        vouchers = sorted({claim.opened_by for claim in waiting})
        numbers = sorted({claim.number for claim in waiting})
        _hold(talk, item, "dependency", vouchers=vouchers, numbers=numbers)
        return None
    people = sorted(set(customers_of(fact)) & set(stopped))
    if people and not item.step:
        refusals = " ".join(stopped[each] for each in people if stopped[each])
        code = "customer_refused" if refusals else "customer"
        _hold(talk, item, code, customers=people, text=refusals)
        return None
    moved = replace(fact, key=key_of(item), day=item.pushed_day or fact.day)
    entry = translate(moved, dictionary)
    if isinstance(entry, Unmapped):
        _hold(talk, item, "unmapped", keys=list(entry.keys))
        return None
    # What somebody has moved to an open period bears that day wherever the system keeps one.
    return replace(entry, issue_date=item.pushed_day) if item.pushed_day else entry


def _hold(talk: Talk, item: SyncItem, code: str, **facts: object) -> None:
    write_item(item, talk.lane, [], now=timezone.now(), state=SyncState.BLOCKED, reason=dict(reason(code, **facts)))


def _stumble(talk: Talk, item: SyncItem, error: Exception) -> None:
    now = timezone.now()
    why = reason("stumbled", text=f"{type(error).__name__}: {error}"[:300])
    state = SyncState.UNKNOWN if item.step else SyncState.REFUSED
    values = {"state": state, "reason": dict(why), "next_at": now + STUMBLED_PAUSE, "attempts": item.attempts + 1}
    write_item(item, talk.lane, [], now=now, **values)


def customers_of(fact: VoucherFact) -> list[str]:
    """Everybody whom a voucher names."""
    found = [claim.customer_id for claim in fact.claims.values()]
    return [*found, fact.document.customer_id] if fact.document is not None else found


def _with_arrived(fact: VoucherFact, arrived: Mapping[str, Remote]) -> VoucherFact:
    """The voucher with what has arrived since it was read, in this very batch."""
    if not any(claim.opened_by in arrived for claim in fact.claims.values()):
        return fact
    claims = {
        key: replace(claim, remote=arrived[claim.opened_by], is_under_way=False)
        if claim.opened_by in arrived
        else claim
        for key, claim in fact.claims.items()
    }
    return replace(fact, claims=claims)


def _remote_of(item: SyncItem) -> Remote:
    told = item.remote or first_made(item.done)
    assert told is not None  # what has arrived has made something
    return remote_of_json(told)
