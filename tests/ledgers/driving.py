"""Pushes an entry through an adapter to the server, as the engine does but without a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit

from django.test import override_settings

from accounting_sync.linking import find_remote
from accounting_sync.mapping.comparing import Difference, differences, expected_of
from accounting_sync.mapping.entries import Entry, Party, Remote, Target
from accounting_sync.providers.base import (
    PREPARING,
    Adapter,
    Answer,
    Call,
    Choice,
    ListKind,
    Mode,
    Problem,
    ProblemKind,
    RemoteCustomer,
    first_made,
)
from accounting_sync.providers.entering import OAuthCode
from accounting_sync.providers.refusing import refuse_what_is_not_taken
from accounting_sync.providers.tokens import EntryRefused, headers_of, needs_token, renew
from accounting_sync.providers.transport import Carrier, NoAnswer
from accounting_sync.talking import Objection
from tests.ledgers.contracts import plain
from tests.ledgers.entries import DAY
from tests.ledgers.oauth import CLIENT, CLIENT_SECRET
from tests.ledgers.server import LedgerServer
from tests.ledgers.system import LedgerRequest, Targets

Key = TypeVar("Key")
PDF = b"%PDF-1.7\n% a sample\n%%EOF\n"
AGAIN_MAX = 4
PAGES_MAX = 50
DOUBTFUL = frozenset({ProblemKind.UNKNOWN, ProblemKind.DUPLICATE, ProblemKind.CONFLICT})
AT_ONCE = frozenset({ProblemKind.RATE_LIMITED, ProblemKind.TRANSIENT})


class Ended(Objection):
    """The push ended without a document: the problem that the adapter named."""

    def __str__(self) -> str:
        return f"{self.problem.kind}: {self.problem.text}"


class Differs(Exception):
    """What stands there is not what was pushed."""


@dataclass(slots=True)
class Pushed:
    """A push that went through."""

    entry: Entry
    done: dict[str, Remote]
    remote: Remote  # as it was read back
    differences: Sequence[Difference]

    @property
    def first(self) -> Remote:
        """What later vouchers settle: the read-back with all that the steps told."""
        facts = {name: value for made in self.done.values() for name, value in made.facts.items()}
        made = self.done.get("create") or next(iter(self.done.values()), self.remote)
        return replace(self.remote, id=made.id or self.remote.id, facts={**facts, **self.remote.facts})


@dataclass(slots=True)
class Driver:
    """One connection: an adapter, the server, what lets it in, and what it had to wait for."""

    adapter: Adapter
    server: LedgerServer
    carrier: Carrier = field(init=False)
    secrets: dict[str, str] = field(init=False)
    waits: list[float | None] = field(default_factory=list)
    renewed: int = 0
    before_step: Callable[[str, Call], None] | None = None  # for faults that shall meet one step
    known: dict[str, Party] = field(default_factory=dict)  # customers that are linked, by our number
    owners: dict[str, str] = field(default_factory=dict)  # what was made by which entry

    def __post_init__(self) -> None:
        self.carrier = Carrier(self.adapter)
        self.secrets = self.server.system.secrets()

    # One call.

    def call(self, call: Call) -> Answer:
        """Send it until there is an answer that means something; raises Ended, and NoAnswer where all is in doubt."""
        assert not _has_float(call.body), f"an amount of {call.path} is not exact"
        if needs_token(self.adapter, self.secrets):
            self.renew()
        problem: Problem | None = None
        for _ in range(AGAIN_MAX):
            answer = self.carrier.send(call, headers_of(self.adapter, self.secrets))
            self.server.assert_obeyed()
            problem = self.adapter.problem(call, answer)
            if problem is None:
                return answer
            if problem.kind == ProblemKind.ACCESS_EXPIRED:
                self.renew()
            elif problem.kind in AT_ONCE:
                self.waits.append(problem.retry_after)
            else:
                break
        assert problem is not None
        raise Ended(problem)

    def renew(self) -> None:
        """A fresh token, as the product asks for one."""
        try:
            self.secrets = dict(renew(self.adapter, self.secrets, today=DAY).secrets)
        except EntryRefused as refusal:
            raise Ended(refusal.problem) from refusal
        self.renewed += 1

    def pages(self, call: Call) -> Iterator[tuple[Call, Answer]]:
        """Every page of a list."""
        for _ in range(PAGES_MAX):
            answer = self.call(call)
            yield call, answer
            following = self.adapter.next_page(call, answer)
            if following is None:
                return
            call = following
        raise AssertionError(f"{call.path} has no last page")

    # A push.

    def push(self, entry: Entry) -> Pushed:
        """Every step once, in doubt by looking; raises CannotBeTaken, Ended or Differs."""
        refuse_what_is_not_taken(self.adapter, entry)
        done: dict[str, Remote] = {}
        for step in self.adapter.steps(entry):
            done[step] = self._step(step, entry, done)
            if first_made(done) is done[step]:
                self.owners[done[step].id] = entry.key
        remote = self.adapter.read_back(entry, self.call(self.adapter.read(entry, done)))
        return Pushed(entry, done, remote, differences(expected_of(entry), remote))

    def _step(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Remote:
        call = self.planned(step, entry, done)
        if self.before_step is not None:
            self.before_step(step, call)
        for _ in range(2):
            try:
                return self.adapter.parse(step, entry, self.call(call))
            except NoAnswer as error:
                problem = Problem(ProblemKind.UNKNOWN, str(error))
            except Ended as ended:
                problem = ended.problem
            asked = self.adapter.find(step, entry, done) if problem.kind in DOUBTFUL else None
            if asked is None:
                break
            found = self._looked_for(step, entry, asked)
            if found is not None:
                return found
            if problem.kind == ProblemKind.DUPLICATE:
                break
        raise Ended(problem)

    def planned(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step; the bytes of the document where it is the file's."""
        call = self.adapter.build(step, entry, done)
        if step != "attach":
            return call
        if call.upload is not None:
            return replace(call, upload=replace(call.upload, content=PDF))
        return replace(call, content=PDF) if call.content is not None else call

    def _looked_for(self, step: str, entry: Entry, asked: Call) -> Remote | None:
        """What stands there and is no other voucher's; raises Differs where it is not as it was pushed, or twice."""
        found = [one for _, answer in self.pages(asked) for one in self.adapter.found(step, entry, answer)]
        is_first = step == next(one for one in self.adapter.steps(entry) if not one.startswith(PREPARING))
        if is_first:
            found = [one for one in found if self.owners.get(one.id, entry.key) == entry.key]
        if not found:
            return None
        if len(found) > 1:
            raise Differs(f"{len(found)} stand there")
        wrong = [one for one in differences(expected_of(entry), found[0]) if is_first and one.name != "booked"]
        if wrong:
            raise Differs(str(wrong))
        return found[0]

    # Customers and lists.

    def link(self, party: Party) -> Party:
        """The customer as the system knows it: found, or made; after a lost answer looked for once more."""
        remote = self.customer(party)
        for _ in range(2):
            if remote is None:
                with suppress(NoAnswer):
                    made = self.call(self.adapter.create_customer(party))
                    remote = self.adapter.created_customer(party, made)
                remote = remote or self.customer(party)
        assert remote is not None, f"{party.name} can be neither found nor made"
        facts = {**party.facts, **remote.facts}
        return replace(party, remote_id=remote.id, remote_number=remote.number, facts=facts)

    def customer(self, party: Party) -> RemoteCustomer | None:
        """Who fits by the product's own rules; more than one is a person's choice."""
        found = find_remote(self, party)  # type: ignore[arg-type]
        assert len(found) <= 1, f"{len(found)} fit {party.name}"
        return found[0] if found else None

    def linked(self, entry: Entry) -> Entry:
        """The entry with its customer linked, wherever it names it."""
        if entry.party is None or not self.adapter.has_customers:
            return entry
        party = self.known.get(entry.party.number)
        if party is None:
            party = self.known[entry.party.number] = self.link(entry.party)
        lines = [replace(line, party=party) if line.party is not None else line for line in entry.lines]
        settles = [replace(one, party=party) for one in entry.settles]
        return replace(entry, party=party, lines=lines, settles=settles)

    def choices(self, kind: ListKind) -> list[Choice]:
        """One of the system's lists, whole."""
        return [one for _, answer in self.pages(self.adapter.fetch(kind)) for one in self.adapter.listed(kind, answer)]

    def mapped(self) -> Targets:
        """The system's targets with what the adapter reads in its lists, as a connection keeps its mappings."""
        targets = self.server.system.targets
        accounts = self._with_facts(ListKind.ACCOUNTS, targets.accounts)
        vat = self._with_facts(ListKind.VAT_CODES, targets.vat)
        money = self._with_facts(ListKind.PAYMENT_ACCOUNTS, targets.money)
        return replace(targets, accounts=accounts, vat=vat, money=money)

    def _with_facts(self, kind: ListKind, targets: Mapping[Key, Target]) -> Mapping[Key, Target]:
        if kind not in self.adapter.lists or not targets:
            return targets
        listed = {choice.id: choice for choice in self.choices(kind)}
        missing = sorted({target.id for target in targets.values()} - set(listed))
        assert not missing, f"{self.adapter.label}: {kind} does not list {missing}, only {sorted(listed)[:40]}"
        return {
            key: Target(target.id, listed[target.id].code, listed[target.id].label, listed[target.id].facts)
            for key, target in targets.items()
        }


def _has_float(body: object) -> bool:
    if isinstance(body, Mapping):
        return any(map(_has_float, body.values()))
    return any(map(_has_float, body)) if isinstance(body, list | tuple) else isinstance(body, float)


def matching(call: Call) -> Callable[[LedgerRequest], bool]:
    """Chooses the request that a call becomes: for faults that shall meet this one and no other."""
    path = plain(urlsplit(call.path).path)

    def suits(request: LedgerRequest) -> bool:
        same_place = request.method == call.method and (path.endswith(request.path) or request.path.endswith(path))
        return same_place and (call.body is None or request.body == _as_sent(call.body))

    return suits


def _as_sent(body: object) -> object:
    """A body as JSON carries it: tuples are lists, whole Decimals compare as numbers."""
    if isinstance(body, Mapping):
        return {str(name): _as_sent(value) for name, value in body.items()}
    if isinstance(body, list | tuple):
        return [_as_sent(value) for value in body]
    return str(body) if not isinstance(body, int | str | Decimal | bool | None) else body


@contextmanager
def driving(adapter: Adapter, server: LedgerServer) -> Iterator[Driver]:
    """A driver whose calls reach the server."""
    with override_settings(LEDGER_HOSTS=server.hosts, LEDGER_CLIENTS=clients_of(adapter)):
        driver = Driver(adapter, server)
        with driver.carrier:
            yield driver


def clients_of(adapter: Adapter) -> dict[str, dict[str, str]]:
    """What the operator has of a system where every installation is registered there."""
    entering = adapter.entering
    if not isinstance(entering, OAuthCode):
        return {}
    return {entering.client: {"id": CLIENT, "secret": CLIENT_SECRET}}


def push(adapter: Adapter, entry: Entry, server: LedgerServer) -> Pushed:
    """One entry, its customer linked first; fails where anything broke the contract."""
    with driving(adapter, server) as driver:
        pushed = driver.push(driver.linked(entry))
    server.assert_obeyed()
    return pushed


def adapter_for(adapter: type[Adapter], server: LedgerServer, mode: Mode | None = None) -> Adapter:
    """An adapter with the options that a connection to the system must have chosen."""
    return adapter(dict(server.system.options), mode or adapter.modes[0])
