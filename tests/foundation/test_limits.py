"""Counting how often somebody does something."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache, caches

from foundation import limits


def test_it_counts_by_name_and_by_whom() -> None:
    assert [limits.count("x", "ola", seconds=60) for _time in range(3)] == [1, 2, 3]
    assert limits.count("x", "kari", seconds=60) == 1
    assert limits.count("y", "ola", seconds=60) == 1


def test_a_count_ends_by_itself() -> None:
    limits.count("x", "ola", seconds=60)
    cache.delete("limit:x:ola")

    assert limits.count("x", "ola", seconds=60) == 1


def test_a_count_that_ends_between_two_questions_begins_anew(monkeypatch: Any) -> None:
    monkeypatch.setattr(caches["default"], "add", lambda *_args, **_options: False)

    assert limits.count("x", "ola", seconds=60) == 1


def test_without_a_cache_everybody_comes_in(settings: Any) -> None:
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nowhere}

    assert limits.count("x", "ola", seconds=60) == 0


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("nonsense", "unknown"),
    ],
)
def test_one_subscriber_counts_as_one(address: str, who: str) -> None:
    assert limits.subscriber_of(address) == who
