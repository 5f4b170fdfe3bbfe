"""What the tests of work have in common: refusals are read in English."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Actions that are called outside a page say their sentences in the language that is active."""
    with translation.override("en"):
        yield
