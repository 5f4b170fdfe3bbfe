"""One page of the list: its rows in their groups, what everything comes to, and what stops it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from billing_backlog.listing.asked import BacklogRequest, Group, parameters_of
from billing_backlog.listing.finding import Reader, Unswept, grouped, matching, unswept
from billing_backlog.listing.states import STOPPING, BacklogRow, State
from billing_backlog.listing.sums import Sum, Sums, sums_of
from billing_backlog.models import BacklogItem
from billing_backlog.queries.standing import standing_of
from foundation.keyset import Key, page_of
from foundation.templatetags.formatting import format_day, language_of_page

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows that belong together, with what the whole group comes to, also on other pages."""

    title: str
    note: str
    rows: Sequence[BacklogRow]
    sums: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Total:
    """What stands in one place of the strip: amounts by currency, lines and customers."""

    amounts: Mapping[str, Decimal]
    count: int
    customers: int


@dataclass(frozen=True, slots=True)
class BacklogPage:
    """What the list shows."""

    groups: Sequence[RowGroup]
    sums: Sequence[Sum]
    pagination: Mapping[str, str]
    is_grouped: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not self.groups

    def total(self, *states: State) -> Total:
        """What stands in these states."""
        chosen = [each for each in self.sums if each.state in states]
        amounts: dict[str, Decimal] = {}
        for each in chosen:
            amounts[each.currency] = amounts.get(each.currency, ZERO) + each.amount
        return Total(amounts, sum(each.count for each in chosen), sum(each.customers for each in chosen))

    @property
    def ready(self) -> Total:
        """What the next drafts hold."""
        return self.total(State.READY)

    @property
    def not_ready(self) -> Total:
        """What nobody has judged yet."""
        return self.total(State.NOT_READY)

    @property
    def drafted(self) -> Total:
        """What stands on drafts."""
        return self.total(State.DRAFTED)

    @property
    def stopped(self) -> Total:
        """What cannot be billed as it stands."""
        return self.total(*STOPPING)

    @property
    def no_number(self) -> Total:
        """What waits for a customer's number."""
        return self.total(State.NO_NUMBER)

    @property
    def over_limit(self) -> Total:
        """What would exceed what was agreed."""
        return self.total(State.OVER_LIMIT)

    @property
    def held(self) -> Total:
        """What waits for the accountant."""
        return self.total(State.HELD)


def list_page(
    reader: Reader, wanted: BacklogRequest, address: QueryDict, *, changed: Unswept | None = None, target: str = ""
) -> BacklogPage:
    """The page that is asked for; as many statements for a hundred thousand items as for one."""
    found = matching(reader, wanted, changed or unswept(reader.organization, reader.now))
    shown = page_of(grouped(found, wanted.group), keys_of(wanted), address)
    standing = standing_of(reader.organization, shown.rows)
    rows = [BacklogRow(item, standing[item.pk]) for item in shown.rows]
    sums = sums_of(reader.organization, found, wanted.group)
    return BacklogPage(
        groups=_groups(wanted, rows, sums),
        sums=sums.whole,
        pagination=shown.pagination(parameters_of(wanted), target=target),
        is_grouped=wanted.group != Group.NONE,
    )


def keys_of(wanted: BacklogRequest) -> list[Key]:
    """The order of the rows: their groups, the newest week first, then what was asked for."""
    keys = []
    if wanted.group == Group.WEEK:
        keys.append(Key("group_name", date.fromisoformat, is_descending=True))
    elif wanted.group != Group.NONE:
        keys.append(Key("group_name", str))
        if wanted.group == Group.CUSTOMER:
            keys.append(Key("customer_id", UUID))
    down = wanted.sort.startswith("-")
    read: dict[str, Key] = {
        "day": Key("day", date.fromisoformat, is_descending=down),
        "amount": Key("amount", Decimal, is_descending=down),
        "text": Key("text", str, is_descending=down),
        "person": Key("performed_by", str, is_descending=down),
    }
    return [*keys, read[wanted.sort.removeprefix("-")], Key("id", UUID, is_descending=down)]


def _groups(wanted: BacklogRequest, rows: Sequence[BacklogRow], sums: Sums) -> list[RowGroup]:
    if wanted.group == Group.NONE or not rows:
        return [RowGroup("", "", rows)] if rows else []
    by_key: dict[Any, list[BacklogRow]] = {}
    for row in rows:
        by_key.setdefault(row.item.group_id, []).append(row)  # type: ignore[attr-defined]  # annotated in grouped
    return [
        RowGroup(*_title(wanted.group, members[0].item, key), rows=members, sums=sums.of_group(key))
        for key, members in by_key.items()
    ]


def _title(group: Group, item: BacklogItem, key: Any) -> tuple[str, str]:
    if group == Group.PROJECT:
        if item.project is None:
            return _("Without project"), ""
        return str(item.project), item.customer.name
    if group == Group.CONTRACT:
        return (str(item.contract), item.customer.name) if item.contract else (_("Without contract"), "")
    if group == Group.CUSTOMER:
        return item.customer.name, ""
    if group == Group.PERSON:
        return item.performed_by or _("Nobody named"), ""
    week = key.isocalendar().week
    return _("Week %(week)s") % {"week": week}, _("from %(day)s") % {"day": format_day(key, language_of_page())}
