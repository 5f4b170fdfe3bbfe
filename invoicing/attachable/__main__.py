"""The process in which one file is made safe: bytes in on standard input, a line that says what and bytes out.

Parsers of foreign files are written in C and are given bombs: this process has little memory, little time and can
write no file, so that whatever happens in it happens to nobody else.
"""

from __future__ import annotations

import json
import resource
import sys

from invoicing.attachable.kinds import FILE_BYTES_MAX, NotAttachable, Refusal
from invoicing.attachable.sniffing import make_safe

MEMORY_MAX = 1_500_000_000
SECONDS_MAX = 20


def main() -> int:
    """Read, make safe, write; the first line of the answer is JSON with the type or the refusal."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        made = make_safe(sys.stdin.buffer.read(FILE_BYTES_MAX + 1))
    except NotAttachable as error:
        answer, content = {"refusal": error.refusal.value}, b""
    except (MemoryError, RecursionError):
        answer, content = {"refusal": Refusal.TOO_COSTLY.value}, b""
    else:
        answer, content = {"content_type": made.content_type}, made.content
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
