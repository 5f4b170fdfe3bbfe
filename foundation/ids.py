"""Row ids: UUIDv7 (RFC 9562), made by the application, in the order in which they were made.

Within one process every id is greater than the one before it, also within a millisecond and when the clock steps back,
so that an index grows at its right edge and rows sort by age.
"""

from __future__ import annotations

import os
import time
from functools import lru_cache
from threading import Lock
from uuid import UUID

_RANDOM_BITS = 74  # 12 bits beside the version and 62 beside the variant, used as one counter (RFC 9562, 6.2 method 2)
_RANDOM_MASK = (1 << _RANDOM_BITS) - 1
_FRESH_MASK = _RANDOM_MASK >> 1  # a fresh counter leaves its top bit free, so that a burst cannot overflow it
_LOW_BITS = 62
_LOW_MASK = (1 << _LOW_BITS) - 1


class _Series:
    """Time and counter of the last id of this process."""

    def __init__(self) -> None:
        self.millisecond = 0
        self.counter = 0
        self.forget()

    def forget(self) -> None:
        """Draw a counter of one's own: a forked child must not walk on from its parent's."""
        self.lock = Lock()  # the parent's may have been held by another thread
        self.counter = _fresh(os.urandom(10))

    def step(self) -> tuple[int, int]:
        """The next millisecond and counter, greater than all before."""
        random = os.urandom(14)  # outside the lock: it is a system call
        with self.lock:
            now = time.time_ns() // 1_000_000
            if now > self.millisecond:
                self.millisecond, self.counter = now, _fresh(random[:10])
                return now, self.counter
            # A step within a millisecond is random too: ids stay hard to guess.
            self.counter += 1 + int.from_bytes(random[10:])
            if self.counter > _RANDOM_MASK:
                # The counter is full: borrow from the clock, which catches up.
                self.millisecond, self.counter = self.millisecond + 1, _fresh(random[:10])
            return self.millisecond, self.counter


def _fresh(random: bytes) -> int:
    return int.from_bytes(random) & _FRESH_MASK


_series = _Series()
os.register_at_fork(after_in_child=_series.forget)


def uuid7() -> UUID:
    """A new UUIDv7, greater than every id this process made before; safe to call from many threads."""
    millisecond, counter = _series.step()
    high, low = counter >> _LOW_BITS, counter & _LOW_MASK
    return UUID(int=millisecond << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def id_text(row_id: UUID) -> str:
    """The id as it is written, with its hyphens; the same id is often written many times over in one batch."""
    return _text_of(row_id.int)


@lru_cache(maxsize=4096)
def _text_of(number: int) -> str:
    return str(UUID(int=number))


def uuid_of(moment: bytes, hashed: bytes) -> UUID:
    """An id in the form of a UUIDv7 whose 48 bits of time and whose rest are given: the same bytes, the same id."""
    time_bits, rest = int.from_bytes(moment[:6]), int.from_bytes(hashed[:10])
    high, low = (rest >> 62) & 0xFFF, rest & _LOW_MASK
    return UUID(int=time_bits << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
