"""The options of the lists that every line repeats: written once for each choice, not once for each line."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from invoicing.models import ChargeKind

register = template.Library()

OPTIONS_KEPT = 512
SELECTED = mark_safe(" selected")


@register.simple_tag
def options(pairs: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    """The options of a list with one of them chosen; one that is not in the list stands first, as it was written."""
    return _options(tuple(pairs), chosen)


@register.simple_tag
def charge_options(chosen: str) -> SafeString:
    """Charged, complimentary, not charged."""
    return _options(tuple((value, str(label)) for value, label in ChargeKind.choices), chosen)


@lru_cache(maxsize=OPTIONS_KEPT)
def _options(pairs: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    known = pairs if not chosen or chosen in dict(pairs) else ((chosen, chosen), *pairs)
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, SELECTED if value == chosen else "", label) for value, label in known),
    )
