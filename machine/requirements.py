"""Settles the versions that pyproject.toml leaves open: python3 -m machine.requirements [--upgrade]."""

import argparse
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from machine.checkout import ROOT

OLDEST_PYTHON = "3.11"
# Each file and what it is settled from. The tools must agree with what they are used on; the servers need no Python.
FILES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("requirements-uv.txt", ("--group", "installer")),
    ("requirements.txt", ("pyproject.toml",)),
    ("requirements-dev.txt", ("pyproject.toml", "--group", "dev", "--constraints", "requirements.txt")),
    ("requirements-binaries.txt", ("--group", "server-binaries", "--no-deps")),
)
# Variables that would put a mirror's choice into files that everybody shares.
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")


def main(arguments: Sequence[str] | None = None) -> None:
    """Write every requirements file anew; versions that still fit stay unless an upgrade is asked for."""
    parser = argparse.ArgumentParser(prog="python3 -m machine.requirements", description=__doc__)
    parser.add_argument("--upgrade", action="store_true")
    parser.add_argument("--upgrade-package", action="append", default=[], metavar="NAME")
    options = parser.parse_args(arguments)
    wishes = ["--upgrade"] if options.upgrade else []
    for name in options.upgrade_package:
        wishes += ["--upgrade-package", name]
    for file, sources in FILES:
        settle(ROOT, file, [*sources, *wishes])


def settle(root: Path, file: str, options: Sequence[str]) -> None:
    """Write one file, for every supported Python at once, with hashes, naming neither an address nor this machine."""
    environment = {name: value for name, value in os.environ.items() if name not in INDEX_VARIABLES}
    command = [str(root / ".venv" / "bin" / "uv"), "--no-config", "pip", "compile", "--quiet"]
    command += ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--no-header"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--output-file", file]
    subprocess.run([*command, *options], cwd=root, env=environment, check=True)


if __name__ == "__main__":
    main()
