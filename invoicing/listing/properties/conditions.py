"""What a condition on a property becomes in SQL: set-based, and on the bare column wherever an index could help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q

from invoicing.listing.properties import sources
from invoicing.listing.properties.kinds import ME, OPPOSITES, Kind, Operator, days_asked
from invoicing.listing.properties.registry import Property
from invoicing.listing.properties.sources import Build
from invoicing.models import InvoiceKind, InvoiceStatus
from invoicing.standing import Standing
from payments.models import ReceivableBalance
from tenants.models import Organization

ONE = Decimal(1)
O = Operator  # noqa: E741 - the tables below are read by column


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks and when: what “me” and “this month” mean."""

    organization: Organization
    today: date
    user_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A condition in SQL, and what the rows must be given before it can be asked."""

    condition: Q
    aliases: dict[str, Any]


def wanted(each: Property, operator: Operator, values: Sequence[Any], asked: Asked) -> Wanted:
    """The rows whose property answers the condition with these values, which `kinds.read_values` has read."""
    positive = OPPOSITES.get(operator, operator)
    if each.name == "standing":
        found = _standing(positive, values, asked)
    else:
        build = _builder(each, positive, values, asked)
        found = Wanted(each.source.condition(asked.organization, build), each.source.aliases(asked.organization))
    if positive == operator:
        return found
    return Wanted(_opposite(each, found), found.aliases)


def _opposite(each: Property, found: Wanted) -> Q:
    """Every other row, those without a value among them: in SQL the opposite of unknown is unknown."""
    without = Q(**{f"{name}__isnull": True for name in found.aliases}) if len(found.aliases) == 1 else Q()
    return ~found.condition | without if without else ~found.condition


def _builder(each: Property, operator: Operator, values: Sequence[Any], asked: Asked) -> Build:
    if operator == O.FILLED:
        return lambda path: _filled(each, path)
    kind = each.kind
    if kind in {Kind.DATE, Kind.MOMENT}:
        return _days_builder(each, operator, values, asked)
    if kind in {Kind.NUMBER, Kind.AMOUNT}:
        return _number_builder(each, operator, values)
    if kind == Kind.TEXT:
        lookup = {O.IS: "iexact", O.CONTAINS: "icontains", O.BEGINS: "istartswith"}[operator]
        return lambda path: Q(**{f"{path}__{lookup}": values[0]})
    if kind == Kind.CHECK:
        return lambda path: Q(**{path: values[0]})
    chosen = [asked.user_id if value == ME and kind == Kind.PERSON else value for value in values]
    known = [value for value in chosen if value is not None]
    if len(known) == 1:
        return lambda path: Q(**{path: known[0]})
    return lambda path: Q(**{f"{path}__in": known})


def _filled(each: Property, path: str) -> Q:
    if each.kind in {Kind.TEXT, Kind.CHOICE}:
        return Q(**{f"{path}__gt": ""})
    return Q(**{f"{path}__isnull": False})


def _days_builder(each: Property, operator: Operator, values: Sequence[Any], asked: Asked) -> Build:
    days = days_asked(operator, values, asked.today)
    assert days is not None, operator
    first, last = days
    if each.is_text_day:
        return _between(first and first.isoformat(), last and last.isoformat())
    if each.kind == Kind.DATE:
        return _between(first, last)
    zone = ZoneInfo(asked.organization.time_zone)
    # A moment lies before the midnight that ends the last day.
    until = None if last is None or last == date.max else _midnight(last + timedelta(days=1), zone)
    return _between(first and _midnight(first, zone), until, last_lookup="lt")


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # The first and last days of the calendar have no moment in every zone; nothing was ever made then.
    return datetime.combine(min(max(day, date(2, 1, 1)), date(9998, 1, 1)), time.min, zone)


def _between(low: Any, high: Any, *, last_lookup: str = "lte") -> Build:
    def build(path: str) -> Q:
        if low is not None and low == high and last_lookup == "lte":
            return Q(**{path: low})
        found = Q() if low is None else Q(**{f"{path}__gte": low})
        return found if high is None else found & Q(**{f"{path}__{last_lookup}": high})

    return build


def _number_builder(each: Property, operator: Operator, values: Sequence[Decimal]) -> Build:
    low = high = values[0]
    if operator == O.BETWEEN:
        high = values[1]
    if each.is_whole:
        return _whole_builder(operator, low, high)
    lookup = {O.UNDER: "lt", O.AT_MOST: "lte", O.OVER: "gt", O.AT_LEAST: "gte"}.get(operator)
    if lookup:
        return lambda path: Q(**{f"{path}__{lookup}": low})
    return _between(low, high)


def _whole_builder(operator: Operator, low: Decimal, high: Decimal) -> Build:
    """The same over whole numbers, whose columns cannot be compared with 1.5."""
    floor, ceiling = int(low.to_integral_value(ROUND_FLOOR)), int(low.to_integral_value(ROUND_CEILING))
    if operator == O.UNDER:
        return lambda path: Q(**{f"{path}__lt": ceiling})
    if operator == O.AT_MOST:
        return lambda path: Q(**{f"{path}__lte": floor})
    if operator == O.OVER:
        return lambda path: Q(**{f"{path}__gt": floor})
    if operator == O.AT_LEAST:
        return lambda path: Q(**{f"{path}__gte": ceiling})
    last = int(high.to_integral_value(ROUND_FLOOR))
    if ceiling > last:
        return lambda path: Q(**{f"{path}__in": []})
    return _between(ceiling, last)


def _standing(operator: Operator, values: Sequence[str], asked: Asked) -> Wanted:
    """Documents that stand where one of the words says; the same law as `standing_of`."""
    if operator == O.FILLED:
        return Wanted(Q(status__in=InvoiceStatus.values), {})
    condition = Q(pk__in=[])
    aliases: dict[str, Any] = {}
    for value in values:
        condition |= STANDINGS[Standing(value)](asked)
        if value not in _WITHOUT_AMOUNTS:
            aliases |= {
                "x_open_now": sources.open_amount(asked.organization),
                "x_credited_now": sources.credited_or_nothing(asked.organization),
            }
    return Wanted(condition, aliases)


_INVOICE = Q(status=InvoiceStatus.FINALIZED, kind=InvoiceKind.INVOICE)
_WITHOUT_AMOUNTS = {Standing.DRAFT.value}
_IS_CREDITED = Q(x_credited_now__gte=F("payable_amount")) & ~Q(x_credited_now=0)
_IS_NOT_CREDITED = Q(x_credited_now__lt=F("payable_amount")) | Q(x_credited_now=0)
_IS_PARTLY_PAID = Q(x_open_now__lt=F("payable_amount") - F("x_credited_now"))


def _owing(asked: Asked) -> Q:
    balances = ReceivableBalance.objects.of(asked.organization).filter(receivable_id=OuterRef("receivable_id"))
    # Told twice, so that the partial index of what is open can be used.
    return _INVOICE & Q(Exists(balances.exclude(currency_amount=0).filter(currency_amount__gt=0)))


def _is_late(asked: Asked) -> Q:
    return Q(due_date__lt=asked.today)


def _is_in_time(asked: Asked) -> Q:
    return Q(due_date__gte=asked.today) | Q(due_date__isnull=True)


def _is_draft(_asked: Asked) -> Q:
    return Q(status=InvoiceStatus.DRAFT)


def _is_credited(_asked: Asked) -> Q:
    return _INVOICE & Q(x_open_now__isnull=False) & _IS_CREDITED


def _is_paid(_asked: Asked) -> Q:
    return _INVOICE & Q(x_open_now__lte=0) & _IS_NOT_CREDITED


def _is_overdue(asked: Asked) -> Q:
    return _owing(asked) & _is_late(asked) & _IS_NOT_CREDITED


def _is_part_paid(asked: Asked) -> Q:
    return _owing(asked) & _is_in_time(asked) & _IS_NOT_CREDITED & _IS_PARTLY_PAID


def _is_final(asked: Asked) -> Q:
    others = Q(status=InvoiceStatus.FINALIZED) & (~Q(kind=InvoiceKind.INVOICE) | Q(x_open_now__isnull=True))
    return others | (_owing(asked) & _is_in_time(asked) & _IS_NOT_CREDITED & ~_IS_PARTLY_PAID)


STANDINGS: dict[Standing, Callable[[Asked], Q]] = {
    Standing.DRAFT: _is_draft,
    Standing.CREDITED: _is_credited,
    Standing.PAID: _is_paid,
    Standing.OVERDUE: _is_overdue,
    Standing.PART_PAID: _is_part_paid,
    Standing.FINAL: _is_final,
}
