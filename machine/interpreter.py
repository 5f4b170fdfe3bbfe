"""Which Python runs us. Written so that an older Python can still read it and say what is wrong."""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)


def require_supported_python() -> None:
    """Go on under a supported Python, or say in one sentence that none is installed."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        # A version manager may offer a name behind which nothing is installed.
        if other and subprocess.run([other, "-c", ""], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            os.execv(other, [other, *sys.argv])  # noqa: S606  # no shell is wanted
    sys.exit(
        f"Bilag needs Python 3.11, 3.12 or 3.13, and this is {sys.version_info[0]}.{sys.version_info[1]}. "
        "Ask an administrator to run: apt-get install python3 python3-venv"
    )
