"""A month of ours against what the accounting system lists: what agrees, differs, is gone, or stands there twice.

Pure. An amount that the accounting system does not tell is not compared, and is counted as untold where nothing else is
told either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from accounting_sync.mapping.comparing import Difference, Expected, bare, differences
from accounting_sync.mapping.entries import Remote

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One voucher of ours that was pushed, as it was then."""

    key: str  # of the sync item
    numbers: tuple[str, ...]  # of the document, of the voucher
    day: date
    currency: str
    total: Decimal
    base_currency: str
    base_total: Decimal
    effect: Decimal  # on the receivables, in the books' currency
    then: Remote  # as it was read back, or made
    ids: frozenset[str] = frozenset()  # of everything that its steps made
    paid: frozenset[str] = frozenset()  # of the payments that its steps made
    accounts: Mapping[str, Decimal] = field(default_factory=dict)  # their account code → what was pushed
    accepted: frozenset[tuple[str, str]] = frozenset()  # differences that somebody lets stand: name, theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One voucher with what the accounting system says of it now; without a remote it is gone."""

    posted: Posted
    remote: Remote | None
    differences: Sequence[Difference] = ()

    @property
    def agrees(self) -> bool:
        """Whether it stands there, and nothing differs."""
        return self.remote is not None and not self.differences

    @property
    def is_let_stand(self) -> bool:
        """Whether everything that differs was accepted by somebody."""
        told = {(each.name, each.theirs) for each in self.differences} if self.remote else {("gone", "")}
        return not self.agrees and told <= self.posted.accepted

    @property
    def is_told(self) -> bool:
        """Whether the accounting system says anything of its amount."""
        return self.remote is None or self.remote.total is not None or bool(self.remote.accounts)

    @property
    def effect_there(self) -> Decimal:
        """What it does to the receivables there, as far as the accounting system tells."""
        return ZERO if self.remote is None else effect_of(self.posted, self.remote)


@dataclass(slots=True)
class Listing:
    """What came of holding ours against the lists: some must be asked for one by one."""

    found: list[Found] = field(default_factory=list)
    unlisted: list[Posted] = field(default_factory=list)
    strays: list[tuple[Posted, Remote]] = field(default_factory=list)  # bear the number of one that stands elsewhere


@dataclass(slots=True)
class AccountSum:
    """What one of their accounts was moved by, with us and there, over the vouchers that tell of it."""

    code: str
    ours: Decimal = ZERO
    theirs: Decimal = ZERO


def hold_against(ours: Sequence[Posted], listed: Sequence[Remote]) -> Listing:
    """Find each of ours in the lists: by what its steps made, else by its number; the rest with its number is stray."""
    listing = Listing()
    by_id = _grouped((remote.id, place) for place, remote in enumerate(listed))
    by_number = _grouped((bare(remote.number), place) for place, remote in enumerate(listed) if remote.number)
    taken: set[int] = set()
    matched: dict[str, int] = {}
    ours = [posted for posted in ours if not _in_parts(posted, listed, by_id, listing, taken)]
    for is_by_id in (True, False):
        for posted in ours:
            if posted.key in matched:
                continue
            places = _places(posted, by_id, by_number, is_by_id=is_by_id)
            place = _best(posted, [at for at in places if at not in taken and _same_kind(posted, listed[at])], listed)
            if place is not None:
                matched[posted.key] = place
                taken.add(place)
    for posted in ours:
        if posted.key in matched:
            listing.found.append(held(posted, listed[matched[posted.key]]))
        else:
            listing.unlisted.append(posted)
        for at in by_number.get(bare(posted.then.number), ()) if posted.then.number else ():
            if at not in taken and _same_kind(posted, listed[at]):
                taken.add(at)
                listing.strays.append((posted, listed[at]))
    return listing


def _in_parts(
    posted: Posted, listed: Sequence[Remote], by_id: Mapping[str, list[int]], listing: Listing, taken: set[int]
) -> bool:
    """Whether it was found as the sum of several rows: a payment of several documents may be listed once for each."""
    if len(posted.paid) < 2:
        return False
    places = [at for made in sorted(posted.paid) for at in by_id.get(made, ()) if _same_kind(posted, listed[at])]
    parts = [listed[at] for at in places]
    if not parts or len({part.currency for part in parts}) != 1 or any(part.total is None for part in parts):
        return False
    total = sum((part.total for part in parts if part.total is not None), ZERO)
    taken.update(places)
    listing.found.append(held(posted, replace(parts[0], total=total, vat_total=None, accounts={})))
    return True


def paid_of(posted: Posted, payments: Mapping[str, tuple[date, str, Decimal]]) -> Remote | None:
    """A payment as the sum of what its steps have made; None where not all of it is listed."""
    rows = [payments[made] for made in posted.paid if made in payments]
    if not rows or len(rows) != len(posted.paid) or len({currency for _day, currency, _amount in rows}) != 1:
        return None
    [(day, currency, _amount), *_rest] = rows
    total = sum((amount for _day, _currency, amount in rows), ZERO)
    return replace(posted.then, day=day, currency=currency, total=total, vat_total=None, accounts={})


def held(posted: Posted, remote: Remote) -> Found:
    """One voucher against what the accounting system says of it now."""
    expected = Expected(
        numbers=tuple(dict.fromkeys((*posted.numbers, posted.then.number))),
        days=tuple(dict.fromkeys((posted.day, posted.then.day or posted.day))),
        currency=posted.currency,
        total=posted.total,
        base_currency=posted.base_currency,
        base_total=posted.base_total,
        vat_total=posted.then.vat_total,
    )
    found = differences(expected, remote)
    moved = [
        Difference(f"account:{code}", str(ours), str(theirs))
        for code, (ours, theirs) in moves(posted, remote).items()
        if ours != theirs
    ]
    return Found(posted=posted, remote=remote, differences=[*found, *moved])


def gone(posted: Posted) -> Found:
    """One that is not there any more."""
    return Found(posted=posted, remote=None)


def moves(posted: Posted, remote: Remote | None) -> dict[str, tuple[Decimal, Decimal]]:
    """Per account that it tells, or told when it was pushed: what it should move, and what it does."""
    told = remote.accounts if remote is not None else {}
    codes = dict.fromkeys([*told, *(code for code in posted.then.accounts if remote is None or told)])
    return {
        code: (posted.then.accounts.get(code, posted.accounts.get(code, ZERO)), told.get(code, ZERO)) for code in codes
    }


def effect_of(posted: Posted, remote: Remote) -> Decimal:
    """What something there does to the receivables: as ours does, in the proportion of its total to ours."""
    ours = posted.base_total if remote.currency == posted.base_currency else posted.total
    if remote.total is None or not ours or abs(remote.total) == abs(ours):
        return posted.effect
    return (posted.effect * abs(remote.total) / abs(ours)).quantize(ZERO)


def sums_of(found: Iterable[Found], strays: Iterable[tuple[Posted, Remote]]) -> list[AccountSum]:
    """Per account of theirs, over everything that was found and what stands there twice; ours as it was pushed."""
    sums: dict[str, AccountSum] = {}
    for each in found:
        for code, (_then, theirs) in moves(each.posted, each.remote).items():
            row = sums.setdefault(code, AccountSum(code))
            row.ours += each.posted.accounts.get(code, ZERO)
            row.theirs += theirs
    for _posted, remote in strays:
        for code, theirs in remote.accounts.items():
            sums.setdefault(code, AccountSum(code)).theirs += theirs
    return sorted(sums.values(), key=lambda row: row.code)


def _places(
    posted: Posted, by_id: Mapping[str, list[int]], by_number: Mapping[str, list[int]], *, is_by_id: bool
) -> list[int]:
    if is_by_id:
        return [at for made in sorted(posted.ids) for at in by_id.get(made, ())]
    wanted = (posted.then.number,) if posted.then.number else posted.numbers
    return [at for number in wanted for at in by_number.get(bare(number), ())]


def _best(posted: Posted, places: Sequence[int], listed: Sequence[Remote]) -> int | None:
    """Of several the one that bears the number: lists of different things may share their ids."""
    wanted = {bare(number) for number in (*posted.numbers, posted.then.number) if number}
    named = [at for at in places if bare(listed[at].number) in wanted]
    unnamed = [at for at in places if not listed[at].number]
    return next(iter([*named, *unnamed, *places]), None)


def _same_kind(posted: Posted, remote: Remote) -> bool:
    """Whether both are told from the same kind of list, as far as they say so."""
    ours, theirs = posted.then.facts.get("kind"), remote.facts.get("kind")
    return ours is None or theirs is None or ours == theirs


def _grouped(pairs: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for name, place in pairs:
        groups.setdefault(name, []).append(place)
    return groups
