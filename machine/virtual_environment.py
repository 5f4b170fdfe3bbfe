"""The virtual environment: made, and filled with exactly the committed requirements."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from machine import stamps
from machine.checkout import Checkout
from machine.messages import MachineRefused, last_lines, tell
from machine.package_index import read_pip_settings, uv_environment
from machine.system_packages import PYTHON, ensure_system_packages

RUNTIME = "requirements.txt"
DEVELOPMENT = "requirements-dev.txt"  # everything of RUNTIME and the tools
INSTALLER = "requirements-uv.txt"
# These would point an installer at somebody else's packages.
MISLEADING = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}


def ensure_virtual_environment(checkout: Checkout, *, requirements: str) -> None:
    """Leave .venv holding what the requirements name, or more when the tools were already there."""
    version = running_version(checkout.python)
    if version is None:
        make_virtual_environment(checkout)
        version = running_version(checkout.python)
    installed = checkout.venv / "bilag-requirements"
    wanted = {name: requirements_digest(checkout, name, version or "") for name in (RUNTIME, DEVELOPMENT)}
    if any(stamps.is_current(installed, wanted[name]) for name in {requirements, DEVELOPMENT}):
        return
    if (checkout.venv / "bin" / "pytest").exists():
        requirements = DEVELOPMENT  # or the next test run would have to fetch the tools again
    install(checkout, requirements)
    stamps.renew(installed, wanted[requirements])


def requirements_digest(checkout: Checkout, name: str, version: str) -> str:
    """What the contents of .venv depend on."""
    return stamps.digest([], name, version, (checkout.root / name).read_text(encoding="utf-8"))


def running_version(python: Path) -> str | None:
    """The version of the environment's Python, or None when it does not run or no longer finds its packages."""
    script = "import sys, sysconfig, os; assert os.path.isdir(sysconfig.get_path('purelib')); print(sys.version)"
    try:
        finished = subprocess.run([str(python), "-c", script], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return finished.stdout.strip() if finished.returncode == 0 else None


def make_virtual_environment(checkout: Checkout) -> None:
    """Make .venv anew with the Python that runs us."""
    ensure_system_packages(checkout, (PYTHON,))
    tell("Making the virtual environment.")
    if checkout.venv.exists():
        if not (checkout.venv / "pyvenv.cfg").exists() and any(checkout.venv.iterdir()):
            raise MachineRefused(f"{checkout.venv} is not a virtual environment. Move it away and run this again.")
        shutil.rmtree(checkout.venv)
    log = checkout.logs / "packages.log"
    with log.open("wb") as output:
        finished = subprocess.run(
            [sys.executable, "-m", "venv", str(checkout.venv)], stdout=output, stderr=output, check=False
        )
    if finished.returncode != 0:
        shutil.rmtree(checkout.venv, ignore_errors=True)
        raise MachineRefused(f"The virtual environment could not be made. The end of {log}:\n{last_lines(log)}")


def install(checkout: Checkout, requirements: str) -> None:
    """Bring .venv to the requirements; every file is checked against its hash."""
    tell(f"Installing Python packages ({requirements}).")
    ensure_uv(checkout)
    file = str(checkout.root / requirements)
    with_uv = [*uv(checkout), "sync", "--python", str(checkout.python), "--require-hashes", file]
    run_installers(checkout, with_uv, [*pip(checkout), "install", "--require-hashes", "--requirement", file])


def install_aside(checkout: Checkout, requirements: str, *, target: Path, python_version: str) -> None:
    """Unpack the requirements into a folder of their own, as for the named Python and with no other packages."""
    ensure_uv(checkout)
    options = ["--target", str(target), "--python-version", python_version, "--only-binary", ":all:", "--no-deps"]
    options += ["--require-hashes", "--requirement", str(checkout.root / requirements)]
    with_uv = [*uv(checkout), "install", "--python", str(checkout.python), *options]
    run_installers(checkout, with_uv, [*pip(checkout), "install", *options])


def ensure_uv(checkout: Checkout) -> None:
    """Install the pinned uv with the pip that came with the environment."""
    installed = checkout.venv / "bilag-uv"
    wanted = requirements_digest(checkout, INSTALLER, "")
    if stamps.is_current(installed, wanted) and (checkout.venv / "bin" / "uv").exists():
        return
    requirement = ["--require-hashes", "--requirement", str(checkout.root / INSTALLER)]
    run_installers(checkout, [*pip(checkout), "install", *requirement])
    stamps.renew(installed, wanted)


def uv(checkout: Checkout) -> list[str]:
    """uv in its role of pip."""
    return [str(checkout.venv / "bin" / "uv"), "pip"]


def pip(checkout: Checkout) -> list[str]:
    """The pip that came with the environment."""
    return [str(checkout.python), "-m", "pip", "--disable-pip-version-check", "--quiet"]


def run_installers(checkout: Checkout, *commands: list[str]) -> None:
    """Run the first command that succeeds: pip is slower than uv, but knows every way in which a machine is set up."""
    variables = uv_environment(read_pip_settings(checkout.python), environment=os.environ)
    inherited = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    log = checkout.logs / "packages.log"
    with log.open("wb") as output:
        for command in commands:
            environment = {**inherited, **variables}
            finished = subprocess.run(
                command, cwd=checkout.root, env=environment, stdout=output, stderr=output, check=False
            )
            if finished.returncode == 0:
                return
    raise MachineRefused(f"Python packages could not be installed. The end of {log}:\n{last_lines(log)}")
