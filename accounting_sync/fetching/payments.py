"""Money that was booked in the accounting system and not by us: read, matched with our claims, and proposed.

Only payments that name a claim of ours become proposals: by the document as we pushed it, else by its number, else by
its KID. A ledger has payments of documents of its own, and nothing is guessed. What our own vouchers made there is
known by our mark, or by what their steps have made for the same claim.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from accounting_sync.actions.proposals import keep_proposals, take_matching
from accounting_sync.models import Connection, PaymentProposal
from accounting_sync.providers.base import RemotePayment
from accounting_sync.queries import proposals as queries
from accounting_sync.queries.proposals import MadeThere
from accounting_sync.talking import Talk, in_lane
from foundation.money import round_amount
from foundation.transactions import read_only

FIRST_BACK = timedelta(days=90)  # the first time
MARGIN = timedelta(days=3)
# Some systems tell by the day of the payment, not of its entry: what was booked late is found by looking further back.
FAR_BACK = timedelta(days=45)
FAR_EVERY_SECONDS = 3 * 60 * 60
ID_MAX = 120
OUR_VOUCHER = re.compile(r"\d{4}-\d{5,}")  # as marks bear it: 2026-00017
PAYMENT_PREFIX = "payment:"  # where an adapter counts documents and payments apart


def read_payments(talk: Talk, *, today: date, now: datetime) -> int:
    """Propose the money that was booked there since the last look, and take what the rule of the connection takes.

    Reading the same money again proposes nothing. Returns how many payments were new. Raises what speaking raises.
    """
    since = day_to_read_from(talk.connection, zone=talk.organization.time_zone, today=today, now=now)
    told = _told(talk, since)
    with read_only():
        fresh = _fresh(talk, told, now)
    if fresh:
        in_lane(talk, lambda: keep_proposals(talk.organization, fresh))
    if talk.connection.applies_payments:
        take_matching(talk.organization, talk.connection.pk, today=today, now=now)
    return len(fresh)


def day_to_read_from(connection: Connection, *, zone: str, today: date, now: datetime) -> date:
    """A few days before the last look, every third hour further back, and never before the connection's own start."""
    start = connection.start_day or today
    before = connection.changes_read_at
    if before is None:
        return max(start, today - FIRST_BACK)
    is_far = before.timestamp() // FAR_EVERY_SECONDS != now.timestamp() // FAR_EVERY_SECONDS
    return max(start, before.astimezone(ZoneInfo(zone)).date() - (FAR_BACK if is_far else MARGIN))


def _told(talk: Talk, since: date) -> list[RemotePayment]:
    """What came in there since the day, each payment once; what belongs to the time before the connection is left."""
    found: dict[str, RemotePayment] = {}
    start = talk.connection.start_day or since
    for _call, answer in talk.pages(talk.adapter.list_payments(since)):
        for each in talk.adapter.paid(answer):
            if 0 < len(each.id) <= ID_MAX and each.id.isprintable() and each.day >= start:
                found[each.id] = each
    came_in = [each for each in found.values() if round_amount(each.amount) > 0]
    return [each for each in came_in if not OUR_VOUCHER.fullmatch(each.our_mark)]


def _fresh(talk: Talk, told: Sequence[RemotePayment], now: datetime) -> list[PaymentProposal]:
    """Proposals of what pays a claim of ours, was not proposed before, and is no effect of our own vouchers."""
    known = queries.proposed(talk.connection, [each.id for each in told])
    claims = _claims(talk, [each for each in told if each.id not in known])
    made = queries.made_there(talk.connection, set(claims.values()))
    fresh = [
        _proposal(talk, each, claims[each.id], now)
        for each in told
        if each.id in claims and not _is_ours(each, made.get(claims[each.id]))
    ]
    like = queries.likes(talk.connection, [queries.told_of(each) for each in fresh])
    for each in fresh:
        each.like_id = like.get(str(each.pk))
    return fresh


def _claims(talk: Talk, told: Sequence[RemotePayment]) -> dict[str, UUID]:
    """The claim that each payment names, the surest first."""
    organization = talk.organization
    by_id = queries.claims_by_remote(talk.connection, _named(each.document_id for each in told))
    by_number = queries.claims_by_number(organization, _named(each.document_number for each in told))
    by_kid = queries.claims_by_kid(organization, _named(each.kid for each in told))
    found = {
        each.id: by_id.get(each.document_id) or by_number.get(each.document_number) or by_kid.get(each.kid)
        for each in told
    }
    return {payment: claim for payment, claim in found.items() if claim is not None}


def _named(names: Iterable[str]) -> set[str]:
    return {name for name in names if name and "\x00" not in name}


def _is_ours(told: RemotePayment, made: MadeThere | None) -> bool:
    """Whether one of our own vouchers made it, or may have: then it is looked at again when that is known."""
    if made is None:
        return False
    ids = {each.removeprefix(PAYMENT_PREFIX) for each in made.ids}
    whole, slash, _document = told.id.partition("/")  # one payment of several documents is told once for each
    return made.is_in_doubt or told.id in ids or (bool(slash) and whole in ids)


def _proposal(talk: Talk, told: RemotePayment, claim: UUID, now: datetime) -> PaymentProposal:
    return PaymentProposal(
        organization_id=talk.organization.pk,
        connection=talk.connection,
        remote_id=told.id,
        day=told.day,
        currency=told.currency[:3] or talk.organization.base_currency,
        amount=round_amount(told.amount),
        document_number=_line(told.document_number, 60),
        kid=_line(told.kid, 40),
        payer=_line(told.payer, 140),
        text=_line(told.text, 300),
        receivable_id=claim,
        found_at=now,
    )


def _line(text: str, most: int) -> str:
    """What the accounting system says, as one line that can be shown."""
    shown = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in text)
    return " ".join(shown.split())[:most]
