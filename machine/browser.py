"""Which browser the browser tests drive."""

import os
import shutil
import socket
from pathlib import Path

# Where pytest-django serves pages to the browser, when this machine does not know the name localhost.
LIVE_SERVER = {"DJANGO_LIVE_TEST_SERVER_ADDRESS": "127.0.0.1"}
PROGRAMS = ("chromium-headless-shell", "chromium")
# Where Playwright puts what somebody has let it fetch, and how it names the programs there.
PLAYWRIGHT_FOLDER = Path(".cache") / "ms-playwright"
PLAYWRIGHT_PROGRAMS = ("chromium*/*/headless_shell", "chromium*/*/chrome-headless-shell", "chromium*/*/chrome")


def browser_environment() -> dict[str, str]:
    """Which browser to drive and where it finds the pages, as variables for the tests."""
    variables = {"BILAG_CHROMIUM": str(find_browser())}
    try:
        socket.getaddrinfo("localhost", None)
    except socket.gaierror:
        return LIVE_SERVER | variables
    return variables


def find_browser() -> Path | None:
    """The browser that was named, Debian's, or the newest that Playwright has fetched; None when there is none."""
    named = os.environ.get("BILAG_CHROMIUM")
    if named:
        return Path(named)
    for program in PROGRAMS:
        found = shutil.which(program)
        if found:
            return Path(found)
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / PLAYWRIGHT_FOLDER)
    fetched = [path for pattern in PLAYWRIGHT_PROGRAMS for path in folder.glob(pattern) if os.access(path, os.X_OK)]
    return max(fetched, key=lambda path: path.stat().st_mtime, default=None)
