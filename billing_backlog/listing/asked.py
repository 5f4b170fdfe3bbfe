"""What is asked of the list of the backlog, and how that is written as an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from billing_backlog.models import ItemKind
from foundation.text import search_words

ME = "me"
AMOUNT_LENGTH_MAX = 16


class Tab(StrEnum):
    """The views over the list."""

    ALL = ""
    WORK = "work"
    MILESTONES = "milestones"
    RECURRING = "recurring"
    BOOKINGS = "bookings"
    VISITS = "visits"
    ADVANCES = "advances"
    STOPPED = "stopped"
    MINE = "mine"


KINDS_OF_TAB: dict[Tab, tuple[ItemKind, ...]] = {
    Tab.WORK: (ItemKind.TIME, ItemKind.EXPENSE, ItemKind.MATERIAL, ItemKind.FEE),
    Tab.MILESTONES: (ItemKind.MILESTONE, ItemKind.PROGRESS),
    Tab.RECURRING: (ItemKind.RECURRING,),
    Tab.BOOKINGS: (ItemKind.BOOKING,),
    Tab.VISITS: (ItemKind.VISIT,),
    Tab.ADVANCES: (ItemKind.ADVANCE,),
}


class Asked(StrEnum):
    """The states that the list can be narrowed to."""

    ANY = ""
    NOT_READY = "not_ready"
    READY = "ready"
    STOPPED = "stopped"
    DRAFTED = "drafted"


class Group(StrEnum):
    """What the rows are grouped by."""

    NONE = "none"
    PROJECT = "project"
    CUSTOMER = "customer"
    CONTRACT = "contract"
    PERSON = "person"
    WEEK = "week"


SORTS = ("day", "amount", "text", "person")


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogRequest:
    """One question to the list; what is empty asks for everything."""

    tab: Tab = Tab.ALL
    until: date | None = None
    project: UUID | None = None
    contract: UUID | None = None
    manager: str = ""  # "me", or somebody's id
    customer: UUID | None = None
    facility: UUID | None = None
    kind: str = ""
    state: Asked = Asked.ANY
    least: Decimal | None = None
    most: Decimal | None = None
    words: str = ""
    shows_invoiced: bool = False
    group: Group = Group.PROJECT
    sort: str = "-day"

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter stands beside the tab."""
        return any(getattr(self, name) for name in FILTERS) or self.least is not None or self.most is not None


FILTERS = ("until", "project", "contract", "manager", "customer", "facility", "kind", "state", "words")
AMOUNTS = ("least", "most")
NAMES = {"words": "q", "shows_invoiced": "invoiced"}  # where the address has a shorter name


def request_of(address: Mapping[str, Any]) -> BacklogRequest:
    """What the address asks for; what makes no sense in it is left out, never refused."""
    sort = address.get("sort", "")
    manager = address.get("manager", "")
    kind = address.get("kind", "")
    return BacklogRequest(
        tab=_one_of(Tab, address.get("tab", ""), Tab.ALL),
        until=_day(address.get("until", "")),
        project=_id(address.get("project", "")),
        contract=_id(address.get("contract", "")),
        manager=manager if manager == ME or _id(manager) else "",
        customer=_id(address.get("customer", "")),
        facility=_id(address.get("facility", "")),
        kind=kind if kind in ItemKind.values else "",
        state=_one_of(Asked, address.get("state", ""), Asked.ANY),
        least=_amount(address.get("least", "")),
        most=_amount(address.get("most", "")),
        words=search_words(address.get("q", "")),
        shows_invoiced=address.get("invoiced") == "1",
        group=_one_of(Group, address.get("group", ""), Group.PROJECT),
        sort=sort if sort.removeprefix("-") in SORTS else "-day",
    )


def parameters_of(wanted: BacklogRequest) -> dict[str, str]:
    """The request as parameters of an address, without its place in the pages; what is usual is left out."""
    usual = BacklogRequest()
    found: dict[str, str] = {}
    for each in fields(wanted):
        value = getattr(wanted, each.name)
        if value != getattr(usual, each.name):
            found[NAMES.get(each.name, each.name)] = "1" if value is True else str(value)
    return found


def address_of(wanted: BacklogRequest, **changes: Any) -> str:
    """The address that asks for the request with these changes, at its first page."""
    return "?" + urlencode(parameters_of(replace(wanted, **changes) if changes else wanted))


def _one_of(choices: Any, typed: str, otherwise: Any) -> Any:
    return choices(typed) if typed in set(choices) else otherwise


def _id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _amount(typed: str) -> Decimal | None:
    """An amount as people write it, with comma or point."""
    text = "".join(typed.split()).replace(",", ".")
    try:
        value = Decimal(text) if 0 < len(text) <= AMOUNT_LENGTH_MAX else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() and abs(value.adjusted()) < AMOUNT_LENGTH_MAX else None
