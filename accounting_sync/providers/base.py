"""What an adapter declares about its accounting system, and the pure functions that it answers with.

An adapter is one class in one module. It says how one enters, what the system can take and how fast, and turns an entry
into calls and answers into values. It never opens a connection, reads a clock or touches the database: the engine does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from accounting_sync.mapping.entries import Entry, EntryKind, Party, Remote
from accounting_sync.providers.entering import Entering
from accounting_sync.providers.words import Word


class Stage(StrEnum):
    """How far an adapter is to be trusted."""

    STABLE = "stable"
    PREVIEW = "preview"  # shown with what is not verified; off until somebody chooses it all the same


class Mode(StrEnum):
    """What is pushed."""

    JOURNAL = "journal"  # our own voucher lines, to the øre
    DOCUMENT = "document"  # an invoice of the accounting system, refused on any difference


class ListKind(StrEnum):
    """The accounting system's own lists, which mappings choose from."""

    COMPANIES = "companies"
    ACCOUNTS = "accounts"
    VAT_CODES = "vat_codes"
    PAYMENT_ACCOUNTS = "payment_accounts"
    JOURNALS = "journals"
    PROJECTS = "projects"
    DEPARTMENTS = "departments"
    PRODUCTS = "products"
    PAYMENT_TERMS = "payment_terms"
    CUSTOMER_GROUPS = "customer_groups"
    LAYOUTS = "layouts"


class ProblemKind(StrEnum):
    """Why a call did not do what was asked; each has one way on."""

    TRANSIENT = "transient"  # it certainly did nothing: try again later
    RATE_LIMITED = "rate_limited"  # it did nothing: wait as told
    ACCESS_EXPIRED = "access_expired"  # renew the token and ask again
    ACCESS_ENDED = "access_ended"  # the owner must connect again
    INVALID = "invalid"  # it was refused, and will be refused again
    DUPLICATE = "duplicate"  # the number is taken: look whether it is ours
    PERIOD_CLOSED = "period_closed"
    CONFLICT = "conflict"  # somebody else changed it meanwhile, or the system is busy with it: look, then again
    MISSING = "missing"  # what was asked for does not exist
    UNKNOWN = "unknown"  # it may or may not have happened: only looking helps


@dataclass(frozen=True, slots=True)
class Problem:
    """What the accounting system objected to, in its own words where it gave any."""

    kind: ProblemKind
    text: str = ""
    code: str = ""
    retry_after: float | None = None  # seconds


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many calls in any stretch of so many seconds."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Option:
    """Something that the connection must know beside the keys, such as the company or the journal."""

    name: str
    label: Word
    choices: ListKind | None = None  # None: typed
    is_required: bool = True
    hint: Word = ""
    modes: frozenset[Mode] = frozenset(Mode)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a call."""

    name: str
    content: bytes
    content_type: str
    field: str = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. Amounts in its body are Decimals and go out as JSON numbers."""

    method: str
    path: str  # below the adapter's base; a whole address only where the system itself gave it
    query: Sequence[tuple[str, str]] = ()
    body: Any = None  # JSON
    form: Mapping[str, str] | None = None
    upload: Upload | None = None  # multipart, together with `form`
    content: bytes | None = None  # the raw body, with its type
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    only_reads: bool | None = None  # None: what GET does; a POST that computes or searches says True

    @property
    def is_reading(self) -> bool:
        """Whether nothing changes however often it is made."""
        return self.method in ("GET", "HEAD") if self.only_reads is None else self.only_reads

    def with_query(self, **values: str) -> Call:
        """The same call with other values in its query."""
        kept = [(name, value) for name, value in self.query if name not in values]
        return replace(self, query=(*kept, *values.items()))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: names of headers in small letters, a JSON body with Decimals, the bytes as they came."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content: bytes = b""

    @property
    def is_success(self) -> bool:
        """Whether HTTP calls it one."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of the accounting system's own lists."""

    id: str
    code: str
    label: str
    # VAT codes: "rate" in percent; accounts: "type", …; "only": there is no such list, and this stands for everything.
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCustomer:
    """A customer as the accounting system knows it."""

    id: str
    number: str = ""
    name: str = ""
    organization_number: str = ""
    email: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    is_active: bool = True
    changed_at: datetime | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePayment:
    """Money that the accounting system knows of."""

    id: str
    day: date
    currency: str
    amount: Decimal
    document_number: str = ""
    document_id: str = ""
    kid: str = ""
    payer: str = ""
    text: str = ""
    our_mark: str = ""  # the reference that we push payments with, where it is one of ours


DEFAULT_PROBLEMS: Mapping[int, ProblemKind] = {
    400: ProblemKind.INVALID,
    401: ProblemKind.ACCESS_EXPIRED,
    403: ProblemKind.ACCESS_ENDED,
    404: ProblemKind.MISSING,
    408: ProblemKind.UNKNOWN,
    409: ProblemKind.CONFLICT,
    412: ProblemKind.CONFLICT,
    422: ProblemKind.INVALID,
    423: ProblemKind.TRANSIENT,
    425: ProblemKind.TRANSIENT,
    429: ProblemKind.RATE_LIMITED,
}
T = TypeVar("T")
TEXT_MAX = 500
SECONDS_DIGITS_MAX = 7
PREPARING = "prepare:"  # how steps begin that make what a document needs and what others use too, such as its items


class CannotBeTaken(ValueError):
    """The accounting system cannot take the entry as it is; says why in a sentence for the user."""


class NotOffered(RuntimeError):
    """Something was asked of a system that does not declare it: whoever asks is wrong, and no voucher is to blame."""

    def __init__(self, adapter: Adapter, method: str, capability: str) -> None:
        super().__init__(f"{method} is asked only of systems that declare {capability}; {adapter.label} does not.")


class Adapter(ABC):
    """One connection's view of an accounting system: its options and its mode.

    What is abstract here every system must answer; what raises NotOffered, those that declare it.
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    countries: ClassVar[frozenset[str]]  # where it is offered first; all can choose it
    stage: ClassVar[Stage] = Stage.STABLE
    unverified: ClassVar[Sequence[Word]] = ()  # what no live account has shown yet
    entering: ClassVar[Entering]
    limits: ClassVar[Sequence[Rate]] = ()
    modes: ClassVar[Sequence[Mode]]  # the first is the usual one
    takes: ClassVar[Mapping[Mode, frozenset[EntryKind]]]
    lists: ClassVar[Sequence[ListKind]] = (ListKind.ACCOUNTS, ListKind.VAT_CODES)
    options: ClassVar[Sequence[Option]] = ()
    attaches: ClassVar[bool] = False  # takes the document's PDF file
    has_customers: ClassVar[bool] = True
    updates_customers: ClassVar[bool] = False
    tells_payments: ClassVar[bool] = False
    tells_customers: ClassVar[bool] = False
    tells_closed_periods: ClassVar[bool] = False
    dimensions: ClassVar[Mapping[str, ListKind]] = {}  # our dimension (project, department) → the list of its values
    answer_seconds: ClassVar[float] = 30.0
    host_is_typed: ClassVar[bool] = False  # an option names the host: only public addresses are spoken to, over https

    def __init__(self, options: Mapping[str, str], mode: Mode) -> None:
        self.options_chosen = dict(options)
        self.mode = mode

    # Where it is.

    @abstractmethod
    def base(self) -> str:
        """The address that paths of calls follow, without a slash at its end."""

    def problem(self, call: Call, answer: Answer) -> Problem | None:
        """What went wrong; None where the call did what it should. A 5xx to a writing call may have happened."""
        if answer.is_success:
            return None
        kind = DEFAULT_PROBLEMS.get(answer.status)
        if kind is None:
            kind = ProblemKind.UNKNOWN if answer.status >= 500 and not call.is_reading else ProblemKind.TRANSIENT
            if 400 <= answer.status < 500:
                kind = ProblemKind.INVALID
        after = seconds_in(answer, "retry-after")  # RFC 9110 10.2.3, the form in seconds
        return Problem(kind, self.objection_text(answer)[:TEXT_MAX], str(answer.status), after)

    def objection_text(self, answer: Answer) -> str:
        """The system's own words for what it objects to."""
        return answer.content.decode("utf-8", "replace").strip()

    # Pushing.

    @abstractmethod
    def refuse(self, entry: Entry) -> None:
        """Raises CannotBeTaken for what is known to fail before any call: a number too long, a currency, a shape."""

    @abstractmethod
    def steps(self, entry: Entry) -> Sequence[str]:
        """The writing steps of a push, in their order; each is one call. The first ones make the document.

        Before them may stand steps that prepare it.
        """

    @abstractmethod
    def build(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call of a step, from the entry and what the steps before it have made."""

    @abstractmethod
    def parse(self, step: str, entry: Entry, answer: Answer) -> Remote:
        """What the step has made; only the id is certain. CannotBeTaken where what was only computed is not ours."""

    @abstractmethod
    def find(self, step: str, entry: Entry, done: Mapping[str, Remote]) -> Call | None:
        """The call that answers whether the step has happened; None where the system cannot be asked."""

    @abstractmethod
    def found(self, step: str, entry: Entry, answer: Answer) -> Sequence[Remote]:
        """What of the answer to `find` is this entry: none, one, or a doubled one."""

    @abstractmethod
    def read(self, entry: Entry, done: Mapping[str, Remote]) -> Call:
        """The call that reads back what was pushed."""

    @abstractmethod
    def read_back(self, entry: Entry, answer: Answer) -> Remote:
        """What the accounting system says of it: at least number, day, currency and total where it keeps them."""

    # Customers.

    def find_customer(self, party: Party) -> Sequence[Call]:
        """Calls that look for a customer, the surest first: organization number, then our number, then the address."""
        raise NotOffered(self, "find_customer", "has_customers")

    def found_customers(self, answer: Answer) -> Sequence[RemoteCustomer]:
        """The customers in an answer, whether looked for or listed."""
        raise NotOffered(self, "found_customers", "has_customers")

    def create_customer(self, party: Party) -> Call:
        """The call that makes one; it carries our customer number, so that it is found again."""
        raise NotOffered(self, "create_customer", "has_customers")

    def created_customer(self, party: Party, answer: Answer) -> RemoteCustomer:
        """What was made."""
        raise NotOffered(self, "created_customer", "has_customers")

    def update_customer(self, party: Party, remote: RemoteCustomer) -> Call:
        """The call that carries our changes over, where the system lets us."""
        raise NotOffered(self, "update_customer", "updates_customers")

    def list_customers(self, changed_since: datetime | None) -> Call:
        """The call that lists customers, all or those changed since."""
        raise NotOffered(self, "list_customers", "tells_customers")

    # Lists, and pages of them.

    @abstractmethod
    def fetch(self, kind: ListKind) -> Call:
        """The call for one of the system's lists."""

    @abstractmethod
    def listed(self, kind: ListKind, answer: Answer) -> Sequence[Choice]:
        """The rows in an answer to `fetch`."""

    def next_page(self, call: Call, answer: Answer) -> Call | None:
        """The call for the next page of whatever list this answer is a page of; None at the end."""
        return None

    def fetch_closed_through(self) -> Call:
        """The call that tells up to which day the books are closed."""
        raise NotOffered(self, "fetch_closed_through", "tells_closed_periods")

    def closed_through(self, answer: Answer) -> date | None:
        """The last closed day."""
        raise NotOffered(self, "closed_through", "tells_closed_periods")

    # Back.

    @abstractmethod
    def list_pushed(self, first: date, last: date) -> Sequence[Call]:
        """Calls that list what stands in the system in these days (accounting dates), as far as it may be ours."""

    @abstractmethod
    def pushed(self, call: Call, answer: Answer) -> Sequence[Remote]:
        """What an answer to `list_pushed` tells: `number` as we pushed it, amounts as in `read_back`."""

    def list_payments(self, since: date) -> Call:
        """The call that lists money that was booked since a day."""
        raise NotOffered(self, "list_payments", "tells_payments")

    def paid(self, answer: Answer) -> Sequence[RemotePayment]:
        """The payments in an answer to `list_payments`."""
        raise NotOffered(self, "paid", "tells_payments")


def first_made(done: Mapping[str, T]) -> T | None:
    """What the first step has made that makes the document itself; None where none has yet."""
    return next((made for step, made in done.items() if not step.startswith(PREPARING)), None)


def seconds_in(answer: Answer, header: str) -> int | None:
    """Whole seconds as a header tells them; None where it tells none, or more digits than any wait has."""
    text = answer.headers.get(header, "").strip()
    return int(text) if text.isdecimal() and len(text) <= SECONDS_DIGITS_MAX else None


def chosen(adapter: Adapter, name: str) -> str:
    """The value of an option that the connection has."""
    return adapter.options_chosen.get(name, "")
