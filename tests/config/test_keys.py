"""The page of keys names every key that a page has, and is one's own alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.test import Client

from config.keys import keys_by_place, spoken
from config.navigation import GROUPS, OTHER_PLACES

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PAGE = "/accounts/keys/"
# The desk's keys as they were designed; marking work ready has no page yet.
DESIGNED = "mod+k / n l j k x shift+x enter d p mod+enter mod+s escape ? alt+arrowup alt+arrowdown"


def codes() -> set[str]:
    return {code for _label, keys in keys_by_place() for key in keys for code in key.codes}


def codes_on_pages() -> set[str]:
    """Every key that some template or place of the navigation claims."""
    found = {
        code
        for path in TEMPLATES.rglob("*.html")
        for code in re.findall(r'<[^>]*\bdata-key="([^"{]+)"', path.read_text())
    }
    places = [place for _label, group, _foot in GROUPS for place in group]
    return found | {place.key for place in [*places, *OTHER_PLACES] if place.key}


def test_no_page_has_a_key_that_the_list_keeps_quiet_about() -> None:
    assert codes_on_pages() - codes() == set()


def test_every_key_of_the_design_is_told() -> None:
    assert set(DESIGNED.split()) - codes() == set()


def test_keys_are_spelled_as_they_are_printed_on_the_keyboard() -> None:
    assert [spoken(code) for code in ("mod+enter", "g i", "alt+arrowup", "?")] == ["Ctrl Enter", "G I", "Alt ↑", "?"]


def test_the_page_prints_each_key_beside_what_it_does(organization: Any, owner: Any, client_of: Any) -> None:
    text = client_of(owner).get(PAGE).content.decode()
    for _label, keys in keys_by_place():
        for key in keys:
            assert all(f"<kbd>{sign}</kbd>" in text for sign in key.signs), key
    assert f'href="{PAGE}"' in client_of(owner).get("/nordlys/").content.decode()


def test_nobody_sees_it_before_signing_in(db: None) -> None:
    assert Client().get(PAGE).headers["Location"].startswith("/accounts/login/")
