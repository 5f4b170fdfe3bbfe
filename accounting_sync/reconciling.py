"""Comparing a month: the accounting system's lists are read, what they leave out is asked for, and the outcome kept.

Everything happens within the connection's lane, so that nothing is pushed while it is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from accounting_sync.actions.reconciling import Outcome, keep_outcome, note_progress
from accounting_sync.carrying import customers_of
from accounting_sync.mapping import reconciling as pure
from accounting_sync.mapping.entries import Entry, Remote
from accounting_sync.mapping.reconciling import Found, Listing, Posted
from accounting_sync.mapping.storing import remote_of_json
from accounting_sync.mapping.translate import Unmapped, translate
from accounting_sync.models import Reconciliation
from accounting_sync.providers.base import ProblemKind
from accounting_sync.queries.connections import dictionary_of
from accounting_sync.queries.reconciling import MonthItem, items_of_month, known_elsewhere
from accounting_sync.queries.vouchers import load_vouchers
from accounting_sync.talking import Objection, Talk
from foundation.transactions import read_only
from tenants.models import Organization

ASKED_AT_ONCE = 50
SLACK = timedelta(days=1)


@dataclass(slots=True)
class _Month:
    """The vouchers of a month, and what is known of each so far."""

    items: list[MonthItem]
    reconciliation: Reconciliation
    keep: Callable[[], object]
    listing: Listing = field(default_factory=Listing)
    untold: list[MonthItem] = field(default_factory=list)  # nobody could ask for them

    @property
    def posted(self) -> list[Posted]:
        return [item.posted for item in self.items if item.posted is not None]

    def say_how_far(self, organization: Organization) -> None:
        """Tell whoever looks how far the comparing has come."""
        compared = len(self.listing.found) + len(self.untold)
        note_progress(organization, self.reconciliation, expected=len(self.posted), compared=compared)
        self.keep()


def reconcile(
    talk: Talk, reconciliation: Reconciliation, *, keep: Callable[[], object] = lambda: None
) -> Reconciliation:
    """Compare a month and keep what was found; raises what speaking with the accounting system raises.

    Comparing again, or after a worker died at it, comes to the same. `keep` is called now and then: the work goes on.
    """
    with read_only():
        month = _Month(items_of_month(talk.connection, reconciliation.month), reconciliation, keep)
    month.say_how_far(talk.organization)
    if month.posted:
        # What came back stands in the list of payments alone, whose ids others may share.
        pushed = [item.posted for item in month.items if item.posted is not None and not item.came_back]
        found = [item.posted for item in month.items if item.posted is not None and item.came_back]
        month.listing = pure.hold_against(pushed, _listed(talk, month))
        month.listing.unlisted += found
        month.say_how_far(talk.organization)
        _take_payments(talk, month)
        _ask_one_by_one(talk, month)
        _drop_known(talk, month.listing)
    untold = [*month.untold, *(item for item in month.items if item.has_arrived and item.posted is None)]
    outcome = Outcome(items=month.items, found=month.listing.found, untold=untold, strays=month.listing.strays)
    return keep_outcome(talk.organization, reconciliation, talk.lane, outcome, now=timezone.now())


def _listed(talk: Talk, month: _Month) -> list[Remote]:
    """What the accounting system lists for the days on which ours stand there."""
    days = [day for each in month.posted for day in (each.day, each.then.day) if day is not None]
    found: list[Remote] = []
    for call in talk.adapter.list_pushed(min(days) - SLACK, max(days) + SLACK):
        for page, answer in talk.pages(call):
            found += talk.adapter.pushed(page, answer)
            month.keep()
    return [remote for remote in found if remote.is_booked]


def _take_payments(talk: Talk, month: _Month) -> None:
    """Payments that the lists of vouchers leave out stand in that of payments, where the system has one."""
    wanted = [each for each in month.listing.unlisted if each.paid]
    if not wanted or not talk.adapter.tells_payments:
        return
    told: dict[str, tuple[date, str, Decimal]] = {}
    for _page, answer in talk.pages(talk.adapter.list_payments(min(each.day for each in wanted) - SLACK)):
        told |= {each.id: (each.day, each.currency, each.amount) for each in talk.adapter.paid(answer)}
    left = []
    for each in month.listing.unlisted:
        remote = pure.paid_of(each, told) if each.paid else None
        if remote is None:
            left.append(each)
        else:
            month.listing.found.append(pure.held(each, remote))
    month.listing.unlisted = left


def _ask_one_by_one(talk: Talk, month: _Month) -> None:
    """What no list holds is asked for by itself; what is not there then is gone."""
    by_key = {str(item.id): item for item in month.items}
    waiting = [by_key[each.key] for each in month.listing.unlisted]
    for start in range(0, len(waiting), ASKED_AT_ONCE):
        some = waiting[start : start + ASKED_AT_ONCE]
        entries = _entries(talk, [item for item in some if item.can_be_asked_for])
        for item in some:
            found = _asked(talk, item, entries.get(item.id))
            if found is None:
                month.untold.append(item)
            else:
                month.listing.found.append(found)
        month.say_how_far(talk.organization)
    month.listing.unlisted = []


def _entries(talk: Talk, items: Sequence[MonthItem]) -> dict[UUID, Entry]:
    """The items' entries as they would be pushed today; those whose mapping is gone are left out."""
    with read_only():
        facts = load_vouchers(talk.organization, talk.connection, [item.voucher_id for item in items])
        customers = {UUID(customer) for fact in facts.values() for customer in customers_of(fact)}
        dictionary = dictionary_of(talk.organization, talk.connection, customers)
    found: dict[UUID, Entry] = {}
    for item in items:
        entry = translate(replace(facts[item.voucher_id], key=str(item.id), day=item.day), dictionary)
        if not isinstance(entry, Unmapped):
            found[item.id] = entry
    return found


def _asked(talk: Talk, item: MonthItem, entry: Entry | None) -> Found | None:
    """One voucher as the accounting system tells of it, or gone; None where it cannot say."""
    assert item.posted is not None
    if item.came_back:
        return pure.gone(item.posted) if talk.adapter.tells_payments else None
    if entry is None:
        return None
    done = {step: remote_of_json(value) for step, value in item.done.items()}
    try:
        remote = talk.adapter.read_back(entry, talk.ask(talk.adapter.read(entry, done)))
    except Objection as objection:
        if objection.problem.kind == ProblemKind.MISSING:
            return pure.gone(item.posted)
        if objection.problem.kind in (ProblemKind.INVALID, ProblemKind.CONFLICT):
            return None
        raise
    except (LookupError, ValueError, TypeError):
        return pure.gone(item.posted)  # an empty list, which is how some systems say that there is none
    is_there = remote.is_booked and not remote.is_nothing
    return pure.held(item.posted, remote) if is_there else pure.gone(item.posted)


def _drop_known(talk: Talk, listing: Listing) -> None:
    """What stands for a voucher of another month is no stray."""
    with read_only():
        known = known_elsewhere(talk.connection, [remote.id for _posted, remote in listing.strays])
    listing.strays = [(posted, remote) for posted, remote in listing.strays if remote.id not in known]
