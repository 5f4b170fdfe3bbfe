"""How soon the next call may be made, so that no limit is ever exceeded. Pure: moments in, seconds out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from accounting_sync.providers.base import Rate

MARGIN_SECONDS = 0.01  # two clocks never agree entirely
KEPT_MAX = 6_000  # moments; a limit that counts more is spread evenly instead


@dataclass(slots=True)
class Pace:
    """The moments of the latest calls on one connection, as seconds of any one clock."""

    rates: Sequence[Rate]
    moments: deque[float] = field(default_factory=deque)

    @classmethod
    def since(cls, rates: Sequence[Rate], moments: Iterable[float]) -> Pace:
        """A pace that goes on from what was kept."""
        return cls(rates, deque(sorted(moments)))

    def wait(self, now: float) -> float:
        """Seconds until a call may be made."""
        return max((self._wait(rate, now) for rate in self.rates), default=0.0)

    def note(self, now: float) -> None:
        """A call is made now."""
        self.moments.append(now)
        longest = max((rate.seconds for rate in self.rates), default=0.0)
        while self.moments and (self.moments[0] <= now - longest - MARGIN_SECONDS or len(self.moments) > KEPT_MAX):
            self.moments.popleft()

    def kept(self) -> list[float]:
        """What the next worker must know."""
        return [round(moment, 3) for moment in self.moments]

    def _wait(self, rate: Rate, now: float) -> float:
        if rate.calls > KEPT_MAX:
            last = self.moments[-1] if self.moments else now - rate.seconds
            return max(0.0, last + rate.seconds / rate.calls - now)
        if len(self.moments) < rate.calls:
            return 0.0
        return max(0.0, self.moments[-rate.calls] + rate.seconds + MARGIN_SECONDS - now)
