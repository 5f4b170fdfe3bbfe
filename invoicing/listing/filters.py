"""Filters over the list: groups of conditions, “and” within a group, “or” between groups; in addresses and views.

In an address each condition is one readable parameter, `f=1.standing.any:overdue,part`: its group, property, operator
and values. A condition that no longer makes sense is shown with the reason and left out; the others still count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.templatetags.formatting import format_day, format_quantity, language_of_page
from invoicing.listing.properties.conditions import Asked, wanted
from invoicing.listing.properties.kinds import (
    CHECKS,
    CHOICES_MAX,
    ME,
    TEXT_LENGTH_MAX,
    FilterRefused,
    Kind,
    Operator,
    Takes,
    Within,
    read_values,
    takes,
)
from invoicing.listing.properties.registry import Book, Property

GROUPS_MAX = 5
CONDITIONS_MAX = 20
CONDITION_LENGTH_MAX = 1_500
VALUES_SHOWN_MAX = 2
CODED = re.compile(r"([1-9][0-9]?)\.([A-Za-z0-9_\-]{1,60})\.([a-z]{1,10})(?::(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as it stands in an address: names and texts, of which any may be wrong by now."""

    name: str
    operator: str
    values: tuple[str, ...] = ()


Groups = tuple[tuple[Condition, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A condition as a person reads it; `problem` says why it is left out."""

    condition: Condition
    group: int
    place: int
    label: str
    operator: str
    value: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """All groups in SQL, and the chips of every condition, broken ones among them."""

    condition: Q
    aliases: dict[str, Any]
    chips: tuple[tuple[Chip, ...], ...]

    @property
    def is_broken(self) -> bool:
        """Whether a condition had to be left out."""
        return any(chip.problem for group in self.chips for chip in group)


def read_filters(coded: Iterable[str]) -> Groups:
    """The groups that the parameters `f` of an address say, bounded; what is no condition at all is dropped."""
    found: dict[int, list[Condition]] = {}
    count = 0
    for text in coded:
        match = CODED.fullmatch(text[:CONDITION_LENGTH_MAX])
        if match is None or count == CONDITIONS_MAX:
            continue
        group, name, operator, values = match.groups()
        if int(group) not in found and len(found) == GROUPS_MAX:
            continue
        found.setdefault(int(group), []).append(Condition(name, operator, _split(operator, values or "")))
        count += 1
    return tuple(tuple(found[group]) for group in sorted(found))


def _split(operator: str, values: str) -> tuple[str, ...]:
    """Several values stand apart by commas; a single one may hold them."""
    many = operator in Operator.values and takes(Operator(operator)) in {Takes.MANY, Takes.TWO}
    parts = values.split(",") if many else [values]
    return tuple(part[:TEXT_LENGTH_MAX] for part in parts[:CHOICES_MAX] if part)


def write_filters(groups: Groups) -> list[tuple[str, str]]:
    """The groups as parameters of an address."""
    return [("f", write_condition(place, each)) for place, group in enumerate(groups, start=1) for each in group]


def write_condition(group: int, condition: Condition) -> str:
    """One condition as it stands in an address."""
    values = f":{','.join(condition.values)}" if condition.values else ""
    return f"{group}.{condition.name}.{condition.operator}{values}"


def filters_to_json(groups: Groups) -> list[list[list[Any]]]:
    """The groups as a saved view keeps them."""
    return [[[each.name, each.operator, list(each.values)] for each in group] for group in groups]


def filters_from_json(stored: Any) -> Groups:
    """The groups of a saved view; what cannot be read of it is dropped."""
    coded = []
    for place, group in enumerate(stored if isinstance(stored, list) else [], start=1):
        for each in group if isinstance(group, list) else []:
            if isinstance(each, list) and len(each) == 3 and isinstance(each[2], list):
                values = tuple(str(value) for value in each[2])
                coded.append(write_condition(place, Condition(str(each[0]), str(each[1]), values)))
    return read_filters(coded)


def without(groups: Groups, group: int, place: int) -> Groups:
    """The groups without one condition; an empty group is gone."""
    return _replaced(groups, group, [each for at, each in enumerate(_group(groups, group)) if at != place])


def with_condition(groups: Groups, group: int, place: int | None, condition: Condition) -> Groups:
    """The groups with a condition in that place, else at the end of its group or in a new one; refused past bounds."""
    conditions = list(_group(groups, group))
    if place is not None and place < len(conditions):
        conditions[place] = condition
    else:
        if sum(len(each) for each in groups) >= CONDITIONS_MAX:
            raise FilterRefused(_("A filter has at most %(most)s conditions.") % {"most": CONDITIONS_MAX})
        if group >= len(groups) and len(groups) >= GROUPS_MAX:
            raise FilterRefused(_("A filter has at most %(most)s groups.") % {"most": GROUPS_MAX})
        conditions.append(condition)
    return _replaced(groups, group, conditions)


def _group(groups: Groups, group: int) -> tuple[Condition, ...]:
    return groups[group] if group < len(groups) else ()


def _replaced(groups: Groups, group: int, conditions: Sequence[Condition]) -> Groups:
    kept = [list(each) for each in groups]
    if group < len(kept):
        kept[group] = list(conditions)
    else:
        kept.append(list(conditions))
    return tuple(tuple(each) for each in kept if each)


def check_condition(book: Book, condition: Condition) -> Condition:
    """The condition with its values as they stand in an address; refused with a sentence where it makes no sense."""
    each, operator, values = _understood(book, condition)
    texts = tuple(_text(each, value) for value in values)
    return Condition(each.name, operator.value, texts)


def _text(each: Property, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(value, "f") if each.kind in {Kind.NUMBER, Kind.AMOUNT} and not isinstance(value, int) else str(value)


def _understood(book: Book, condition: Condition) -> tuple[Property, Operator, tuple[Any, ...]]:
    each = book.get(condition.name)
    if each is None:
        raise FilterRefused(_("This property no longer exists."))
    if condition.operator not in Operator.values:
        raise FilterRefused(_("This cannot be asked of this property. Choose another condition."))
    operator = Operator(condition.operator)
    return each, operator, read_values(each.kind, operator, condition.values, each.codes())


def search_for(book: Book, groups: Groups, *, today: date, user_id: UUID | None, people: dict[str, str]) -> Search:
    """The groups in SQL and as chips; `people` are the members' names by their ids, for the chips."""
    asked = Asked(book.organization, today, user_id)
    found = Q()
    aliases: dict[str, Any] = {}
    chips: list[tuple[Chip, ...]] = []
    for place, group in enumerate(groups):
        condition = Q()
        row = []
        for at, each in enumerate(group):
            problem = ""
            try:
                known, operator, values = _understood(book, each)
                one = wanted(known, operator, values, asked)
                condition &= one.condition
                aliases |= one.aliases
            except FilterRefused as refusal:
                problem = str(refusal)
            row.append(_chip(book, each, (place, at), problem, people))
        chips.append(tuple(row))
        found = found | condition if condition else found
    return Search(found, aliases, tuple(chips))


def _chip(book: Book, condition: Condition, at: tuple[int, int], problem: str, people: dict[str, str]) -> Chip:
    each = book.get(condition.name)
    operator = str(Operator(condition.operator).label) if condition.operator in Operator.values else condition.operator
    return Chip(
        condition=condition,
        group=at[0],
        place=at[1],
        label=str(each.label) if each else _("Unknown property"),
        operator=operator,
        value=_value_words(each, condition, people) if each and not problem else ", ".join(condition.values)[:60],
        problem=problem,
    )


def _value_words(each: Property, condition: Condition, people: dict[str, str]) -> str:
    """The values as a chip shows them: names, days and numbers of the page's language, many by their count."""
    operator = Operator(condition.operator)
    values = read_values(each.kind, operator, condition.values, each.codes())
    wanted_values = takes(operator)
    if wanted_values == Takes.NOTHING:
        return ""
    if wanted_values == Takes.DAYS:
        return ngettext("%(count)s day", "%(count)s days", values[0]) % {"count": values[0]}
    if wanted_values == Takes.STRETCH:
        return str(Within(values[0]).label)
    shown = [_one_value(each, value, people) for value in values]
    if wanted_values == Takes.TWO:
        return _("%(first)s and %(last)s") % {"first": shown[0], "last": shown[1]}
    if len(shown) > VALUES_SHOWN_MAX:
        return ngettext("%(count)s value", "%(count)s values", len(shown)) % {"count": len(shown)}
    return _(" or ").join(shown)


def _one_value(each: Property, value: Any, people: dict[str, str]) -> str:
    if isinstance(value, bool):
        return str(dict(CHECKS)["yes" if value else "no"])
    if each.kind == Kind.PERSON:
        return _("Me") if value == ME else people.get(str(value), _("A former member"))
    if isinstance(value, date):
        return format_day(value, language_of_page())
    if each.kind in {Kind.NUMBER, Kind.AMOUNT}:
        return format_quantity(value, language_of_page())
    return str(dict(each.choices()).get(value, value)) if each.choices else str(value)
