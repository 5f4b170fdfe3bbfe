"""What every screen template owes: a strict content security policy, one sprite, sizes that fit on a page."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

TEMPLATES = Path(settings.BASE_DIR) / "templates"
# Paper and mail have rules of their own: no policy applies there, and styles stand where they act.
SCREENS = sorted(
    path for path in TEMPLATES.rglob("*.html") if not {"pdf", "email"} & set(path.relative_to(TEMPLATES).parts)
)
SPRITE = (Path(settings.BASE_DIR) / "static" / "img" / "icons.svg").read_text()
ICONS = set(re.findall(r'<symbol id="i-([a-z]+)"', SPRITE))
INLINE = re.compile(r"""\s(style|on[a-z]+|hx-on[:a-z-]*)\s*=|<style|javascript:|hx-vals=['"]js:""", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)
PAGE_LINES_MAX = 120
FRAGMENT_LINES_MAX = 80

every_screen = pytest.mark.parametrize("path", SCREENS, ids=[str(path.relative_to(TEMPLATES)) for path in SCREENS])


@every_screen
def test_a_screen_carries_no_style_and_no_script_of_its_own(path: Path) -> None:
    text = path.read_text()
    assert not INLINE.search(text)
    for attributes in SCRIPT.findall(text):
        assert "src=" in attributes or 'type="application/json"' in attributes


@every_screen
def test_a_screen_names_only_icons_that_are_drawn(path: Path) -> None:
    assert set(re.findall(r"""\{% icon ["']([a-z]+)["'] %\}""", path.read_text())) <= ICONS


@every_screen
def test_a_screen_is_short_enough_to_read(path: Path) -> None:
    limit = FRAGMENT_LINES_MAX if path.name.startswith("_") else PAGE_LINES_MAX
    assert len(path.read_text().splitlines()) <= limit


@every_screen
def test_a_screen_can_be_compiled(path: Path) -> None:
    assert get_template(str(path.relative_to(TEMPLATES)))


@pytest.mark.parametrize("status", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_needs_nothing_to_be_shown_and_names_the_refusal(status: str) -> None:
    assert 'id="refusal"' in get_template(f"{status}.html").render()
