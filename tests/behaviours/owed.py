"""Which behaviours must have a test."""

from __future__ import annotations

# Work, its billing by hand, by schedule and by itself, runs and files.
MUST_HAVE_TESTS = (*range(22, 68), *range(120, 160))
