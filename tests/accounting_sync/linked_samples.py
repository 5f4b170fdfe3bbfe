"""Sample entries whose customers are linked already, for tests that look at calls without sending any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from accounting_sync.mapping.entries import Entry, Party
from accounting_sync.providers.base import Answer, Call
from tests.ledgers.entries import samples
from tests.ledgers.system import Targets

WRITING = Call(method="POST", path="/")


def linked(entry: Entry, remote_id: str, facts: Mapping[str, str] | None = None) -> Entry:
    """The entry as it is once its customer is known there."""

    def known(party: Party | None) -> Party | None:
        return None if party is None else replace(party, remote_id=remote_id, facts=dict(facts or {}))

    lines = [replace(line, party=known(line.party)) for line in entry.lines]
    settles = [replace(each, party=known(each.party)) for each in entry.settles]
    return replace(entry, party=known(entry.party), lines=lines, settles=settles)


def sample(targets: Targets, name: str, remote_id: str, facts: Mapping[str, str] | None = None) -> Entry:
    """One of the samples, linked."""
    return linked(samples(targets)[name], remote_id, facts)


def refused(status: int, body: object = None, **headers: str) -> Answer:
    """An answer that is none."""
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
