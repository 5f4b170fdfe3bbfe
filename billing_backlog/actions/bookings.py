"""Booking facilities: each billable use becomes an item at once, priced by the list of its own day (M-155, M-156)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions import booked_items
from billing_backlog.actions.booking_prices import price_booking
from billing_backlog.booking_terms import SERIES_MAX, BookingTerms
from billing_backlog.booking_times import meet, minutes_between, quantity_of, weekly_days
from billing_backlog.errors import BookedAlready, BookingIsCancelled, ItemIsUnclear, StaleRecord
from billing_backlog.models import Booking, Facility, PayerChoice
from billing_backlog.price_lists import HOUR, UNITS, NoPrice, PriceRule
from billing_backlog.queries.booking_prices import prices_on
from billing_backlog.queries.bookings import bookings_on, known_booking, lock_bookings
from billing_backlog.queries.facilities import lock_facility
from customers.models import Customer, CustomerKind
from foundation import rows
from foundation.ids import uuid7
from foundation.templatetags.formatting import format_day, language_of_page
from tenants import audit
from tenants.audit import Actor
from tenants.models import Organization

WRITTEN = (
    "facility", "customer", "payer", "payer_choice", "payer_chosen_by", "payer_chosen_at", "target_group", "day",
    "starts_at", "ends_at", "text", "quantity", "unit_code", "price_row", "rule_price", "price_rule", "unit_price",
    "price_includes_vat", "price_reason", "amount", "is_billable", "free_reason", "item", "contact_email", "note",
    "version",
)  # fmt: skip
TOLD = (
    "facility", "customer", "payer", "payer_choice", "target_group", "day", "starts_at", "ends_at", "text", "quantity",
    "unit_code", "unit_price", "price_reason", "is_billable", "free_reason", "contact_email", "note",
)  # fmt: skip
NOT_BILLED = {"contact_email", "note"}  # what documents say nothing of


@transaction.atomic
def book(organization: Organization, terms: BookingTerms, *, actor: Actor, now: datetime) -> list[Booking]:
    """Book a facility on one day, or weekly until a day: all days or none; the same thing told twice is one booking.

    Each day has the price of its own day, so that a price that changes inside a series needs nobody's hand.
    """
    facility = lock_facility(organization, terms.facility.pk)
    if terms.source is not None:
        before = known_booking(organization, terms.source.system, terms.source.order, terms.source.line)
        if before is not None:
            return [before]
    days = weekly_days(terms.day, terms.until, terms.without)
    _refuse_senseless(terms, days)
    if facility.archived_at is not None:
        raise ItemIsUnclear(_("%(facility)s is out of use.") % {"facility": facility}, field="facility")
    _refuse_meeting(organization, facility, terms, days)
    prices = prices_on(organization, facility, terms.target_group, terms.unit_code, days)
    series = uuid7() if len(days) > 1 else None
    bookings = [_composed(organization, terms, facility, day, price=prices[day], actor=actor, now=now) for day in days]
    for booking in bookings:
        booking.series = series
    rows.insert(organization.pk, bookings)
    booked_items.take(organization, bookings, actor=actor, now=now)
    audit.record_each(actor, "booking.made", [(booking, _facts(booking)) for booking in bookings], now=now)
    return bookings


@transaction.atomic
def update_booking(
    organization: Organization, booking_id: UUID, terms: BookingTerms, *, version: int, actor: Actor, now: datetime
) -> Booking:
    """Say one booking anew; its item follows as long as no document names it, and is refused with the way out after."""
    facility = lock_facility(organization, terms.facility.pk)
    [booking] = lock_bookings(organization, [booking_id])
    if booking.is_cancelled:
        raise BookingIsCancelled(_("The booking is cancelled. Book anew instead."))
    if booking.version != version:
        raise StaleRecord(
            _("%(name)s was changed by somebody else meanwhile. Look at the page again, then save.") % {"name": booking}
        )
    _refuse_senseless(terms, [terms.day])
    _refuse_meeting(organization, facility, terms, [terms.day], without=booking.pk)
    prices = prices_on(organization, facility, terms.target_group, terms.unit_code, [terms.day])
    after = _composed(organization, terms, facility, terms.day, price=prices[terms.day], actor=actor, now=now)
    if after.payer_choice == booking.payer_choice and after.payer_id == booking.payer_id:
        after.payer_chosen_by, after.payer_chosen_at = booking.payer_chosen_by, booking.payer_chosen_at
    changes = audit.changes(
        {name: getattr(booking, name) for name in TOLD}, {name: getattr(after, name) for name in TOLD}
    )
    item = booking.item
    for name in WRITTEN:
        setattr(booking, name, getattr(after, name))
    booking.item, booking.version = item, version + 1
    if changes.keys() - NOT_BILLED:
        booked_items.correct(organization, booking, actor=actor, now=now)
    if changes:
        audit.record(actor, "booking.changed", booking, changes=changes)
    rows.update(organization.pk, [booking], WRITTEN)
    return booking


def _refuse_senseless(terms: BookingTerms, days: Sequence[date]) -> None:
    if not days or (terms.until is not None and terms.until < terms.day):
        raise ItemIsUnclear(_("The series ends before it begins, or every day is left out."), field="until")
    if len(days) > SERIES_MAX:
        raise ItemIsUnclear(_("A series has at most %(most)s days.") % {"most": SERIES_MAX}, field="until")
    if terms.source is not None and len(days) > 1:
        raise ItemIsUnclear(_("What another system tells of is one booking at a time."), field="until")
    if terms.unit_code not in UNITS:
        raise ItemIsUnclear(_("Choose hours, days or single uses."), field="unit_code")
    if (terms.starts_at is None) != (terms.ends_at is None):
        raise ItemIsUnclear(_("Give both times, or none."), field="ends_at")
    if terms.starts_at is None and terms.unit_code == HOUR:
        raise ItemIsUnclear(_("Hours are billed by the times. Write from when to when."), field="starts_at")
    if terms.starts_at is not None and minutes_between(terms.starts_at, terms.ends_at or time(0)) <= 0:
        raise ItemIsUnclear(_("It ends before it begins. A night is two bookings, one for each day."), field="ends_at")


def _refuse_meeting(
    organization: Organization,
    facility: Facility,
    terms: BookingTerms,
    days: Sequence[date],
    *,
    without: UUID | None = None,
) -> None:
    """Warn where the facility takes one at a time; halls that are let in parts take several, and the warning yields."""
    if not facility.takes_one_at_a_time or terms.meets_others:
        return
    times = (terms.starts_at, terms.ends_at)
    for other in bookings_on(organization, facility.pk, days, without=without):
        if meet(times, (other.starts_at, other.ends_at)):
            raise BookedAlready(
                _("%(customer)s has booked %(facility)s at that time on %(day)s. Choose another time, or book anyway.")
                % {
                    "customer": other.customer.name,
                    "facility": facility,
                    "day": format_day(other.day, language_of_page()),
                },
                field="meets_others",
            )


def _composed(
    organization: Organization,
    terms: BookingTerms,
    facility: Facility,
    day: date,
    *,
    price: PriceRule | NoPrice,
    actor: Actor,
    now: datetime,
) -> Booking:
    """One booking with its payer and its price; nothing is stored."""
    payer = _payer_of(terms)
    is_own = terms.payer_choice == PayerChoice.USER
    booking = Booking(
        organization=organization,
        facility=facility,
        customer=terms.customer,
        payer=payer,
        payer_choice=terms.payer_choice,
        payer_chosen_by="" if is_own else actor.name[:120],
        payer_chosen_at=None if is_own else now,
        target_group=terms.target_group,
        day=day,
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
        text=terms.text.strip()[:200],
        quantity=quantity_of(terms.unit_code, terms.starts_at, terms.ends_at),
        unit_code=terms.unit_code,
        contact_email=terms.contact_email,
        note=terms.note.strip()[:500],
        source_system=terms.source.system if terms.source else "",
        source_order=terms.source.order if terms.source else "",
        source_line=terms.source.line if terms.source else "",
        created_at=now,
    )
    price_booking(booking, terms, price)
    return booking


def _payer_of(terms: BookingTerms) -> Customer:
    """Who pays (M-159): the user, another organization by its number, or a person in whose name it is billed."""
    payer = terms.customer if terms.payer_choice == PayerChoice.USER else terms.payer
    if payer is None:
        raise ItemIsUnclear(_("Say who pays."), field="payer")
    if terms.payer_choice == PayerChoice.PERSON and payer.kind != CustomerKind.CONSUMER:
        raise ItemIsUnclear(
            _("%(name)s is no person. Choose a customer of the kind consumer.") % {"name": payer.name}, field="payer"
        )
    if terms.payer_choice == PayerChoice.ORGANIZATION and payer.kind == CustomerKind.CONSUMER:
        raise ItemIsUnclear(
            _("%(name)s is a person. Choose “A person” as the payer, or an organization.") % {"name": payer.name},
            field="payer",
        )
    for named in (terms.customer, payer):
        if named.is_archived or named.is_erased:
            raise ItemIsUnclear(
                _("%(name)s is out of use. Take the customer into use again, or choose another.")
                % {"name": named.name},
                field="customer" if named is terms.customer else "payer",
            )
    return payer


def _facts(booking: Booking) -> Mapping[str, Any]:
    said = {"facility": str(booking.facility), "amount": str(booking.amount)}
    if not booking.is_billable:
        said["reason"] = booking.free_reason
    elif booking.price_reason:
        said["reason"] = booking.price_reason
    if booking.payer_choice != PayerChoice.USER:
        said["payer"] = booking.payer.name
    return said
