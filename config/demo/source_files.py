"""Files in which the demo companies' own systems tell of last month's work. Pure: the same month gives the same bytes.

- `bookings(clubs, month)`: the municipality's booking system, as LG04.
- `bookings_table(people, month)`: the same system's bookings of people and offices, as CSV.
- `hours(contracts, month)`: the consultancy's time system, as CSV.
- `visits(customers, month)`: the cleaning firm's planner, as CSV.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from billing_backlog.finance_files.records import (
    BasisCustomer,
    BasisFile,
    BasisHeader,
    BasisLine,
    BasisOrder,
    IdentifierKind,
)
from billing_backlog.finance_files.targets import TARGETS, TargetCode, write
from foundation.dates import month_end, public_holidays
from foundation.money import round_amount
from foundation.spreadsheets import defuse

SEED = 20261122
SATURDAY = 5
EXEMPT, STANDARD = "6", "3"  # standard tax codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """Whom a system knows as a customer."""

    number: int
    name: str
    organization_number: str = ""
    resource_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A contract line under which hours are written, and what is done there."""

    contract: str
    line: str
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    number: str
    name: str
    article: str
    price: Decimal


PLACES = (
    _Place("1102", "Idrettshall A, hel", "10", Decimal(450)),
    _Place("1103", "Idrettshall A, halv", "11", Decimal(250)),
    _Place("1120", "Gymsal Nordre skole", "12", Decimal(180)),
    _Place("1201", "Møterom Fjellet, rådhuset", "20", Decimal(220)),
)
CONSULTANTS = ("Ingrid Holt", "Jonas Berge", "Sara Vik", "Mats Lunde")
CLEANERS = ("Team Nord", "Team Havn", "Team Sentrum")
# Kind of visit, text, hours, and the price of an hour.
VISITS = (
    ("Fast renhold av kontor", Decimal("2.5"), Decimal(465)),
    ("Trappevask", Decimal("1.5"), Decimal(465)),
    ("Hovedrengjøring av kjøkken", Decimal(4), Decimal(520)),
)


def bookings(clubs: Sequence[Billed], month: date) -> bytes:
    """Halls and rooms that clubs had in a month: one order for each club and hall, extra cleaning on some."""
    chance = _chance(month, 1)
    orders = []
    for place, club in enumerate(club for club in clubs if club.organization_number):
        hall = PLACES[place % len(PLACES)]
        weekday, hour = chance.randrange(5), chance.choice((17, 18, 19, 20))
        lines = [_booking(hall, day, hour, chance.choice((1, 2, 2, 3))) for day in _weekdays(month, weekday)]
        if chance.random() < 0.3 and lines:
            lines.append(_extra_cleaning(hall, _weekdays(month, weekday)[-1]))
        if lines:
            orders.append(_order(f"{month:%y%m}{place + 1:04d}", club, tuple(lines), month))
    header = BasisHeader(
        system_code="BO41",
        system_name="BOOKING",
        client="FB",
        day=month_end(month),
        period=month,
        order_type="FS",
        payment_method="IP",
        voucher_type="FK",
    )
    return write(TARGETS[TargetCode.LG04], BasisFile(header=header, orders=tuple(orders))).data


def _booking(hall: _Place, day: date, hour: int, hours: int) -> BasisLine:
    return BasisLine(
        article=hall.article,
        text=hall.name,
        quantity=Decimal(hours),
        amount=round_amount(hall.price * hours),
        vat_amount=Decimal(0),
        vat_code=EXEMPT,
        dimensions=("410000", "38010", hall.number),
        texts=(f"{day:%d.%m.%Y} {hour}:00-{hour + hours}:00",),
    )


def _extra_cleaning(hall: _Place, day: date) -> BasisLine:
    return BasisLine(
        article="41",
        text="Ekstra vask etter arrangement",
        quantity=Decimal("1.5"),
        amount=Decimal("825.00"),
        vat_amount=Decimal("206.25"),
        vat_code=STANDARD,
        dimensions=("410000", "38010", hall.number),
        texts=(f"{day:%d.%m.%Y} {hall.name}",),
    )


def _order(number: str, club: Billed, lines: tuple[BasisLine, ...], month: date) -> BasisOrder:
    payer = BasisCustomer(kind=IdentifierKind.ORGANIZATION_NUMBER, identifier=club.organization_number)
    return BasisOrder(
        number=number,
        customer=payer,
        lines=lines,
        their_reference=f"K-{club.number}",
        head_text="Leie av kommunale bygg",
        user_identifier=club.organization_number,
        delivery_date=month_end(month),
        dimensions=("4101", "", "", "", "UTLEIE"),
    )


def bookings_table(people: Sequence[Billed], month: date) -> bytes:
    """Single bookings of people and of the municipality's own offices, weekends among them."""
    chance = _chance(month, 2)
    rows = []
    for place, person in enumerate(people, start=1):
        for count in range(chance.choice((0, 1, 1, 2))):
            hall = chance.choice(PLACES)
            day = month + timedelta(days=chance.randrange(month_end(month).day))
            hours = chance.choice((2, 3, 4))
            rows.append(
                (
                    f"R{month:%y%m}-{place:03d}{count}",
                    f"{day:%d.%m.%Y}",
                    person.number,
                    person.resource_number,
                    person.name,
                    hall.number,
                    f"{hall.name} {day:%d.%m.%Y}",
                    hours,
                    "timer",
                    _kroner(hall.price),
                    _kroner(hall.price * hours),
                    EXEMPT,
                )
            )
    header = ("Reservasjon", "Dato", "Kundenr", "Ressursnr", "Kundenavn", "Anlegg", "Tekst", "Antall", "Enhet")
    return _csv((*header, "Pris", "Beløp", "Mva-kode"), rows)


def hours(contracts: Sequence[Worked], month: date) -> bytes:
    """Hours of four consultants on every working day, approved, at the price of their contract."""
    chance = _chance(month, 3)
    rows: list[tuple[object, ...]] = []
    for day in _working_days(month):
        for place, consultant in enumerate(CONSULTANTS):
            left = Decimal("7.5")
            for number in range(chance.choice((1, 2, 2, 3)) if contracts else 0):
                worked = contracts[chance.randrange(len(contracts))]
                quantity = min(left, Decimal(chance.choice((2, 3, 4, 5, 6, 8, 10))) / 2)
                left -= quantity
                if quantity > 0:
                    entry = f"T{day:%y%m%d}-{place + 1}{number + 1}"
                    contract = f"{worked.contract} / {worked.line}"
                    task = chance.choice(worked.tasks)
                    rows.append(
                        (entry, day.isoformat(), consultant, contract, task, _hours(quantity), "Petra Prosjekt")
                    )
    header = ("Føring", "Dato", "Konsulent", "Kontrakt", "Aktivitet", "Timer", "Godkjent av")
    return _csv(header, rows)


def visits(customers: Sequence[Billed], month: date) -> bytes:
    """Visits that were done at each customer, every week or every second one."""
    chance = _chance(month, 4)
    rows: list[tuple[object, ...]] = []
    for place, customer in enumerate(customers, start=1):
        text, quantity, price = VISITS[place % len(VISITS)]
        days = [day for day in _weekdays(month, place % 5) if day in set(_working_days(month))]
        for number, day in enumerate(days[:: chance.choice((1, 1, 2))], start=1):
            rows.append(
                (
                    f"B{month:%y%m}-{place:03d}",
                    number,
                    f"{day:%d.%m.%Y}",
                    customer.number,
                    customer.name,
                    f"{text} {day:%d.%m.%Y}",
                    _hours(quantity),
                    "timer",
                    _kroner(price),
                    _kroner(price * quantity),
                    chance.choice(CLEANERS),
                )
            )
    header = (
        "Besøk",
        "Linje",
        "Dato",
        "Kundenr",
        "Kundenavn",
        "Tekst",
        "Antall",
        "Enhet",
        "Pris",
        "Beløp",
        "Utført av",
    )
    return _csv(header, rows)


def _chance(month: date, number: int) -> Random:
    return Random(f"{SEED} {month:%Y-%m} {number}")  # noqa: S311 - the same each time


def _weekdays(month: date, weekday: int) -> list[date]:
    """Every such weekday of the month that is no holiday."""
    free = public_holidays("NO", month.year)
    return [day for day in _days(month) if day.weekday() == weekday and day not in free]


def _working_days(month: date) -> list[date]:
    free = public_holidays("NO", month.year)
    return [day for day in _days(month) if day.weekday() < SATURDAY and day not in free]


def _days(month: date) -> Iterator[date]:
    for number in range(month_end(month).day):
        yield month.replace(day=1) + timedelta(days=number)


def _kroner(amount: Decimal) -> str:
    return f"{round_amount(amount):f}".replace(".", ",")


def _hours(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}".replace(".", ",")


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """As Nordic spreadsheets read it: semicolons, decimal commas, and a mark that says UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([defuse(str(cell)) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
