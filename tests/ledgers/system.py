"""What an invented accounting system is: the interface between its behaviour and the server that speaks for it.

A system keeps its state in memory. The server checks each request against the system's contract before `answer` sees it
and checks the answer against the contract afterwards. Module `tests/ledgers/systems/<slug>.py` holds one class named
`Ledger`, made without arguments.
"""

from __future__ import annotations

import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from accounting_sync.mapping.entries import Target

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One description of an accounting system's API: where its file lies and where it is served."""

    file: str  # below shared/accounting-apis: "fiken/openapi.yaml"
    host: str  # of the real system: "api.fiken.no"
    prefix: str = ""  # what stands before the contract's paths, with {names} of a segment where it varies: "/api/v2"
    # Named exceptions, each with its reason: "POST /sales" → why the description of the answer is wrong.
    wrong_answers: Mapping[str, str] = field(default_factory=dict)
    # The same for requests: "POST /sales?offset" (a query parameter), "POST /sales:kid" (a property; dots for depth).
    undescribed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRequest:
    """One request as the accounting system sees it."""

    method: str
    host: str  # of the real system; empty where a browser came
    path: str  # below the contract's prefix; the whole path where no contract describes it
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)  # names in small letters
    body: Any = None  # JSON with Decimals
    content: bytes = b""
    form: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    path_args: Mapping[str, str] = field(default_factory=dict)
    operation: str = ""  # the contract's own words: "POST /companies/{companySlug}/sales"

    def asked(self, name: str, otherwise: str = "") -> str:
        """One value of the query."""
        values = self.query.get(name)
        return values[0] if values else otherwise


@dataclass(slots=True)
class LedgerAnswer:
    """What the accounting system says; a body goes out as JSON, Decimals as numbers."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None  # instead of a body; with its Content-Type among the headers


class Refused(Exception):
    """Raised inside a behaviour: the request is answered so and nothing is kept."""

    def __init__(self, status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.answer = LedgerAnswer(status, body, dict(headers or {}))


@dataclass(slots=True, kw_only=True)
class HeldDocument:
    """One thing that stands in the accounting system, in the words of the tests."""

    id: str
    number: str  # as we pushed it
    kind: str  # sale, credit, payment, settlement, journal
    day: date
    currency: str
    total: Decimal  # of its currency; positive on sales, credit notes and payments; of journals the sum of the debits
    vat_total: Decimal | None = None
    party_id: str = ""
    open_amount: Decimal | None = None
    accounts: dict[str, Decimal] = field(default_factory=dict)  # their account code → debit less credit, base currency
    key: str = ""  # the idempotency key or reference that it was made with
    files: list[bytes] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)  # whatever the behaviour needs to answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What a test maps ours to. The suite adds the facts that the adapter reads in the system's own lists (by id)."""

    accounts: Mapping[str, Target]  # our account number → theirs: all of OUR_ACCOUNTS
    vat: Mapping[tuple[str, Decimal], Target]  # (treatment, rate in percent) → theirs: all of OUR_VAT that exist there
    money: Mapping[str, Target] = field(default_factory=dict)  # where payment accounts are named otherwise: 1920, 1945
    dimensions: Mapping[str, Mapping[str, Target]] = field(default_factory=dict)  # "project" → our value → theirs
    country: str = "NO"
    base_currency: str = "NOK"
    foreign_currency: str = "EUR"
    number_format: str = "F-2026-{0:05d}"  # how samples are numbered; "{0}" where only digits are taken
    party: Mapping[str, str] = field(default_factory=dict)  # facts that each sample customer is linked with


OUR_ACCOUNTS = (
    "1500", "1900", "1920", "1945", "2050", "2700", "2701", "2702", "2900", "2905", "3000", "3001", "3002", "3100",
    "3200", "3900", "3950", "3955", "7740", "7770", "7830", "8050", "8060", "8160",
)  # fmt: skip
OUR_VAT = (
    ("standard", Decimal(25)), ("food", Decimal(15)), ("low", Decimal(12)), ("zero", ZERO), ("exempt", ZERO),
    ("reverse_charge", ZERO), ("export", ZERO), ("outside", ZERO),
)  # fmt: skip

Answering = Callable[[Any, LedgerRequest], LedgerAnswer]
Method = TypeVar("Method", bound=Answering)


def answers(operation: str) -> Callable[[Method], Method]:
    """Marks a method as the behaviour of an operation, as its contract writes it: "POST /companies/{slug}/sales"."""

    def mark(method: Method) -> Method:
        method.operations = (*getattr(method, "operations", ()), operation)  # type: ignore[attr-defined]
        return method

    return mark


class NoBehaviour(LookupError):
    """An invented system was asked for what it does not do: a gap of the tests, never an answer of the real one."""

    def __init__(self, system: System, asked: str) -> None:
        super().__init__(f"{system.slug} has no behaviour for {asked}.")


class System(ABC):
    """One accounting system. State lives between `reset` and the next one; `lock` guards it (the server holds it)."""

    slug: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]]  # of the real system, with those of its log-in pages: all come to the server
    contracts: ClassVar[tuple[Contract, ...]]
    options: ClassVar[Mapping[str, str]] = {}  # what a connection to it must have chosen
    # What the system does not have or does not do: unique_numbers (it takes a number twice), closed_periods, vat_codes
    # (none that could be deleted), token_expiry, totals (what stands there has no amount that could be read back).
    lacks: ClassVar[frozenset[str]] = frozenset()
    # Operations that exist and that the stored copy of the contract leaves out, each with its reason: "GET /project".
    beyond: ClassVar[Mapping[str, str]] = {}
    at_once_max: ClassVar[int | None] = None  # more calls at once than so many are answered as too many
    targets: ClassVar[Targets]
    _operations: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._operations = {
            operation: name for name in dir(cls) for operation in getattr(getattr(cls, name, None), "operations", ())
        }

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Back to the day when the company opened its books; extend it with `super().reset()`."""
        self.held: dict[str, HeldDocument] = {}
        self.parties: dict[str, dict[str, Any]] = {}
        self.accounts: dict[str, dict[str, Any]] = {}
        self.vat_codes: dict[str, dict[str, Any]] = {}
        self.closed_day: date | None = None  # the last closed day
        self.locked_years: set[int] = set()
        self.is_revoked = False
        self._last_id = 1000

    # Entering.

    @abstractmethod
    def secrets(self) -> dict[str, str]:
        """What a connection has in its safe right after it was made: keys, or fresh tokens as `access_token`."""

    @abstractmethod
    def authorized(self, request: LedgerRequest) -> bool:
        """Whether the request carries what the system asks for; not asked for the addresses that `token` answers."""

    def token(self, request: LedgerRequest) -> LedgerAnswer | None:
        """The answers of its log-in pages and token addresses, which no contract describes; None: not one of these."""
        return None

    def unauthorized(self, request: LedgerRequest) -> LedgerAnswer:
        """How it says that it does not know the caller."""
        return LedgerAnswer(401)

    @abstractmethod
    def expire(self) -> None:
        """The access tokens that were given until now no longer hold; they can be renewed."""

    def revoke(self) -> None:
        """The customer has thrown us out: nothing holds any more and nothing can be renewed."""
        self.is_revoked = True

    # Behaving.

    def check(self, request: LedgerRequest) -> list[str]:
        """What breaks the contract beside what its OpenAPI file can tell; empty where nothing does."""
        return []

    def answer(self, request: LedgerRequest) -> LedgerAnswer:
        """What it does. Here: the method that `@answers` names for the operation."""
        name = self._operations.get(request.operation)
        if name is None:
            raise NoBehaviour(self, request.operation)
        try:
            answering: Callable[[LedgerRequest], LedgerAnswer] = getattr(self, name)
            return answering(request)
        except Refused as refused:
            return refused.answer

    def too_many(self, retry_after: float | None) -> LedgerAnswer:
        """How it says that it is asked too often."""
        return LedgerAnswer(429, None, {} if retry_after is None else {"Retry-After": f"{retry_after:g}"})

    def broken(self) -> LedgerAnswer:
        """How it says that something broke inside."""
        return LedgerAnswer(500, content=b"Internal Server Error", headers={"Content-Type": "text/plain"})

    def conflict(self) -> LedgerAnswer:
        """How it says that somebody else was at it."""
        return LedgerAnswer(409, content=b"Conflict", headers={"Content-Type": "text/plain"})

    # Looking in from the tests.

    def documents(self) -> list[HeldDocument]:
        """All that stands there."""
        with self.lock:
            return list(self.held.values())

    def numbered(self, number: str, kind: str = "") -> list[HeldDocument]:
        """What stands there under a number of ours."""
        return [held for held in self.documents() if held.number == number and kind in ("", held.kind)]

    def customers(self) -> list[dict[str, Any]]:
        """All customers: at least id, number, name and organization_number in each."""
        with self.lock:
            return [dict(party) for party in self.parties.values()]

    # What happens there behind our back.

    def alter(self, number: str, amount: Decimal) -> None:
        """Somebody adds an amount to a document, on its net and therefore on what the customer owes."""
        with self.lock:
            for held in self.numbered(number):
                self.changed(held, amount)

    def changed(self, held: HeldDocument, amount: Decimal) -> None:
        """What adding an amount does to one document; a behaviour that keeps more than these overrides it."""
        held.total += amount
        if held.open_amount is not None:
            held.open_amount += amount
        debit = next((code for code, value in held.accounts.items() if value > 0), None)
        credit = next((code for code, value in held.accounts.items() if value < 0), None)
        if debit is not None and credit is not None:
            held.accounts[debit] += amount
            held.accounts[credit] -= amount

    def delete(self, number: str) -> None:
        """Somebody deletes a document."""
        with self.lock:
            for held in self.numbered(number):
                del self.held[held.id]

    def double(self, number: str) -> None:
        """Somebody enters a document again."""
        with self.lock:
            for held in self.numbered(number):
                again = replace(held, id=self.next_id(), accounts=dict(held.accounts), files=list(held.files))
                again.facts = dict(held.facts)
                self.held[again.id] = again

    def close_through(self, day: date) -> None:
        """The books are closed up to a day."""
        with self.lock:
            self.closed_day = day

    def lock_year(self, year: int) -> None:
        """A whole year is locked."""
        with self.lock:
            self.locked_years.add(year)

    def is_closed(self, day: date) -> bool:
        """Whether nothing more may be booked on a day."""
        return day.year in self.locked_years or (self.closed_day is not None and day <= self.closed_day)

    def remove_vat_code(self, code: str) -> None:
        """Somebody deletes a VAT code, known by the id of its target."""
        with self.lock:
            self.vat_codes.pop(code)

    def pay(self, number: str, amount: Decimal, day: date) -> None:
        """Somebody books money for a document there; asked only of systems whose adapter declares tells_payments."""
        raise NoBehaviour(self, "pay")

    def rename_customer(self, party_id: str, name: str) -> None:
        """Somebody renames a customer."""
        with self.lock:
            self.parties[party_id]["name"] = name

    def delete_customer(self, party_id: str) -> None:
        """Somebody deletes a customer."""
        with self.lock:
            del self.parties[party_id]

    def merge_customers(self, kept: str, gone: str) -> None:
        """Somebody merges two customers into one."""
        with self.lock:
            for held in self.held.values():
                if held.party_id == gone:
                    held.party_id = kept
            del self.parties[gone]

    # For behaviours.

    def next_id(self) -> str:
        """A number that was never given before."""
        with self.lock:
            self._last_id += 1
            return str(self._last_id)

    def next_guid(self) -> str:
        """An id for systems that name things by UUID; the same in every run."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.slug}/{self.next_id()}"))

    def hold(self, held: HeldDocument) -> HeldDocument:
        """Keep a document."""
        with self.lock:
            self.held[held.id] = held
        return held

    def one(self, held_id: str) -> HeldDocument:
        """A document by its id there; 404 where it is gone."""
        held = self.held.get(held_id)
        if held is None:
            raise Refused(404)
        return held

    def by_key(self, key: str) -> HeldDocument | None:
        """What was made with an idempotency key before."""
        return next((held for held in self.held.values() if key and held.key == key), None)


def page_of(rows: Sequence[Any], number: int, size: int) -> list[Any]:
    """One page of rows; the first page is 0."""
    return list(rows[number * size : (number + 1) * size])
