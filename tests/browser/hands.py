"""Two hands on a keyboard, without a pointer: every key but those of the text itself is counted."""

from __future__ import annotations

from playwright.sync_api import Page, expect

STEPS_MAX = 60
FOCUSED = "() => document.activeElement ? (document.activeElement.name || document.activeElement.id) : ''"
IS_FOCUSED = "selector => document.activeElement !== null && document.activeElement.matches(selector)"
IS_LOADED = """() => document.fonts.status === 'loaded'
  && !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"""
UNSETTLED = ".htmx-swapping, .htmx-settling, .htmx-added"


def wait_for_loaded(page: Page) -> None:
    """Wait until nothing that the page asks for by itself is on its way, and its fonts are there."""
    page.wait_for_load_state("load")
    page.wait_for_function(IS_LOADED)


def wait_for_settled(page: Page, selector: str) -> None:
    """Wait until what the selector names is there and HTMX listens to it, a moment after it was swapped in."""
    expect(page.locator(selector)).to_be_visible()
    expect(page.locator(UNSETTLED)).to_have_count(0)


class Hands:
    """Presses keys on a page and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = 0

    def press(self, key: str) -> None:
        """One key, or one with Ctrl, Alt or Shift held."""
        self.page.keyboard.press(key)
        self.presses += 1

    def type(self, text: str) -> None:
        """Text; its characters are not counted."""
        self.page.keyboard.type(text)

    def focused(self) -> str:
        """The name of the field that has the focus, else its id."""
        return str(self.page.evaluate(FOCUSED))

    def go_to(self, name: str, *, backwards: bool = False) -> None:
        """Tab until the field whose name ends so has the focus."""
        for _ in range(STEPS_MAX):
            if self.focused().endswith(name):
                return
            self.press("Shift+Tab" if backwards else "Tab")
        raise AssertionError(f"{STEPS_MAX} times Tab did not lead to {name} on {self.page.url}.")

    def skip_to_content(self) -> None:
        """Past the navigation by the link that stands before everything else."""
        self.press("Tab")
        self.press("Enter")

    def reach(self, selector: str, *, backwards: bool = False) -> None:
        """Tab until what the selector names has the focus."""
        for _ in range(STEPS_MAX):
            if self.page.evaluate(IS_FOCUSED, selector):
                return
            self.press("Shift+Tab" if backwards else "Tab")
        raise AssertionError(f"{STEPS_MAX} times Tab did not reach {selector} on {self.page.url}.")

    def skip_navigation(self) -> None:
        """Take the link that leads past the navigation, the first of every page."""
        self.reach("a.skip")
        self.press("Enter")

    def choose(self, text: str) -> None:
        """Open the list that has the focus, type the beginning of a choice and take it."""
        self.press("Space")
        self.type(text)
        self.press("Enter")

    def fill(self, **fields: str) -> None:
        """Walk to each field in turn and type over what it holds."""
        for name, text in fields.items():
            self.go_to(name)
            if self.page.evaluate(
                "() => Boolean(document.activeElement.value) && document.activeElement.tagName !== 'SELECT'"
            ):
                self.press("Control+a")
            self.type(text)
