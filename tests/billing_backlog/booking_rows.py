"""A hall with a price list, and bookings of it, for tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing_backlog.actions import bookings, price_lists
from billing_backlog.booking_terms import BookingTerms
from billing_backlog.intake.plain import Source
from billing_backlog.models import Booking, Facility, PriceList, TargetGroup
from billing_backlog.price_terms import ListWords, PriceCell
from customers.models import Customer
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import Organization, User
from tests import builders

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = NOW.date()


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall with prices for children and adults, and a club that uses it."""

    organization: Organization
    facility: Facility
    children: TargetGroup
    adults: TargetGroup
    prices: PriceList
    club: Customer

    def terms(self, **changes: Any) -> BookingTerms:
        """Adults for two hours on a Wednesday."""
        usual = BookingTerms(
            facility=self.facility,
            customer=self.club,
            target_group=self.adults,
            day=date(2026, 11, 4),
            starts_at=time(18),
            ends_at=time(20),
            text="Trening",
        )
        return replace(usual, **changes)

    def book(self, actor: Actor | None = None, **changes: Any) -> list[Booking]:
        """What the action books."""
        with organization_context(self.organization.pk):
            return bookings.book(self.organization, self.terms(**changes), actor=actor or self.actor, now=NOW)

    @property
    def actor(self) -> Actor:
        """Somebody of the set-up."""
        return builders.actor_of(self.organization)


def make_hall(organization: Organization, *, case_worker: User | None = None, **changes: Any) -> Hall:
    """The hall: adults 300.00 and children 50.00 an hour."""
    club = builders.make_customer(organization, name="Fjellklang Kor", email="kor@fjellklang.example")
    actor = builders.actor_of(organization)
    with builders.in_organization(organization):
        facility = Facility.objects.create(
            organization=organization,
            number="31",
            name="Solhallen",
            group="Haller",
            case_worker=case_worker,
            **changes,
        )
    with organization_context(organization.pk):
        children = price_lists.create_target_group(organization, "Barn og unge", actor=actor)
        adults = price_lists.create_target_group(organization, "Voksne", actor=actor)
        words = ListWords(name="Leie 2026", valid_from=date(2026, 1, 1), valid_through=None)
        cells = [cell(facility, adults, "300"), cell(facility, children, "50")]
        prices = price_lists.create_price_list(organization, words, cells, actor=actor)
    return Hall(organization, facility, children, adults, prices, club)


def cell(facility: Facility, group: TargetGroup, price: str, unit: str = "HUR") -> PriceCell:
    """The price of a facility for one target group."""
    return PriceCell(
        facility=facility,
        facility_group="",
        target_group_id=group.pk,
        unit_code=unit,
        unit_price=Decimal(price),
        price_includes_vat=False,
    )


def booking_things(organization: Organization) -> dict[str, UUID]:
    """The ids of a booking, a price list and a target group, for tests that open every address."""
    hall = make_hall(organization)
    [booking] = hall.book(source=Source("bookingsystem", "4711", "1"))
    return {"booking": booking.pk, "price_list": hall.prices.pk, "target_group": hall.children.pk}
