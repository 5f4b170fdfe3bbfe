"""What a page is blamed for: its console, its width, and what axe finds."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

GRAVE = {"serious", "critical"}
OVERFLOW = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return '';
  const reachesOut = e => e.getBoundingClientRect().right > root.clientWidth + 1;
  const isClipped = e => {  // what is placed absolutely is clipped by its offset parent only
    const above = getComputedStyle(e).position === 'absolute' ? e.offsetParent : e.parentElement;
    if (above === null || above === root) return false;
    return (getComputedStyle(above).overflowX !== 'visible' && !reachesOut(above)) || isClipped(above);
  };
  const isWide = e => reachesOut(e) && !isClipped(e);
  const wide = [...document.querySelectorAll('body *')].filter(isWide);
  const innermost = wide.filter(e => !wide.some(other => other !== e && e.contains(other)));
  const named = innermost.slice(0, 3).map(e => e.outerHTML.slice(0, 120));
  return `${root.scrollWidth} > ${root.clientWidth}: ${named.join(' | ')}`;
}"""
# What HTMX says of a request that was on its way when the page was left, or that gave way to a newer one. One that
# truly fails is told of by the browser as well, and an answer that refuses by htmx:responseError.
LEFT_BEHIND = ("htmx:afterRequest,", "htmx:sendError,", "htmx:sendAbort,")

_axe = Axe()


class Complaints(list[str]):
    """What the console of a page has said, and what did not load."""

    def listen(self, page: Page) -> None:
        """Keep every error of the page from now on: a broken policy, a failed script, a missing file."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.append(f"{page.url}: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(LEFT_BEHIND):
            self.append(f"{message.location.get('url', '')}: {message.text}")


def grave_faults(page: Page) -> list[str]:
    """The rules of axe that the page breaks gravely, with the elements that do."""
    found = []
    for rule in _axe.run(page).response["violations"]:
        if rule["impact"] in GRAVE:
            places = [node["html"][:160] for node in rule["nodes"][:3]]
            found.append(f"{rule['id']} ({rule['impact']}): {places}")
    return found


def sideways(page: Page) -> str:
    """What makes the page scroll sideways; empty when nothing does."""
    return str(page.evaluate(OVERFLOW))
