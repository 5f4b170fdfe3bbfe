"""When a sale is invoiced and dated: bokføringsforskriften §§ 5-1-3 and 5-2-2 to 5-2-6.

Dates that § 5-1-3 forbids are refused elsewhere; what is late or ahead is told here and never blocks: the sale must be
invoiced all the same. Pure: the day is passed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from foundation.dates import PeriodLength, add_months, month_end, period_of, working_day_of_month
from foundation.templatetags.formatting import format_day, language_of_page
from invoicing.documents.facts import DocumentBody, Line

BACK_DATING_WORKING_DAYS = 15
COLLECTIVE_WORKING_DAYS = 15
AHEAD_MONTHS_MAX = 12
COUNTRY = "NO"  # the regulation is Norwegian; other countries' terms are not known here
# Units of what a meter counts: power, heat, gas and water. Hours are not metered consumption (§ 5-2-5).
METERED_UNITS = frozenset({"KWH", "MWH", "WHR", "MTQ", "GV", "MQS"})


@dataclass(frozen=True, slots=True)
class LawfulDate:
    """A date that a document may carry, and the last day on which it may."""

    day: date
    until: date


@dataclass(frozen=True, slots=True)
class DatingWarning:
    """One thing about the time of invoicing that the regulation wants otherwise: its paragraph, the field, words."""

    rule: str
    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Sold:
    """What one line sells, and when it is delivered: on a day or through a period."""

    field: str
    first: date
    last: date
    is_running: bool
    is_metered: bool


def lawful_dates(today: date, deliveries: Iterable[date], country: str) -> list[LawfulDate]:
    """Today, and the end of last month within its first fifteen working days when all was delivered by then.

    bokføringsforskriften § 5-1-3, third paragraph.
    """
    dates = [LawfulDate(today, today)]
    month_before = today.replace(day=1) - timedelta(days=1)
    until = working_day_of_month(today, BACK_DATING_WORKING_DAYS, country)
    if today <= until and all(day <= month_before for day in deliveries):
        dates.append(LawfulDate(month_before, until))
    return dates


def deliveries_of(body: DocumentBody) -> list[date]:
    """Every day on which something on the document was delivered, periods by their last."""
    days = [body.delivery.day, body.delivery.period_to]
    for line in body.lines:
        days += [line.delivery_day, line.period_to]
    return [day for day in days if day is not None]


def dating_warnings(body: DocumentBody, today: date) -> list[DatingWarning]:
    """What is invoiced later or earlier than the regulation wants, one sentence for each paragraph."""
    if body.kind != "invoice" or body.seller.address.country != COUNTRY:
        return []
    sold = [_sold(body, line) for line in body.lines]
    known = [item for item in sold if item is not None]
    return [*_late(known, today), *_ahead(known, today)]


def _sold(body: DocumentBody, line: Line) -> _Sold | None:
    has_own = bool(line.delivery_day or line.period_to)
    dated_by = line.delivery_day if has_own else body.delivery.day
    period_from = line.period_from if has_own else body.delivery.period_from
    period_to = line.period_to if has_own else body.delivery.period_to
    place = f"lines.{line.id}." if has_own else ""
    if dated_by is not None:
        return _Sold(f"{place}delivery_date", dated_by, dated_by, is_running=False, is_metered=False)
    if period_to is None:
        return None
    is_metered = line.unit_code in METERED_UNITS
    return _Sold(f"{place}period_to", period_from or period_to, period_to, is_running=True, is_metered=is_metered)


def _late(sold: list[_Sold], today: date) -> Iterator[DatingWarning]:
    """The earliest missed term of each paragraph."""
    missed: dict[str, tuple[date, _Sold]] = {}
    days = {item.first for item in sold if not item.is_running}
    for item in sold:
        rule, last = _term(item, days)
        if today > last and (rule not in missed or last < missed[rule][0]):
            missed[rule] = (last, item)
    for rule in sorted(missed):
        last, item = missed[rule]
        yield DatingWarning(rule, item.field, _sentence(rule, item, last))


def _term(item: _Sold, days: set[date]) -> tuple[str, date]:
    """The paragraph that a delivery falls under, and the last day on which it is invoiced in time."""
    if item.is_metered:
        # § 5-2-5: a year of consumption at most, invoiced as soon as it is read.
        return "§ 5-2-5", add_months(min(item.last, add_months(item.first, 12) - timedelta(days=1)), 1)
    if item.is_running:
        # § 5-2-4: a month after the VAT term in which the earliest part was delivered.
        return "§ 5-2-4", month_end(add_months(period_of(item.first, PeriodLength.TWO_MONTHS).last, 1))
    month_later = add_months(item.first, 1)
    if any(day != item.first and month_end(day) == month_end(item.first) for day in days):
        # § 5-2-3: several deliveries of a month on one invoice, which may wait for the month's end.
        next_month = month_end(item.first) + timedelta(days=1)
        collective = working_day_of_month(next_month, COLLECTIVE_WORKING_DAYS, COUNTRY)
        if collective >= month_later:
            return "§ 5-2-3", collective
    return "§ 5-2-2", month_later


def _sentence(rule: str, item: _Sold, last: date) -> str:
    facts = {"first": _day(item.first), "last": _day(last)}
    sentences = {
        "§ 5-2-2": _("Delivered %(first)s: the invoice was due within a month, by %(last)s. Send it without delay."),
        "§ 5-2-3": _(
            "Deliveries of a whole month are invoiced within fifteen working days of the next, here by %(last)s."
        ),
        "§ 5-2-4": _(
            "Running services are invoiced within a month after the VAT term: what began %(first)s by %(last)s."
        ),
        "§ 5-2-5": _(
            "Metered consumption is invoiced at least once a year: what began %(first)s by %(last)s, read or estimated."
        ),
    }
    return sentences[rule] % facts


def _ahead(sold: list[_Sold], today: date) -> Iterator[DatingWarning]:
    """§ 5-2-6: what is delivered after the day of issue, which only some kinds of sale may be invoiced for."""
    ahead = [item for item in sold if item.last > today]
    if not ahead:
        return
    furthest = max(ahead, key=lambda item: item.last)
    if furthest.last > add_months(today, AHEAD_MONTHS_MAX):
        sentence = _("Delivery lasts until %(day)s. No sale is invoiced more than a year ahead. Split it into years.")
    else:
        sentence = _(
            "Delivery lasts until %(day)s, after the invoice date. Only passenger transport, serving, subscriptions, "
            "rent, fees and admission may be invoiced ahead. Otherwise wait for the delivery."
        )
    yield DatingWarning("§ 5-2-6", furthest.field, sentence % {"day": _day(furthest.last)})


def _day(day: date) -> str:
    return format_day(day, language_of_page())
