"""The options of the lists that every line repeats: written once for each choice, not once for each line."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from invoicing.forms.lines import LineEntry
from invoicing.models import ChargeKind

register = template.Library()

OPTIONS_KEPT = 512
SHOWN_ONLY = mark_safe(" readonly")
SHUT = mark_safe(" disabled")  # a list has no read-only form; what it says is stored already
LISTS = frozenset({"unit_code", "charge_kind", "vat_treatment"})
SELECTED = mark_safe(" selected")
INVALID = mark_safe(' aria-invalid="true"')


@register.simple_tag
def cell(entry: LineEntry, name: str) -> SafeString:
    """What names the field of a row, and whether it is refused, or decided by what the line comes from."""
    described = ["errors"] * (name in entry.errors) + ["locked"] * entry.is_locked(name)
    return format_html(
        'id="{key}-{name}" name="{key}-{name}"{invalid}{locked}{described}',
        key=entry.key,
        name=name,
        invalid=INVALID if name in entry.errors else "",
        locked=(SHUT if name in LISTS else SHOWN_ONLY) if entry.is_locked(name) else "",
        described=format_html(' aria-describedby="{}"', " ".join(f"{entry.key}-{each}" for each in described))
        if described
        else "",
    )


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
