"""Cancelling bookings: never billed, taken back where they were, and those affected are told once (M-158)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing_backlog.actions.withdrawing import withdraw_work
from billing_backlog.errors import ItemIsUnclear
from billing_backlog.models import Booking
from billing_backlog.queries.bookings import lock_bookings
from foundation import rows
from tenants import audit, outbox
from tenants.audit import Actor
from tenants.models import Organization
from tenants.notices import News, tell

MAIL = "billing_backlog.mail_cancelled_bookings"
AT_ONCE_MAX = 200


@transaction.atomic
def cancel_bookings(
    organization: Organization,
    booking_ids: Collection[UUID],
    *,
    reason: str,
    actor: Actor,
    today: date,
    now: datetime,
) -> list[Booking]:
    """Say that these do not take place, with a reason: all or none; what was cancelled before stays as it is.

    Items are cancelled, their lines leave drafts, and what was invoiced is credited. The user, the payer and the
    facility's case worker are told, each once for all of them.
    """
    if not reason.strip():
        raise ItemIsUnclear(_("Write why it is cancelled."), field="reason")
    if len(booking_ids) > AT_ONCE_MAX:
        raise ValueError(f"At most {AT_ONCE_MAX} bookings at once, not {len(booking_ids)}.")
    cancelled = [booking for booking in lock_bookings(organization, booking_ids) if not booking.is_cancelled]
    if not cancelled:
        return []
    items = [booking.item_id for booking in cancelled if booking.item_id is not None]
    if items:
        withdraw_work(organization, items, reason=reason, actor=actor, today=today, now=now)
    for booking in cancelled:
        booking.cancelled_at, booking.cancelled_by = now, actor.name[:120]
        booking.cancelled_reason = reason.strip()[:300]
        booking.version += 1
    _tell_by_mail(organization, cancelled)
    _tell_case_workers(organization, cancelled, actor)
    rows.update(organization.pk, cancelled, ["cancelled_at", "cancelled_by", "cancelled_reason", "told_to", "version"])
    audit.record_each(
        actor,
        "booking.cancelled",
        [(booking, {"reason": booking.cancelled_reason, "told": ", ".join(booking.told_to)}) for booking in cancelled],
        now=now,
    )
    return cancelled


def addresses_of(booking: Booking) -> dict[str, str]:
    """Who is told by e-mail, each once, with the language of the mail: the user, or the contact, and the payer."""
    user = booking.contact_email or booking.customer.email
    named = ((user, booking.customer.language), (booking.payer.email, booking.payer.language))
    found: dict[str, str] = {}
    for address, language in named:
        if address:
            found.setdefault(address.strip().lower(), language)
    return found


def _tell_by_mail(organization: Organization, cancelled: Sequence[Booking]) -> None:
    """One mail for each address, however many of the bookings it has to do with."""
    told: dict[str, tuple[str, list[Booking]]] = {}
    for booking in cancelled:
        booking.told_to = []
        for address, language in addresses_of(booking).items():
            told.setdefault(address, (language, []))[1].append(booking)
            booking.told_to.append(address)
    effects = [
        outbox.Effect(
            MAIL,
            bookings[0].pk,
            f"bookings-cancelled:{bookings[0].pk}:{place}",
            {"to": address, "language": language, "bookings": [str(booking.pk) for booking in bookings]},
        )
        for place, (address, (language, bookings)) in enumerate(sorted(told.items()))
    ]
    outbox.put_each(organization.pk, effects)


def _tell_case_workers(organization: Organization, cancelled: Iterable[Booking], actor: Actor) -> None:
    """Whoever sees to the facility's billing, unless it was that person who cancelled."""
    by_facility: dict[UUID, list[Booking]] = {}
    for booking in cancelled:
        by_facility.setdefault(booking.facility_id, []).append(booking)
    news = []
    for bookings in by_facility.values():
        first = bookings[0]
        worker = first.facility.case_worker
        if worker is None or worker.pk == actor.id:
            continue
        facts = {
            "facility": str(first.facility),
            "customer": first.customer.name,
            "count": len(bookings),
            "reason": first.cancelled_reason,
        }
        link = f"bookings/{first.pk}/"
        news.append(News(worker.pk, "booking.cancelled", facts, link, f"booking-cancelled:{first.pk}"))
        for booking in bookings:
            booking.told_to = [*booking.told_to, str(worker)]
    tell(organization.pk, news)
