"""What a person reads while the machine is made ready."""

import sys
from pathlib import Path

TAIL_LINES = 15


class MachineRefused(Exception):
    """The machine cannot be made ready; the text is one sentence, with one command where a command helps."""


def tell(sentence: str) -> None:
    """Say what is under way, on the error stream, so that a command's output stays its own."""
    print(sentence, file=sys.stderr, flush=True)


def last_lines(log: Path, *, count: int = TAIL_LINES) -> str:
    """The end of a log file, indented; empty when there is none."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-count:])
