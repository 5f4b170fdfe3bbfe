"""The environment in which the application runs on this machine."""

import os
from pathlib import Path

from machine.checkout import Checkout
from machine.secret_files import development_secrets

# The caller's own would lead our processes to somebody else's packages or settings.
MISLEADING = (
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "DJANGO_SETTINGS_MODULE",
    "PGHOST",
    "PGUSER",
    "PGDATABASE",
    "PGPORT",
)

# What the caller may have set for an application of his own, and what speaks of tests alone.
KNOBS = (
    "BILAG_",
    "DATABASE_",
    "REDIS_",
    "EMAIL_",
    "MAIL_",
    "EHF_RULES_DIR",
    "SECRET_KEY",
    "DEFAULT_FROM_EMAIL",
    "PORT",
)
ABOUT_TESTS = {"BILAG_SHARED", "BILAG_CHROMIUM"}


def base_environment(checkout: Checkout, *, data: Path) -> dict[str, str]:
    """The caller's environment with our programs first and our data folder named."""
    environment = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    environment["PATH"] = f"{checkout.venv / 'bin'}{os.pathsep}{environment.get('PATH', '/usr/bin:/bin')}"
    environment["PYTHONUNBUFFERED"] = "1"
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    environment["BILAG_DATA_DIR"] = str(data)
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        # Nothing is written beside the sources, and still no process compiles everything anew: that takes seconds.
        environment["PYTHONPYCACHEPREFIX"] = str(checkout.data / "cache" / "bytecode")
    return environment


def application_environment(checkout: Checkout, *, port: int) -> dict[str, str]:
    """For bin/up and bin/manage: a development machine gets secrets of its own, a production one must name them."""
    environment = base_environment(checkout, data=checkout.data)
    environment["PORT"] = str(port)
    environment.setdefault("BILAG_ENVIRONMENT", "development")
    if environment["BILAG_ENVIRONMENT"] == "development":
        environment = development_secrets(checkout.data / "secrets") | environment
    return environment


def test_environment(checkout: Checkout, *, folder: str) -> dict[str, str]:
    """For tests and benchmarks: nothing of what the caller has set for the application counts."""
    data = checkout.data / folder / "data"
    # WhiteNoise warns when it finds no folder of collected files, which tests do without.
    (data / "static").mkdir(parents=True, exist_ok=True)
    environment = base_environment(checkout, data=data)
    for name in [name for name in environment if name.startswith(KNOBS) and name not in ABOUT_TESTS]:
        del environment[name]
    environment["BILAG_DATA_DIR"] = str(data)
    environment["BILAG_ENVIRONMENT"] = "development"
    return environment | development_secrets(checkout.data / folder / "secrets")
