"""What the application needs before it serves: compiled catalogues, migrated tables, collected static files."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from machine import stamps
from machine.checkout import Checkout
from machine.messages import MachineRefused, last_lines, tell


def compile_catalogues(checkout: Checkout) -> None:
    """Compile the translations when one of them has changed."""
    catalogues = list((checkout.root / "locale").glob("*/LC_MESSAGES/*.po"))
    stamp = checkout.data / "catalogues.stamp"
    value = stamps.digest(catalogues)
    compiled = all(catalogue.with_suffix(".mo").exists() for catalogue in catalogues)
    if compiled and stamps.is_current(stamp, value):
        return
    command = [str(checkout.venv / "bin" / "pybabel"), "--quiet", "compile", "--directory", "locale"]
    for domain in sorted({catalogue.stem for catalogue in catalogues}):
        run_step(checkout, [*command, "--domain", domain], failure="The translations could not be compiled")
    stamps.renew(stamp, value)


def migrate(checkout: Checkout, environment: Mapping[str, str], *, cluster_folder: Path | None) -> None:
    """Bring the tables up to date; an embedded cluster remembers what was last done to it."""
    migrations = checkout.root.glob("*/migrations/*.py")
    value = stamps.digest([*migrations, checkout.root / "requirements.txt", checkout.root / "config" / "settings.py"])
    # The note lies beside the data it speaks of, so that the two are removed together.
    stamp = cluster_folder / "migrations.stamp" if cluster_folder else None
    if stamp is not None and stamps.is_current(stamp, value):
        return
    tell("Migrating the database.")
    run_manage(
        checkout,
        environment,
        "migrate",
        "--database",
        "owner",
        "--no-input",
        failure="The database could not be migrated",
    )
    if stamp is not None:
        stamps.renew(stamp, value)


def collect_static_files(checkout: Checkout, environment: Mapping[str, str]) -> None:
    """Collect the static files when one of them, a package or the settings have changed."""
    files = [file for file in (checkout.root / "static").rglob("*") if file.is_file()]
    files += [checkout.root / "requirements.txt", checkout.root / "config" / "settings.py"]
    stamp, value = checkout.data / "static.stamp", stamps.digest(files)
    if (checkout.data / "static").is_dir() and stamps.is_current(stamp, value):
        return
    tell("Collecting static files.")
    run_manage(
        checkout,
        environment,
        "collectstatic",
        "--no-input",
        "--clear",
        failure="The static files could not be collected",
    )
    stamps.renew(stamp, value)


def run_manage(checkout: Checkout, environment: Mapping[str, str], *words: str, failure: str) -> None:
    """Run one of Django's commands quietly."""
    run_step(checkout, [str(checkout.python), "manage.py", *words], failure=failure, environment=environment)


def run_step(
    checkout: Checkout, command: list[str], *, failure: str, environment: Mapping[str, str] | None = None
) -> None:
    """Run a command of the set-up; what it says when it fails is passed on."""
    log = checkout.logs / "setup.log"
    with log.open("wb") as output:
        finished = subprocess.run(
            command,
            cwd=checkout.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
    if finished.returncode != 0:
        raise MachineRefused(f"{failure}. The end of {log}:\n{last_lines(log)}")
