"""What may be typed to make one condition: a property, what is asked of it, and the values that this takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from invoicing.listing.filters import Condition, Groups
from invoicing.listing.properties.kinds import CHECKS, ME, OPERATORS, Kind, Operator, Takes, Within, takes
from invoicing.listing.properties.registry import Book, Property

PLACES_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionForm:
    """The open form of one condition, as far as it has been filled in."""

    group: int
    place: int | None
    properties: list[tuple[str, list[tuple[str, str]]]]
    name: str = ""
    operators: list[tuple[str, Any]] = field(default_factory=list)
    operator: str = ""
    takes: str = ""
    widget: str = ""  # which sort of field a value is typed in
    values: tuple[str, ...] = ()
    choices: list[tuple[str, Any]] = field(default_factory=list)
    error: str = ""

    @property
    def first(self) -> str:
        """The first value, or nothing."""
        return self.values[0] if self.values else ""

    @property
    def second(self) -> str:
        """The second value, or nothing."""
        return self.values[1] if len(self.values) > 1 else ""


def read_place(address: QueryDict, groups: Groups) -> tuple[int, int | None]:
    """Which condition the form is about: its group, and its place in it where it stands there already."""
    group, place = _number(address.get("g", "")), _number(address.get("at", ""))
    group = min(group or 0, len(groups))
    is_there = place is not None and group < len(groups) and place < len(groups[group])
    return group, place if is_there else None


def typed_condition(address: QueryDict) -> Condition:
    """The condition as it was typed."""
    values = tuple(value for value in address.getlist("v") if value.strip())
    return Condition(address.get("property", "")[:60], address.get("op", "")[:10], values)


def condition_form(
    book: Book, groups: Groups, address: QueryDict, people: dict[str, str], error: str = ""
) -> ConditionForm:
    """The form for a new condition or for one that stands in the filter, with what has been typed so far."""
    group, place = read_place(address, groups)
    typed = typed_condition(address)
    if not typed.name and place is not None:
        typed = groups[group][place]
    form: dict[str, Any] = {"group": group, "place": place, "properties": _menu(book), "error": error}
    each = book.get(typed.name)
    if each is None:
        return ConditionForm(**form)
    operators = OPERATORS[each.kind]
    operator = Operator(typed.operator) if typed.operator in operators else operators[0]
    wanted = takes(operator)
    return ConditionForm(
        **form,
        name=each.name,
        operators=[(one.value, one.label) for one in operators],
        operator=operator.value,
        takes=wanted.value,
        widget=_widget(each, wanted),
        values=typed.values,
        choices=_choices(each, wanted, people),
    )


def _menu(book: Book) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (str(group.label), [(each.name, str(each.label)) for each in properties])
        for group, properties in book.by_group()
    ]


def _widget(each: Property, wanted: Takes) -> str:
    if wanted == Takes.NOTHING:
        return ""
    if wanted == Takes.DAYS:
        return "days"
    if wanted == Takes.STRETCH or each.kind == Kind.CHECK:
        return "select"
    if each.kind in {Kind.CHOICE, Kind.PERSON}:
        return "boxes" if wanted == Takes.MANY else "select"
    if each.kind in {Kind.DATE, Kind.MOMENT}:
        return "date"
    return "number" if each.kind in {Kind.NUMBER, Kind.AMOUNT} else "text"


def _choices(each: Property, wanted: Takes, people: dict[str, str]) -> list[tuple[str, Any]]:
    if wanted == Takes.STRETCH:
        return list(Within.choices)
    if each.kind == Kind.CHECK:
        return list(CHECKS)
    if each.kind == Kind.PERSON:
        return [(ME, _("Me")), *people.items()]
    return each.choices() if each.choices else []


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and int(text) < PLACES_MAX else None
