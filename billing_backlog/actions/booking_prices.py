"""The price of one booking: the list's, or another with its reason; or none with the reason why it is free."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from billing_backlog.billing_methods import Work
from billing_backlog.booking_terms import BookingTerms
from billing_backlog.errors import ItemIsUnclear, PriceNeedsReason
from billing_backlog.models import Booking
from billing_backlog.price_lists import NoPrice, PriceRule
from billing_backlog.queries.booking_prices import refusal_of, rule_words
from foundation.templatetags.formatting import format_amount, language_of_page


def price_booking(booking: Booking, terms: BookingTerms, price: PriceRule | NoPrice) -> None:
    """Write on the booking what it costs and why.

    Raises PriceNeedsReason for another price than the list's without a reason (M-155), and NoPriceFound where neither
    a list nor the booking has one.
    """
    rule = price if isinstance(price, PriceRule) else None
    if rule is not None:
        booking.price_row_id = rule.id
        booking.rule_price = rule.unit_price
        booking.price_rule = rule_words(rule, booking.target_group)
        booking.price_includes_vat = rule.price_includes_vat
    booking.is_billable = booking.facility.is_billable if terms.is_billable is None else terms.is_billable
    if not booking.is_billable:
        _set_free(booking, terms)
        return
    typed = terms.unit_price
    if typed is None and isinstance(price, NoPrice):
        raise refusal_of(price, booking.facility, booking.target_group, booking.day)
    booking.unit_price = typed if typed is not None else booking.rule_price
    assert booking.unit_price is not None
    if booking.unit_price < 0:
        raise ItemIsUnclear(_("A price is not negative."), field="unit_price")
    if booking.unit_price != booking.rule_price:
        _require_reason(booking, terms)
        booking.price_reason = terms.price_reason.strip()[:300]
    booking.amount = Work(booking.quantity, booking.unit_price).amount


def _set_free(booking: Booking, terms: BookingTerms) -> None:
    """A free use keeps the list's price, so that what was given away can be told."""
    reason = terms.free_reason.strip()
    if not reason and booking.facility.is_billable:
        raise ItemIsUnclear(_("Write why it is free; the reason stays with the booking."), field="free_reason")
    booking.free_reason = (reason or _("The use of %(facility)s is not billed") % {"facility": booking.facility})[:300]
    booking.unit_price = booking.rule_price
    booking.amount = Decimal(0)


def _require_reason(booking: Booking, terms: BookingTerms) -> None:
    if terms.price_reason.strip():
        return
    if booking.rule_price is None:
        raise PriceNeedsReason(
            _("No price list has a price for this. Write why it costs what you have typed."), field="price_reason"
        )
    raise PriceNeedsReason(
        _("%(rule)s says %(price)s. Write why another price is taken.")
        % {"rule": booking.price_rule, "price": format_amount(booking.rule_price, language_of_page())},
        field="price_reason",
    )
