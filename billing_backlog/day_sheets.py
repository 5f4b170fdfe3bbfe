"""Day sheets: what each worker does on a day, in the order of the day, with the numbers that customers are known by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from django.utils.translation import gettext as _

from billing_backlog.models import Visit
from customers.models import Customer
from customers.units import unit_word
from foundation.alphabet import sort_key
from foundation.templatetags.formatting import format_quantity


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit on a sheet."""

    time: str
    customer_number: str  # by which a customer is billed by hand where no system is linked (M-134)
    customer: str
    place: str
    what: str
    note: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class DaySheet:
    """What one worker does on a day."""

    worker: str
    day: date
    stops: tuple[Stop, ...]


def day_sheets(visits: Iterable[Visit], day: date, language: str) -> list[DaySheet]:
    """A sheet for each worker of the day, by name; what nobody is set to comes last. Cancelled visits are left out."""
    of_worker: dict[str, list[Visit]] = {}
    for visit in visits:
        if not visit.is_cancelled:
            of_worker.setdefault(visit.worker_name, []).append(visit)
    names = sorted(of_worker, key=lambda name: (not name, sort_key(name, language)))
    return [
        DaySheet(
            worker=name or _("Nobody yet"),
            day=day,
            stops=tuple(_stop(visit, language) for visit in sorted(of_worker[name], key=_by_time)),
        )
        for name in names
    ]


def _by_time(visit: Visit) -> tuple[time, str, str]:
    return visit.starts_at or time.max, visit.customer.name, str(visit.pk)


def _stop(visit: Visit, language: str) -> Stop:
    quantity = f"{format_quantity(visit.quantity, language)} {unit_word(visit.unit_code, visit.quantity, language)}"
    return Stop(
        time="–".join(f"{each:%H:%M}" for each in (visit.starts_at, visit.ends_at) if each),
        customer_number=str(visit.customer.number),
        customer=visit.customer.name,
        place=visit.place or address_of(visit.customer),
        what=f"{visit.text} ({quantity})",
        note=visit.note,
        is_done=visit.is_done,
    )


def address_of(customer: Customer) -> str:
    """Where the customer is, on one line."""
    town = f"{customer.postal_code} {customer.city}".strip()
    return ", ".join(part for part in (customer.street, customer.street_2, town) if part)
