"""Hours as people write them."""

from __future__ import annotations

from decimal import Decimal

from django import template

from billing_backlog.hours import write_hours
from foundation.templatetags.formatting import language_of_page

register = template.Library()


@register.filter
def hours(value: object) -> str:
    """7,5 in the page's language, and 7:20 where decimals would not end; empty when there is no value."""
    return write_hours(value, language_of_page()) if isinstance(value, Decimal) else ""
