"""What the checker has found: what is whole, and every place that is not."""

from __future__ import annotations

from collections import Counter

PROBLEMS_KEPT = 1000


class Findings:
    """Counts what was looked at, and keeps a sentence for everything that is not as it was."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.counts: Counter[str] = Counter()
        self.left_out = 0

    def problem(self, sentence: str) -> None:
        """Something is not as it was."""
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(sentence)
        else:
            self.left_out += 1

    def note(self, sentence: str) -> None:
        """Something that the reader should know, though nothing is wrong."""
        self.notes.append(sentence)

    def seen(self, what: str, count: int = 1) -> None:
        """Something was looked at."""
        self.counts[what] += count
