"""Whom the accounting system means by our customers: found before anything is made, and nobody is ever guessed.

Surest first: the link that we keep, then the organization number, then our own customer number. What fits twice is
shown to a person. A customer whom nobody finds is made there, with our number, so that it is found again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.utils import timezone

from accounting_sync.actions.links import keep_conflict, keep_link
from accounting_sync.mapping.entries import Party
from accounting_sync.models import LinkState
from accounting_sync.providers.base import ProblemKind, RemoteCustomer
from accounting_sync.queries.connections import links_of, party_of, unlinked
from accounting_sync.talking import Objection, Talk
from foundation.transactions import read_only

# What is about this one customer: everybody else is linked all the same.
REFUSED = frozenset({ProblemKind.INVALID, ProblemKind.DUPLICATE, ProblemKind.MISSING, ProblemKind.CONFLICT})


def link_customers(talk: Talk, customer_ids: Collection[UUID]) -> dict[str, str]:
    """Find or make the customers that are not linked yet; returns those that a person must look at, with why.

    Why is empty where the link itself says it. Raises what speaking with the accounting system raises, but for the
    refusal of one customer, which stops nobody else. A customer that was made without an answer is found by its number
    the next time.
    """
    if not talk.adapter.has_customers or not customer_ids:
        return {}
    with read_only():
        links = links_of(talk.connection, customer_ids)
        fresh = unlinked(talk.organization, [pk for pk in customer_ids if pk not in links])
    stopped = {str(link.customer_id): "" for link in links.values() if link.state != LinkState.LINKED}
    for customer in fresh:
        party = party_of(customer, None)
        fitting = find_remote(talk, party)
        if len(fitting) > 1:
            keep_conflict(talk, customer, fitting, now=timezone.now())
            stopped[str(customer.pk)] = ""
            continue
        try:
            remote = fitting[0] if fitting else _made(talk, party)
        except Objection as objection:
            if objection.problem.kind not in REFUSED:
                raise
            stopped[str(customer.pk)] = objection.problem.text or party.name
            continue
        keep_link(talk, customer, remote, now=timezone.now(), is_made=not fitting)
    return stopped


def find_remote(talk: Talk, party: Party) -> Sequence[RemoteCustomer]:
    """Who fits, by the first question that anybody answers; several where nobody can tell."""
    for call in talk.adapter.find_customer(party):
        found: dict[str, RemoteCustomer] = {}
        try:
            for _page, answer in talk.pages(call):
                found |= {each.id: each for each in talk.adapter.found_customers(answer) if each.is_active}
        except Objection as objection:
            if objection.problem.kind != ProblemKind.MISSING:  # how some systems say that nobody fits
                raise
        fitting = [each for each in found.values() if _fits(party, each)]
        if fitting:
            return _narrowed(party, fitting)
    return []


def _made(talk: Talk, party: Party) -> RemoteCustomer:
    answer = talk.ask(talk.adapter.create_customer(party))
    return talk.adapter.created_customer(party, answer)


def _fits(party: Party, remote: RemoteCustomer) -> bool:
    """The same organization, or where neither says one the same number of ours or the same address."""
    if party.organization_number and remote.organization_number:
        return _digits(party.organization_number) == _digits(remote.organization_number)
    if remote.number and remote.number == party.number:
        return True
    is_same_address = bool(party.email) and party.email.lower() == remote.email.lower()
    return is_same_address and remote.name.casefold() == party.name.casefold()


def _narrowed(party: Party, fitting: Sequence[RemoteCustomer]) -> Sequence[RemoteCustomer]:
    """Of several the one that bears our number."""
    numbered = [each for each in fitting if each.number == party.number]
    return numbered if len(numbered) == 1 else fitting


def _digits(number: str) -> str:
    return "".join(letter for letter in number if letter.isdigit())
