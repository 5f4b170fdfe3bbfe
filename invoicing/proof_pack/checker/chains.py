"""The chains in which documents, vouchers and audit lines stand: each link holds the hash of the one before it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from invoicing.proof_pack.checker.findings import Findings
from invoicing.proof_pack.checker.records import Known
from invoicing.proof_pack.checker.spelling import chain, digest


class Stretch:
    """A run of places without a gap, and the hash that it continues."""

    def __init__(self, first: int, previous: str) -> None:
        self.first, self.last = first, first - 1
        self.previous = self.hash = previous


class Chains:
    """Follows each chain through its files, in the order in which they stand in the pack."""

    def __init__(self, known: Known, findings: Findings) -> None:
        self.known, self.findings = known, findings
        self.stretches: dict[str, list[Stretch]] = {}

    def follow(self, name: str, data: bytes) -> None:
        """One file of links: each place is one further than the last, each hash follows from the one before."""
        key = "/".join(name.split("/")[1:3])
        for number, line in enumerate(data.splitlines(), start=1):
            try:
                place, *parts, link = json.loads(line)
                if number == 1:
                    self._begin(key, place, parts.pop(0))
                self._link(key, (place, parts, link))
            except (ValueError, TypeError, IndexError, KeyError):
                self.findings.problem(f"{name}: line {number} cannot be read as a link.")

    def _begin(self, key: str, place: int, previous: str) -> None:
        """The first line of a file names the hash that it continues: of the file before, or of a new stretch."""
        own = self.stretches.setdefault(key, [])
        if own and own[-1].last + 1 == place:
            if own[-1].hash != previous:
                self._problem(key, place, "does not continue the chain of its predecessor")
        else:
            own.append(Stretch(place, previous))

    def _link(self, key: str, found: tuple[int, list[str], str]) -> None:
        place, parts, link = found
        stretch = self.stretches[key][-1]
        if place != stretch.last + 1:
            self._problem(key, place, f"its predecessor {place - 1} is missing from the chain")
        told = [str(place), *parts] if key == AUDIT else parts
        if chain(stretch.hash, *told) != link:
            self._problem(key, place, "does not continue the chain of its predecessor")
        if self.known.hashes.get(key, {}).get(place, link) != link:
            self._problem(key, place, "stands in the chain with another hash than in the pack")
        stretch.last, stretch.hash = place, link
        self.findings.seen(f"links of {key.partition('/')[0]}")

    def _problem(self, key: str, place: int, what: str) -> None:
        self.findings.problem(f"{WORDS[key.partition('/')[0]]} {place}: {what}.")

    def close(self, said: list[dict[str, Any]]) -> Iterator[str]:
        """Hold the chains against what the pack says of them; a sentence on each stretch."""
        for told in said:
            key, first = told["chain"], told["first"]
            found = self.stretches.get(key, [])
            if [[stretch.first, stretch.last] for stretch in found] != told["stretches"]:
                self.findings.problem(f"{told['name']}: its chain is not the one that chains.json tells of.")
            for stretch in found:
                begins = ""
                if stretch.first == first:
                    begins = ", from its very beginning"
                    if stretch.previous != (digest(told["genesis"]) if told["genesis"] else "0" * 64):
                        self.findings.problem(f"{told['name']}: its chain does not begin where it should.")
                elif stretch.first < first:
                    self.findings.problem(f"{told['name']}: its chain begins before its first number {first}.")
                yield f"{told['name']}: {stretch.first} to {stretch.last}{begins}; ends in {stretch.hash}"
        self._name_unlinked()

    def _name_unlinked(self) -> None:
        """Everything that stands in the pack in full stands in a chain as well."""
        for key, places in self.known.hashes.items():
            reach = [(stretch.first, stretch.last) for stretch in self.stretches.get(key, [])]
            for place in sorted(places):
                if not any(first <= place <= last for first, last in reach):
                    self._problem(key, place, "does not stand in a chain of the pack")


AUDIT = "audit/trail"
WORDS = {"documents": "Document", "vouchers": "Voucher", "audit": "Audit line"}
