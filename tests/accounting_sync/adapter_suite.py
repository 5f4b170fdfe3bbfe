"""What the shared suite of adapters works with: one company in one accounting system, entered through its adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from accounting_sync.mapping.entries import Entry, EntryKind, LinePart, Remote
from accounting_sync.providers.base import Adapter, CannotBeTaken, Mode
from accounting_sync.providers.registry import adapters
from tests.ledgers.driving import Differs, Driver, Ended, Pushed, adapter_for, driving, matching
from tests.ledgers.entries import DAY, key_of, samples
from tests.ledgers.faults import Fault
from tests.ledgers.server import LedgerServer
from tests.ledgers.system import HeldDocument, System, Targets

ZERO = Decimal(0)
MAPPED: dict[tuple[str, Mode], Targets] = {}  # what the lists of a system say does not change between tests
REFUSALS = (CannotBeTaken, Ended, Differs)


def module_of(slug: str) -> str:
    """Where the behaviour of a system lies."""
    return f"tests.ledgers.systems.{slug.replace('-', '_').replace('.', '_')}"


def cases(applies: Callable[[type[Adapter], type[System]], bool] = lambda _adapter, _system: True) -> list[Any]:
    """Every adapter that has a system to talk to and knows what a test is about, in every mode that takes sales."""
    return [
        pytest.param((slug, mode), id=f"{slug}-{mode}")
        for slug, adapter in adapters().items()
        if find_spec(module_of(slug)) is not None and applies(adapter, ledger_of(slug))
        for mode in adapter.modes
        if EntryKind.SALE in adapter.takes[mode]
    ]


def ledger_of(slug: str) -> type[System]:
    """How a system behaves."""
    ledger: type[System] = import_module(module_of(slug)).Ledger
    return ledger


@dataclass(slots=True)
class Company:
    """A connection to one company, with what its targets and samples are."""

    slug: str
    driver: Driver
    targets: Targets = field(init=False)
    entries: dict[str, Entry] = field(init=False)

    def __post_init__(self) -> None:
        place = self.slug, self.driver.adapter.mode
        if place not in MAPPED:
            MAPPED[place] = self.driver.mapped()
        self.targets = MAPPED[place]
        self.entries = samples(self.targets)

    @property
    def system(self) -> System:
        """The accounting system itself."""
        return self.server.system

    @property
    def server(self) -> LedgerServer:
        """What speaks for it."""
        return self.driver.server

    def lacks(self, what: str) -> bool:
        """Whether the system does not know something."""
        return what in self.system.lacks

    def takes(self, kind: EntryKind) -> bool:
        """Whether the adapter declares that it takes such entries."""
        return kind in self.driver.adapter.takes[self.driver.adapter.mode]

    def push(self, entry: Entry) -> Pushed:
        """Push it with its customer linked."""
        return self.driver.push(self.driver.linked(entry))

    def stand(self, entry: Entry) -> list[HeldDocument]:
        """What stands there under the entry's number: documents alone where it is one."""
        kinds = ("sale", "credit") if entry.kind in (EntryKind.SALE, EntryKind.CREDIT) else ()
        numbers = {entry.number, entry.voucher_label}
        return [
            one for one in self.system.documents() if one.number in numbers and (not kinds or one.kind != "payment")
        ]

    def taken(self, entry: Entry, *, is_linked: bool = False) -> Pushed | None:
        """Push it, read back the same and booked alike; None where it was refused by a sentence and left nothing."""
        before, balances = len(self.system.documents()), self.balances()
        try:
            pushed = self.driver.push(entry if is_linked else self.driver.linked(entry))
        except CannotBeTaken as error:
            refusal: CannotBeTaken | None = error
        else:
            refusal = None
        if refusal is not None:
            assert str(refusal).strip(), f"{self.slug} refuses without a word"
            assert len(self.system.documents()) == before
            return None
        assert pushed.differences == [], (entry.number, pushed.differences)
        self.accounts_agree(entry, balances)
        return pushed

    def balances(self) -> dict[str, Decimal]:
        """What stands on each account there; empty in systems that book by rules of their own."""
        found: dict[str, Decimal] = {}
        for held in self.system.documents():
            for code, amount in held.accounts.items():
                found[code] = found.get(code, ZERO) + amount
        return found

    def accounts_agree(self, entry: Entry, before: dict[str, Decimal]) -> None:
        """Revenue, money, rounding and the rest were booked on the accounts that they are mapped to, to the oere."""
        after = self.balances()
        moved = {code: amount - before.get(code, ZERO) for code, amount in after.items()}
        if not any(moved.values()):
            may_be_still = entry.kind == EntryKind.SETTLEMENT or entry.is_foreign
            assert may_be_still or not after, f"{entry.number} was booked nowhere"
            return
        wanted: dict[str, Decimal] = {}
        for line in entry.lines:
            if line.part == LinePart.OTHER:
                code = line.account.code if line.account.code in after else line.account.id
                wanted[code] = wanted.get(code, ZERO) + line.amount
        assert {code: moved.get(code, ZERO) for code in wanted} == wanted, f"{entry.number}: {moved}"
        assert sum(moved.values(), ZERO) == ZERO, f"{entry.number}: {moved}"

    def one_stands(self, entry: Entry) -> HeldDocument:
        """The only thing that stands there for a document, with its total and its VAT."""
        stand = self.stand(entry)
        assert len(stand) == 1, f"{entry.number}: {len(stand)} stand in {self.slug}"
        held = stand[0]
        if held.currency == entry.currency:
            assert held.total == entry.total, entry.number
            assert held.vat_total in (None, entry.vat_total), entry.number
        else:  # kept in the currency of the books
            assert (held.currency, held.total) == (entry.base_currency, entry.base_total), entry.number
        return held

    @contextmanager
    def fault_at(self, step: str, fault: Fault, **told: float) -> Iterator[None]:
        """Let one step of a push go wrong."""

        def arm(name: str, call: object) -> None:
            if name == step:
                self.server.faults.next(fault, matching(call), **told)  # type: ignore[arg-type]

        self.driver.before_step = arm
        try:
            yield
        finally:
            self.driver.before_step = None
        assert not list(self.server.faults.waiting), f"{fault} did not happen at {step}"

    def listed(self) -> list[Remote]:
        """What the adapter lists around the day of the samples."""
        calls = self.driver.adapter.list_pushed(DAY - timedelta(days=1), DAY + timedelta(days=30))
        found: list[Remote] = []
        for call in calls:
            for asked, answer in self.driver.pages(call):
                found += self.driver.adapter.pushed(asked, answer)
        return found

    def listed_as(self, entry: Entry) -> list[Remote]:
        """What of it bears the number of an entry."""
        return [one for one in self.listed() if one.number in (entry.number, entry.voucher_label)]

    def read(self, pushed: Pushed) -> Remote:
        """What the system says of it by now."""
        adapter = self.driver.adapter
        return adapter.read_back(pushed.entry, self.driver.call(adapter.read(pushed.entry, pushed.done)))


def another(entry: Entry, number: str) -> Entry:
    """The same sale under another number."""
    lines = [replace(line, document_number=number) if line.document_number else line for line in entry.lines]
    label = f"2026-9{''.join(sign for sign in number if sign.isdigit())[-4:]:0>4}"
    return replace(entry, number=number, voucher_label=label, lines=lines, key=key_of(f"another/{number}"))


def refusal_of(act: Callable[[], object]) -> Exception | None:
    """By what a push was refused; None where it went through."""
    try:
        act()
    except REFUSALS as refusal:
        return refusal
    return None


@contextmanager
def company(server: LedgerServer, slug: str, mode: Mode) -> Iterator[Company]:
    """A company with empty books."""
    server.reset()
    with driving(adapter_for(adapters()[slug], server, mode), server) as driver:
        yield Company(slug, driver)
