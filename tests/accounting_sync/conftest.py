"""Sentences are compared as they are written in the code; pages speak the language of who opens them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _in_the_language_of_the_code() -> Iterator[None]:
    with translation.override("en"):
        yield
