"""Facilities are booked by price list and target group, and what is billable is rehearsed by runs at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing_backlog.actions import bookings, price_lists
from billing_backlog.errors import (
    BookedAlready,
    ItemIsUnclear,
    NoPriceFound,
    PriceNeedsReason,
    StaleRecord,
    StandsOnDocument,
)
from billing_backlog.intake.plain import Source
from billing_backlog.models import BacklogItem, Booking, PayerChoice, PriceList, PriceListRow
from billing_backlog.price_terms import ListWords, PriceCell
from billing_backlog.queries.bookings import BookingSearch, became_of, find_bookings, totals_of
from billing_backlog.queries.rehearsing import rehearse_run
from foundation.errors import DomainError
from tenants.audit import Actor
from tenants.context import organization_context
from tenants.models import AuditEntry, Organization, User
from tests.billing_backlog.booking_rows import NOW, TODAY, cell, make_hall
from tests.billing_backlog.test_run_billing import UNTIL, new_run
from tests.builders import finalize_drafts, in_organization, make_customer, make_proformas_of

pytestmark = pytest.mark.django_db


def test_m_155_a_series_takes_the_price_of_each_day_and_runs_rehearse_it(
    organization: Organization, case_worker: User
) -> None:
    hall = make_hall(organization)
    with organization_context(organization.pk):
        words = ListWords(name="Leie 2027", valid_from=date(2026, 11, 15), valid_through=None)
        price_lists.copy_price_list(organization, hall.prices.pk, words, percent=Decimal("3.5"), actor=hall.actor)
    booked = hall.book(until=date(2026, 11, 30), without=(date(2026, 11, 11),))

    assert [(each.day.day, each.unit_price, each.price_rule) for each in booked] == [
        (4, Decimal(300), "Leie 2026, Voksne"),
        (18, Decimal("310.50"), "Leie 2027, Voksne"),
        (25, Decimal("310.50"), "Leie 2027, Voksne"),
    ]
    run = new_run(organization, case_worker)
    with in_organization(organization):
        rehearsed = rehearse_run(organization, run)
        found = find_bookings(organization, BookingSearch(facility_id=hall.facility.pk, last=UNTIL), today=TODAY)
        assert totals_of(found) == (3, Decimal("1842.00"))
        states = {key: became.state for key, became in became_of(organization, booked, today=TODAY).items()}
    assert [(row.quantity, row.amount) for row in rehearsed.rows] == [
        (Decimal(2), Decimal(600)),
        (Decimal(2), Decimal(621)),
        (Decimal(2), Decimal(621)),
    ]
    assert rehearsed.rows[0].text == "Solhallen 04.11.2026 18:00–20:00, Trening"
    assert list(states.values()) == ["ready", "ready", "planned"]


def test_m_155_another_price_and_m_156_a_free_use_need_a_written_reason(organization: Organization) -> None:
    hall = make_hall(organization)
    for changes, refusal, field in (
        ({"unit_price": Decimal(100)}, PriceNeedsReason, "price_reason"),
        ({"is_billable": False}, ItemIsUnclear, "free_reason"),
        ({"unit_code": "DAY"}, NoPriceFound, "unit_code"),
        ({"day": date(2025, 11, 4)}, NoPriceFound, "day"),
        ({"ends_at": time(17)}, ItemIsUnclear, "ends_at"),
        ({"day": date(2025, 11, 4), "unit_price": Decimal(10)}, PriceNeedsReason, "price_reason"),
    ):
        with pytest.raises(refusal) as refused:
            hall.book(**changes)
        assert refused.value.field == field
    with in_organization(organization):
        assert not Booking.objects.exists()

    [cheap] = hall.book(unit_price=Decimal(100), price_reason="Dugnad på taket")
    [free] = hall.book(is_billable=False, free_reason="17. mai-komiteen")
    assert cheap.item is not None
    assert free.item is None
    assert (cheap.item.unit_price, cheap.item.rule_price, cheap.item.price_reason) == (100, 300, "Dugnad på taket")
    assert [free.amount, free.unit_price] == [0, 300]
    with in_organization(organization):
        states = became_of(organization, [free], today=TODAY)
        assert states[free.pk].state == "free"
        with pytest.raises(DatabaseError, match="another_booking_price_has_a_reason"), transaction.atomic():
            Booking.objects.filter(pk=cheap.pk).update(price_reason="")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Booking.objects.filter(pk=free.pk).delete()


def test_m_156_a_facility_that_is_not_billed_makes_free_bookings(organization: Organization) -> None:
    hall = make_hall(organization, is_billable=False)
    [booking] = hall.book()
    assert (booking.is_billable, booking.item, booking.free_reason) == (
        False,
        None,
        "The use of 31 Solhallen is not billed",
    )


def test_m_159_a_club_is_billed_by_its_number_or_through_a_person(
    organization: Organization, case_worker: User
) -> None:
    hall = make_hall(organization)
    person = make_customer(organization, kind="consumer", organization_number="", name="Kari Nordmann")
    council = make_customer(organization, name="Idrettsrådet")
    actor = Actor.person(case_worker)
    for choice, payer in (
        (PayerChoice.PERSON, council),
        (PayerChoice.ORGANIZATION, person),
        (PayerChoice.PERSON, None),
    ):
        with pytest.raises(ItemIsUnclear) as refused:
            hall.book(actor, payer_choice=choice, payer=payer)
        assert refused.value.field == "payer"

    [own] = hall.book(actor)
    [personal] = hall.book(actor, payer_choice=PayerChoice.PERSON, payer=person)
    [paid] = hall.book(actor, payer_choice=PayerChoice.ORGANIZATION, payer=council)
    assert [each.payer.name for each in (own, personal, paid)] == ["Fjellklang Kor", "Kari Nordmann", "Idrettsrådet"]
    assert [each.payer_chosen_by for each in (own, personal, paid)] == ["", str(case_worker), str(case_worker)]
    assert personal.payer_chosen_at == NOW
    assert personal.item is not None
    assert (personal.item.customer_id, personal.item.text[-16:]) == (person.pk, ", Fjellklang Kor")


def test_a_booking_is_changed_until_a_document_names_it(organization: Organization) -> None:
    """The list shows all, then only what is not invoiced (M-137)."""
    hall = make_hall(organization)
    [booking] = hall.book(day=date(2026, 11, 4))
    item = booking.item
    assert item is not None

    def change(**changes: object) -> Booking:
        with in_organization(organization):
            version = Booking.objects.get(pk=booking.pk).version
        with organization_context(organization.pk):
            return bookings.update_booking(
                organization, booking.pk, hall.terms(**changes), version=version, actor=hall.actor, now=NOW
            )

    def stored() -> BacklogItem:
        with in_organization(organization):
            return BacklogItem.objects.get(pk=item.pk)

    change(ends_at=time(21))
    assert [stored().quantity, stored().amount, stored().is_ready] == [3, 900, True]
    assert change(is_billable=False, free_reason="Øvelse").item is None
    assert stored().is_cancelled
    again = change(ends_at=time(21)).item
    assert again is not None
    assert again.pk != item.pk
    with organization_context(organization.pk), pytest.raises(StaleRecord):
        bookings.update_booking(organization, booking.pk, hall.terms(), version=1, actor=hall.actor, now=NOW)

    [draft] = make_proformas_of(organization, [again])
    with pytest.raises(StandsOnDocument, match="Take its line off the draft"):
        change(ends_at=time(22))
    [invoice] = finalize_drafts(organization, [draft.invoice_id])
    with pytest.raises(StandsOnDocument, match="Cancel it, which credits"):
        change(ends_at=time(22))
    assert change(ends_at=time(21), note="Nøkkel hos vaktmester").note
    with in_organization(organization):
        [kept] = find_bookings(organization, BookingSearch(state="invoiced"), today=TODAY)
        became = became_of(organization, [kept], today=TODAY)[kept.pk]
        assert (became.state, became.documents) == ("invoiced", ((invoice.pk, invoice.number),))
        assert not find_bookings(organization, BookingSearch(state="open"), today=TODAY).exists()
        verbs = set(AuditEntry.objects.filter(subject_id=booking.pk).values_list("verb", flat=True))
    assert verbs == {"booking.made", "booking.changed"}


def test_the_same_thing_told_twice_is_one_booking_and_a_hall_for_one_warns(organization: Organization) -> None:
    hall = make_hall(organization, takes_one_at_a_time=True)
    source = Source("bookingsystem", "4711", "1")
    assert hall.book(source=source)[0].pk == hall.book(source=source)[0].pk
    with pytest.raises(BookedAlready, match="Fjellklang Kor has booked 31 Solhallen at that time on 4"):
        hall.book(starts_at=time(19), ends_at=time(21))
    assert hall.book(starts_at=time(20), ends_at=time(21))
    assert hall.book(starts_at=time(19), ends_at=time(21), meets_others=True)


def test_a_price_list_is_changed_but_keeps_what_bookings_name(organization: Organization) -> None:
    hall = make_hall(organization)
    [booking] = hall.book()
    words = ListWords(name="Leie 2026", valid_from=date(2026, 1, 1), valid_through=None)

    def write(*cells: PriceCell, version: int) -> None:
        with organization_context(organization.pk):
            price_lists.update_price_list(organization, hall.prices.pk, words, cells, version=version, actor=hall.actor)

    for cells, version in (
        ([cell(hall.facility, hall.children, "60")], 1),  # a booking names the other
        ([cell(hall.facility, hall.adults, "1"), cell(hall.facility, hall.adults, "2")], 1),
        ([cell(hall.facility, hall.adults, "1")], 9),
    ):
        with pytest.raises(DomainError):
            write(*cells, version=version)
    write(cell(hall.facility, hall.adults, "320"), version=1)
    [dearer] = hall.book()
    with in_organization(organization):
        kept = Booking.objects.get(pk=booking.pk)
        assert [kept.unit_price, dearer.unit_price, hall.prices.rows.count()] == [300, 320, 1]


def test_a_case_worker_books_on_the_page_which_shows_the_price_while_it_is_written(
    organization: Organization, client_of: Callable[[Any], Client], case_worker: User, auditor: User, stranger: User
) -> None:
    """The list is sorted by price, the highest first (M-138)."""
    hall = make_hall(organization)
    browser, slug = client_of(case_worker), organization.slug
    told = {
        "facility": str(hall.facility.pk),
        "target_group": str(hall.adults.pk),
        "customer": str(hall.club.number),
        "day": "2026-11-04",
        "starts_at": "18:00",
        "ends_at": "20:00",
        "unit_code": "HUR",
        "payer_choice": "user",
    }

    def address(name: str, *args: object) -> str:
        return reverse(f"billing_backlog:{name}", args=[slug, *args])

    priced = browser.get(address("price_booking"), told).content.decode()
    assert ("Leie 2026, Voksne" in priced, "price_reason" in priced) == (True, False)
    assert "price_reason" in browser.get(address("price_booking"), {**told, "unit_price": "100"}).content.decode()
    refused = browser.post(address("create_booking"), {**told, "unit_price": "100"})
    assert (refused.status_code, "price_reason" in refused.context["form"].errors) == (422, True)

    made = browser.post(address("create_booking"), {**told, "until": "2026-11-18", "without": "11.11.2026"})
    assert made.status_code == 302
    with in_organization(organization):
        first, second = Booking.objects.order_by("day")
    assert (first.day, second.day, first.series == second.series) == (date(2026, 11, 4), date(2026, 11, 18), True)
    changed = {**told, "version": "1", "unit_price": "250", "price_reason": "Dugnad"}
    assert browser.post(address("update_booking", first.pk), changed).status_code == 302
    cancelled = browser.post(address("cancel_booking", first.pk), {"reason": "Vannlekkasje", "with_later": "on"})
    assert cancelled.status_code == 302
    page = browser.get(address("show_booking", first.pk)).content.decode()
    assert "Vannlekkasje" in page
    assert "kor@fjellklang.example" in page

    reader = client_of(auditor)
    dearest = [hall.book(day=date(2026, 11, 20), ends_at=time(hour))[0].pk for hour in (20, 23, 21)]
    with CaptureQueriesContext(connection) as asked:
        listed = reader.get(address("list_bookings"), {"state": "open", "sort": "price", "last": "2026-11-30"})
    assert [booking.pk for booking, _became in listed.context["rows"]] == [dearest[1], dearest[2], dearest[0]]  # M-138
    assert listed.context["amount"] == Decimal(3000)
    assert len(asked) < 30
    for name in ("create_booking", "price_booking"):
        assert reader.get(address(name)).status_code == 403
    assert client_of(stranger).get(address("show_booking", first.pk)).status_code == 404


def test_prices_are_written_in_a_grid_and_copied_to_a_new_period(
    organization: Organization, client_of: Callable[[Any], Client], owner: User
) -> None:
    hall = make_hall(organization)
    browser, adults, children = client_of(owner), hall.adults.pk, hall.children.pk

    def address(name: str) -> str:
        return reverse(f"billing_backlog:{name}", args=[organization.slug, hall.prices.pk])

    grid = {
        "name": "Leie 2026", "valid_from": "2026-01-01", "version": "1", "lines": "2",
        "r0-place": f"f:{hall.facility.pk}", "r0-unit": "HUR", f"r0-price-{adults}": "310",
        "r1-place": "g:Haller", "r1-unit": "DAY", "r1-includes_vat": "on", f"r1-price-{children}": "1500",
    }  # fmt: skip
    assert browser.post(address("update_price_list"), {**grid, "add": "row"}).status_code == 200
    lost = browser.post(address("update_price_list"), {**grid, "r1-place": ""})
    assert lost.status_code == 422
    assert browser.post(address("update_price_list"), grid).status_code == 302
    copied = browser.post(
        address("copy_price_list"), {"name": "Leie 2027", "valid_from": "2027-01-01", "percent": "10"}
    )
    assert copied.status_code == 302
    with in_organization(organization):
        found = PriceListRow.objects.order_by("price_list__valid_from", "unit_price").select_related("price_list")
        prices = [(row.price_list.name, row.facility_group, row.price_includes_vat, row.unit_price) for row in found]
        ends = list(PriceList.objects.order_by("valid_from").values_list("valid_through", flat=True))
    assert prices == [
        ("Leie 2026", "", False, Decimal(310)),
        ("Leie 2026", "Haller", True, Decimal(1500)),
        ("Leie 2027", "", False, Decimal(341)),
        ("Leie 2027", "Haller", True, Decimal(1650)),
    ]
    assert ends == [date(2026, 12, 31), None]
