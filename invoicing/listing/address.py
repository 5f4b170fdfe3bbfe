"""The address of the document list: what it asks for, and how what is asked for is written as an address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict

from invoicing.listing.filters import Condition, Groups, read_filters, write_filters
from invoicing.listing.page import ListRequest, Show
from invoicing.listing.properties.kinds import ME

COLUMNS_MAX = 30
WORDS_LENGTH_MAX = 100
SORT = re.compile(r"-?[A-Za-z0-9_\-]{1,60}")
NAME = re.compile(r"[A-Za-z0-9_\-]{1,60}")
_IS_INVOICE = Condition("kind", "is", ("invoice",))
TAB_CONDITIONS: dict[Show, tuple[Condition, ...]] = {
    Show.DRAFTS: (Condition("standing", "any", ("draft",)),),
    Show.OPEN: (_IS_INVOICE, Condition("open", "gt", ("0",))),
    Show.OVERDUE: (Condition("standing", "any", ("overdue",)),),
    Show.PAID: (Condition("standing", "any", ("paid",)),),
    Show.CREDIT_NOTES: (Condition("kind", "is", ("credit_note",)),),
}
READABLE = ":,.~"  # need no escape in the query of an address


def request_of(address: QueryDict, *, user_id: UUID | None = None) -> ListRequest:
    """What the address asks for; what makes no sense in it is left out, never refused."""
    show, sort = address.get("show", ""), address.get("sort", "")
    return ListRequest(
        show=Show(show) if show in set(Show) else Show.ALL,
        words=address.get("q", "")[:WORDS_LENGTH_MAX],
        sort=sort if SORT.fullmatch(sort) else "",
        after=address.get("after", ""),
        before=address.get("before", ""),
        groups=read_filters(address.getlist("f")),
        columns=read_columns(address.get("columns", "")),
        user_id=user_id,
    )


def read_columns(listed: str) -> tuple[str, ...]:
    """Names of properties, each once, in the order in which they stand."""
    names = [name for name in listed[:2_000].split(",") if NAME.fullmatch(name)]
    return tuple(dict.fromkeys(names))[:COLUMNS_MAX]


def parameters_of(wanted: ListRequest) -> list[tuple[str, str]]:
    """The request as parameters of an address, without its place in the pages."""
    named = [("show", wanted.show.value if wanted.show != Show.ALL else ""), ("q", wanted.words), ("sort", wanted.sort)]
    listed = [("columns", ",".join(wanted.columns))]
    return [(name, value) for name, value in [*named, *write_filters(wanted.groups), *listed] if value]


def address_of(wanted: ListRequest, extra: Mapping[str, str] | None = None, **changes: Any) -> str:
    """The address that asks for the request with these changes; always at its first page unless `extra` says more."""
    parameters = parameters_of(replace(wanted, **changes) if changes else wanted)
    parameters += [(name, value) for name, value in (extra or {}).items() if value]
    return "?" + urlencode(parameters, safe=READABLE)


def groups_with_tab(wanted: ListRequest) -> Groups:
    """The filters together with what the tab over them asks, so that a saved view keeps both."""
    added = TAB_CONDITIONS.get(wanted.show, ())
    return tuple((*added, *group) for group in wanted.groups or ((),)) if added else wanted.groups


def query_for_jobs(wanted: ListRequest) -> str:
    """The same for work in the background, where nobody is “me”."""
    return address_of(replace(wanted, groups=_with_somebody(wanted.groups, wanted.user_id))).removeprefix("?")


def _with_somebody(groups: Groups, user_id: UUID | None) -> Groups:
    if user_id is None:
        return groups
    return tuple(
        tuple(
            Condition(each.name, each.operator, tuple(str(user_id) if value == ME else value for value in each.values))
            if each.name == "owner"
            else each
            for each in group
        )
        for group in groups
    )
