"""How often somebody may do something: counts in the cache that end by themselves.

Where the cache is away, pages stay open: a limit that cannot count lets everybody in.
"""

from __future__ import annotations

import ipaddress
import logging

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

IPV6_PREFIX = 64  # what one subscriber is given


def count(name: str, who: str, *, seconds: int) -> int:
    """Count once more, and say how often it was within the seconds since the first time; 0 where nobody can count."""
    key = f"limit:{name}:{who}"
    try:
        if cache.add(key, 1, timeout=seconds):
            return 1
        return int(cache.incr(key))
    except ValueError:  # the time was over between the two questions
        return 1
    except RedisError:
        logger.warning("Could not count %s", name)
        return 0


def subscriber_of(address: str) -> str:
    """Whom an address of the network stands for: itself, or for IPv6 the network of one subscriber."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
