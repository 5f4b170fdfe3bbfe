"""What the machine itself must hold: Debian packages, looked for by what they bring and installed where we may."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from machine.browser import find_browser
from machine.checkout import Checkout
from machine.messages import MachineRefused, last_lines, tell

FONT_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path.home() / ".fonts",
)
INSTALL = ("apt-get", "install", "--no-install-recommends")
LOCK_SECONDS_MAX = 300


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """A Debian package and how to see whether what it brings is here."""

    name: str
    is_here: Callable[[], bool]


def loads(library: str) -> Callable[[], bool]:
    """Whether the dynamic linker finds the library; asked in another process, which then forgets it again."""

    def is_here() -> bool:
        script = f"import ctypes; ctypes.CDLL({library!r})"
        return (
            subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, check=False).returncode == 0
        )

    return is_here


def has_font(name: str) -> Callable[[], bool]:
    """Whether the font file lies in one of the machine's font folders."""
    return lambda: any(name in files for folder in FONT_FOLDERS for _, _, files in os.walk(folder))


@dataclass(frozen=True, slots=True)
class Need:
    """Packages that one purpose takes, and the sentence for when some of them are missing."""

    problem: str
    packages: tuple[SystemPackage, ...]

    def missing(self) -> list[str]:
        """The names of the packages that are not here."""
        return [package.name for package in self.packages if not package.is_here()]


PYTHON = Need(
    "Python's venv module is missing.",
    (SystemPackage("python3-venv", lambda: importlib.util.find_spec("ensurepip") is not None),),
)
PDF = Need(
    "PDF libraries are missing ({names}).",
    (
        SystemPackage("libpango-1.0-0", loads("libpango-1.0.so.0")),
        SystemPackage("libpangoft2-1.0-0", loads("libpangoft2-1.0.so.0")),
        SystemPackage("libharfbuzz-subset0", loads("libharfbuzz-subset.so.0")),
        SystemPackage("fontconfig", lambda: shutil.which("fc-match") is not None),
        SystemPackage("fonts-liberation2", has_font("LiberationSans-Regular.ttf")),
    ),
)
FONTS = Need(
    "Without more fonts, documents show letters of some scripts as a replacement sign.",
    (
        SystemPackage("fonts-dejavu-core", has_font("DejaVuSans.ttf")),
        SystemPackage("fonts-noto-core", has_font("NotoSans-Regular.ttf")),
        SystemPackage("fonts-wqy-microhei", has_font("wqy-microhei.ttc")),
    ),
)
BROWSER = Need(
    "Browser tests need Chromium (bin/test --no-browser leaves them out).",
    (
        SystemPackage("chromium-headless-shell", lambda: find_browser() is not None),
        # Playwright's own node needs it, and a minimal Debian 12 lacks it.
        SystemPackage("libatomic1", loads("libatomic.so.1")),
    ),
)


def ensure_system_packages(checkout: Checkout, needs: Sequence[Need]) -> None:
    """Install what is missing where we may; otherwise say, in one command, what an administrator has to do."""
    found = [(need, need.missing()) for need in needs]
    problems = [need.problem.format(names=", ".join(names)) for need, names in found if names]
    names = [name for _, names in found for name in names]
    if not names:
        return
    command = " ".join((*INSTALL, *names))
    privilege = privileged_prefix()
    if privilege is None or shutil.which("apt-get") is None:
        raise MachineRefused(f"{' '.join(problems)} Ask an administrator to run: {command}")
    tell(f"Installing system packages: {' '.join(names)}.")
    log = checkout.logs / "apt.log"
    if not install(names, privilege=privilege, log=log):
        raise MachineRefused(f"{' '.join(problems)} This failed: {command}. The end of {log}:\n{last_lines(log)}")


def privileged_prefix() -> list[str] | None:
    """What stands before a command to run it as root; None when we may not."""
    if os.getuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    return ["sudo", "-n"] if allowed else None


def install(names: Sequence[str], *, privilege: Sequence[str], log: Path) -> bool:
    """Whether apt-get installed the packages; the lists are fetched first only where the ones at hand do not do."""
    apt = [
        *privilege,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-q",
        "-o",
        f"DPkg::Lock::Timeout={LOCK_SECONDS_MAX}",
    ]
    with log.open("wb") as output:

        def run(*words: str) -> bool:
            command = [*apt, *words]
            finished = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
            return finished.returncode == 0

        wanted = ("install", "-y", "--no-install-recommends", *names)
        return run(*wanted) or (run("update") and run(*wanted))
