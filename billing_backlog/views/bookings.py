"""The doors to bookings: the list with its sum, one booking, the form with its price, and cancelling."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing_backlog.actions import bookings as actions
from billing_backlog.actions.cancel_bookings import cancel_bookings
from billing_backlog.actions.ready import mark_ready
from billing_backlog.booking_preview import preview_of
from billing_backlog.forms.bookings import BookingForm, CancelForm, SearchForm, initial_of
from billing_backlog.models import Booking
from billing_backlog.queries import bookings as queries
from billing_backlog.queries.choosing import offered_customers
from billing_backlog.queries.explaining import history_of
from billing_backlog.queries.facilities import list_facilities
from billing_backlog.queries.price_lists import list_target_groups
from customers.units import unit_word
from foundation.dates import month_end
from foundation.errors import DomainError
from foundation.forms import show_refusal
from foundation.htmx import go_to, render_page_or_fragment
from foundation.keyset import Key, page_of
from foundation.templatetags.formatting import language_of_page
from foundation.transactions import read_only
from tenants.audit_words import line_of
from tenants.clock import local_today
from tenants.permissions import OrganizationRequest, Permission, organization_view

INVALID = 422
BY_DAY = (Key("day", date.fromisoformat, is_descending=True), Key("id", UUID, is_descending=True))
BY_PRICE = (Key("amount", Decimal, is_descending=True), Key("id", UUID, is_descending=True))


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def list_bookings(request: OrganizationRequest) -> HttpResponse:
    """The bookings of a facility and a period with their sum, the newest or the dearest first (M-137, M-138)."""
    organization, today = request.organization, local_today(request.organization)
    facilities = list(list_facilities(organization))
    asked = request.GET.dict() or {"last": month_end(today).isoformat()}
    form = SearchForm(asked, facilities=facilities)
    search = form.search()
    found = queries.find_bookings(organization, search, today=today)
    page = page_of(found, BY_PRICE if search.by_price else BY_DAY, request.GET)
    became = queries.became_of(organization, page.rows, today=today)
    count, amount = queries.totals_of(found)
    kept = {name: value for name, value in asked.items() if name in form.fields and name != "sort"}
    context = {
        "form": form,
        "rows": [(booking, became[booking.pk]) for booking in page.rows],
        "pagination": page.pagination({**kept, "sort": "price" if search.by_price else ""}, target="#bookings"),
        "kept": kept,
        "search": search,
        "count": count,
        "amount": amount,
        "is_asked": bool(request.GET),
        "has_facilities": bool(facilities),
        "may_book": request.may(Permission.PREPARE_RUNS),
    }
    return render_page_or_fragment(
        request, "billing_backlog/list_bookings.html", "billing_backlog/_bookings.html", context
    )


@require_safe
@organization_view(Permission.VIEW_BACKLOG)
def show_booking(request: OrganizationRequest, booking_id: UUID) -> HttpResponse:
    """One booking: who, when, at which price and why, and what became of it."""
    booking = queries.get_booking(request.organization, booking_id)
    return _show(request, booking, CancelForm())


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.PREPARE_RUNS)
def create_booking(request: OrganizationRequest) -> HttpResponse:
    """A form for a new booking, or for a weekly series of them."""
    organization = request.organization
    form = _form(request, None)
    if form.is_bound and form.is_valid():
        try:
            booked = actions.book(organization, form.terms(), actor=request.actor, now=timezone.now())
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            said = ngettext("%(count)s day is booked", "%(count)s days are booked", len(booked))
            messages.success(request, said % {"count": len(booked)})
            return go_to(request, _address(request, booked[0].pk))
    return _page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_view(Permission.PREPARE_RUNS)
def update_booking(request: OrganizationRequest, booking_id: UUID) -> HttpResponse:
    """The form of one booking."""
    with read_only():
        booking = queries.get_booking(request.organization, booking_id)
    form = _form(request, booking)
    if form.is_bound and form.is_valid():
        version = request.POST.get("version", "0")
        try:
            actions.update_booking(
                request.organization,
                booking_id,
                form.terms(),
                version=int(version) if version.isdecimal() else 0,
                actor=request.actor,
                now=timezone.now(),
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return go_to(request, _address(request, booking_id))
    return _page(request, form, booking)


@require_safe
@organization_view(Permission.PREPARE_RUNS)
def price_booking(request: OrganizationRequest) -> HttpResponse:
    """What the booking that is being written would cost, with the fields that the price asks for."""
    form = _form(request, None, data=request.GET)
    form.full_clean()
    form.errors.clear()
    context = {"form": form, "preview": preview_of(request.organization, form.cleaned_data, form)}
    return render(request, "billing_backlog/_booking_price.html", context)


@require_POST
@organization_view(Permission.PREPARE_RUNS)
def cancel_booking(request: OrganizationRequest, booking_id: UUID) -> HttpResponse:
    """Cancel a booking, or it and all later days of its series."""
    organization = request.organization
    with read_only():
        booking = queries.get_booking(organization, booking_id)
        later = queries.rest_of_series(organization, booking, booking.day)
    form = CancelForm(request.POST)
    if form.is_valid():
        ids = later if form.cleaned_data["with_later"] else [booking.pk]
        today, now = local_today(organization), timezone.now()
        reason = form.cleaned_data["reason"]
        try:
            gone = cancel_bookings(organization, ids, reason=reason, actor=request.actor, today=today, now=now)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            said = ngettext("%(count)s booking is cancelled", "%(count)s bookings are cancelled", len(gone))
            messages.success(request, said % {"count": len(gone)})
            return go_to(request, _address(request, booking.pk))
    with read_only():
        return _show(request, booking, form)


@require_POST
@organization_view(Permission.PREPARE_RUNS)
def ready_booking(request: OrganizationRequest, booking_id: UUID) -> HttpResponse:
    """Mark a booking ready again whose payer has got a number, or that somebody took the mark from."""
    with read_only():
        booking = queries.get_booking(request.organization, booking_id)
    ids = [booking.item_id] if booking.item_id is not None else []
    marked = mark_ready(request.organization, ids, actor=request.actor, now=timezone.now())
    for _item, refusal in marked.refused:
        messages.error(request, str(refusal))
    if marked.done:
        messages.success(request, _("Ready for billing"))
    return go_to(request, _address(request, booking.pk))


def _form(request: OrganizationRequest, booking: Booking | None, data: Any = None) -> BookingForm:
    """The form with what may be chosen; what a stored booking names stays among it."""
    organization = request.organization
    with read_only():
        facilities, groups = list(list_facilities(organization)), list(list_target_groups(organization))
    initial: dict[str, Any] = {"unit_code": "HUR", "day": local_today(organization)}
    if booking is not None:
        facilities += [booking.facility] if booking.facility not in facilities else []
        groups += [booking.target_group] if booking.target_group not in groups else []
        initial = initial_of(booking)
    elif request.method != "POST":
        initial |= {name: request.GET[name] for name in ("facility", "customer", "day") if request.GET.get(name)}
    typed = request.POST if request.method == "POST" else data
    return BookingForm(
        typed, organization=organization, facilities=facilities, groups=groups, is_new=booking is None, initial=initial
    )


def _page(request: OrganizationRequest, form: BookingForm, booking: Booking | None = None) -> HttpResponse:
    with read_only():
        first = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        context = {
            "form": form,
            "booking": booking,
            "offered": offered_customers(request.organization),
            "preview": preview_of(request.organization, form.cleaned_data if form.is_bound else first, form),
            "may_edit_prices": request.may(Permission.EDIT_BILLING),
        }
        status = INVALID if form.is_bound else 200
        return render(request, "billing_backlog/edit_booking.html", context, status=status)


def _show(request: OrganizationRequest, booking: Booking, form: CancelForm) -> HttpResponse:
    organization, today = request.organization, local_today(request.organization)
    series = queries.days_of_series(organization, booking)
    context = {
        "booking": booking,
        "became": queries.became_of(organization, [booking], today=today)[booking.pk],
        "unit": unit_word(booking.unit_code, booking.quantity, language_of_page()),
        "series": series,
        "has_later": any(other.day > booking.day and not other.is_cancelled for other in series),
        "form": form,
        "history": [line_of(entry) for entry in history_of(organization, booking.pk)],
        "may_book": request.may(Permission.PREPARE_RUNS),
    }
    status = INVALID if form.is_bound else 200
    return render(request, "billing_backlog/show_booking.html", context, status=status)


def _address(request: OrganizationRequest, booking_id: UUID) -> str:
    return reverse("billing_backlog:show_booking", args=[request.organization.slug, booking_id])
