"""What would be pushed: the newest vouchers, translated and built as a push builds them, and nothing sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import simplejson

from accounting_sync.carrying import key_of
from accounting_sync.mapping.entries import ZERO, Entry, EntryKind, Party
from accounting_sync.mapping.facts import Dictionary, VoucherFact
from accounting_sync.mapping.translate import Unmapped, shape_of, translate
from accounting_sync.models import Connection, SyncItem
from accounting_sync.providers.base import Adapter, Call, CannotBeTaken
from accounting_sync.providers.payloads import payload_hash
from accounting_sync.providers.refusing import refuse_what_is_not_taken
from accounting_sync.queries.connections import adapter_of, dictionary_of
from accounting_sync.queries.preview import preview_vouchers
from accounting_sync.queries.vouchers import load_vouchers
from tenants.models import Organization

UNLINKED = "0"  # stands for the number that a customer is given when it is linked
RAW_MAX = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewLine:
    """One line of a voucher, ours beside theirs."""

    account_number: str
    account_there: str
    text: str
    vat: str
    debit: Decimal | None
    credit: Decimal | None
    dimensions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """One voucher as it would be pushed, or why it would not."""

    voucher_id: str
    label: str
    number: str
    kind: str
    day: Any
    text: str
    currency: str
    ours: Decimal  # of a document what its claim is posted with, else what is debited
    theirs: Decimal | None = None  # of a document what is sent for it sums to; None: it would not go, whatever the sums
    lines: Sequence[PreviewLine] = ()
    unmapped: Sequence[str] = ()
    refusal: str = ""
    left_out: Sequence[str] = ()  # dimensions that are not mapped
    is_unlinked: bool = False  # the customer's number there is not known yet
    is_unsettled: bool = False  # what it settles does not stand there yet
    method: str = ""
    path: str = ""
    raw: str = ""
    payload_hash: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def difference(self) -> Decimal | None:
        """Ours less theirs."""
        return None if self.theirs is None else self.ours - self.theirs

    @property
    def goes(self) -> bool:
        """Whether it would be pushed as it stands."""
        return not (self.unmapped or self.refusal or self.difference)


def preview(organization: Organization, connection: Connection) -> list[Previewed]:
    """The newest vouchers of every kind as they would be pushed; pure but for reading ours."""
    ids = preview_vouchers(organization)
    facts = load_vouchers(organization, connection, ids)
    dictionary = dictionary_of(organization, connection, _customers(facts.values()))
    adapter = adapter_of(connection)
    return [previewed(adapter, connection, facts[pk], dictionary) for pk in ids if pk in facts]


def _customers(facts: Any) -> set[UUID]:
    found: set[UUID] = set()
    for fact in facts:
        found |= {UUID(claim.customer_id) for claim in fact.claims.values()}
        if fact.document is not None:
            found.add(UUID(fact.document.customer_id))
    return found


def previewed(adapter: Adapter, connection: Connection, fact: VoucherFact, dictionary: Dictionary) -> Previewed:
    """One voucher as it would be pushed."""
    own: dict[str, Any] = {
        "voucher_id": fact.id,
        "label": fact.label,
        "number": fact.document.number if fact.document else fact.label,
        "kind": fact.kind,
        "day": fact.day,
        "text": fact.text,
        "currency": fact.base_currency,
        "ours": _ours(fact),
    }
    key = key_of(SyncItem(connection_id=connection.pk, voucher_id=UUID(fact.id)))
    entry = translate(replace(fact, key=key), dictionary)
    if isinstance(entry, Unmapped):
        return Previewed(**own, unmapped=entry.keys)
    shown: dict[str, Any] = own | {
        "lines": [_line(adapter, entry, place) for place in range(len(entry.lines))],
        "left_out": _left_out(adapter, fact, dictionary),
        "is_unlinked": adapter.has_customers and bool(_unlinked(entry)),
        "is_unsettled": any(each.remote is None for each in entry.settles),
    }
    theirs = _theirs(entry)
    try:
        refuse_what_is_not_taken(adapter, entry)
    except CannotBeTaken as refusal:
        return Previewed(**shown, theirs=theirs if theirs != own["ours"] else None, refusal=str(refusal))
    return Previewed(**shown, theirs=theirs, **_built(adapter, entry))


def _ours(fact: VoucherFact) -> Decimal:
    """What the voucher's own postings say that it comes to."""
    kind = shape_of(fact)
    if kind in (EntryKind.SALE, EntryKind.CREDIT):
        claimed = sum(
            (posting.amount for posting in fact.postings if posting.is_receivables and posting.claim_id), ZERO
        )
        return claimed if kind == EntryKind.SALE else -claimed
    return sum((posting.amount for posting in fact.postings if posting.amount > 0), ZERO)


def _theirs(entry: Entry) -> Decimal:
    """What is sent comes to: of a document the sum of its items, which are made of its lines and its VAT summary."""
    if entry.is_document:
        return entry.contained[1]
    return sum((line.amount for line in entry.lines if line.amount > 0), ZERO)


def _built(adapter: Adapter, entry: Entry) -> dict[str, Any]:
    """The first call, as a push makes it; customers who are not linked bear a number that only stands for theirs."""
    standing = _with_stand_ins(entry)
    try:
        steps = adapter.steps(standing)
        call = adapter.build(steps[0], standing, {}) if steps else None
    except (LookupError, ValueError, TypeError, AssertionError):
        return {}  # it needs what only linking the customer tells
    if call is None:
        return {}
    return {"method": call.method, "path": call.path, "raw": _raw(call), "payload_hash": payload_hash(call)}


def _raw(call: Call) -> str:
    body = call.body if call.body is not None else dict(call.form or {})
    return str(simplejson.dumps(body, use_decimal=True, ensure_ascii=False, indent=2))[:RAW_MAX]


def _with_stand_ins(entry: Entry) -> Entry:
    lines = [replace(line, party=_stand_in(line.party)) for line in entry.lines]
    settles = [replace(each, party=_stand_in(each.party)) for each in entry.settles]
    return replace(entry, party=_stand_in(entry.party), lines=lines, settles=settles)


def _stand_in(party: Party | None) -> Party | None:
    if party is None or party.remote_id:
        return party
    return replace(party, remote_id=UNLINKED, remote_number=UNLINKED)


def _unlinked(entry: Entry) -> list[Party]:
    named = [entry.party, *(line.party for line in entry.lines), *(each.party for each in entry.settles)]
    return [party for party in named if party is not None and not party.remote_id]


def _line(adapter: Adapter, entry: Entry, place: int) -> PreviewLine:
    line = entry.lines[place]
    vat = line.vat or next(
        (item.vat for item in entry.items if item.vat is not None and item.account_number == line.account_number), None
    )
    named = [target.label or target.code for kind, target in line.dimensions.items() if kind in adapter.dimensions]
    return PreviewLine(
        account_number=line.account_number,
        account_there=f"{line.account.code or line.account.id} {line.account.label}".strip(),
        text=line.document_number or line.text,
        vat=(vat.code or vat.id) if vat is not None else "",
        debit=line.amount if line.amount > 0 else None,
        credit=-line.amount if line.amount < 0 else None,
        dimensions=", ".join(named),
    )


def _left_out(adapter: Adapter, fact: VoucherFact, dictionary: Dictionary) -> list[str]:
    """Values of dimensions that the accounting system could take and that nobody has mapped."""
    return sorted(
        {
            value
            for posting in fact.postings
            for kind, value in posting.dimensions.items()
            if kind in adapter.dimensions and f"{kind}:{value}" not in dictionary.dimensions
        }
    )
