"""What a movement that waits may pay, and why: numbers in the message, amounts, sums of several claims, known payers.

Pure: values in, suggestions out, the likeliest first. Nothing is posted by a suggestion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from payments.bank.matching import NOTHING, Claim, Movement, numbers_in, plain_reference

SUGGESTIONS_MAX = 3
SUM_CLAIMS_MAX = 18  # of one customer, the oldest
SUM_PARTS_MAX = 6
SUM_STEPS_MAX = 20_000
NEAR_DAYS = 10


class Why(StrEnum):
    """What speaks for a suggestion."""

    REFERENCE = "reference"
    NUMBER = "number"
    NUMBERS = "numbers"
    AMOUNT = "amount"
    SUM = "sum"
    NAME = "name"
    ORGANIZATION_NUMBER = "organization_number"
    KNOWN_PAYER = "known_payer"
    DUE_NEAR = "due_near"
    OLDEST = "oldest"


_WEIGHTS = {
    Why.REFERENCE: 60,
    Why.NUMBER: 40,
    Why.NUMBERS: 45,
    Why.AMOUNT: 30,
    Why.SUM: 32,
    Why.ORGANIZATION_NUMBER: 28,
    Why.KNOWN_PAYER: 25,
    Why.NAME: 20,
    Why.DUE_NEAR: 5,
    Why.OLDEST: 0,
}


@dataclass(frozen=True, slots=True)
class Payer:
    """A customer who may have paid, and what says so."""

    customer_id: UUID
    name: str
    whys: tuple[tuple[Why, str], ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What a suggestion uses on one claim."""

    claim: Claim
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Claims that the movement may pay, with everything that speaks for them."""

    shares: tuple[Share, ...]
    whys: tuple[tuple[Why, str], ...]
    rest: Decimal

    @property
    def weight(self) -> int:
        """How much speaks for it; numbers count, claims that only fill up do not."""
        return sum(_WEIGHTS[why] for why, _value in self.whys)

    @property
    def is_part(self) -> bool:
        """Whether less is paid than is owed on one of them."""
        return any(share.amount < share.claim.owed for share in self.shares)


@dataclass(frozen=True, slots=True)
class Known:
    """What was found for a whole page of movements: open claims, customers by name and number, learned payers."""

    named: Sequence[Claim] = ()
    of_amount: Sequence[Claim] = ()
    of_customers: Mapping[UUID, Sequence[Claim]] = field(default_factory=dict)
    customers: Sequence[tuple[UUID, str, str]] = ()
    payers: Mapping[str, Mapping[UUID, int]] = field(default_factory=dict)


def wanted_numbers(movement: Movement) -> list[str]:
    """The document numbers that a payer may have meant: in the message, as documents, in further references."""
    told = " ".join((movement.text, *movement.documents, *movement.other_references))
    return numbers_in(told)[:40]


def wanted_references(movement: Movement) -> list[str]:
    """Everything that may be a KID of ours."""
    told = (movement.reference, *movement.other_references, *numbers_in(movement.text))
    return list(dict.fromkeys(plain_reference(reference) for reference in told if reference))[:40]


def likely_payers(movement: Movement, known: Known) -> list[Payer]:
    """The customers that the payer's name, number or account point to."""
    found: dict[UUID, Payer] = {}

    def tell(customer_id: UUID, name: str, why: Why, value: str) -> None:
        before = found.get(customer_id)
        whys = (*(before.whys if before else ()), (why, value))
        found[customer_id] = Payer(customer_id, name or (before.name if before else ""), whys)

    for customer_id, count in known.payers.get(movement.payer_account, {}).items():
        tell(customer_id, "", Why.KNOWN_PAYER, str(count))
    for customer_id, name, number in known.customers:
        if movement.payer_number and number == movement.payer_number:
            tell(customer_id, name, Why.ORGANIZATION_NUMBER, number)
        if movement.payer_name and name.strip().casefold() == movement.payer_name.strip().casefold():
            tell(customer_id, name, Why.NAME, name)
    return list(found.values())


def suggest(movement: Movement, known: Known) -> list[Suggestion]:
    """The likeliest claims, at most three ways to use the money."""
    payers = {payer.customer_id: payer for payer in likely_payers(movement, known)}
    own = {claim.id for claim in known.named} & {claim.id for claim in _named_by(movement, known)}
    found = [
        *_by_names(movement, [claim for claim in known.named if claim.id in own], payers),
        *_by_payers(movement, known, payers),
        *_by_amount(movement, known, payers),
    ]
    best: dict[frozenset[UUID], Suggestion] = {}
    for suggestion in found:
        key = frozenset(share.claim.id for share in suggestion.shares)
        if key and (key not in best or best[key].weight < suggestion.weight):
            best[key] = suggestion
    ordered = sorted(best.values(), key=lambda each: (-each.weight, len(each.shares), _first_due(each)))
    return ordered[:SUGGESTIONS_MAX]


def _first_due(suggestion: Suggestion) -> str:
    return min((share.claim.due.isoformat() for share in suggestion.shares if share.claim.due), default="9999")


def _named_by(movement: Movement, known: Known) -> list[Claim]:
    references, numbers = set(wanted_references(movement)), set(wanted_numbers(movement))
    return [
        claim
        for claim in known.named
        if claim.currency == movement.currency and ((claim.kid and claim.kid in references) or claim.number in numbers)
    ]


def _by_names(movement: Movement, named: list[Claim], payers: Mapping[UUID, Payer]) -> list[Suggestion]:
    """What the payer names: all of it together, and each alone where the amount is just that one's."""
    if not named:
        return []
    references = set(wanted_references(movement))
    by_reference = [claim for claim in named if claim.kid and claim.kid in references]
    whys: list[tuple[Why, str]] = [(Why.REFERENCE, claim.number) for claim in by_reference[:1]]
    by_number = [claim for claim in named if claim not in by_reference]
    if by_number:
        why = Why.NUMBERS if len(by_number) > 1 else Why.NUMBER
        whys.append((why, ", ".join(claim.number for claim in by_number)))
    together = _suggestion(movement, named, [*whys, *_whys_of(named, payers)])
    alone = [
        _suggestion(movement, [claim], [(Why.NUMBER, claim.number), *_whys_of([claim], payers)])
        for claim in named
        if len(named) > 1 and claim.owed == movement.amount
    ]
    return [together, *alone]


def _by_payers(movement: Movement, known: Known, payers: Mapping[UUID, Payer]) -> list[Suggestion]:
    """What the likely payers owe: one claim of this amount, several that add up to it, else the oldest."""
    found = []
    for payer in payers.values():
        claims = [
            claim for claim in known.of_customers.get(payer.customer_id, ()) if claim.currency == movement.currency
        ]
        exact = [claim for claim in claims if claim.owed == movement.amount]
        found += [_suggestion(movement, [claim], list(payer.whys)) for claim in exact]
        several = sum_of_several(claims, movement.amount)
        if several:
            found.append(_suggestion(movement, several, list(payer.whys)))
        if claims and not exact and not several:
            found.append(_suggestion(movement, _oldest(claims, movement.amount), [*payer.whys, (Why.OLDEST, "")]))
    return found


def _by_amount(movement: Movement, known: Known, payers: Mapping[UUID, Payer]) -> list[Suggestion]:
    """Whoever owes exactly this, nearest in time."""
    same = [claim for claim in known.of_amount if claim.owed == movement.amount and claim.currency == movement.currency]
    near = sorted(same, key=lambda claim: abs((claim.due or movement.day) - movement.day))
    return [
        _suggestion(movement, [claim], [*_whys_of([claim], payers), *_due_near(movement, claim)])
        for claim in near[:SUGGESTIONS_MAX]
    ]


def _due_near(movement: Movement, claim: Claim) -> list[tuple[Why, str]]:
    if claim.due is None or abs((claim.due - movement.day).days) > NEAR_DAYS:
        return []
    return [(Why.DUE_NEAR, claim.due.isoformat())]


def _whys_of(claims: Iterable[Claim], payers: Mapping[UUID, Payer]) -> list[tuple[Why, str]]:
    customers = {claim.customer_id for claim in claims}
    if len(customers) != 1:
        return []
    payer = payers.get(next(iter(customers)))
    return list(payer.whys) if payer else []


def _suggestion(movement: Movement, claims: Sequence[Claim], whys: list[tuple[Why, str]]) -> Suggestion:
    left = movement.amount
    shares = []
    for claim in claims:
        used = min(claim.owed, left)
        if used > 0:
            shares.append(Share(claim, used))
            left -= used
    if not left and all(share.amount == share.claim.owed for share in shares) and len(shares) == len(claims):
        whys = [*whys, (Why.SUM if len(shares) > 1 else Why.AMOUNT, "")]
    return Suggestion(tuple(shares), tuple(dict.fromkeys(whys)), left)


def _oldest(claims: Sequence[Claim], amount: Decimal) -> list[Claim]:
    """As many of the oldest as the money reaches."""
    found, reached = [], NOTHING
    for claim in claims:
        found.append(claim)
        reached += claim.owed
        if reached >= amount:
            break
    return found


def sum_of_several(claims: Sequence[Claim], amount: Decimal) -> list[Claim]:
    """The fewest of these claims, two to six, that come to exactly the amount; empty where none do in so many steps."""
    looked_at = [claim for claim in claims if 0 < claim.owed < amount][:SUM_CLAIMS_MAX]
    for size in range(2, min(SUM_PARTS_MAX, len(looked_at)) + 1):
        found = _combination(looked_at, amount, size)
        if found:
            return found
    return []


def _combination(claims: Sequence[Claim], amount: Decimal, size: int) -> list[Claim]:
    steps = 0
    chosen: list[Claim] = []

    def search(start: int, left: Decimal, count: int) -> bool:
        nonlocal steps
        if not count:
            return not left
        for place in range(start, len(claims) - count + 1):
            steps += 1
            if steps > SUM_STEPS_MAX:
                return False
            claim = claims[place]
            if claim.owed <= left:
                chosen.append(claim)
                if search(place + 1, left - claim.owed, count - 1):
                    return True
                chosen.pop()
        return False

    return list(chosen) if search(0, amount, size) else []
