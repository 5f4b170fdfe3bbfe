"""Which behaviours must have a test, and why some of them have none."""

from __future__ import annotations

# Work, its billing by hand, by schedule and by itself, runs and files.
MUST_HAVE_TESTS = (*range(22, 68), *range(120, 160))
OF_THE_BOOKS = "it belongs to the link with accounting systems"


def not_owed_here() -> dict[str, str]:
    """Behaviours of those ranges that are not here yet, each with its reason."""
    return {
        "M-133": OF_THE_BOOKS,
    }
