"""Every address of the application, found in its URL table, so that a new one is tested from its first day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse


@dataclass(frozen=True, slots=True)
class Address:
    """One line of the URL table with its places filled in."""

    name: str
    path: str
    is_inside_organization: bool


def every_address(places: Mapping[str, object]) -> list[Address]:
    """All addresses by their names; a part of an address that nobody has named yet fails here."""
    return list(_walk(get_resolver(), "", frozenset(), places))


def _walk(
    resolver: URLResolver, namespace: str, above: frozenset[str], places: Mapping[str, object]
) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        parts = above | frozenset(_parts(entry.pattern))
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, inner, parts, places)
        elif isinstance(entry, URLPattern) and entry.name:
            missing = parts - set(places)
            if missing:
                raise LookupError(f"{namespace}{entry.name} needs {sorted(missing)}: name a value for it.")
            path = reverse(f"{namespace}{entry.name}", kwargs={part: places[part] for part in parts})
            yield Address(f"{namespace}{entry.name}", path, "organization" in parts)


def _parts(pattern: Any) -> set[str]:
    return set(pattern.regex.groupindex)
