"""A process of its own for one run of mails, so that nothing but the run shows in its memory.

python -m bench.mail_worker PORT COUNT
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import django


def main(port: str, count: str) -> None:
    """Hand the mails over as a worker does; prints seconds per mail, and by how many megabytes the process grew."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from bench import mail, world

    folder = mail.own_folder(Path(tempfile.mkdtemp(prefix="bench-mail-")))
    try:
        with world.fresh_database():
            organization, rows = mail.prepare(int(port), mail.WARM + int(count))
            mail.hand_over(organization, rows[: mail.WARM])
            before = mail.status_kb("VmRSS")
            start = perf_counter()
            mail.hand_over(organization, rows[mail.WARM :])
            seconds = perf_counter() - start
            grown = (mail.status_kb("VmHWM") - before) / 1024
            sent = mail.sent_count(organization)
    finally:
        shutil.rmtree(folder)
    print(json.dumps({"seconds": seconds / int(count), "grown_mb": grown, "sent": sent}))


if __name__ == "__main__":
    main(*sys.argv[1:])
