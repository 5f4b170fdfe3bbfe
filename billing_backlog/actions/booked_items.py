"""The items by which bookings are billed: taken at once, corrected with the booking, cancelled with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing_backlog.actions.correcting import correct_items
from billing_backlog.actions.items import TOLD_MAX, take_items
from billing_backlog.actions.ready import mark_ready
from billing_backlog.actions.write_offs import cancel_items
from billing_backlog.errors import ItemIsUnclear, StandsOnDocument
from billing_backlog.intake.plain import NewItem, Outcome, Source, Taken
from billing_backlog.models import BacklogItem, Booking, ItemKind
from billing_backlog.queries.bookings import items_told
from billing_backlog.queries.items import items_by_id
from billing_backlog.queries.standing import standing_of
from foundation import rows
from foundation.templatetags.formatting import format_day
from tenants.audit import Actor
from tenants.models import Organization

SYSTEM = "bookings"
FIELDS = {"customer": "payer", "quantity": "ends_at"}  # what an item's field is called on a booking


def take(organization: Organization, bookings: Sequence[Booking], *, actor: Actor, now: datetime) -> None:
    """Make the items of billable bookings and mark them ready, so that runs rehearse them; free ones have none.

    What cannot be ready, such as for a payer without a number, waits for somebody who mends it.
    """
    billable = [booking for booking in bookings if booking.is_billable]
    taken: list[Taken] = []
    for first in range(0, len(billable), TOLD_MAX):
        told = [_told(organization, booking, "") for booking in billable[first : first + TOLD_MAX]]
        taken += take_items(organization, told, actor=actor, now=now)
    _keep(organization, billable, taken, actor=actor, now=now)
    rows.update(organization.pk, billable, ["item"])


def correct(organization: Organization, booking: Booking, *, actor: Actor, now: datetime) -> None:
    """Let the item say what the booking says now: corrected, made, or cancelled when the use became free.

    The booking names its item then, and is stored by whoever changed it.

    Raises StandsOnDocument with the way out once a document names it.
    """
    item = booking.item
    if item is not None and not booking.is_billable:
        _refuse_named(organization, item)
        cancel_items(organization, [item.pk], reason=booking.free_reason, actor=actor, now=now)
        booking.item = None
    elif item is not None:
        _refuse_named(organization, item)
        told = _told(organization, booking, item.source_line)
        _keep(organization, [booking], correct_items(organization, [told], actor=actor, now=now), actor=actor, now=now)
    elif booking.is_billable:
        before = items_told(organization, booking.pk)
        told = _told(organization, booking, str(before + 1) if before else "")
        _keep(organization, [booking], take_items(organization, [told], actor=actor, now=now), actor=actor, now=now)


def _refuse_named(organization: Organization, item: BacklogItem) -> None:
    stands = standing_of(organization, [item])[item.pk]
    if stands.on_draft:
        raise StandsOnDocument(
            _("The booking stands on a draft. Take its line off the draft first, then change it here.")
        )
    if stands.billed:
        raise StandsOnDocument(_("The booking is invoiced. Cancel it, which credits the invoice, and book anew."))


def _told(organization: Organization, booking: Booking, line: str) -> NewItem:
    """The item in the payer's language, with the price rule that the booking found."""
    return NewItem(
        kind=ItemKind.BOOKING,
        day=booking.day,
        quantity=booking.quantity,
        text=line_text(booking),
        unit_code=booking.unit_code,
        customer_id=booking.payer_id,
        facility_id=booking.facility_id,
        unit_price=booking.unit_price,
        price_includes_vat=booking.price_includes_vat,
        currency=organization.base_currency,
        rule_price=booking.rule_price,
        price_rule=booking.price_rule,
        price_reason=booking.price_reason,
        source=Source(SYSTEM, str(booking.pk), line),
    )


def line_text(booking: Booking) -> str:
    """What the invoice says of the use: where, when, for what, and who where somebody else pays (M-142)."""
    language = booking.payer.language
    with override(language):
        times = f" {booking.starts_at:%H:%M}–{booking.ends_at:%H:%M}" if booking.starts_at and booking.ends_at else ""
        parts = [f"{booking.facility.name} {format_day(booking.day, language)}{times}", booking.text]
        if booking.payer_id != booking.customer_id:
            parts.append(booking.customer.name)
    return ", ".join(part for part in parts if part)[:500]


def _keep(
    organization: Organization, bookings: Sequence[Booking], taken: Sequence[Taken], *, actor: Actor, now: datetime
) -> None:
    """Name the items on their bookings and mark them ready; what was refused refuses the booking."""
    ids: list[UUID] = []
    for answer in taken:
        if answer.outcome == Outcome.REFUSED:
            raise ItemIsUnclear(answer.sentence, field=FIELDS.get(answer.field, answer.field))
        ids.append(answer.item_ids[0])
    if not ids:
        return
    marked = mark_ready(organization, ids, actor=actor, now=now)
    items = items_by_id(organization, ids) | {item.pk: item for item in marked.done}
    for booking, item_id in zip(bookings, ids, strict=True):
        booking.item = items[item_id]
