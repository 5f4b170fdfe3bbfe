"""Looking something up by its key in a template of the backlog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def at(found: Mapping[Any, Any], key: Any) -> Any:
    """What stands under the key; nothing where nothing does."""
    return found.get(key, "")
