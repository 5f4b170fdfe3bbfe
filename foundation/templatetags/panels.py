"""Panels: parts of a page that a room above serves, by the name of its address; absent until that room exists."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

register = template.Library()


@register.inclusion_tag("_panel.html")
def panel(title: str, url_name: str, *arguments: Any, anchor: str = "") -> dict[str, Any]:
    """A foldable section whose content is fetched from its own address; nothing where no room serves it."""
    try:
        address = "" if None in arguments else reverse(url_name, args=arguments)
    except NoReverseMatch:
        address = ""
    return {"title": title, "address": address, "anchor": anchor}
