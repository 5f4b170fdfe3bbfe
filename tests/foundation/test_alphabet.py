"""Nordic alphabets: the order that readers expect, and the same one from Python and from the database."""

from __future__ import annotations

import pytest
from django.db import connection

from foundation.alphabet import alphabet_of, sort_key

NAMES = [
    "Zeta", "Århus", "Østre", "Ærlig", "Anna", "Aasen", "anna", "Äpple", "Öland", "Ålesund", "Ödeshög", "Müller",
    "Éva", "Erik", "A\u030agot", "3 Brødre", "", "Åa", "\u00c6\u00d8\u00c5",
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("nb", ["Anna", "Zeta", "Ærlig", "Østre", "Århus", "Aasen"]),
        ("da", ["Anna", "Zeta", "Ærlig", "Østre", "Århus", "Aasen"]),
        ("sv", ["Aasen", "Anna", "Zeta", "Århus", "Ærlig", "Østre"]),
        ("en", ["Anna", "Zeta", "Ærlig", "Østre", "Århus", "Aasen"]),
    ],
)
def test_names_stand_as_the_language_sorts_them(language: str, expected: list[str]) -> None:
    assert sorted(sorted(expected), key=lambda name: sort_key(name, language)) == expected


@pytest.mark.parametrize("language", ["nb", "da", "sv", "en"])
def test_the_database_has_the_same_order(db: None, language: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sort_key(name, %s) FROM unnest(%s::text[]) AS name", [alphabet_of(language), NAMES]
        )
        kept = dict(cursor.fetchall())

    assert {name: sort_key(name, language) for name in NAMES} == kept
