"""Which browser the browser tests drive."""

import os
import shutil
from pathlib import Path

PROGRAMS = ("chromium-headless-shell", "chromium")
# Where Playwright puts what somebody has let it fetch, and how it names the programs there.
PLAYWRIGHT_FOLDER = Path(".cache") / "ms-playwright"
PLAYWRIGHT_PROGRAMS = ("chromium*/*/headless_shell", "chromium*/*/chrome-headless-shell", "chromium*/*/chrome")


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
